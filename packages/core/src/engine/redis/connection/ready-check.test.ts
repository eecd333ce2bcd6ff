/** How often connections ask by INFO whether their server has loaded its data. */
import { startRedis } from '@bizinsights/test-servers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';

const QUEUES = 20;

it('asks when a worker starts, however many its queues are, and on each connection that was lost', async ({
  onTestFinished,
}) => {
  // Its commands are counted: no others are among them.
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const asked = async () =>
    Number(/cmdstat_info:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1] ?? 0);
  const queues = Array.from({ length: QUEUES }, (_, n) => defineQueue({ name: `queue-${n}`, schema: z.number() }));
  const jobs = createJobs({ connection: redis.url, queues, logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  for (const queue of queues) jobs.registerProcessor(defineProcessor({ queue, process: () => undefined }));
  await jobs.startWorker({ handleSignals: false });
  // Its connections are open once two of them wait, for 16 queues each.
  const waiting = async () => (await redis.command('CLIENT', 'LIST')).match(/ flags=b /g)?.length;
  await expect.poll(waiting, { timeout: 30_000 }).toBe(2);
  const before = await asked();
  expect(before).toBeLessThan(QUEUES / 2);
  const [, lost] = /:(\d+)/.exec(await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')) ?? [];
  expect(Number(lost)).toBeGreaterThan(2);
  await expect.poll(asked, { timeout: 30_000 }).toBeGreaterThanOrEqual(before + Number(lost));
});
