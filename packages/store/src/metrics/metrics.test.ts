import type { OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';

const convert = (money: { amount: number; currency: string }, currency: string) =>
  money.currency === 'USD' ? { amount: Math.round(money.amount * 0.9), currency } : undefined;

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl'), { convert }),
  embedded: () => openOnEmbedded({ convert }),
};

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const YEAR = { from: '2026-01-01', to: '2026-12-31' };

const order = (id: string, placedAt: string, changes: Partial<OrderRecord> = {}): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt: Date.parse(placedAt),
  payment: 'paid',
  total: eur(1_000),
  refunded: eur(0),
  items: [],
  ...changes,
});
const charge = (id: string, createdAt: string) =>
  ({
    kind: 'charge',
    id,
    updatedAt: 1,
    createdAt: Date.parse(createdAt),
    status: 'succeeded',
    amount: eur(700),
    refunded: eur(100),
    disputed: false,
  }) as const;
const customer = (id: string, createdAt: string) =>
  ({ kind: 'customer', id, updatedAt: 1, createdAt: Date.parse(createdAt) }) as const;
const traffic = (country: string, day: string, sessions: number) =>
  ({
    kind: 'traffic',
    id: `${day}/${country}`,
    updatedAt: 1,
    day,
    channel: 'Direct',
    country,
    sessions,
    users: 1,
    keyEvents: 0,
    revenue: eur(99_999),
  }) as const;
const ads = (campaignId: string, day: string, spend: number) =>
  ({
    kind: 'campaign-day',
    id: `${campaignId}/${day}`,
    updatedAt: 1,
    day,
    campaignId,
    spend: eur(spend),
    impressions: 1_000,
    clicks: 25,
    conversions: 2,
    conversionValue: eur(4 * spend),
  }) as const;

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  /** An organization with one integration a platform, and what becomes of records. */
  async function organization(timeZone = 'Europe/Berlin') {
    const { store } = opened;
    const id = `organization-${++count}`;
    await store.organizations.upsert({ id, name: id, timeZone, currency: 'EUR' });
    const connect = async (platform: string) =>
      (await store.integrations.connect({ organizationId: id, platform, credentials: {} })).id;
    const write = (integrationId: string, records: readonly PlatformRecord[]) =>
      store.records.write({ integrationId, stream: 's', records, rejected: [], deleted: [] });
    const days = async () => {
      await store.metrics.refresh(id);
      return await store.metrics.daily(id, YEAR);
    };
    return { id, connect, write, days, store };
  }

  test('a day has all that happened on it, on all platforms', async () => {
    const { id, connect, write, days, store } = await organization();
    const [shop, stripe, analytics, facebook] = await Promise.all(
      ['shopify', 'stripe', 'google-analytics', 'facebook-ads'].map(connect),
    );
    await write(shop ?? '', [
      order('1', '2026-06-10T10:00:00Z'),
      order('2', '2026-06-10T11:00:00Z', { total: eur(2_001), refunded: eur(501), payment: 'partially-refunded' }),
      order('3', '2026-06-10T12:00:00Z', { payment: 'pending' }),
      order('4', '2026-06-10T12:00:00Z', { payment: 'void' }),
      order('5', '2026-06-11T12:00:00Z', { payment: 'refunded', refunded: eur(1_000) }),
      customer('1', '2026-06-10T08:00:00Z'),
      { kind: 'product', id: '1', updatedAt: 1, title: 'Mug', status: 'active', price: eur(1) },
    ]);
    // The shop's payments: the same sales and people once more.
    await write(stripe ?? '', [charge('1', '2026-06-10T10:00:01Z'), customer('s', '2026-06-10T08:00:00Z')]);
    await write(analytics ?? '', [traffic('DE', '2026-06-10', 60), traffic('FR', '2026-06-10', 40)]);
    await write(facebook ?? '', [ads('a', '2026-06-10', 300), ads('b', '2026-06-10', 200), ads('a', '2026-06-12', 10)]);

    const [first, second, third, ...rest] = await days();
    expect(first).toEqual({
      day: '2026-06-10',
      currency: 'EUR',
      revenue: 3_001,
      refunds: 501,
      orders: 2,
      averageOrderValue: 1_501,
      newCustomers: 1,
      sessions: 100,
      conversionRate: 0.02,
      adSpend: 500,
      adRevenue: 2_000,
      returnOnAdSpend: 4,
      impressions: 2_000,
      clicks: 50,
      isPartial: false,
      // Nothing was ever read to its end.
      isProvisional: true,
      unknown: [],
    });
    expect(second).toMatchObject({ day: '2026-06-11', revenue: 1_000, refunds: 1_000, orders: 1, sessions: 0 });
    expect(second?.conversionRate).toBeUndefined();
    expect(third).toMatchObject({ day: '2026-06-12', orders: 0, adSpend: 10, averageOrderValue: undefined });
    expect(rest).toEqual([]);
    expect(await store.metrics.total(id, YEAR)).toMatchObject({
      revenue: 4_001,
      orders: 3,
      averageOrderValue: 1_334,
      conversionRate: 0.03,
      returnOnAdSpend: 4,
    });
  });

  test.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ['Pacific/Kiritimati', '2026-07-01', '2026-06-30T10:00:00Z', '2026-07-01T10:00:00Z'],
    ['Pacific/Pago_Pago', '2026-07-01', '2026-07-01T11:00:00Z', '2026-07-02T11:00:00Z'],
  ])('a day of %s is its own, also when the clock changes', async (zone, day, begin, end) => {
    const { connect, write, days } = await organization(zone);
    const before = (time: string) => new Date(Date.parse(time) - 1).toISOString();
    const times = [before(begin), begin, before(end), end];
    await write(
      await connect('shopify'),
      times.map((time, index) => order(String(index), time)),
    );
    const found = await days();
    expect(found.map(({ orders }) => orders)).toEqual([1, 2, 1]);
    expect(found[1]?.day).toBe(day);
  });

  test('only what has changed is derived again: an order that changes, goes, or comes late', async () => {
    const { id, connect, write, days, store } = await organization();
    const shop = await connect('shopify');
    await write(shop, [order('1', '2026-05-01T10:00:00Z'), order('2', '2026-05-20T10:00:00Z')]);
    expect(await store.metrics.refresh(id)).toBe(6);
    expect(await store.metrics.refresh(id)).toBe(0);
    // The same records once more are no change.
    await write(shop, [order('1', '2026-05-01T10:00:00Z')]);
    expect(await store.metrics.refresh(id)).toBe(0);

    await write(shop, [order('1', '2026-05-01T10:00:00Z', { updatedAt: 2, refunded: eur(400) })]);
    expect(await store.metrics.refresh(id)).toBe(3);
    await store.records.write({
      integrationId: shop,
      stream: 's',
      records: [order('3', '2026-05-02T10:00:00Z')],
      rejected: [],
      deleted: [{ kind: 'order', id: '2', deletedAt: 5 }],
    });
    expect((await days()).map(({ day, refunds }) => [day, refunds])).toEqual([
      ['2026-05-01', 400],
      ['2026-05-02', 0],
    ]);
  });

  test('an order that moves to another day is not counted on the old one any more', async () => {
    const { id, connect, write, days, store } = await organization();
    const shop = await connect('shopify');
    await write(shop, [order('1', '2026-05-01T10:00:00Z'), order('2', '2026-05-01T10:00:00Z')]);
    expect(await days()).toMatchObject([{ day: '2026-05-01', orders: 2 }]);
    await write(shop, [order('1', '2026-05-10T10:00:00Z', { updatedAt: 2 })]);
    const moved = await days();
    expect(moved.map(({ day, orders }) => [day, orders])).toEqual([
      ['2026-05-01', 1],
      ['2026-05-10', 1],
    ]);
    // The old day is stale once, not with each change after that.
    await write(shop, [order('1', '2026-05-10T10:00:00Z', { updatedAt: 3, refunded: eur(1) })]);
    expect(await store.metrics.refresh(id)).toBe(3);
    // In a batch of several statements too.
    const many = Array.from({ length: 1_500 }, (_, n) => order(`a${n}`, '2026-05-20T10:00:00Z'));
    await write(shop, many);
    await write(
      shop,
      many.map((one) => ({ ...one, updatedAt: 2, placedAt: one.placedAt + 86_400_000 })),
    );
    expect((await days()).map(({ day, orders }) => [day, orders])).toEqual([
      ['2026-05-01', 1],
      ['2026-05-10', 1],
      ['2026-05-21', 1_500],
    ]);
  });

  test('without orders, charges are the sales; with the first order they are none any more', async () => {
    const { connect, write, days } = await organization();
    const stripe = await connect('stripe');
    await write(stripe, [charge('1', '2026-04-01T10:00:00Z'), customer('1', '2026-04-01T10:00:00Z')]);
    expect(await days()).toMatchObject([{ revenue: 700, refunds: 100, orders: 1, newCustomers: 1 }]);
    await write(await connect('shopify'), [order('1', '2026-04-02T10:00:00Z')]);
    expect(await days()).toMatchObject([{ day: '2026-04-02', revenue: 1_000, orders: 1 }]);
  });

  test('foreign money is converted, or the day says that some is missing', async () => {
    const { connect, write, days } = await organization();
    await write(await connect('shopify'), [
      order('1', '2026-04-01T10:00:00Z'),
      order('2', '2026-04-01T10:00:00Z', { total: { amount: 1_000, currency: 'USD' } }),
      order('3', '2026-04-02T10:00:00Z', { total: { amount: 1_000, currency: 'CHF' } }),
    ]);
    expect(await days()).toMatchObject([
      { day: '2026-04-01', revenue: 1_900, orders: 2, isPartial: false },
      { day: '2026-04-02', revenue: 0, orders: 1, isPartial: true },
    ]);
  });

  test('in another zone or currency all days are other ones, and money of several currencies is not summed up without a word', async () => {
    const { id, connect, write, days, store } = await organization();
    const shop = await connect('shopify');
    await write(shop, [order('1', '2026-04-01T22:30:00Z')]);
    expect((await days()).map(({ day }) => day)).toEqual(['2026-04-02']);
    const move = (timeZone: string, currency: string) =>
      store.organizations.upsert({ id, name: id, timeZone, currency });
    await move('UTC', 'EUR');
    expect((await days()).map(({ day }) => day)).toEqual(['2026-04-01']);
    expect(await store.metrics.total(id, YEAR)).toMatchObject({ currency: 'EUR', isMixed: false, isPartial: false });

    await move('UTC', 'USD');
    await move('UTC', 'USD');
    expect(await days()).toMatchObject([{ day: '2026-04-01', currency: 'USD', isPartial: true }]);
    expect(await store.metrics.total(id, YEAR)).toMatchObject({ currency: 'USD', isPartial: true });
    // As a version before has left it.
    await opened.pool.query(
      `INSERT INTO bizinsights.daily_metrics SELECT organization_id, '2026-01-01', 'CHF', 1, 0, 0, 0, 0, 0, 0, 0, 0, false
        FROM bizinsights.daily_metrics WHERE organization_id = $1`,
      [id],
    );
    expect(await store.metrics.total(id, YEAR)).toMatchObject({ currency: undefined, isMixed: true });
    // Another name alone derives nothing.
    await store.organizations.upsert({ id, name: 'Other', timeZone: 'UTC', currency: 'USD' });
    expect(await store.metrics.refresh(id)).toBe(0);
  });

  test('what a removed integration has brought is counted no longer', async () => {
    const { id, connect, write, days, store } = await organization();
    const [first, second, third] = [await connect('shopify'), await connect('woocommerce'), await connect('shopify')];
    await write(first, [order('1', '2026-04-01T10:00:00Z'), order('2', '2026-04-03T10:00:00Z')]);
    await write(second, [order('1', '2026-04-01T10:00:00Z', { total: eur(300) })]);
    await write(third, [order('1', '2026-04-05T10:00:00Z')]);
    expect((await days()).map(({ revenue }) => revenue)).toEqual([1_300, 1_000, 1_000]);
    // At once, and with days that nobody has derived yet: whoever is left has to see to them.
    await write(first, [order('1', '2026-04-01T10:00:00Z', { updatedAt: 2, total: eur(1) })]);
    await Promise.all([store.integrations.remove(first), store.integrations.remove(third)]);
    expect((await days()).map(({ day, revenue }) => [day, revenue])).toEqual([['2026-04-01', 300]]);
    await store.integrations.remove(second);
    expect(await store.metrics.daily(id, YEAR)).toEqual([]);
    expect(await store.metrics.refresh(id)).toBe(0);
  });

  test('of what is written while days are derived nothing is missed', async () => {
    const { id, connect, write, days, store } = await organization();
    const shop = await connect('shopify');
    const writes = Array.from({ length: 20 }, (_, n) => write(shop, [order(String(n), '2026-08-01T10:00:00Z')]));
    const refreshes = Array.from({ length: 5 }, () => store.metrics.refresh(id));
    await Promise.all([...writes, ...refreshes]);
    expect(await days()).toMatchObject([{ orders: 20, revenue: 20_000 }]);
  });

  test('an organization that does not exist is told', async () => {
    await expect(opened.store.metrics.refresh('nobody')).rejects.toThrow('no organization "nobody"');
  });
});
