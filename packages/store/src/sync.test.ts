/** The whole way: real platforms against the sandbox, through jobs, into PostgreSQL. */
import { dayIn } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncProcessor, dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { platforms } from '@bizinsights/jobs-platforms';
import { createFacebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import {
  type SandboxOptions,
  type SandboxPlatformId,
  type ShopDimension,
  startSandbox,
  truthBreakdown,
} from '@bizinsights/jobs-sandbox';
import { afterEach, expect, inject, test } from 'vitest';
import { openOnPostgres, underTest } from './fixtures/open-store.js';
import { linesOf, truthOf } from './fixtures/sandbox-truth.js';

const DAY = 24 * 3_600_000;
const YEAR = { from: '2026-01-01', to: '2026-12-31' };
const ALL = ['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce'] as const;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function open(ids: readonly SandboxPlatformId[], options: SandboxOptions = {}) {
  // So many days that Facebook makes a report of them.
  const sandbox = await startSandbox({ platforms: ids, days: 40, ordersPerDay: 3, ...options });
  cleanUp.push(() => sandbox.close());
  const opened = await openOnPostgres(inject('postgresUrl'), { now: sandbox.now });
  cleanUp.push(opened.close);
  const { store } = opened;
  const connect = (platform: SandboxPlatformId) =>
    // The integration's id is the platform's, as there is one of each.
    store.integrations.connect({
      id: platform,
      organizationId: 'acme',
      platform,
      credentials: { ...sandbox[platform].credentials },
    });
  for (const id of ids) await connect(id);
  const processor = dataSyncProcessor({
    platforms: Object.values({ ...platforms, 'facebook-ads': createFacebookAds({ pollDelay: 1 }) }),
    integrations: store.integrations,
    sink: store.records,
    http: sandbox.http,
    now: sandbox.now,
    schedules: false,
  });
  const jobs = createTestJobs({ queues: [dataSyncQueue], processors: [processor] });
  cleanUp.push(() => jobs.close());
  const sync = async () => {
    const queue = jobs.queue(dataSyncQueue);
    for (const id of ids) await queue.add({ integrationId: id });
    return await jobs.drain({ withDelayed: true });
  };
  const stored = async (id: SandboxPlatformId) => linesOf(await underTest(store).records(id));
  return { sandbox, store, sync, stored, connect };
}

test('what all platforms have comes home, whatever goes wrong on the way, and stays up to date', async () => {
  const { sandbox, store, sync, stored } = await open(ALL);
  const { shop } = sandbox;
  const check = async () => {
    for (const id of ALL) {
      expect(await stored(id), id).toEqual(truthOf(id, shop));
      expect(await store.records.rejected(id), id).toEqual([]);
    }
    await store.metrics.refresh('acme');
    const sold = shop.orders.filter(({ payment }) => payment !== 'pending' && payment !== 'void');
    const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);
    expect(await store.metrics.total('acme', YEAR)).toMatchObject({
      // Two platforms show the shop.
      orders: 2 * sold.length,
      revenue: 2 * sum(sold, ({ total }) => total),
      refunds: 2 * sum(sold, ({ refunded }) => refunded),
      newCustomers: 2 * shop.customers.length,
      sessions: sum(shop.traffic(), ({ sessions }) => sessions),
      adSpend: sum(shop.campaignDays(), ({ spend }) => spend),
      isPartial: false,
    });
  };

  sandbox.shopify.faults.push('none', 'rate-limited', 'cut', 'none', 'not-json', 'server-error');
  sandbox.stripe.faults.push('server-error', 'none', 'cut-answer', 'rate-limited');
  sandbox['google-analytics'].faults.push('cut', 'none', 'rate-limited', 'none', 'server-error', 'not-json');
  sandbox['facebook-ads'].faults.push('rate-limited', 'none', 'cut-answer', 'server-error', 'none', 'cut');
  sandbox.woocommerce.faults.push('not-json', 'none', 'rate-limited', 'none', 'server-error', 'cut-answer');
  expect(await sync()).toMatchObject({ completed: 5, failed: 0 });
  for (const id of ALL) expect(sandbox[id].faults, id).toEqual([]);
  await check();

  const before = shop.orders.length;
  sandbox.advance(2 * DAY);
  expect(shop.orders.length).toBeGreaterThan(before);
  // The shop goes on while it is read: what a read does not see comes with the next one.
  for (const id of ALL) sandbox[id].faults.push('change', 'rate-limited', 'change', 'cut');
  expect(await sync()).toMatchObject({ completed: 5, failed: 0 });
  for (const id of ALL) sandbox[id].faults.splice(0);
  expect(await sync()).toMatchObject({ completed: 5, failed: 0 });
  await check();
});
test("the sandbox's own figures of each day are those of the metrics, in whatever zone the organization is", async () => {
  const { sandbox, store, sync } = await open(ALL);
  sandbox.advance(2 * DAY);
  sandbox.change();
  expect(await sync()).toMatchObject({ completed: 5, failed: 0 });
  const { rows } = sandbox.truth();
  for (const id of ALL) {
    for (const kind of ['order', 'product', 'customer', 'charge', 'traffic', 'campaign', 'campaign-day'] as const) {
      expect(await store.records.count({ integrationId: id, kind }), `${kind} of ${id}`).toBe(rows[id]?.[kind] ?? 0);
    }
  }
  for (const timeZone of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
    await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone, currency: 'EUR' });
    await store.metrics.refresh('acme');
    const days = (await store.metrics.daily('acme', YEAR)).filter(({ revenue, sessions }) => revenue + sessions > 0);
    const expected = sandbox.truth({ timeZone }).days.filter(({ revenue, sessions }) => revenue + sessions > 0);
    expect(days).toEqual(expected.map((day) => expect.objectContaining(day)));
    expect(days.length).toBeGreaterThan(35);
  }
});

test("the sandbox's own breakdowns are those of the metrics, of all platforms and of one alone", async () => {
  const { sandbox, store, sync } = await open(ALL);
  sandbox.advance(2 * DAY);
  expect(await sync()).toMatchObject({ completed: 5, failed: 0 });
  const range = { from: dayIn('Africa/Lagos', sandbox.now() - 30 * DAY), to: dayIn('Africa/Lagos', sandbox.now()) };
  const timeZone = 'Asia/Tokyo';
  await store.organizations.upsert({ id: 'acme', name: 'Acme', timeZone, currency: 'EUR' });
  for (const by of ['platform', 'channel', 'country', 'product', 'campaign'] as const satisfies ShopDimension[]) {
    const rows = await store.metrics.breakdown('acme', { ...range, by });
    const expected = truthBreakdown(sandbox.shop, { by, timeZone, ...range });
    expect(expected.length, by).toBeGreaterThan(60);
    expect(sumsOf(rows), by).toEqual(sumsOf(expected));
  }
  const alone = truthBreakdown(sandbox.shop, { by: 'platform', platforms: ['stripe'], timeZone, ...range });
  expect(alone.length).toBeGreaterThan(20);
  expect(new Set(alone.map(({ key }) => key))).toEqual(new Set(['stripe']));
  expect(sumsOf(alone)).toEqual(
    sumsOf(
      sandbox
        .truth({ platforms: ['stripe'], timeZone })
        .days.filter(({ day }) => day >= range.from)
        .map((day) => ({ ...day, key: 'stripe' })),
    ),
  );
});

const SUMMED = [
  ...(['revenue', 'refunds', 'orders', 'newCustomers', 'sessions'] as const),
  ...(['adSpend', 'adRevenue', 'impressions', 'clicks', 'units'] as const),
] as const;

/** The figures of each key over all rows, without those that are 0. */
function sumsOf(
  rows: readonly ({ readonly key: string | undefined } & Partial<Record<(typeof SUMMED)[number], number>>)[],
) {
  const sums: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    const key = String(row.key);
    sums[key] ??= {};
    for (const name of SUMMED) {
      const value = row[name];
      if (value) sums[key][name] = (sums[key][name] ?? 0) + value;
    }
  }
  return Object.fromEntries(Object.entries(sums).filter(([, figures]) => Object.keys(figures).length > 0));
}

test('a row that analytics has no more goes, and its figures with it', async () => {
  // Right behind midnight in Berlin, when each visit of the day is one that has bought something.
  const now = Date.UTC(2026, 10, 23, 23, 1);
  const { sandbox, store, sync, stored } = await open(['google-analytics'], { now });
  const { shop } = sandbox;
  sandbox.change();
  expect(shop.traffic().filter(({ day }) => day === '2026-11-24')).toMatchObject([{ channel: 'Direct', sessions: 1 }]);
  const today = async () => {
    await store.metrics.refresh('acme');
    return await store.metrics.total('acme', { from: '2026-11-24', to: '2026-11-24' });
  };
  await sync();
  expect(await today()).toMatchObject({ sessions: 1 });

  const bought = shop.orders.at(-1);
  if (bought) bought.payment = 'void';
  sandbox.advance(1_000);
  await sync();
  expect(await stored('google-analytics')).toEqual(truthOf('google-analytics', shop));
  expect(await today()).toMatchObject({ sessions: 0 });
});

test('goes on from positions that an older version has stored, and neither loses nor repeats records', async () => {
  const { sandbox, store, sync } = await open(['stripe'], { days: 80 });
  const { http, shop, stripe: server } = sandbox;
  const { account } = platforms.stripe.connect(server.credentials, http);
  const newestFirst = shop.orders.toReversed().map(({ id }) => `ch_1Glaze${String(id).padStart(18, '0')}`);
  const asOf = sandbox.now();
  const read = {
    ...{ run: 'an older job', mode: 'full', since: null, watermark: null, asOf },
    counts: { pages: 1, records: 100, rejected: 0, deleted: 0 },
  };
  const storePosition = (main: object) =>
    store.records.write({
      ...{ integrationId: 'stripe', stream: 'charges', records: [], rejected: [], deleted: [] },
      cursor: JSON.parse(JSON.stringify({ account, main: { ...read, ...main }, again: null })),
    });
  const charges = async () =>
    (await underTest(store).records('stripe')).filter(({ kind }) => kind === 'charge').map(({ id }) => id);

  // Behind the first page of a full read.
  const after = { id: newestFirst[99], created: Math.floor((shop.orders.at(-100)?.createdAt ?? 0) / 1_000) };
  const position = { phase: 'list', after, from: null, asOf, eventsFrom: asOf };
  await storePosition({ state: 'reading', cursor: { version: 1, mode: 'full', position, watermark: null } });
  expect(await sync()).toMatchObject({ completed: 1 });
  expect(new Set(await charges())).toEqual(new Set(newestFirst.slice(100)));

  // Where a read has ended: the next one lists what has come since, and no more.
  await storePosition({ state: 'done', cursor: { version: 1, watermark: asOf } });
  sandbox.advance(DAY);
  const asked = server.requests.length;
  expect(await sync()).toMatchObject({ completed: 1 });
  const listed = server.requests.slice(asked).filter(({ path }) => path.startsWith('/v1/charges?'));
  expect(listed.map(({ path }) => path.includes('created%5Bgte%5D'))).toEqual([true]);
  const since = shop.orders.filter(({ createdAt }) => createdAt > asOf).length;
  expect(since).toBeGreaterThan(0);
  expect((await charges()).length).toBeGreaterThanOrEqual(newestFirst.length - 100 + since);
});

test('a token that was revoked marks its integration; the other one goes on', async () => {
  const { sandbox, store, sync, connect } = await open(['shopify', 'stripe'], { days: 5 });
  sandbox.shopify.accessLost = true;
  expect(await sync()).toMatchObject({ completed: 1, failed: 1 });
  expect(await store.integrations.find('shopify')).toMatchObject({ status: 'access-lost' });
  expect((await store.integrations.find('shopify'))?.statusReason).toBeTruthy();
  expect(await store.integrations.find('stripe')).toMatchObject({ status: 'active', lastSyncedAt: sandbox.now() });
  sandbox.shopify.accessLost = false;
  await connect('shopify');
  expect(await sync()).toMatchObject({ completed: 2, failed: 0 });
  expect(await store.integrations.find('shopify')).toMatchObject({ status: 'active', statusReason: undefined });
});

test('days are unknown before the first sync, in an outage and while access is lost, and known when it has caught up', async () => {
  const { sandbox, store, sync, connect } = await open(['shopify', 'stripe'], { days: 5, ordersPerDay: 0.2 });
  const day = (offset: number) => dayIn('Europe/Berlin', sandbox.now() + offset * DAY);
  const unknownOn = async (...offsets: number[]) => {
    const [from, to] = [day(Math.min(...offsets)), day(Math.max(...offsets))];
    const days = await store.metrics.daily('acme', { from, to, everyDay: true });
    return days.map(({ unknown }) => unknown);
  };
  expect(await unknownOn(-300, -299)).toEqual([
    ['shopify', 'stripe'],
    ['shopify', 'stripe'],
  ]);
  expect(await sync()).toMatchObject({ completed: 2 });
  expect(await unknownOn(-300, 0)).toEqual(Array.from({ length: 301 }, () => []));
  expect(await store.metrics.total('acme', { from: day(-9), to: day(-1) })).toMatchObject({
    unknownDays: 0,
    isProvisional: false,
  });

  // One is down, of the other the access is lost: nothing comes of what happens in these days.
  sandbox.shopify.faults.push(...new Array<'server-error'>(50).fill('server-error'));
  sandbox.stripe.accessLost = true;
  sandbox.advance(3 * DAY);
  expect(await sync()).toMatchObject({ completed: 0, failed: 2 });
  const [lastRead, ...outage] = await unknownOn(-3, 0);
  expect(lastRead).toEqual([]);
  expect(outage).toEqual(Array.from({ length: 3 }, () => ['shopify', 'stripe']));
  expect(await store.metrics.total('acme', { from: day(-3), to: day(0) })).toMatchObject({
    unknownDays: 3,
    isProvisional: true,
  });

  sandbox.shopify.faults.splice(0);
  sandbox.stripe.accessLost = false;
  await connect('stripe');
  expect(await sync()).toMatchObject({ completed: 2 });
  expect(await unknownOn(-3, 0)).toEqual([[], [], [], []]);
  await store.metrics.refresh('acme');
  const days = await store.metrics.daily('acme', { from: day(-4), to: day(0), everyDay: true });
  expect(days.map(({ isProvisional }) => isProvisional)).toEqual([false, false, false, false, true]);
  // What the platforms say of the same range.
  const platforms = await store.metrics.breakdown('acme', { from: day(-20), to: day(0), by: 'platform' });
  const { revenue, newCustomers } = await store.metrics.total('acme', { from: day(-20), to: day(0) });
  expect(platforms).toMatchObject([{ key: 'shopify', revenue, newCustomers }]);
});
