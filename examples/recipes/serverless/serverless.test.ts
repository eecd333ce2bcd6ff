// Instances of a function, which are frozen between requests, and a worker in another process. On the built packages: `npm
// run build` first.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { createDatabase, startProxy, startRedis } from '@bizinsights/test-servers';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { thumbnailQueue } from './queues.js';

const here = dirname(fileURLToPath(import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

function start(file: string, port: number): ChildProcess {
  const { VITEST: _, NODE_ENV: __, ...inherited } = process.env;
  const child = fork(join(here, file), {
    execArgv: ['--import', tsx],
    env: {
      ...inherited,
      TSX_TSCONFIG_PATH: join(here, '..', 'tsconfig.json'),
      REDIS_URL: `redis://127.0.0.1:${port}`,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** An instance of the function. `invoke` sends it one request. */
function startInstance(port: number) {
  const child = start('fixtures/instance.ts', port);
  const answers = new Map<string, (answer: { status: number }) => void>();
  child.on('message', ({ key, status }: { key: string; status: number }) => answers.get(key)?.({ status }));
  const invoke = (body: object) => {
    const key = randomUUID();
    const answer = new Promise<{ status: number }>((resolve) => answers.set(key, resolve));
    child.send({ key, body });
    return answer;
  };
  return { child, invoke };
}

test('frozen and thawed instances lose no job, keep one connection each and end by themselves', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const network = await startProxy(redis.port);
  onTestFinished(() => network.stop());
  // One is that of the command itself.
  const connections = async () => ((await redis.command('CLIENT', 'LIST')).match(/^id=/gm)?.length ?? 0) - 1;

  const instance = startInstance(network.port);
  const other = startInstance(redis.port);
  const imageId = randomUUID();
  let width = 0;
  const add = async (to = instance) => expect(await to.invoke({ imageId, width: ++width })).toEqual({ status: 202 });
  const freeze = async (meanwhile: () => void) => {
    instance.child.kill('SIGSTOP');
    meanwhile();
    instance.child.kill('SIGCONT');
    await add();
  };

  await Promise.all([add(), add(other)]);
  await Promise.all(Array.from({ length: 10 }, () => add()));
  expect(await connections()).toBe(2);
  await freeze(() => undefined);
  // The server has closed its connection, as for the setting `timeout` of Redis.
  await freeze(() => network.cut());
  expect(await connections()).toBe(2);
  // The network has dropped it silently.
  await freeze(() => network.swallow());

  expect(await instance.invoke({ imageId, width: 1 })).toEqual({ status: 202 });
  expect(await instance.invoke({ imageId, width: 'wide' })).toEqual({ status: 400 });
  for (const { child } of [instance, other]) {
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  }

  const worker = start('worker.ts', redis.port);
  await using jobs = createJobs({ connection: redis.url, queues: [thumbnailQueue], logger: silentLogger });
  const queue = jobs.queue(thumbnailQueue);
  for (let each = 1; each <= width; each++) await queue.waitFor(`${imageId}-${each}`);
  expect(await queue.counts()).toMatchObject({ completed: width, waiting: 0, active: 0, failed: 0 });
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
});

test('an instance on PostgreSQL keeps two connections with a pool of one', async () => {
  const database = await createDatabase(inject('postgresUrl'));
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const jobs = createJobs({ connection: pool, queues: [thumbnailQueue], logger: silentLogger });
  const add = () => jobs.queue(thumbnailQueue).add({ imageId: randomUUID(), width: 1 });
  await add();
  await Promise.all(Array.from({ length: 20 }, add));
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  expect(rows[0]?.count).toBe(2);
  await jobs.close();
  await pool.end();
  await database.drop();
});
