// What a full sync does about records that the platform no longer has.
import { ProcessorDefinitionError } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { RateLimitError } from '@bizinsights/jobs-platforms';
import { describe, expect, test, vi } from 'vitest';
import { MemoryStore } from './fixtures/memory-store.js';
import { Shelf } from './fixtures/shelf.js';
import { SweepingStore } from './fixtures/sweeping-store.js';
import { type DataSyncProcessorOptions, dataSyncProcessor } from './processor.js';
import { type DataSyncJobInput, dataSyncQueue } from './queue.js';

/** An account with 20 customers and 20 orders that was synced, and a platform that does as the test says. */
async function open(options: Partial<DataSyncProcessorOptions> = {}, shelf = new Shelf()) {
  for (const stream of ['customers', 'orders']) shelf.fill(stream, 20);
  const store = new SweepingStore();
  store.add('a', { platform: 'shelf' });
  const time = { now: 1_000 };
  const onKeptBack = vi.fn();
  const processor = dataSyncProcessor({
    platforms: [shelf.platform],
    integrations: store,
    sink: store,
    onKeptBack,
    now: () => time.now,
    schedules: false,
    ...options,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  const events: unknown[] = [];
  jobs.events.on('integration:kept-back', (event) => events.push(event));
  const queue = jobs.queue(dataSyncQueue);
  const add = (data: Omit<DataSyncJobInput, 'integrationId'> = {}) => queue.add({ integrationId: 'a', ...data });
  const job = (id: string) => jobs.enqueued(dataSyncQueue).find((one) => one.id === id);
  const sync = async (data: Omit<DataSyncJobInput, 'integrationId'> = {}) => {
    time.now += 1_000;
    const { id } = await add(data);
    await jobs.drain({ withDelayed: true });
    return job(id);
  };
  await sync();
  return { shelf, store, time, onKeptBack, events, jobs, add, job, sync };
}

const FULL = { mode: 'full' } as const;

describe('a full sync', () => {
  test('marks as gone what it has not met, and says how many', async () => {
    const { shelf, store, onKeptBack, sync } = await open();
    shelf.remove('customers', '3', '7');
    const { result } = (await sync(FULL)) ?? {};
    expect(result?.streams).toMatchObject({ customers: { records: 18, gone: 2 }, orders: { records: 20, gone: 0 } });
    expect(store.ids('customers')).toHaveLength(18);
    expect(store.sweeps).toHaveLength(2);
    expect(store.sweeps[0]).toMatchObject({ stream: 'customers', kind: 'customer', begunAt: 3_000, maxGone: 0.1 });
    expect(store.sweeps[0]).not.toHaveProperty('from');
    expect(onKeptBack).not.toHaveBeenCalled();
    // The next one goes on from here, and has nothing to say of it.
    expect((await sync())?.result?.streams.customers).not.toHaveProperty('gone');
    expect(store.sweeps).toHaveLength(2);
  });

  test.each([{ since: 1 }, { mode: 'full', since: 1 }, {}] as const)(
    'alone does: one with %o does not',
    async (data) => {
      const { shelf, store, sync } = await open();
      shelf.remove('customers', '3');
      expect((await sync(data))?.result?.streams.customers).not.toHaveProperty('gone');
      expect(store.sweeps).toEqual([]);
    },
  );

  test('of some streams marks what is gone of these', async () => {
    const { shelf, store, sync } = await open();
    shelf.remove('customers', '3');
    shelf.remove('orders', '3');
    expect((await sync({ ...FULL, streams: ['orders'] }))?.result?.streams).toMatchObject({ orders: { gone: 1 } });
    expect(store.sweeps.map(({ stream }) => stream)).toEqual(['orders']);
  });

  test('that is the first marks nothing where there is nothing', async () => {
    const { shelf, store, sync } = await open();
    store.add('b', { platform: 'shelf' });
    for (const stream of ['customers', 'orders']) shelf.fill(stream, 0);
    store.records.clear();
    expect((await sync(FULL))?.result?.streams).toMatchObject({ customers: { gone: 0 }, orders: { gone: 0 } });
  });

  test('looks no further back than the platform has listed', async () => {
    const { shelf, store, sync } = await open();
    shelf.lastPage = { reach: { from: 12, fromDay: '2023-10-25' } };
    await sync(FULL);
    expect(store.sweeps[0]).toMatchObject({ from: 12, fromDay: '2023-10-25' });
  });

  test('is one read, through all attempts, and counts from its begin', async () => {
    const { shelf, store, time, sync } = await open();
    shelf.remove('customers', '0');
    let failures = 2;
    shelf.onPage = (stream, page) => {
      time.now += 10;
      if (stream === 'customers' && page === 3 && failures-- > 0) throw new Error('The platform is down');
    };
    expect(await sync(FULL)).toMatchObject({ attemptsMade: 3, result: { streams: { customers: { gone: 1 } } } });
    expect(store.sweeps.map(({ begunAt }) => begunAt)).toEqual([3_000, expect.any(Number)]);
  });

  test('that fails for good is ended by the next job, of whatever mode', async () => {
    const { shelf, store, sync } = await open();
    shelf.remove('customers', '0');
    shelf.remove('orders', '19');
    let isDown = true;
    shelf.onPage = (stream, page) => {
      if (stream === 'orders' && page === 3 && isDown) throw new Error('The platform is down');
    };
    expect((await sync(FULL))?.state).toBe('failed');
    // Not before all is read.
    expect(store.sweeps).toEqual([]);
    isDown = false;
    const { result } = (await sync()) ?? {};
    expect(result?.streams).toMatchObject({ customers: { gone: 1 }, orders: { records: 13, gone: 1 } });
    expect(store.ids('orders')).not.toContain('19');
    expect(store.ids('customers')).not.toContain('0');
  });

  test.each(['full', 'incremental'] as const)(
    'that is put off marks nothing that a %s one has met meanwhile, and nothing twice',
    async (mode) => {
      const { shelf, store, time, jobs, add, job } = await open();
      shelf.remove('customers', '19');
      let isLimited = true;
      shelf.onPage = (stream, page) => {
        if (stream === 'customers' && page === 3 && isLimited) throw new RateLimitError(60_000);
      };
      time.now += 1_000;
      const first = await add(FULL);
      await jobs.drain();
      expect(job(first.id)?.state).toBe('delayed');
      isLimited = false;
      time.now += 1_000;
      const second = await add({ mode });
      await jobs.drain();
      expect(job(second.id)?.result?.streams.customers).toMatchObject({ gone: 1 });
      shelf.fill('customers', 20, time.now);
      time.now += 1_000;
      await jobs.drain({ withDelayed: true });
      expect(job(first.id)?.result?.streams).toMatchObject({ customers: { gone: 0 }, orders: { gone: 0 } });
      expect(job(first.id)?.result?.streams.customers).not.toHaveProperty('keptBack');
      expect(store.ids('customers')).toHaveLength(20);
    },
  );

  test('whose worker dies before it has marked them does it in the next attempt, and once', async () => {
    for (const dying of ['before', 'behind']) {
      const { shelf, store, jobs, add, job, onKeptBack } = await open();
      shelf.remove('customers', '0');
      shelf.remove('orders', '1', '2', '3');
      let isDying = true;
      store.onSweep = ({ stream }) => {
        if (isDying && stream === 'orders' && dying === 'before') {
          isDying = false;
          throw new Error('The database is away');
        }
      };
      const { id } = await add(FULL);
      if (dying === 'behind') await jobs.runAndLose(dataSyncQueue);
      await jobs.drain({ withDelayed: true });
      const keptBack = { reason: 'too-many', missing: 3, of: 20 };
      expect(job(id)?.result?.streams).toMatchObject({ customers: { gone: 1 }, orders: { gone: 0, keptBack } });
      expect(onKeptBack).toHaveBeenCalledTimes(1);
      expect(store.sweeps.filter(({ stream }) => stream === 'customers')).toHaveLength(1);
    }
  });

  test('into a sink that cannot tell only adds and changes', async () => {
    const store = new MemoryStore();
    const shelf = new Shelf();
    shelf.scopes = ['read'];
    store.add('a', { platform: 'shelf' });
    const { sync } = await open({ integrations: store, sink: store }, shelf);
    shelf.remove('customers', '0');
    expect((await sync(FULL))?.result?.streams.customers).not.toHaveProperty('gone');
    expect(store.batches.filter(({ fullRead }) => fullRead !== undefined)).toEqual([]);
    expect(shelf.asked).toBe(0);
  });
});

describe('what is not met stays, and the host is told, where', () => {
  test('it is more than a tenth, or than `maxGone`', async () => {
    const { shelf, store, events, onKeptBack, jobs, sync } = await open();
    shelf.remove('customers', '0', '1', '2');
    const job = await sync(FULL);
    const keptBack = { reason: 'too-many', missing: 3, of: 20 };
    expect(job).toMatchObject({ state: 'completed', result: { streams: { customers: { gone: 0, keptBack } } } });
    expect(store.ids('customers')).toHaveLength(20);
    const integration = expect.objectContaining({ id: 'a', platform: 'shelf' });
    expect(onKeptBack.mock.calls).toEqual([[{ integration, stream: 'customers', jobId: job?.id, ...keptBack }]]);
    const whose = { queue: 'data-sync', id: job?.id, integrationId: 'a', platform: 'shelf', organizationId: 'acme' };
    expect(events).toEqual([{ ...whose, stream: 'customers', ...keptBack }]);
    const { lines } = await jobs.queue(dataSyncQueue).logs(job?.id ?? '');
    expect(lines.filter((line) => line.includes('3 of 20'))).toHaveLength(1);

    const patient = await open({ maxGone: 0.15 });
    patient.shelf.remove('customers', '0', '1', '2');
    expect((await patient.sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 3 });
    const strict = await open({ maxGone: 0 });
    strict.shelf.remove('customers', '0');
    expect((await strict.sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 0, keptBack: { missing: 1 } });
  });

  test('the credentials have fewer scopes than at any read of everything before', async () => {
    const shelf = new Shelf();
    shelf.scopes = ['read', 'read_all'];
    const { store, sync } = await open({}, shelf);
    shelf.scopes = ['read', 'write'];
    shelf.remove('customers', '0');
    const keptBack = { reason: 'fewer-scopes', missing: 1, of: 20 };
    // However often: what only the lost scope shows is there all the same.
    for (const _ of [1, 2])
      expect((await sync(FULL))?.result?.streams).toMatchObject({
        customers: { gone: 0, keptBack },
        orders: { gone: 0 },
      });
    expect(store.ids('customers')).toHaveLength(20);
    shelf.scopes = ['read', 'read_all'];
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ keptBack: { reason: 'fewer-scopes' } });
    shelf.scopes = ['read', 'read_all', 'write'];
    expect((await sync(FULL))?.result?.streams).toMatchObject({ customers: { gone: 1 } });
  });

  test('the scopes were fewer when the read began', async () => {
    const shelf = new Shelf();
    shelf.scopes = ['read', 'read_all'];
    const { sync } = await open({}, shelf);
    shelf.scopes = ['read'];
    shelf.remove('customers', '0');
    let failures = 1;
    shelf.onPage = (_stream, page) => {
      if (page !== 3 || failures-- <= 0) return;
      shelf.scopes = ['read', 'read_all'];
      throw new Error('The platform is down');
    };
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ keptBack: { reason: 'fewer-scopes' } });
  });

  test('the platform says no scopes, before or now: they are not compared', async () => {
    const { shelf, sync } = await open();
    shelf.scopes = ['read'];
    shelf.remove('customers', '0');
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 1 });
    shelf.scopes = undefined;
    shelf.remove('customers', '1');
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 1 });
  });

  test('the credentials may not know their scopes', async () => {
    const shelf = new Shelf();
    shelf.scopes = 'unsaid';
    const { sync } = await open({}, shelf);
    expect((await sync(FULL))?.result?.streams.customers).toEqual(expect.objectContaining({ records: 20, gone: 0 }));
    shelf.remove('customers', '0');
    const keptBack = { reason: 'fewer-scopes', missing: 1, of: 20 };
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 0, keptBack });
    shelf.scopes = ['read'];
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 1 });
    shelf.scopes = 'unsaid';
    shelf.remove('customers', '1');
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ keptBack: { ...keptBack, of: 19 } });
  });

  test('the connection offers fewer streams than before', async () => {
    const { shelf, sync } = await open();
    shelf.kinds = { customers: 'customer' };
    shelf.remove('customers', '0');
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ keptBack: { reason: 'fewer-streams' } });
    shelf.kinds = { customers: 'customer', orders: 'order', products: 'product' };
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 1 });
  });

  test('the id of a rejected record could not be read', async () => {
    const { shelf, sync } = await open();
    shelf.remove('customers', '0');
    const odd = { kind: 'customer', reason: 'name: odd', raw: {} } as const;
    shelf.rejected = [{ ...odd, id: 'a hash', hasNoId: true }];
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ keptBack: { reason: 'unknown-ids' } });
    shelf.rejected = [{ ...odd, id: '1' }];
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 1 });
  });

  test('the report leaves rows out, but not where it has added them up', async () => {
    const { shelf, sync } = await open();
    shelf.remove('customers', '0');
    shelf.lastPage = { caveats: ['thresholded'] };
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ keptBack: { reason: 'inexact' } });
    shelf.lastPage = { caveats: ['other-row'] };
    expect((await sync(FULL))?.result?.streams.customers).toMatchObject({ gone: 1 });
  });

  test('another stream has records of the kind', async () => {
    const { shelf, store, onKeptBack, sync } = await open();
    shelf.kinds = { customers: 'customer', orders: 'customer' };
    shelf.remove('customers', '0');
    const keptBack = { reason: 'shared-kind', missing: 0, of: 0 };
    expect((await sync(FULL))?.result?.streams).toMatchObject({
      customers: { gone: 0, keptBack },
      orders: { keptBack },
    });
    expect(store.sweeps).toEqual([]);
    expect(onKeptBack).toHaveBeenCalledTimes(2);
    expect((await sync())?.result?.streams.customers).not.toHaveProperty('keptBack');
  });
});

test.each([-0.1, 1.1, Number.NaN])('a `maxGone` of %s is refused', (maxGone) => {
  const store = new MemoryStore();
  const options = { platforms: [], integrations: store, sink: store, maxGone };
  expect(() => dataSyncProcessor(options)).toThrow(ProcessorDefinitionError);
  expect(() => dataSyncProcessor(options)).toThrow('`maxGone` must be from 0 to 1');
});
