/** Full reads from the platforms' servers to the figures, beside webhooks, and what is left of them. */
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import {
  type DataSyncJobInput,
  type DataSyncProcessorOptions,
  dataSyncProcessor,
  dataSyncQueue,
} from '@bizinsights/jobs-data-sync';
import { platforms, type RecordSink } from '@bizinsights/jobs-platforms';
import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { type SandboxOptions, type SandboxPlatformId, startSandbox } from '@bizinsights/jobs-sandbox';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { batchFor, customer } from '../conformance/samples.js';
import { ampleBudgets } from '../fixtures/ample-budgets.js';
import { openOnEmbedded, openOnPostgres, underTest } from '../fixtures/open-store.js';
import { linesOf, truthOf } from '../fixtures/sandbox-truth.js';

const DAY = 24 * 3_600_000;
const YEAR = { from: '2026-01-01', to: '2026-12-31' };
const ENGINES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl')),
  'the embedded store': () => openOnEmbedded(),
};

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function openStore(engine: keyof typeof ENGINES = 'PostgreSQL') {
  const opened = await ENGINES[engine]();
  cleanUp.push(opened.close);
  return opened;
}

/** Integrations with the sandbox's servers, named as their platforms. */
async function open(
  ids: readonly SandboxPlatformId[],
  options: SandboxOptions & Pick<DataSyncProcessorOptions, 'maxGone' | 'onKeptBack'> = {},
  engine?: keyof typeof ENGINES,
) {
  const { maxGone = 0.1, onKeptBack = vi.fn(), ...rest } = options;
  const sandbox = await startSandbox({ platforms: ids, days: 40, ordersPerDay: 3, ...rest });
  cleanUp.push(() => sandbox.close());
  const { store, pool } = await openStore(engine);
  for (const id of ids) {
    const credentials = { ...sandbox[id].credentials };
    await store.integrations.connect({ id, organizationId: 'acme', platform: id, credentials });
  }
  const written: number[] = [];
  const sink: RecordSink = {
    async write(batch) {
      const answer = await store.records.write(batch);
      written.push(answer.written);
      return answer;
    },
    sweep: (sweep) => store.records.sweep(sweep),
  };
  const processor = dataSyncProcessor({
    platforms: Object.values({ ...platforms, 'facebook-ads': createFacebookAds({ pollDelay: 1 }) }),
    integrations: store.integrations,
    sink,
    http: sandbox.http,
    now: sandbox.now,
    budgets: ampleBudgets(Object.values(platforms)),
    schedules: false,
    maxGone,
    onKeptBack,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  cleanUp.push(() => jobs.close());
  /** Answers how many records were new or changed. */
  const sync = async (data: Omit<DataSyncJobInput, 'integrationId'> = {}) => {
    written.length = 0;
    for (const id of ids) await jobs.queue(dataSyncQueue).add({ integrationId: id, ...data });
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: ids.length, failed: 0 });
    return written.reduce((sum, count) => sum + count, 0);
  };
  const figures = async () => {
    const refreshed = await store.metrics.refresh('acme');
    return { refreshed, ...(await store.metrics.total('acme', YEAR)) };
  };
  const stored = async (id: SandboxPlatformId) => linesOf(await underTest(store).records(id));
  return { sandbox, store, pool, sync, figures, stored, onKeptBack };
}

test.each([
  ['woocommerce', 'PostgreSQL'],
  ['woocommerce', 'the embedded store'],
  ['shopify', 'PostgreSQL'],
] as const)(
  'what was deleted in %s without a word goes with a full sync, and out of the figures, on %s',
  async (platform, engine) => {
    const { sandbox, sync, figures, stored, onKeptBack } = await open([platform], {}, engine);
    await sync();
    const before = await figures();
    const [order] = sandbox.shop.orders;
    sandbox.remove();
    await sync();
    expect(await stored(platform)).not.toEqual(truthOf(platform, sandbox.shop));
    await sync({ mode: 'full' });
    expect(onKeptBack).not.toHaveBeenCalled();
    expect(await stored(platform)).toEqual(truthOf(platform, sandbox.shop));
    const after = await figures();
    const isSale = order?.payment !== 'pending' && order?.payment !== 'void';
    expect(before.orders - after.orders).toBe(isSale ? 1 : 0);
    expect(before.revenue - after.revenue).toBe(isSale ? order?.total : 0);
    expect(before.newCustomers - after.newCustomers).toBe(1);
    expect(await sync({ mode: 'full' })).toBe(0);
    expect(await figures()).toMatchObject({ refreshed: 0 });
  },
);

test('a shop whose app may not know its scopes is synced, and loses nothing by a full sync', async () => {
  const refusedFields = ['QueryRoot.currentAppInstallation'];
  const onKeptBack = vi.fn();
  const { sandbox, sync, stored } = await open(['shopify'], { days: 65, grants: { refusedFields }, onKeptBack });
  await sync();
  const all = truthOf('shopify', sandbox.shop);
  expect(await stored('shopify')).toEqual(all);
  // The orders of the first days are listed no longer, which the app cannot know.
  sandbox.grants.scopes = ['read_orders', 'read_products', 'read_customers'];
  await sync({ mode: 'full' });
  expect(await stored('shopify')).toEqual(all);
  const event = onKeptBack.mock.calls[0]?.[0];
  expect(event).toMatchObject({ stream: 'orders', reason: 'fewer-scopes' });
  // So few that nothing else would keep them.
  expect(event.missing / event.of).toBeLessThan(0.1);
});

test('a customer of Stripe whose deletion is out of reach goes with a full sync', async () => {
  const { sandbox, sync, stored } = await open(['stripe']);
  await sync();
  sandbox.remove();
  sandbox.advance(40 * DAY);
  await sync({ mode: 'full' });
  // Payments stay at Stripe, whatever becomes of their orders.
  const customers = (lines: readonly string[]) => lines.filter((line) => line.startsWith('customer'));
  expect(customers(await stored('stripe'))).toEqual(customers(truthOf('stripe', sandbox.shop)));
});

test('days that Facebook no longer keeps stay after a full sync, and campaigns that it has not got go', async () => {
  const { sandbox, store, sync } = await open(['facebook-ads'], { days: 1_200, ordersPerDay: 1, maxGone: 0.5 });
  await sync();
  const kept = await store.records.count({ integrationId: 'facebook-ads', kind: 'campaign-day' });
  const lost = { kind: 'campaign', id: '404', updatedAt: 1, name: 'Lost', status: 'active' } as const;
  // The first is older than 37 months; the account has never had the second.
  const days = [dayOf('404/2020-01-01', '2020-01-01'), dayOf('404/2026-11-01', '2026-11-01')];
  await store.records.write({ ...batchFor('facebook-ads'), records: [lost, ...days] });
  await sync({ mode: 'full' });
  const left = await underTest(store).records('facebook-ads');
  expect(left.flatMap(({ id }) => (id.startsWith('404') ? [id] : []))).toEqual(['404/2020-01-01']);
  expect(left.filter(({ kind }) => kind === 'campaign-day')).toHaveLength(kept + 1);
  expect(left.filter(({ kind }) => kind === 'campaign')).toHaveLength(sandbox.shop.campaigns.length);
});

test('rows of days before the first that Google Analytics has go with a full sync', async () => {
  const { sandbox, store, sync, stored } = await open(['google-analytics']);
  await sync();
  const row = { updatedAt: 1, channel: 'Direct', country: 'DE', sessions: 1, users: 1, keyEvents: 0 };
  const old = { kind: 'traffic', id: '2020-01-01/Direct/DE', day: '2020-01-01', ...row } as const;
  await store.records.write({ ...batchFor('google-analytics'), records: [old] });
  await sync({ mode: 'full' });
  expect(await stored('google-analytics')).toEqual(truthOf('google-analytics', sandbox.shop));
});

test('reports and payments that say the same again change nothing', async () => {
  const { sandbox, sync, figures } = await open(['google-analytics', 'facebook-ads', 'stripe']);
  expect(await sync()).toBeGreaterThan(100);
  expect((await figures()).refreshed).toBeGreaterThan(30);
  for (const mode of ['incremental', 'full'] as const) {
    // No time for anything to happen, but for another time of the read.
    sandbox.advance(1_000);
    expect(await sync({ mode })).toBe(0);
    expect(await figures()).toMatchObject({ refreshed: 0 });
  }
  sandbox.change();
  expect(await sync()).toBeGreaterThan(0);
  expect((await figures()).refreshed).toBeGreaterThan(0);
});

test('webhooks that come while a full read is read and swept lose nothing, and wait for nobody for ever', async () => {
  const { store } = await openStore();
  const { id } = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials: {} });
  const batch = batchFor(id);
  const all = Array.from({ length: 3_000 }, (_, n) => customer(`a${n}`, 10));
  await store.records.write({ ...batch, records: all });
  let isReading = true;
  let count = 0;
  const webhooks = async (sender: number) => {
    for (let n = 0; isReading; n++) {
      // Dated by a clock that is behind; and one of those that the read does not list any more.
      const own = customer(`w${sender}-${n}`, 50);
      const records = [own, customer(`a${(n * 7 + sender) % 3_000}`, 10)];
      await store.records.write({ ...batch, records: n % 2 ? records : records.reverse(), onTie: 'keep' });
      count++;
    }
  };
  const readPage = (page: number) => {
    const records = all.slice(page * 100, page * 100 + 90).reverse();
    return store.records.write({ ...batch, records, fullRead: 'read', cursor: page });
  };
  const read = async () => {
    for (let page = 1; page < 30; page++) await readPage(page);
    const sweep = { integrationId: id, stream: batch.stream, kind: 'customer', fullRead: 'read' } as const;
    return await store.records.sweep({ ...sweep, begunAt: 100, maxGone: 1 });
  };
  // From here on the store knows of it.
  await readPage(0);
  const reading = read().finally(() => {
    isReading = false;
  });
  const [swept] = await Promise.all([reading, ...[0, 1, 2, 3].map(webhooks)]);
  expect(swept).toMatchObject({ isSwept: true });
  const left = await underTest(store).records(id);
  expect(left.filter((record) => record.id.startsWith('w'))).toHaveLength(count);
  expect(left).toHaveLength(3_000 - swept.missing + count);
});

test('an integration that is removed leaves nothing of its full reads', async () => {
  const { store, pool } = await openStore();
  const { id } = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials: {} });
  await store.records.write({ ...batchFor(id), records: [customer(1, 1)], fullRead: 'read' });
  const left = async () => {
    const { rows } = await pool.query(
      'SELECT id FROM bizinsights.met_records UNION SELECT full_read FROM bizinsights.full_reads',
    );
    return rows.length;
  };
  expect(await left()).toBe(2);
  await store.integrations.remove(id);
  expect(await left()).toBe(0);
  const sweep = { integrationId: id, stream: 'customers', kind: 'customer', fullRead: 'read' } as const;
  expect(await store.records.sweep({ ...sweep, begunAt: 100, maxGone: 1 })).toMatchObject({ isSwept: false });
});

test('a full read that begins anew leaves nothing of those before it', async () => {
  const { store, pool } = await openStore();
  const { id } = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials: {} });
  for (let n = 0; n < 5; n++) {
    await store.records.write({ ...batchFor(id), records: [customer(n, 1)], fullRead: `read ${n}` });
  }
  const { rows: met } = await pool.query('SELECT id FROM bizinsights.met_records');
  expect(met).toEqual([{ id: '4' }]);
  const { rows } = await pool.query('SELECT full_read FROM bizinsights.full_reads ORDER BY 1');
  expect(rows).toEqual([{ full_read: 'read 3' }, { full_read: 'read 4' }]);
});

function dayOf(id: string, day: string) {
  const spend = { amount: 1, currency: 'EUR' };
  const counts = { impressions: 1, clicks: 1, conversions: 0 };
  return { kind: 'campaign-day', id, updatedAt: 1, day, campaignId: '1', spend, ...counts } as const;
}
