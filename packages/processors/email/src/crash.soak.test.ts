/** A worker that is killed in the middle of a batch, again and again: every mail is sent, and none twice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { startRedis } from '@bizinsights/test-servers';
import { afterEach, expect, it, vi } from 'vitest';
import { emailQueue } from './queue.js';
import { startResendServer } from './testing/resend-server.js';

const MAILS = 500;
const BATCHES = MAILS / 100;

/** Only so that a test that hangs ends: what is waited for comes later on a slow machine. ms */
const HANGS = 600_000;

const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

it(
  'a batch of 500 goes on after the last hundred that was sent, whenever its worker is killed',
  async () => {
    const redis = await startRedis();
    cleanUp.push(() => redis.stop());
    const resend = await startResendServer();
    cleanUp.push(() => resend.close());
    const jobs = createJobs({ connection: redis.url, queues: [emailQueue], logger: silentLogger, environment: {} });
    cleanUp.push(() => jobs.close());

    const messages = Array.from({ length: MAILS }, (_, index) => ({
      to: `user${index}@example.com`,
      variables: { name: `User ${index}`, productName: 'BizInsights', dashboardUrl: 'https://app.example.com' },
    }));
    const { id } = await jobs.queue(emailQueue).add({ template: 'welcome', messages });

    const environment = {
      REDIS_URL: redis.url,
      RESEND_URL: resend.url,
      RESEND_API_KEY: resend.apiKey,
      EMAIL_FROM: 'no-reply@example.com',
      LOG_LEVEL: 'silent',
    };
    // Three deaths: after a batch was accepted, while its answer is lost, and while a request hangs.
    const deaths = ['none', 'lose-answer', 'hang'] as const;
    for (const fault of deaths) {
      const before = resend.requests.length;
      resend.faults.push('none', fault, 'hang');
      const worker = startWorker(environment);
      await vi.waitFor(() => expect(resend.requests.length).toBeGreaterThanOrEqual(before + 2), HANGS);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      resend.faults.length = 0;
    }

    const last = startWorker(environment);
    expect(await jobs.queue(emailQueue).waitFor(id, { timeout: HANGS })).toMatchObject({ sent: MAILS, rejected: [] });
    last.kill('SIGTERM');
    await once(last, 'exit');

    const addresses = resend.sent.flatMap(({ to }) => to);
    expect(addresses).toHaveLength(MAILS);
    expect(new Set(addresses).size).toBe(MAILS);
    expect(new Set(resend.requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(BATCHES);
    // What was kept as sent was not even asked for again: a death repeats the one request that it interrupts.
    expect(resend.requests.length).toBeLessThanOrEqual(BATCHES + deaths.length);
  },
  HANGS,
);

/** TypeScript without a build: the packages are led to their sources by `paths` of tsconfig.base.json. */
function startWorker(environment: Record<string, string>): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('testing/crash-worker.ts', import.meta.url))],
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
