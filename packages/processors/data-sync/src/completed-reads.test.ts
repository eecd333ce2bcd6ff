import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { expect, test, vi } from 'vitest';
import { MemoryStore } from './fixtures/memory-store.js';
import { Shelf } from './fixtures/shelf.js';
import { dataSyncProcessor } from './processor.js';
import { type DataSyncJobInput, dataSyncQueue } from './queue.js';

function open() {
  const shelf = new Shelf();
  shelf.kinds = { customers: 'customer' };
  shelf.fill('customers', 5);
  const store = new MemoryStore();
  store.add('a', { platform: 'shelf' });
  const time = { now: 1_000 };
  const onSynced = vi.fn();
  const processor = dataSyncProcessor({
    platforms: [shelf.platform],
    integrations: store,
    sink: store,
    onSynced,
    now: () => time.now,
    schedules: false,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  const sync = async (data: Omit<DataSyncJobInput, 'integrationId'> = {}) => {
    const { id } = await jobs.queue(dataSyncQueue).add({ integrationId: 'a', ...data });
    await jobs.drain({ withDelayed: true });
    return jobs.enqueued(dataSyncQueue).find((job) => job.id === id);
  };
  /** What came with the last pages since it was asked before. */
  const reads = () => store.batches.splice(0).flatMap(({ read }) => (read ? [read] : []));
  return { shelf, store, time, onSynced, jobs, sync, reads };
}

const read = { kind: 'customer', kinds: ['customer'], isContinued: false };

test('says with its last page what is known of a stream by then', async () => {
  const { shelf, time, sync, reads } = open();
  shelf.lastPage = { provisionalFrom: '2026-11-22', reach: { fromDay: '2023-10-25' } };
  await sync();
  expect(reads()).toEqual([{ ...read, asOf: 1_000, provisionalFrom: '2026-11-22', fromDay: '2023-10-25' }]);
  time.now = 2_000;
  await sync();
  expect(reads()).toEqual([{ ...read, isContinued: true, asOf: 2_000, provisionalFrom: '2026-11-22' }]);
  shelf.lastPage = { reach: { from: 500 } };
  await sync({ mode: 'full' });
  expect(reads()).toEqual([{ ...read, asOf: 2_000, from: 500 }]);
  shelf.lastPage = {};
  await sync({ mode: 'full' });
  expect(reads()).toEqual([{ ...read, asOf: 2_000 }]);
});

test('names the kinds of all streams, whichever of them was read', async () => {
  const { shelf, sync, reads } = open();
  shelf.kinds = { customers: 'customer', orders: 'order', buyers: 'customer' };
  shelf.fill('orders', 1);
  await sync({ streams: ['orders'] });
  expect(reads()).toEqual([{ ...read, kind: 'order', kinds: ['customer', 'order'], asOf: 1_000 }]);
});

test('counts from when the read began, whoever has gone on with it', async () => {
  const { shelf, time, jobs, sync, reads } = open();
  let failing = true;
  shelf.onPage = (_stream, page) => {
    time.now += 1;
    if (page === 1 && failing) throw new Error('The platform is down');
  };
  await sync();
  failing = false;
  await sync();
  expect(reads()).toEqual([{ ...read, asOf: 1_000 }]);
  await jobs.close();
});

test('knows nothing of what lies before `since`', async () => {
  const { shelf, time, sync, reads } = open();
  await sync({ since: 700 });
  expect(reads()).toEqual([{ ...read, asOf: 1_000, from: 700 }]);
  time.now = 2_000;
  await sync();
  expect(reads()).toEqual([{ ...read, isContinued: true, asOf: 2_000 }]);
  await sync({ since: 900 });
  expect(reads()).toEqual([{ ...read, asOf: 2_000, from: 900 }]);
  // The platform itself has listed less.
  shelf.lastPage = { reach: { from: 1_500 } };
  await sync({ mode: 'full', since: 900 });
  expect(reads()).toEqual([{ ...read, asOf: 2_000, from: 1_500 }]);
});

test('goes on from positions of older versions, and says nothing of when they were read', async () => {
  const { store, sync, reads } = open();
  const main = {
    state: 'reading',
    run: 'an older job',
    mode: 'incremental',
    since: null,
    cursor: { after: 4 },
    watermark: null,
    counts: { pages: 2, records: 4, rejected: 0, deleted: 0 },
  };
  store.cursors.set('a customers', { account: 'shelf', main, again: null });
  expect((await sync())?.result).toMatchObject({ streams: { customers: { pages: 1, records: 1 } } });
  expect(reads()).toEqual([]);
  await sync();
  expect(reads()).toEqual([{ ...read, isContinued: true, asOf: 1_000 }]);
});

test('says why figures are less than exact: in the result, to the host, and once in the log', async () => {
  const { shelf, jobs, onSynced, sync } = open();
  shelf.lastPage = { caveats: ['thresholded', 'sampled'] };
  let failures = 1;
  shelf.onPage = (_stream, page) => {
    if (page === 2 && failures-- > 0) throw new Error('The platform is down');
  };
  const job = await sync();
  const streams = { customers: expect.objectContaining({ caveats: ['sampled', 'thresholded'] }) };
  expect(job?.result).toEqual({ streams });
  expect(onSynced).toHaveBeenCalledWith(expect.objectContaining({ result: { streams } }));
  const { lines } = await jobs.queue(dataSyncQueue).logs(job?.id ?? '');
  expect(lines.filter((line) => line.includes('less than exact: sampled, thresholded'))).toHaveLength(1);
  shelf.lastPage = {};
  expect((await sync())?.result?.streams.customers).not.toHaveProperty('caveats');
});
