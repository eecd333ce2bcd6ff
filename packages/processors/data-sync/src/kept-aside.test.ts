import { createTestJobs } from '@bizinsights/jobs-core/testing';
import type { RecordBatch, WrittenBatch } from '@bizinsights/jobs-platforms';
import { expect, test } from 'vitest';
import { Shelf } from './fixtures/shelf.js';
import { SweepingStore } from './fixtures/sweeping-store.js';
import { dataSyncProcessor } from './processor.js';
import { type DataSyncJobInput, dataSyncQueue } from './queue.js';

/** A store that cannot take some ids. */
class ChoosyStore extends SweepingStore {
  readonly refused = new Set<string>();

  override async write(batch: RecordBatch): Promise<WrittenBatch> {
    const records = batch.records.filter(({ id }) => !this.refused.has(id));
    const answer = await super.write({ ...batch, records });
    return { ...answer, rejected: answer.rejected + batch.records.length - records.length };
  }
}

/** An account with 5 customers in 3 pages: 0 and 1, 2 and 3, 4. */
function open() {
  const shelf = new Shelf();
  shelf.kinds = { customers: 'customer' };
  shelf.fill('customers', 5);
  const store = new ChoosyStore();
  store.add('a', { platform: 'shelf' });
  const processor = dataSyncProcessor({
    platforms: [shelf.platform],
    integrations: store,
    sink: store,
    now: () => 1_000,
    schedules: false,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  const sync = async (data: Omit<DataSyncJobInput, 'integrationId'> = {}) => {
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId: 'a', ...data });
    await jobs.drain({ withDelayed: true });
    const job = jobs.enqueued(dataSyncQueue).find((one) => one.id === id);
    return { attemptsMade: job?.attemptsMade, customers: job?.result?.streams.customers };
  };
  return { shelf, store, sync };
}

test.each([
  ['on the first page', ['0'], 1],
  ['on the last page', ['4'], 1],
  ['on each page', ['1', '2', '3', '4'], 4],
] as const)('counts what the sink keeps aside %s as rejected', async (_where, refused, rejected) => {
  const { store, sync } = open();
  for (const id of refused) store.refused.add(id);
  for (const mode of ['incremental', 'full'] as const) {
    const { customers } = await sync({ mode });
    expect(customers).toMatchObject({ pages: 3, records: 5 - rejected, rejected });
  }
});

test('counts it beside what the platform has sent and does not fit', async () => {
  const { shelf, store, sync } = open();
  shelf.rejected = [{ kind: 'customer', id: '9', reason: 'name: odd', raw: {} }];
  store.refused.add('0');
  const plain = open();
  plain.shelf.rejected = shelf.rejected;
  const { customers: { rejected = 0 } = {} } = await plain.sync();
  expect(rejected).toBeGreaterThan(0);
  expect(await sync()).toMatchObject({ customers: { records: 4, rejected: rejected + 1 } });
});

test.each([1, 2])('remembers what the sink kept aside when page %d fails, and counts it once', async (failing) => {
  const { shelf, store, sync } = open();
  for (const id of ['0', '2', '4']) store.refused.add(id);
  let isDown = true;
  shelf.onPage = (_stream, page) => {
    if (page !== failing || !isDown) return;
    isDown = false;
    throw new Error('The platform is down');
  };
  expect(await sync()).toMatchObject({ attemptsMade: 2, customers: { pages: 3, records: 2, rejected: 3 } });
});
