/** Workers of many queues, which share the connections on which they wait. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';

const QUEUES = 40;
const JOBS = 10;
const PATIENT = { timeout: 60_000, interval: 20 };
const CORE = fileURLToPath(new URL('../../../../', import.meta.url));

/** Plain BullMQ in a process of its own adds jobs to all queues, now and then some at a time, and some delayed. */
const PRODUCER = `
  import { Queue } from 'bullmq';
  const [, url, prefix, queues, count] = process.argv;
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port) };
  const all = Array.from({ length: Number(queues) }, (_, n) => new Queue('queue-' + n, { connection, prefix }));
  const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
  await Promise.all(all.map(async (queue) => {
    for (let n = 0; n < Number(count); n++) {
      await pause();
      await queue.add('job', { n }, n % 5 === 4 ? { delay: 100 } : {});
    }
    await queue.close();
  }));`;

function open(names: readonly string[], prefix: string, process: (queue: string, n: number) => unknown) {
  const queues = names.map((name) => defineQueue({ name, schema: z.object({ n: z.number() }) }));
  const jobs = createJobs({
    connection: inject('redisUrl'),
    prefix,
    queues,
    logger: silentLogger,
    environment: {},
  });
  onTestFinished(() => jobs.close());
  for (const queue of queues)
    jobs.registerProcessor(
      defineProcessor({ queue, concurrency: 2, process: ({ data }) => void process(queue.name, data.n) }),
    );
  return { jobs, queues };
}

it('run what plain BullMQ adds to any of them at any time', async () => {
  const prefix = `waits-${randomUUID()}`;
  const names = Array.from({ length: QUEUES }, (_, n) => `queue-${n}`);
  const done = new Set<string>();
  const { jobs } = open(names, prefix, (queue, n) => done.add(`${queue} ${n}`));
  const worker = await jobs.startWorker({ handleSignals: false });
  const args = ['--input-type=module', '-e', PRODUCER, inject('redisUrl'), prefix, String(QUEUES), String(JOBS)];
  const producer = spawn(process.execPath, args, { cwd: CORE, stdio: 'inherit' });
  expect(await once(producer, 'exit')).toEqual([0, null]);
  await vi.waitFor(() => expect(done.size).toBe(QUEUES * JOBS), PATIENT);
  await worker.close();
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  // Those that wait are named as BullMQ names them, of which none is left.
  expect(String(await redis.call('CLIENT', 'LIST'))).not.toContain(` name=${prefix}:`);
  for (const key of await redis.keys(`bizinsights:${prefix}:waits:*`)) expect(await redis.pttl(key)).toBeGreaterThan(0);
});

it('leave a job to other processes that comes while one of them is closed', async () => {
  const prefix = `waits-${randomUUID()}`;
  const done: number[] = [];
  const other = open(['queue'], prefix, (_, n) => done.push(n));
  await other.jobs.startWorker({ handleSignals: false });
  const [queue = expect.fail()] = other.queues;
  for (let n = 0; n < 20; n++) {
    const { jobs } = open(['queue', 'side'], prefix, (_, n) => done.push(n));
    const worker = await jobs.startWorker({ handleSignals: false });
    await Promise.all([worker.close(), other.jobs.queue(queue).add({ n })]);
    await vi.waitFor(() => expect(done).toContain(n), PATIENT);
    await jobs.close();
  }
  expect(done).toHaveLength(20);
});
