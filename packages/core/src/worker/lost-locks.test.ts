/** A worker that was cut off for too long: its jobs may run elsewhere, which is told once for all of them. */
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

const held = defineQueue({ name: 'held', schema: z.object({}) });

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it('is one line in the log, however many jobs have lost their lock', async () => {
  const prefix = `locks-${process.pid}`;
  const error = vi.fn();
  const jobs = createJobs({
    connection: inject('redisUrl'),
    prefix,
    queues: [held],
    logger: { ...silentLogger, error },
    environment: {},
  });
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  closing.push(() => jobs.close());
  const begun = vi.fn();
  jobs.registerProcessor(
    defineProcessor({
      queue: held,
      concurrency: 50,
      async process() {
        begun();
        await finished;
      },
    }),
  );
  await jobs.startWorker({ handleSignals: false, lockDuration: 2_000 });
  closing.push(() => finish());
  const added = await jobs.queue(held).addMany(Array.from({ length: 50 }, () => ({ data: {} })));
  await vi.waitFor(() => expect(begun).toHaveBeenCalledTimes(50), 10_000);

  const redis = new Redis(inject('redisUrl'));
  closing.push(() => redis.disconnect());
  await redis.unlink(added.map(({ id }) => `${prefix}:held:${id}:lock`));
  await vi.waitFor(() => expect(error).toHaveBeenCalled(), 10_000);
  expect(error).toHaveBeenCalledTimes(1);
  expect(error.mock.calls[0]?.[1]).toMatch(
    /^\d+ running jobs \(".*", …\) could not be kept for this worker: .*They may run elsewhere too$/,
  );
});
