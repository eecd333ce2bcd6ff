import type { Money, OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { type ConvertMoney, MetricsError } from './convert-money.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

/** What a test says of other currencies. */
let rates: ConvertMoney = () => undefined;
const convert: ConvertMoney = (...asked) => rates(...asked);
afterEach(() => {
  rates = () => undefined;
});

const STORES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl'), { convert }),
  embedded: () => openOnEmbedded({ convert }),
};

const HOUR = 3_600_000;
const ALWAYS = { from: '2000-01-01', to: '2037-12-31' };
const eur = (amount: number): Money => ({ amount, currency: 'EUR' });
const usd = (amount: number): Money => ({ amount, currency: 'USD' });

const order = (id: string, placedAt: number, changes: Partial<OrderRecord> = {}): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt,
  payment: 'paid',
  total: eur(1_000),
  refunded: eur(0),
  items: [],
  ...changes,
});
const visits = (id: string, sessions: number): PlatformRecord => ({
  kind: 'traffic',
  id,
  updatedAt: 1,
  day: '2026-07-14',
  channel: 'Direct',
  country: 'DE',
  sessions,
  users: 1,
  keyEvents: 0,
});
const ads = (id: string, spend: Money, counts: { impressions?: number; clicks?: number; value?: number } = {}) =>
  ({
    kind: 'campaign-day',
    id,
    updatedAt: 1,
    day: '2026-07-14',
    campaignId: id,
    spend,
    impressions: counts.impressions ?? 0,
    clicks: counts.clicks ?? 0,
    conversions: 0,
    conversionValue: { ...spend, amount: counts.value ?? 0 },
  }) as const;

/**
 * Names that Intl and PostgreSQL take for different rules, or that PostgreSQL does not know; with a moment near to which
 * the clocks change, or would by the other rules.
 */
const ZONES = [
  ['CET', '2026-07-14T22:30Z'],
  ['CET', '2026-03-29T01:00Z'],
  ['MET', '2026-10-25T01:00Z'],
  ['EET', '2026-07-14T21:30Z'],
  ['WET', '2026-07-14T23:30Z'],
  ['EST5EDT', '2026-11-01T06:00Z'],
  ['MST', '2026-07-15T06:30Z'],
  ['PST', '2026-07-15T07:30Z'],
  ['BST', '2026-07-14T18:30Z'],
  ['US/Pacific-New', '2026-03-08T10:00Z'],
  ['Asia/Calcutta', '2026-07-14T18:30Z'],
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Africa/Cairo', '2025-04-24T22:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  // At 00:01 the clocks went back to 23:01 of the day before.
  ['America/St_Johns', '2010-11-07T02:31Z'],
  // The 30th was left out.
  ['Pacific/Apia', '2011-12-30T10:00Z'],
] as const;

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  async function organization(timeZone = 'UTC') {
    const { store } = opened;
    const id = `organization-${++count}`;
    await store.organizations.upsert({ id, name: id, timeZone, currency: 'EUR' });
    const integration = await store.integrations.connect({
      organizationId: id,
      platform: 'shopify',
      credentials: {},
    });
    const write = (...records: readonly PlatformRecord[]) =>
      store.records.write({ integrationId: integration.id, stream: 's', records, rejected: [], deleted: [] });
    const refresh = () => store.metrics.refresh(id);
    const days = async () => {
      await refresh();
      return await store.metrics.daily(id, ALWAYS);
    };
    return { id, write, refresh, days };
  }

  test('a sale of a summer night in CET is one of the day that has begun there', async () => {
    const { write, days } = await organization('CET');
    await write(order('1', Date.parse('2026-07-14T22:30Z')), order('2', Date.parse('2026-07-14T21:59:59.999Z')));
    expect((await days()).map(({ day, orders }) => [day, orders])).toEqual([
      ['2026-07-14', 1],
      ['2026-07-15', 1],
    ]);
  });

  test.each(ZONES)('the days of %s around %s are those of Intl, and have every record once', async (zone, around) => {
    const { write, days } = await organization(zone);
    const moments = Array.from({ length: 6 * 48 }, (_, n) => Date.parse(around) + (n / 2 - 72) * HOUR);
    const times = moments.flatMap((at) => [at - 1, at]);
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
    const expected = new Map<string, number>();
    for (const at of times) expected.set(format.format(at), (expected.get(format.format(at)) ?? 0) + 1);

    await write(...times.map((at, index) => order(String(index), at)));
    const found = await days();
    expect(found.map(({ day, orders }) => [day, orders])).toEqual([...expected].sort());
    expect(found.map(({ orders, revenue }) => revenue - 1_000 * orders)).toEqual(found.map(() => 0));
  });

  test('days far apart are derived at once, and those between are not counted to them', async () => {
    const { write, days, refresh } = await organization('Europe/Berlin');
    const between = Array.from({ length: 60 }, (_, n) => order(`b${n}`, Date.UTC(2026, 4, 1) + n * 24 * HOUR));
    await write(...between);
    await refresh();
    const far = ['2001-01-01T12:00Z', '2026-05-10T21:59Z', '2026-05-20T22:01Z', '2037-12-30T12:00Z'];
    await write(...far.map((time, index) => order(`f${index}`, Date.parse(time))));
    const found = new Map((await days()).map(({ day, orders }) => [day, orders]));
    expect([...found.values()].reduce((sum, orders) => sum + orders)).toBe(64);
    expect(['2001-01-01', '2026-05-10', '2026-05-20', '2026-05-21', '2037-12-30'].map((day) => found.get(day))).toEqual(
      [1, 2, 1, 2, 1],
    );
  });

  test('a zone that this Node does not know is refused by its name', async () => {
    const { id, write, refresh } = await organization('Europe/Berlin');
    await write(order('1', Date.UTC(2026, 1, 1)));
    // As a newer Node has stored it.
    await opened.pool.query(`UPDATE bizinsights.organizations SET time_zone = '+02:00' WHERE id = $1`, [id]);
    const error = await refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MetricsError);
    expect(error).toHaveProperty('message', expect.stringContaining('has the time zone "+02:00", which Node'));
    await opened.store.organizations.upsert({ id, name: id, timeZone: 'Europe/Paris', currency: 'EUR' });
    await refresh();
    expect(await opened.store.metrics.daily(id, ALWAYS)).toMatchObject([{ day: '2026-02-01', orders: 1 }]);
  });

  test('a time beyond the years of the calendar keeps no other day from being derived', async () => {
    const { write, days } = await organization('Europe/Berlin');
    await write(order('1', Date.UTC(20_000, 1, 1)), order('2', Date.UTC(2026, 1, 1)));
    expect(await days()).toMatchObject([{ day: '2026-02-01', orders: 1 }]);
  });

  test.each([
    [1_005, 904.5, 905],
    [-1_005, -904.5, -905],
    [1_004, 903.6, 904],
    [1_001, 900.4, 900],
    [1, 0.4, 0],
    [1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('of %d USD the answer %d of convert counts as %d', async (amount, answer, counted) => {
    rates = (_money, currency) => ({ amount: answer, currency });
    const { write, days } = await organization();
    await write(order('1', Date.parse('2026-07-14T12:00Z'), { total: usd(amount), refunded: usd(0) }));
    expect(await days()).toMatchObject([{ revenue: counted, orders: 1, isPartial: false }]);
  });

  test.each<[unknown, string]>([
    [{ amount: Number.NaN, currency: 'EUR' }, 'amount: NaN'],
    [{ amount: Number.POSITIVE_INFINITY, currency: 'EUR' }, 'amount: Infinity'],
    [{ amount: '900', currency: 'EUR' }, "amount: '900'"],
    [{ amount: 900n, currency: 'EUR' }, 'amount: 900n'],
    [{ amount: 2 ** 53, currency: 'EUR' }, 'amount: 9007199254740992'],
    [{ amount: -1e300, currency: 'EUR' }, 'amount: -1e+300'],
    [{ amount: 900, currency: 'USD' }, "currency: 'USD'"],
    [{ amount: 900 }, 'amount: 900'],
    [900, '900'],
    ['900 EUR', "'900 EUR'"],
  ])('the answer %o of convert is refused by name, and nothing is lost by it', async (answer, shown) => {
    const { id, write, refresh, days } = await organization();
    await write(order('1', Date.parse('2026-07-14T12:00Z'), { total: usd(1_000) }));
    // What the types forbid, as plain JavaScript has it.
    rates = () => Object(answer).valueOf();
    const error = await refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MetricsError);
    expect(error).toMatchObject({ code: 'JOB_PERMANENT', name: 'MetricsError' });
    for (const part of ['convert answered', shown, '1000 USD of 2026-07-14', "currency: 'EUR'"])
      expect(error).toHaveProperty('message', expect.stringContaining(part));
    expect(await opened.store.metrics.daily(id, ALWAYS)).toEqual([]);
    rates = ({ amount }, currency) => ({ amount, currency });
    expect(await days()).toMatchObject([{ revenue: 1_000 }]);
  });

  test('without a rate the day says that some is missing, also where a host says it by null', async () => {
    rates = () => JSON.parse('null');
    const { write, days } = await organization();
    await write(order('1', Date.parse('2026-07-14T12:00Z'), { total: usd(1_000) }));
    expect(await days()).toMatchObject([{ revenue: 0, orders: 1, isPartial: true }]);
  });

  test("a day's fractional counts are added up, and then rounded", async () => {
    rates = ({ amount }, currency) => ({ amount: amount / 3, currency });
    const { write, days } = await organization();
    await write(
      ...[visits('a', 0.5), visits('b', 0.4), visits('c', 1.6)],
      // In two currencies: each of its own would be rounded to nothing.
      ads('a', eur(100), { impressions: 0.4, clicks: 1.25, value: 11 }),
      ads('b', usd(100), { impressions: 0.4, clicks: 1.25, value: 11 }),
    );
    expect(await days()).toMatchObject([
      // 33.33 of the spend, and 11 / 3 of the value.
      { sessions: 3, impressions: 1, clicks: 3, adSpend: 133, adRevenue: 11 + 4, isPartial: false },
    ]);
  });

  test('counts and money below zero are counted as they are', async () => {
    const { write, days } = await organization();
    await write(
      ...[visits('a', -2.5), ads('a', eur(-100), { impressions: -0.5, clicks: -3, value: -1 })],
      order('1', Date.parse('2026-07-14T12:00Z'), { total: eur(-5), refunded: eur(-7) }),
    );
    expect(await days()).toMatchObject([
      { sessions: -3, impressions: -1, clicks: -3, adSpend: -100, adRevenue: -1, revenue: -5, refunds: -7 },
    ]);
  });

  const at = Date.parse('2026-07-14T12:00Z');
  const huge = Number.MAX_SAFE_INTEGER;
  test.each<[string, readonly PlatformRecord[]]>([
    // What is too large by itself is kept aside when it is written.
    ['sessions', [visits('a', huge), visits('b', 1)]],
    ['impressions', [ads('a', eur(0), { impressions: huge }), ads('b', eur(0), { impressions: 1 })]],
    ['clicks', [ads('a', eur(0), { clicks: -huge }), ads('b', eur(0), { clicks: -1 })]],
    ['adRevenue', [ads('a', eur(0), { value: huge }), ads('b', eur(0), { value: 1 })]],
    ['revenue', [order('a', at, { total: eur(huge) }), order('b', at, { total: eur(huge) })]],
    // Before convert is asked, which would be asked with another sum.
    [
      'refunds',
      [order('a', at, { refunded: usd(huge), total: usd(huge) }), order('b', at, { refunded: usd(1), total: usd(0) })],
    ],
  ])('%s beyond what can be counted exactly are refused by their name', async (figure, records) => {
    rates = () => eur(1);
    const { id, write, refresh } = await organization();
    await write(...records);
    const error = await refresh().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MetricsError);
    expect(error).toHaveProperty('message', expect.stringContaining(`${figure} of 2026-07-14 of organization "${id}"`));
  });
});
