import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { afterEach, expect, test } from 'vitest';
import { scheduleInsightsAfterSync } from './after-sync.js';
import { MemoryInsights, memoryMetrics } from './fixtures/memory-store.js';
import { insightsProcessor } from './processor.js';
import { insightsQueue } from './queue.js';

const MINUTE = 60_000;
const MOVED = { streams: { orders: { records: 3, deleted: 0 }, customers: { records: 0, deleted: 0 } } };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

function open() {
  const insights = new MemoryInsights();
  const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue] });
  const source = memoryMetrics((age) => ({ revenue: age <= 30 ? 5_000 : 10_000 }));
  let whileWorking: (() => Promise<unknown>) | undefined;
  const metrics = { ...source, refresh: async () => void (await whileWorking?.()) };
  jobs.registerProcessor(insightsProcessor({ metrics, insights, now: jobs.clock.now }));
  cleanUp.push(() => jobs.close());
  const sync = (result: Parameters<typeof scheduleInsightsAfterSync>[1]['result'] = MOVED) =>
    scheduleInsightsAfterSync(jobs, { organizationId: 'acme', result, insights, now: jobs.clock.now });
  const resultOf = async (id = '') => (await jobs.queue(insightsQueue).get(id))?.result;
  const during = (work: () => Promise<unknown>) => {
    whileWorking = work;
  };
  return { jobs, insights, sync, resultOf, during };
}

test('however many syncs an hour has, one run follows when it is over', async () => {
  const { jobs, sync, resultOf } = open();
  const first = await sync();
  await jobs.drain();
  expect(await resultOf(first?.id)).toHaveProperty('created');
  jobs.clock.advance(MINUTE);
  const next = await sync();
  expect(next).toMatchObject({ deduplicated: false });
  for (let minute = 2; minute < 60; minute++) {
    jobs.clock.advance(MINUTE);
    expect(await sync()).toMatchObject({ id: next?.id, deduplicated: true });
    expect(await jobs.drain()).toMatchObject({ completed: 0 });
  }
  jobs.clock.advance(2 * MINUTE);
  expect(await jobs.drain()).toMatchObject({ completed: 1 });
  expect(await resultOf(next?.id)).toMatchObject({ created: 0, alerts: 0 });
});

test('a sync that ends while a run is at work is followed by one more', async () => {
  const { jobs, sync, during, resultOf } = open();
  const first = await sync();
  const added: Awaited<ReturnType<typeof sync>>[] = [];
  during(async () => added.push(await sync(), await sync()));
  await jobs.drain();
  during(async () => undefined);
  const [again, third] = added;
  expect(again).toMatchObject({ deduplicated: false });
  expect(again?.id).not.toBe(first?.id);
  expect(third).toMatchObject({ id: again?.id, deduplicated: true });
  jobs.clock.advance(61 * MINUTE);
  expect(await jobs.drain()).toMatchObject({ completed: 1 });
  expect(await resultOf(again?.id)).toMatchObject({ created: 0 });
});

test('a sync that has moved nothing is followed by none, one that has removed something is', async () => {
  const { sync } = open();
  expect(await sync({ streams: {} })).toBeUndefined();
  expect(await sync({ streams: { orders: { records: 0, deleted: 0, gone: 0 } } })).toBeUndefined();
  expect(await sync({ streams: { orders: { records: 0, deleted: 0, gone: 1 } } })).toMatchObject({
    deduplicated: false,
  });
});

test('a store that does not know its last run is given an hour', async () => {
  const { jobs } = open();
  const options = { organizationId: 'acme', result: MOVED, insights: {}, now: jobs.clock.now };
  const added = await scheduleInsightsAfterSync(jobs, options);
  expect(await scheduleInsightsAfterSync(jobs, options)).toMatchObject({ id: added?.id, deduplicated: true });
  jobs.clock.advance(59 * MINUTE);
  expect(await jobs.drain()).toMatchObject({ completed: 0 });
  jobs.clock.advance(MINUTE);
  expect(await jobs.drain()).toMatchObject({ completed: 1 });
});
