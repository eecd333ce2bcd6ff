// Runs the example as a user does, on the built packages: `npm run build` first.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type {} from '@bizinsights/test-servers';
import { afterEach, expect, inject, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const TOKEN = 'a token that is long enough';

let server: ChildProcess | undefined;
afterEach(async () => {
  if (!server) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  server = undefined;
});

/** Starts it and answers where it listens. */
async function start(environment: Record<string, string>): Promise<string> {
  const { REDIS_URL: _, NODE_ENV: __, ...inherited } = process.env;
  const env = { ...inherited, TSX_TSCONFIG_PATH: join(here, 'tsconfig.json'), PORT: '0', ...environment };
  const child = spawn(process.execPath, ['--import', tsx, join(here, 'server.ts')], { env });
  server = child;
  return await new Promise((resolve, reject) => {
    let log = '';
    const listen = (chunk: Buffer) => {
      log += chunk.toString();
      const [, url] = /listening on (\S+)/.exec(log) ?? [];
      if (url) resolve(url);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', () => reject(new Error(log)));
  });
}

it.each(['memory', 'Redis'])(
  'greets, fails, and is watched over HTTP, with the jobs in %s',
  async (store) => {
    const url = await start({ JOBS_TOKEN: TOKEN, ...(store === 'Redis' ? { REDIS_URL: inject('redisUrl') } : {}) });
    const monitoring = (path: string, init?: RequestInit) =>
      fetch(`${url}/api/jobs${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}` } });
    expect((await fetch(`${url}/api/jobs/monitoring`)).status).toBe(401);
    for (const name of ['Ann', 'nobody']) {
      const added = await fetch(`${url}/greetings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      });
      expect(added.status).toBe(202);
    }
    await expect
      .poll(async () => (await monitoring('/monitoring')).json())
      .toMatchObject({ data: { totals: { completed: 1, failed: 1, waiting: 0 } } });
    expect(await (await monitoring('/greetings')).json()).toMatchObject({
      data: { failedJobs: [{ failedReason: 'Nobody is there to greet', data: { name: 'nobody' } }] },
    });
    const retried = await monitoring('/monitoring/retry', { method: 'POST' });
    expect(await retried.json()).toMatchObject({ success: true, data: { retried: 1 } });
  },
  120_000,
);
