// The worker as PM2 runs it by the file that is shipped, on Redis and PostgreSQL: on the built packages, `npm run build` first.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { emailQueue } from '@bizinsights/jobs-email/queue';
import { startPostgres, startRedis } from '@bizinsights/test-servers';
import { Pool } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { openDoneSteps } from '../src/demo/done-steps';
import { openMailGate } from './fixtures/mail-gate';
import { ECOSYSTEM_FILE, startPm2 } from './fixtures/pm2';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Jobs that run when the reload comes: the concurrency of the queue. */
const RUNNING = 5;
const MAILS = 20;

it('carries out each job exactly once through a reload in the middle of running ones, and stops cleanly', async () => {
  const [redis, postgres, mails] = await Promise.all([startRedis(), startPostgres(), openMailGate()]);
  const folder = mkdtempSync(join(tmpdir(), 'pm2-data-'));
  await endFirstRun(postgres.url);
  const jobs = createJobs({ connection: redis.url, queues: [emailQueue], logger: silentLogger });
  cleanUps.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => Promise.all([redis.stop(), postgres.stop(), mails.close()]),
    () => jobs.close(),
  );
  const queue = jobs.queue(emailQueue);
  const names = Array.from({ length: MAILS }, (_, index) => `p${index}@glaze.example`);
  const variables = { name: 'Ann', productName: 'BizInsights', dashboardUrl: 'http://localhost' };
  await queue.addMany(names.map((to) => ({ data: { template: 'welcome' as const, to, variables } })));

  const pm2 = await startPm2(['worker'], {
    REDIS_URL: redis.url,
    DATABASE_URL: postgres.url,
    DATA_DIR: folder,
    DEMO_SERVICES_URL: mails.servicesUrl,
    JOBS_SHUTDOWN_TIMEOUT: '3000',
  });
  cleanUps.push(() => pm2.close());
  await expect.poll(() => mails.held()).toBe(RUNNING);
  const [before] = await pm2.processes('worker');
  expect(before?.pm2_env).toMatchObject({ status: 'online', exec_mode: 'fork_mode', restart_time: 0 });

  const reload = pm2.run('reload', ECOSYSTEM_FILE, '--only', 'worker');
  await expect.poll(() => pm2.outputOf('worker')).toContain(`waits up to 2400 ms for ${RUNNING} running jobs`);
  // Two are finished by the worker that ends, and three are given back.
  mails.release(2);
  await expect.poll(() => mails.taken.length).toBe(2);
  await reload;
  expect(await pm2.outputOf('worker')).toContain('worker stopped; 3 jobs given back to their queues');
  await expect.poll(() => mails.held()).toBe(RUNNING);
  const [after] = await pm2.processes('worker');
  expect(after?.pid).not.toBe(before?.pid);
  expect(after?.pm2_env).toMatchObject({ status: 'online', restart_time: 1, unstable_restarts: 0 });
  mails.open();

  await expect.poll(() => queue.counts()).toMatchObject({ completed: MAILS, waiting: 0, active: 0, failed: 0 });
  expect([...mails.taken].sort()).toEqual([...names].sort());
  const { jobs: done } = await queue.list({ state: 'completed', limit: MAILS });
  expect(done.map(({ attemptsMade }) => attemptsMade)).toEqual(names.map(() => 1));

  await pm2.run('stop', ECOSYSTEM_FILE, '--only', 'worker');
  const [stopped] = await pm2.processes('worker');
  expect(stopped?.pm2_env).toMatchObject({ status: 'stopped', exit_code: 0, unstable_restarts: 0 });
  // Each by its own end.
  expect((await pm2.outputOf('worker')).match(/"worker stopped/g)).toHaveLength(2);
  expect(pm2.log()).toContain('App [worker:0] exited with code [0] via signal [SIGINT]');
  expect(pm2.log()).not.toContain('SIGKILL');
  expect(await pm2.outputOf('worker')).not.toMatch(/error|unhandled/i);
}, 300_000);

/** As if the demo's first run were over: the worker has nothing to do but the test's jobs. */
async function endFirstRun(connectionString: string): Promise<void> {
  const pool = new Pool({ connectionString });
  const { once } = await openDoneSteps(pool);
  for (const step of ['accounts', 'recent', 'recent-insights', 'report', 'full', 'full-insights', 'welcome'])
    await once(step, async () => undefined);
  await pool.end();
}
