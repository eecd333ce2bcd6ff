import { defined } from '@bizinsights/jobs-core';
import type { OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl')),
  embedded: () => openOnEmbedded(),
};

const JUNE = { from: '2026-06-01', to: '2026-06-30' };
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const item = (productId: string | undefined, quantity: number, price: number, title = 'Mug') => ({
  ...defined({ productId }),
  title,
  quantity,
  price: eur(price),
});

const order = (id: string, changes: Partial<OrderRecord> = {}): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt: Date.parse('2026-06-10T10:00:00Z'),
  payment: 'paid',
  total: eur(1_000),
  refunded: eur(0),
  items: [],
  ...changes,
});
const traffic = (channel: string, country: string, sessions: number): PlatformRecord => ({
  kind: 'traffic',
  id: `${channel}/${country}`,
  updatedAt: 1,
  day: '2026-06-10',
  channel,
  country,
  sessions,
  users: 1,
  keyEvents: 0,
});
const ads = (campaignId: string, day: string, spend: number): PlatformRecord => ({
  kind: 'campaign-day',
  id: `${campaignId}/${day}`,
  updatedAt: 1,
  day,
  campaignId,
  spend: eur(spend),
  impressions: 1_000,
  clicks: 25,
  conversions: 1.5,
  conversionValue: eur(4 * spend),
});
const campaign = (id: string, name: string): PlatformRecord => ({
  kind: 'campaign',
  id,
  updatedAt: 1,
  name,
  status: 'active',
});
const customer = (id: string): PlatformRecord => ({
  kind: 'customer',
  id,
  updatedAt: 1,
  createdAt: Date.parse('2026-06-10T10:00:00Z'),
});
const product = (id: string, title: string): PlatformRecord => ({
  kind: 'product',
  id,
  updatedAt: 1,
  title,
  status: 'active',
});

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  async function organization() {
    const { store } = opened;
    const id = `organization-${++count}`;
    await store.organizations.upsert({ id, name: id, timeZone: 'Europe/Berlin', currency: 'EUR' });
    const connect = async (platform: string) =>
      (await store.integrations.connect({ organizationId: id, platform, credentials: {} })).id;
    const write = (integrationId: string, ...records: PlatformRecord[]) =>
      store.records.write({ integrationId, stream: 's', records, rejected: [], deleted: [] });
    const remove = (integrationId: string, ...gone: PlatformRecord[]) =>
      store.records.write({
        integrationId,
        stream: 's',
        records: [],
        rejected: [],
        deleted: gone.map(({ kind, id: gone }) => ({ kind, id: gone, deletedAt: 9 })),
      });
    return { id, connect, write, remove, metrics: store.metrics };
  }

  /** A shop, its payments, its visitors and its ads. */
  async function business() {
    const organized = await organization();
    const { connect, write } = organized;
    const [shop, stripe, analytics, facebook] = [
      await connect('shopify'),
      await connect('stripe'),
      await connect('google-analytics'),
      await connect('facebook-ads'),
    ];
    await write(
      shop,
      order('1', { country: 'DE', channel: 'Direct', items: [item('a', 2, 400), item('b', 1, 150, 'Cup')] }),
      order('2', { country: 'FR', channel: 'Direct', total: eur(500), refunded: eur(100), items: [item('a', 1, 500)] }),
      order('3', { total: eur(70), items: [item(undefined, 1, 70, 'Gift')] }),
      order('4', { country: 'DE', payment: 'pending', items: [item('a', 9, 1)] }),
      order('5', { country: 'DE', placedAt: Date.parse('2026-05-31T21:59:59Z'), items: [item('a', 9, 1)] }),
      customer('1'),
      product('a', 'Large mug'),
    );
    await write(
      stripe,
      {
        kind: 'charge',
        id: '1',
        updatedAt: 1,
        createdAt: Date.parse('2026-06-10T10:00:00Z'),
        status: 'succeeded',
        amount: eur(1_000),
        refunded: eur(0),
        disputed: false,
      },
      customer('2'),
    );
    await write(
      analytics,
      traffic('Direct', 'DE', 60),
      traffic('Email', 'FR', 30),
      traffic('Unassigned', '(not set)', 10),
    );
    await write(facebook, ads('c', '2026-06-10', 300), ads('d', '2026-06-12', 200), ads('c', '2026-06-11', 50));
    await write(facebook, campaign('c', 'Spring'));
    return { ...organized, shop, stripe, analytics, facebook };
  }

  test('by country and by channel, sales and visits stand beside each other', async () => {
    const { id, metrics } = await business();
    const countries = await metrics.breakdown(id, { ...JUNE, by: 'country' });
    expect(countries).toEqual([
      {
        key: 'DE',
        revenue: 1_000,
        refunds: 0,
        orders: 1,
        newCustomers: 0,
        sessions: 60,
        adSpend: 0,
        adRevenue: 0,
        impressions: 0,
        clicks: 0,
        averageOrderValue: 1_000,
        conversionRate: 1 / 60,
        returnOnAdSpend: undefined,
        currency: 'EUR',
        isPartial: false,
      },
      expect.objectContaining({ key: 'FR', revenue: 500, refunds: 100, orders: 1, sessions: 30 }),
      expect.objectContaining({
        key: undefined,
        revenue: 70,
        newCustomers: 1,
        sessions: 10,
        adSpend: 550,
        adRevenue: 2_200,
      }),
    ]);
    const channels = await metrics.breakdown(id, { ...JUNE, by: 'channel' });
    expect(channels.map(({ key, revenue, sessions }) => [key, revenue, sessions])).toEqual([
      ['Direct', 1_500, 60],
      [undefined, 70, 0],
      ['Email', 0, 30],
      ['Unassigned', 0, 10],
    ]);
  });

  test('by platform, a shop’s payments are not its sales once more', async () => {
    const { id, metrics, shop, remove } = await business();
    const platforms = await metrics.breakdown(id, { ...JUNE, by: 'platform' });
    expect(
      platforms.map(({ key, revenue, newCustomers, sessions, adSpend }) => ({
        key,
        revenue,
        newCustomers,
        sessions,
        adSpend,
      })),
    ).toEqual([
      { key: 'shopify', revenue: 1_570, newCustomers: 1, sessions: 0, adSpend: 0 },
      { key: 'google-analytics', revenue: 0, newCustomers: 0, sessions: 100, adSpend: 0 },
      { key: 'facebook-ads', revenue: 0, newCustomers: 0, sessions: 0, adSpend: 550 },
    ]);
    expect(platforms[2]).toMatchObject({ returnOnAdSpend: 4, impressions: 3_000, clicks: 75 });
    // It reads the records: what has gone is gone at once. Without any order, charges are the sales.
    await remove(shop, ...['1', '2', '3', '4', '5'].map((orderId) => order(orderId)));
    const [first] = await metrics.breakdown(id, { ...JUNE, by: 'platform' });
    expect(first).toMatchObject({ key: 'stripe', revenue: 1_000, orders: 1, newCustomers: 1 });
    expect(await metrics.breakdown(id, { ...JUNE, by: 'product' })).toEqual([]);
  });

  test('by product, the items of paid orders count', async () => {
    const { id, metrics, shop, connect, write, remove } = await business();
    const mug = { key: 'a', integrationId: shop, label: 'Large mug', revenue: 1_300, units: 3, orders: 2 };
    const rest = { currency: 'EUR', isPartial: false };
    expect(await metrics.breakdown(id, { ...JUNE, by: 'product' })).toEqual([
      { ...mug, ...rest },
      { key: 'b', integrationId: shop, label: 'Cup', revenue: 150, units: 1, orders: 1, ...rest },
      { key: undefined, integrationId: undefined, label: undefined, revenue: 70, units: 1, orders: 1, ...rest },
    ]);
    // The same id in another shop is another product; what is gone has the title that it was sold by last.
    const other = await connect('woocommerce');
    const june = (day: number) => Date.parse(`2026-06-${day}T10:00:00Z`);
    await write(
      other,
      order('1', { items: [item('a', 1, 2_000, 'Chair')], placedAt: june(20) }),
      order('2', { items: [item('a', 1, 2_000, 'Stool'), item('a', 1, 1, 'Stool')], placedAt: june(21) }),
      order('3', { items: [item('a', 1, 2_000, 'Bench')], placedAt: june(19) }),
      order('4', { items: [item(undefined, 2, 5, 'Gift')] }),
    );
    await remove(shop, product('a', ''));
    const rows = await metrics.breakdown(id, { ...JUNE, by: 'product', sort: 'units' });
    expect(rows.map(({ label, integrationId, units, orders }) => [label, integrationId, units, orders])).toEqual([
      ['Stool', other, 4, 3],
      ['Mug', shop, 3, 2],
      [undefined, undefined, 3, 2],
      ['Cup', shop, 1, 1],
    ]);
  });

  test('a product without a record has the title that it was sold by last, in whatever currency', async () => {
    const { id, connect, write, metrics } = await organization();
    const shop = await connect('shopify');
    const sold = (orderId: string, day: string, currency: string, title: string) => {
      const price = { amount: 100, currency };
      const items = [{ productId: 'a', title, quantity: 1, price }];
      return order(orderId, { placedAt: Date.parse(`${day}T10:00:00Z`), total: price, items });
    };
    await write(shop, sold('1', '2026-06-03', 'CHF', 'Old'), sold('2', '2026-06-20', 'EUR', 'New'));
    await write(shop, sold('3', '2026-06-04', 'USD', 'Older'));
    const [row] = await metrics.breakdown(id, { ...JUNE, by: 'product' });
    expect(row).toMatchObject({ key: 'a', label: 'New', units: 3 });
  });

  test('ids stay apart, whatever is in them', async () => {
    const { store } = opened;
    const { id, write, metrics } = await organization();
    const keys = ['b c', 'c', '__proto__', 'constructor', '["x"]', 'é'.repeat(500)];
    for (const integrationId of [`${id} a`, `${id} a b`]) {
      await store.integrations.connect({ id: integrationId, organizationId: id, platform: 'shopify', credentials: {} });
      const items = keys.map((key) => item(key, 1, 100, key));
      await write(integrationId, order('__proto__', { items, country: '__proto__', channel: 'constructor' }));
      await write(integrationId, ...keys.map((key) => ads(key, '2026-06-10', 100)));
    }
    for (const by of ['product', 'campaign'] as const) {
      const rows = await metrics.breakdown(id, { ...JUNE, by });
      expect(rows.map(({ key, integrationId }) => `${integrationId}|${key}`).sort()).toEqual(
        [`${id} a`, `${id} a b`].flatMap((integrationId) => keys.map((key) => `${integrationId}|${key}`)).sort(),
      );
    }
    expect((await metrics.breakdown(id, { ...JUNE, by: 'country' })).map(({ key }) => key)).toContain('__proto__');
    expect((await metrics.breakdown(id, { ...JUNE, by: 'channel' })).map(({ key }) => key)).toContain('constructor');
  });

  test('an item whose product id is empty is of no product', async () => {
    const { id, connect, write, metrics } = await organization();
    await write(await connect('shopify'), order('1', { items: [item('', 1, 100, 'Gift'), item(undefined, 1, 50)] }));
    expect(await metrics.breakdown(id, { ...JUNE, by: 'product' })).toMatchObject([{ key: undefined, revenue: 150 }]);
  });

  test('by campaign, what it cost and brought', async () => {
    const { id, metrics, facebook } = await business();
    expect(await metrics.breakdown(id, { ...JUNE, by: 'campaign' })).toEqual([
      {
        key: 'c',
        integrationId: facebook,
        label: 'Spring',
        adSpend: 350,
        adRevenue: 1_400,
        impressions: 2_000,
        clicks: 50,
        conversions: 3,
        returnOnAdSpend: 4,
        currency: 'EUR',
        isPartial: false,
      },
      expect.objectContaining({ key: 'd', label: undefined, adSpend: 200, conversions: 1.5 }),
    ]);
  });

  test('rows are sorted by what is asked for, and cut behind that', async () => {
    const { id, metrics } = await business();
    const keys = async (query: { sort?: 'sessions' | 'refunds'; limit?: number }) =>
      (await metrics.breakdown(id, { ...JUNE, by: 'country', ...query })).map(({ key }) => key);
    expect(await keys({ sort: 'sessions' })).toEqual(['DE', 'FR', undefined]);
    expect(await keys({ sort: 'refunds' })).toEqual(['FR', 'DE', undefined]);
    expect(await keys({ sort: 'refunds', limit: 1 })).toEqual(['FR']);
    expect(await keys({ limit: 9 })).toHaveLength(3);
    const { id: equal, connect, write } = await organization();
    await write(
      await connect('shopify'),
      ...['AT', 'ZA', 'DE', undefined].map((country, n) => order(`${n}`, country ? { country } : {})),
    );
    const rows = await metrics.breakdown(equal, { ...JUNE, by: 'country' });
    expect(rows.map(({ key }) => key)).toEqual(['AT', 'DE', 'ZA', undefined]);
  });

  test('an organization that does not exist is told, and one without anything has no rows', async () => {
    const { id, metrics } = await organization();
    await expect(metrics.breakdown('nobody', { ...JUNE, by: 'platform' })).rejects.toThrow('no organization "nobody"');
    for (const by of ['platform', 'channel', 'country', 'product', 'campaign'] as const) {
      expect(await metrics.breakdown(id, { ...JUNE, by })).toEqual([]);
    }
  });
});
