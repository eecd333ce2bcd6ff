import { cleanUpProcessor, cleanUpQueue } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { expect, it } from 'vitest';
import { webhookQueue } from '../queue.js';
import { deliveriesCleanUp } from './clean-up.js';
import { Deliveries } from './deliveries.js';

const DAY = 86_400_000;

it('removes deliveries of both logs when their 30 days are over', async () => {
  const jobs = createTestJobs({ queues: [webhookQueue, cleanUpQueue], now: 0 });
  jobs.registerProcessor(cleanUpProcessor(jobs, { tasks: [deliveriesCleanUp()], now: () => jobs.clock.now() }));
  const deliveries = new Deliveries(jobs);
  const deliver = (id: string, verdict: 'verified' | 'refused') =>
    deliveries.write({
      id,
      receivedAt: jobs.clock.now(),
      platform: 'bell',
      verdict,
      headers: {},
      jobId: id,
      status: 200,
    });
  const left = async () => (await deliveries.list()).deliveries.map(({ id }) => id);
  const cleanUp = async () => {
    const { id } = await jobs.queue(cleanUpQueue).add({});
    await jobs.drain();
    return (await jobs.queue(cleanUpQueue).waitFor(id)).tasks;
  };

  await deliver('first', 'verified');
  await deliver('refused', 'refused');
  jobs.clock.advance(DAY);
  await deliver('second', 'verified');
  jobs.clock.advance(29 * DAY);
  expect(await cleanUp()).toEqual({ 'webhook deliveries': 0 });
  jobs.clock.advance(1);
  expect(await left()).toEqual(['second', 'first', 'refused']);
  expect(await cleanUp()).toEqual({ 'webhook deliveries': 2 });
  expect(await left()).toEqual(['second']);
  jobs.clock.advance(DAY);
  expect(await cleanUp()).toEqual({ 'webhook deliveries': 1 });
  await jobs.close();
});

it('refuses a retention that is none', () => {
  expect(() => deliveriesCleanUp({ retentionDays: 0 })).toThrow('at least 1, not 0');
  expect(() => deliveriesCleanUp({ retentionDays: Number.NaN })).toThrow('not NaN');
});
