// The app as PM2 runs it by the file that is shipped: on the app that the project's set-up has built.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, startPostgres, startRedis } from '@bizinsights/test-servers';
import { afterEach, expect, it } from 'vitest';
import { ECOSYSTEM_FILE, startPm2 } from './fixtures/pm2';

const app = dirname(ECOSYSTEM_FILE);

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('runs the app in cluster mode by a program that is there, and gives each process longer to end than it needs', () => {
  const { apps } = createRequire(import.meta.url)(ECOSYSTEM_FILE);
  expect(apps).toMatchObject([
    { name: 'app', cwd: app, exec_mode: 'cluster', env: { NODE_ENV: 'production' } },
    { name: 'worker', cwd: app, exec_mode: 'fork', kill_timeout: 30_000, env: { NODE_ENV: 'production' } },
  ]);
  for (const { script } of apps) expect(existsSync(join(app, script)) || existsSync(script)).toBe(true);
});

it('answers each request through a reload of the app', async () => {
  const [redis, postgres, port] = await Promise.all([startRedis(), startPostgres(), freePort()]);
  const folder = mkdtempSync(join(tmpdir(), 'pm2-data-'));
  cleanUps.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => Promise.all([redis.stop(), postgres.stop()]),
  );
  const token = 'a token of at least 16 characters'.replaceAll(' ', '-');
  const pm2 = await startPm2(['app'], {
    PORT: String(port),
    APP_INSTANCES: '2',
    REDIS_URL: redis.url,
    DATABASE_URL: postgres.url,
    DATA_DIR: folder,
    JOBS_TOKEN: token,
  });
  cleanUps.push(() => pm2.close());
  const ask = async () => {
    const headers = { authorization: `Bearer ${token}`, connection: 'close' };
    return (await fetch(`http://127.0.0.1:${port}/api/jobs/monitoring`, { headers })).status;
  };
  await expect.poll(() => ask().catch(String)).toBe(200);
  const before = await pm2.processes('app');
  expect(before.map(({ pm2_env: { status, exec_mode } }) => `${exec_mode} ${status}`)).toEqual([
    'cluster_mode online',
    'cluster_mode online',
  ]);

  let isReloading = true;
  const answers: unknown[] = [];
  const people = Array.from({ length: 4 }, async () => {
    while (isReloading) answers.push(await ask().catch(String));
  });
  await pm2.run('reload', ECOSYSTEM_FILE, '--only', 'app');
  isReloading = false;
  await Promise.all(people);
  expect(answers.length).toBeGreaterThan(0);
  expect(answers.filter((status) => status !== 200)).toEqual([]);
  const after = await pm2.processes('app');
  expect(after.map(({ pm2_env: { status } }) => status)).toEqual(['online', 'online']);
  const pids = new Set([...before, ...after].map(({ pid }) => pid));
  expect(pids.size).toBe(4);

  await pm2.run('stop', ECOSYSTEM_FILE, '--only', 'app');
  expect((await pm2.processes('app')).map(({ pm2_env: { status } }) => status)).toEqual(['stopped', 'stopped']);
  expect(pm2.log()).not.toContain('SIGKILL');
});
