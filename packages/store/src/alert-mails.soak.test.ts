/** An alert whose worker is killed at each point between the database and the mails: one alert, and each mail once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { alertsQueue } from '@bizinsights/jobs-alerts';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { startRedis } from '@bizinsights/test-servers';
import { afterEach, expect, inject, test } from 'vitest';
import { KEYS, openOnPostgres } from './fixtures/open-store.js';

/** Only so that a test that hangs ends: what is waited for comes later on a slow machine. ms */
const HANGS = 600_000;

const DEATHS = ['raise', 'claim', 'mails', 'confirmSent'] as const;

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

    const environment = { REDIS_URL: redis.url, DATABASE_URL: url ?? '', INTEGRATION_KEYS: KEYS, LOG_LEVEL: 'silent' };
    for (const death of DEATHS) {
      const worker = startWorker({ ...environment, CRASH_AFTER: death });
      const [, signal] = await once(worker, 'exit');
      expect(signal).toBe('SIGKILL');
    }
    const last = startWorker(environment);
    const result = await jobs.queue(alertsQueue).waitFor(id, { timeout: HANGS });
    last.kill('SIGTERM');
    await once(last, 'exit');

    const { alerts } = await store.alerts.list('acme');
    expect(alerts).toMatchObject([{ id: result.alertId, status: 'open', occurrences: 1 }]);
    expect(result).toMatchObject({ outcome: 'created', recipients: 2 });
    const mails = (await jobs.queue(emailQueue).list({ state: 'waiting' })).jobs;
    expect(mails.map(({ data }) => data.to).sort()).toEqual(['ann@example.com', 'bob@example.com']);
  },
  HANGS,
);

/** TypeScript without a build: the packages are led to their sources by `paths` of tsconfig.base.json. */
function startWorker(environment: Record<string, string>): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('fixtures/alerts-worker.ts', import.meta.url))],
    {
      // VITEST and NODE_ENV would tell the child that it is a test.
      env: {
        PATH: process.env.PATH,
        TSX_TSCONFIG_PATH: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
        ...environment,
      },
      stdio: 'inherit',
    },
  );
  cleanUp.push(() => child.kill('SIGKILL'));
  return child;
}
