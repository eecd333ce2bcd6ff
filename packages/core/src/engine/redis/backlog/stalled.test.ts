/** Many running jobs whose worker has died: taken back a part at a time, all of them by one check. */
import { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';

const LOST = 450;

it('takes back many stalled jobs by several scripts, and runs each of them once', async () => {
  const queue = defineQueue({ name: `lost-${process.pid}`, schema: z.number(), defaults: { attempts: 1 } });
  const base = `bull:${queue.name}:`;
  const redis = new Redis(inject('redisUrl'));
  onTestFinished(() => redis.disconnect());
  const jobs = createJobs({ connection: inject('redisUrl'), queues: [queue], logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  await jobs.queue(queue).addMany(Array.from({ length: LOST }, (_, n) => ({ data: n })));
  // As a worker leaves them that has died, and as the check before has marked them.
  const ids = await redis.lrange(`${base}wait`, 0, -1);
  await redis.rename(`${base}wait`, `${base}active`);
  await redis.sadd(`${base}stalled`, ...ids);

  const ran: number[] = [];
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = (n: number) => {
    ran.push(n);
    if (ran.length === LOST) finish();
  };
  jobs.registerProcessor(defineProcessor({ queue, concurrency: 5, process: ({ data }) => run(data) }));
  await jobs.startWorker({ handleSignals: false });
  await finished;
  expect(ran.sort((a, b) => a - b)).toEqual(Array.from({ length: LOST }, (_, n) => n));
  // All that one script writes has the same time.
  const events = await redis.xrange(`${base}events`, '-', '+');
  const stalled = events.filter(([, fields]) => fields[1] === 'stalled').map(([id]) => id.split('-')[0]);
  expect(stalled).toHaveLength(LOST);
  expect(new Set(stalled).size).toBeGreaterThan(1);
});
