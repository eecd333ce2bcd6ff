/** Syncs one account of the sandbox, as a worker of a host does: HTTP, checked answers, PostgreSQL. Forked for each time. */
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { createPlatformHttp } from '@bizinsights/jobs-platforms';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { createStore } from '@bizinsights/jobs-store';
import pg from 'pg';
import type { LimitAnswer, LimitTask } from './limit-task.js';

const task: LimitTask = JSON.parse(process.argv[2] ?? '{}');
const UNLIMITED = { account: { requests: 1_000_000, per: 1_000 } };

const pool = new pg.Pool({ connectionString: task.databaseUrl });
const store = createStore({ pool, keys: `1:${Buffer.alloc(32, 1).toString('base64')}` });
await store.migrate();
await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' });
const { platform, credentials } = task;
const { id: integrationId } = await store.integrations.connect({ organizationId: 'acme', platform, credentials });

const jobs = createJobs({ connection: task.redisUrl, queues: [dataSyncQueue], logger: silentLogger, environment: {} });
jobs.registerProcessor(
  dataSyncProcessor({
    platforms: [stripe, wooCommerce],
    integrations: store.integrations,
    sink: store.records,
    http: createPlatformHttp({ baseUrls: task.baseUrls }),
    schedules: false,
    ...(task.isLimited ? {} : { budgets: { [platform]: UNLIMITED } }),
  }),
);
await jobs.startWorker({ handleSignals: false });
const started = performance.now();
const { id } = await jobs.queue(dataSyncQueue).add({ integrationId });
const { streams } = await jobs.queue(dataSyncQueue).waitFor(id, { timeout: 600_000 });
const ms = performance.now() - started;
await jobs.close();
const records = Object.values(streams).reduce((sum, counts) => sum + counts.records, 0);
process.send?.({ ms, records } satisfies LimitAnswer);
await pool.end();
process.disconnect();
