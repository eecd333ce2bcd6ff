/** An alert whose worker is killed at each point between the database and the mails: one alert, and each mail once. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertsQueue } from '@bizinsights/jobs-alerts';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { startRedis } from '@bizinsights/test-servers';
import { afterEach, expect, inject, test } from 'vitest';
import { openOnPostgres } from './fixtures/open-store.js';
import { spawnWorker } from './fixtures/spawn-worker.js';

/** Only so that a test that hangs ends: what is waited for comes later on a slow machine. ms */
const HANGS = 600_000;

/** After `mails` the mails are sent and their jobs are gone, and nobody has noted it. */
const DEATHS = ['raise', 'claim', 'mails', 'confirmSent'] as const;

const ALERTS_WORKER = new URL('fixtures/alerts-worker.ts', import.meta.url);

const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

test(
  'an alert whose worker dies four times is kept once, and mailed to each person once',
  async () => {
    const redis = await startRedis();
    cleanUp.push(() => redis.stop());
    const { store, url, close } = await openOnPostgres(inject('postgresUrl'));
    cleanUp.push(close);
    for (const id of ['ann', 'bob']) {
      await store.organizations.upsertMember({ organizationId: 'acme', id, email: `${id}@example.com`, role: 'owner' });
    }
    const queues = [alertsQueue, emailQueue] as const;
    const jobs = createJobs({ connection: redis.url, queues, logger: silentLogger, environment: {} });
    cleanUp.push(() => jobs.close());
    const texts = { type: 'metric', source: 'insights', title: 'Revenue fell', message: 'It was 1,200 EUR.' };
    const { id } = await jobs.queue(alertsQueue).add({ organizationId: 'acme', severity: 'CRITICAL', ...texts });

    const folder = await mkdtemp(join(tmpdir(), 'mails-'));
    cleanUp.push(() => rm(folder, { recursive: true }));
    const sent = join(folder, 'sent');
    const startWorker = (death = '') => {
      const variables = { CRASH_AFTER: death, SENT_MAILS: sent };
      const worker = spawnWorker(ALERTS_WORKER, { redis: redis.url, database: url ?? '' }, variables);
      cleanUp.push(() => worker.kill('SIGKILL'));
      return worker;
    };
    for (const death of DEATHS) {
      const [, signal] = await once(startWorker(death), 'exit');
      expect(signal).toBe('SIGKILL');
    }
    const last = startWorker();
    const result = await jobs.queue(alertsQueue).waitFor(id, { timeout: HANGS });
    const none = { waiting: 0, active: 0, delayed: 0, completed: 0, failed: 0 };
    await expect.poll(() => jobs.queue(emailQueue).counts(), { timeout: HANGS }).toMatchObject(none);
    last.kill('SIGTERM');
    await once(last, 'exit');

    const { alerts } = await store.alerts.list('acme');
    expect(alerts).toMatchObject([{ id: result.alertId, status: 'open', occurrences: 1 }]);
    expect(result).toMatchObject({ outcome: 'created', recipients: 2 });
    const mails = (await readFile(sent, 'utf8')).trim().split('\n');
    expect(mails.sort()).toEqual(['ann@example.com', 'bob@example.com']);
  },
  HANGS,
);
