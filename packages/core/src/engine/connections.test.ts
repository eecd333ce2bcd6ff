/** How many connections a worker of many queues keeps open: counted by the server. */
import { createDatabase } from '@bizinsights/test-servers';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, inject, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

const QUEUES = 30;
const queues = Array.from({ length: QUEUES }, (_, n) => defineQueue({ name: `queue-${n}`, schema: z.number() }));

/** Starts a worker for all queues, and has each run a job. */
async function work({ onTestFinished }: TestContext, connection: string, prefix: string) {
  const jobs = createJobs({ connection, prefix, queues, logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  for (const queue of queues) jobs.registerProcessor(defineProcessor({ queue, process: () => undefined }));
  const worker = await jobs.startWorker({ handleSignals: false });
  const done = new Set<string>();
  const all = new Promise<void>((resolve) => {
    jobs.events.on('job:completed', ({ queue }) => {
      if (done.add(queue).size === QUEUES) resolve();
    });
  });
  await Promise.all(queues.map((queue, n) => jobs.queue(queue).add(n)));
  await all;
  return { jobs, worker };
}

/** An address whose connections can be told from others, and their number. */
async function redisUser({ onTestFinished }: TestContext, name: string) {
  const redis = new Redis(inject('redisUrl'));
  await redis.call('ACL', 'SETUSER', name, 'on', '>secret', '~*', '&*', '+@all');
  onTestFinished(async () => {
    await redis.call('ACL', 'DELUSER', name);
    await redis.quit();
  });
  const url = new URL(inject('redisUrl'));
  url.username = name;
  url.password = 'secret';
  const count = async () => String(await redis.call('CLIENT', 'LIST')).split(`user=${name} `).length - 1;
  return { url: url.href, count };
}

it('on Redis one for each queue, as with plain BullMQ, and three for all of them', async (context) => {
  const id = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const [ours, theirs] = [await redisUser(context, `ours-${id}`), await redisUser(context, `plain-${id}`)];
  const { worker } = await work(context, ours.url, id);
  const connection = new Redis(theirs.url, { maxRetriesPerRequest: null });
  const workers = queues.map(({ name }) => new Worker(name, async () => null, { connection, prefix: `plain-${id}` }));
  await Promise.all(workers.map((one) => one.waitUntilReady()));
  // One for what is asked, one for what workers say of their jobs, one for signals.
  expect(await ours.count()).toBe(QUEUES + 3);
  expect(await theirs.count()).toBe(QUEUES + 1);
  await Promise.all(workers.map((one) => one.close()));
  connection.disconnect();
  await worker.close();
  // What is left is for operations, and for signals.
  await expect.poll(ours.count).toBe(2);
});

it('on PostgreSQL one that listens, however many queues there are', async (context) => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  context.onTestFinished(drop);
  const admin = new pg.Client(url);
  await admin.connect();
  context.onTestFinished(() => admin.end());
  const { jobs } = await work(context, url, 'bizinsights');
  const [queue = expect.fail()] = queues;
  const waiting = await jobs.queue(queue).add(1);
  expect(await jobs.queue(queue).waitFor(waiting.id)).toBeUndefined();
  const { rows } = await admin.query<{ listening: number }>(
    `SELECT count(*)::integer AS listening FROM pg_stat_activity
     WHERE datname = current_database() AND query ~ '^\\s*LISTEN '`,
  );
  expect(rows).toEqual([{ listening: 1 }]);
});
