/** A first sync that reads some streams and not others, through jobs, into PostgreSQL. */
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { platforms, type Stream } from '@bizinsights/jobs-platforms';
import { startSandbox } from '@bizinsights/jobs-sandbox';
import { afterEach, expect, inject, test } from 'vitest';
import { ampleBudgets } from '../fixtures/ample-budgets.js';
import { openOnPostgres } from '../fixtures/open-store.js';

/** Before the shop has anything: a day that has records is known. */
const EMPTY = { from: '2026-11-01', to: '2026-11-15' };

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** A shop whose orders cannot be read as long as `orders.isDown`. */
async function open() {
  const sandbox = await startSandbox({ platforms: ['shopify'], days: 5, ordersPerDay: 1 });
  cleanUp.push(() => sandbox.close());
  const { store, close } = await openOnPostgres(inject('postgresUrl'), { now: sandbox.now });
  cleanUp.push(close);
  const credentials = { ...sandbox.shopify.credentials };
  const { id } = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials });
  const orders = { isDown: false };
  const { shopify } = platforms;
  const failing = (stream: Stream): Stream => ({
    ...stream,
    read(options) {
      if (stream.name === 'orders' && orders.isDown) throw new Error('The platform is down');
      return stream.read(options);
    },
  });
  const platform: typeof shopify = {
    ...shopify,
    connect(given, http) {
      const connection = shopify.connect(given, http);
      return { ...connection, streams: connection.streams.map(failing) };
    },
  };
  const processor = dataSyncProcessor({
    platforms: [platform],
    integrations: store.integrations,
    sink: store.records,
    http: sandbox.http,
    now: sandbox.now,
    budgets: ampleBudgets([platform]),
    schedules: false,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  cleanUp.push(() => jobs.close());
  const sync = async (...streams: string[]) => {
    const all = streams.length === 0 ? {} : { streams };
    await jobs.queue(dataSyncQueue).add({ integrationId: id, ...all });
    await jobs.drain({ withDelayed: true });
  };
  const unknownDays = async () => (await store.metrics.total('acme', EMPTY)).unknownDays;
  return { sandbox, orders, sync, unknownDays };
}

test('days are unknown while the orders have never been read, however often the rest has been', async () => {
  const { sandbox, orders, sync, unknownDays } = await open();
  orders.isDown = true;
  for (const _ of [1, 2]) {
    await sync();
    expect(await unknownDays()).toBe(15);
  }
  orders.isDown = false;
  sandbox.advance(1_000);
  await sync();
  expect(await unknownDays()).toBe(0);
});

test('days are unknown after a sync of the customers alone', async () => {
  const { sync, unknownDays } = await open();
  await sync('customers');
  expect(await unknownDays()).toBe(15);
  await sync('orders');
  expect(await unknownDays()).toBe(0);
});
