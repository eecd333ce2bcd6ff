import type { CompletedRead, PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { MetricsError } from './convert-money.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = {
  PostgreSQL: (now: () => number) => openOnPostgres(inject('postgresUrl'), { now }),
  embedded: (now: () => number) => openOnEmbedded({ now }),
};

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const order = (id: string, placedAt: string): PlatformRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt: Date.parse(placedAt),
  payment: 'paid',
  total: eur(1_000),
  refunded: eur(0),
  items: [],
});
const charge = (id: string, createdAt: string): PlatformRecord => ({
  kind: 'charge',
  id,
  updatedAt: 1,
  createdAt: Date.parse(createdAt),
  status: 'pending',
  amount: eur(0),
  refunded: eur(0),
  disputed: false,
});
const traffic = (day: string): PlatformRecord => ({
  kind: 'traffic',
  id: day,
  updatedAt: 1,
  day,
  channel: 'Direct',
  country: 'DE',
  sessions: 5,
  users: 1,
  keyEvents: 0,
});

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  let clock = 0;
  beforeAll(async () => {
    opened = await open(() => clock);
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  /** An organization whose clock stands at a moment, and what comes of reads. */
  async function organization(now: string, timeZone = 'UTC') {
    const { store } = opened;
    clock = Date.parse(now);
    const organizationId = `organization-${++count}`;
    await store.organizations.upsert({ id: organizationId, name: 'A', timeZone, currency: 'EUR' });
    const connect = async (platform: string) => {
      clock += 1;
      return (await store.integrations.connect({ organizationId, platform, credentials: {} })).id;
    };
    const write = (integrationId: string, ...records: PlatformRecord[]) =>
      store.records.write({ integrationId, stream: 'webhook', records, rejected: [], deleted: [] });
    /** A page that is not the last. */
    const page = (integrationId: string, stream: string, ...records: PlatformRecord[]) =>
      store.records.write({ integrationId, stream, records, rejected: [], deleted: [], cursor: 1 });
    /** The last page of a read: of orders since ever, unless it says otherwise. */
    const read = (integrationId: string, asOf: string, changes: Partial<CompletedRead> = {}, stream = 'orders') =>
      store.records.write({
        integrationId,
        stream,
        records: [],
        rejected: [],
        deleted: [],
        cursor: 1,
        read: { kind: 'order', asOf: Date.parse(asOf), isContinued: false, ...changes },
      });
    const days = async (from: string, to: string) => {
      await store.metrics.refresh(organizationId);
      return await store.metrics.daily(organizationId, { from, to, everyDay: true });
    };
    /** A sign for each day of November: `.` is known and final, `p` provisional, `?` unknown, `!` both. */
    const signs = async (from = 1, to = 10) => {
      const found = await days(november(from), november(to));
      return found
        .map(({ isProvisional, unknown: [some] }) =>
          some === undefined ? (isProvisional ? 'p' : '.') : isProvisional ? '!' : '?',
        )
        .join('');
    };
    const ranges = async (from = 1, to = 10) => {
      const coverage = await store.metrics.coverage(organizationId, { from: november(from), to: november(to) });
      return coverage.map(({ unknown }) =>
        unknown.map((range) => `${range.from.slice(8)}-${range.to.slice(8)}`).join(),
      );
    };
    const total = (from = 1, to = 10) =>
      store.metrics.total(organizationId, { from: november(from), to: november(to) });
    return { organizationId, connect, write, page, read, days, signs, ranges, total, store };
  }
  const november = (day: number) => `2026-11-${String(day).padStart(2, '0')}`;
  const at = (day: number, time = '12:00') => `${november(day)}T${time}:00Z`;

  test('a day with nothing sold is told apart from one that is unknown', async () => {
    const { organizationId, connect, write, read, days, store } = await organization(at(10));
    const [shop, analytics] = [await connect('shopify'), await connect('google-analytics')];
    await write(shop, order('1', at(3)));
    await read(shop, at(9));
    await read(analytics, at(5), { kind: 'traffic', fromDay: november(3), provisionalFrom: november(4) }, 'traffic');
    const found = await days(november(1), november(10));
    expect(found).toHaveLength(10);
    expect(found[1]).toEqual({
      day: november(2),
      currency: 'EUR',
      revenue: 0,
      refunds: 0,
      orders: 0,
      newCustomers: 0,
      sessions: 0,
      adSpend: 0,
      adRevenue: 0,
      impressions: 0,
      clicks: 0,
      averageOrderValue: undefined,
      conversionRate: undefined,
      returnOnAdSpend: undefined,
      isPartial: false,
      isProvisional: false,
      unknown: [analytics],
    });
    expect(found.map(({ orders }) => orders)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(found.map(({ unknown }) => unknown.length)).toEqual([1, 1, 0, 0, 0, 1, 1, 1, 1, 2]);
    expect(found[9]?.unknown).toEqual([shop, analytics]);
    // Without `everyDay` the same days, but those that have something alone.
    const some = await store.metrics.daily(organizationId, { from: november(1), to: november(10) });
    expect(some).toEqual([found[2]]);
    expect(await store.metrics.coverage(organizationId, { from: november(1), to: november(10) })).toEqual([
      {
        integrationId: shop,
        platform: 'shopify',
        unknown: [{ from: november(10), to: november(10) }],
        provisionalFrom: november(9),
      },
      {
        integrationId: analytics,
        platform: 'google-analytics',
        unknown: [
          { from: november(1), to: november(2) },
          { from: november(6), to: november(10) },
        ],
        provisionalFrom: november(4),
      },
    ]);
  });

  test('before the first sync all days are unknown but those that a webhook has brought something of', async () => {
    const { connect, write, signs, ranges, total } = await organization(at(8));
    const shop = await connect('shopify');
    expect(await signs()).toBe('!!!!!!!!!!');
    await write(shop, order('1', at(3)), order('2', at(3)), order('3', at(6)));
    expect(await signs()).toBe('!!p!!p!!!!');
    expect(await ranges()).toEqual(['01-02,04-05,07-10']);
    // Days that have not begun are counted by nobody.
    expect(await total()).toMatchObject({ orders: 3, unknownDays: 6, isProvisional: true });
  });

  test('in an outage days are unknown, and known again when the next read has caught up', async () => {
    const { connect, write, read, signs, total, store } = await organization(at(4));
    const shop = await connect('woocommerce');
    await read(shop, at(4));
    expect(await signs(1, 4)).toBe('...p');
    clock = Date.parse(at(9));
    const integration = await store.integrations.find(shop);
    if (!integration) throw new Error('It is there');
    await store.integrations.report(integration, { kind: 'access-lost', at: clock, reason: 'The token is gone' });
    await write(shop, order('1', at(7)));
    expect(await signs(1, 9)).toBe('...p!!p!!');
    expect(await total(1, 9)).toMatchObject({ unknownDays: 4, isProvisional: true });
    await read(shop, at(9), { isContinued: true });
    expect(await signs(1, 9)).toBe('........p');
    expect(await total(1, 8)).toMatchObject({ unknownDays: 0, isProvisional: false });
  });

  test('a day is known when each stream that feeds the metrics has read it', async () => {
    const { connect, write, page, read, signs } = await organization(at(9));
    const shop = await connect('shopify');
    await read(shop, at(9), { from: Date.parse(at(2, '00:00')) });
    expect(await signs(1, 9)).toBe('?.......p');
    await read(shop, at(6), { kind: 'customer', from: Date.parse(at(4)) }, 'customers');
    // Of the 4th some is missing.
    expect(await signs(1, 9)).toBe('????.p!!!');
    // What feeds none says nothing.
    await read(shop, at(9), { kind: 'product' }, 'products');
    expect(await signs(1, 9)).toBe('????.p!!!');
    // What a webhook brings alone is of no stream; one that was begun and never read to its end is.
    await write(shop, charge('1', at(5)));
    expect(await signs(1, 9)).toBe('????.p!!!');
    await page(shop, 'charges', charge('2', at(5)));
    expect(await signs(1, 9)).toBe('!!!!p!!!!');
  });

  test('days are unknown while a stream of the connection was never read to its end, begun or not', async () => {
    const { connect, write, page, read, signs, total } = await organization(at(9));
    const shop = await connect('shopify');
    const kinds = ['order', 'product', 'customer'] as const;
    await read(shop, at(8), { kind: 'customer', kinds }, 'customers');
    expect(await signs(1, 9)).toBe('!!!!!!!!!');
    await write(shop, order('1', at(3)));
    expect(await signs(1, 9)).toBe('!!p!!!!!!');
    expect(await total()).toMatchObject({ unknownDays: 8, isProvisional: true });
    await page(shop, 'orders', order('2', at(4)));
    expect(await signs(1, 9)).toBe('!!pp!!!!!');
    // Products feed no metrics, so that theirs may still be read.
    await read(shop, at(8), { kinds });
    expect(await signs(1, 9)).toBe('.......p!');
  });

  test('a sync of some streams alone does not make the days of the others known', async () => {
    const { connect, read, signs, store } = await organization(at(9));
    const shop = await connect('shopify');
    const integration = await store.integrations.find(shop);
    if (!integration) throw new Error('It is there');
    const kinds = ['order', 'customer'] as const;
    await read(shop, at(8), { kind: 'customer', kinds }, 'customers');
    await store.integrations.report(integration, { kind: 'synced', at: Date.parse(at(8)) });
    expect(await signs(1, 9)).toBe('!!!!!!!!!');
    // A connection that has no orders any more waits for none.
    await read(shop, at(8), { kind: 'customer', kinds: ['customer'] }, 'customers');
    expect(await signs(1, 9)).toBe('.......p!');
  });

  test('a read goes back further, goes on, or begins anew', async () => {
    const { connect, read, signs } = await organization(at(9));
    const shop = await connect('shopify');
    const since = (day: number) => ({ from: Date.parse(at(day, '00:00')) });
    await read(shop, at(4), since(3));
    expect(await signs(1, 9)).toBe('??.p!!!!!');
    // It goes on: the beginning is that of the first one.
    await read(shop, at(6), { isContinued: true });
    expect(await signs(1, 9)).toBe('??...p!!!');
    // Of what lies between nobody knows anything.
    await read(shop, at(9), since(8));
    expect(await signs(1, 9)).toBe('??...p!!!');
    await read(shop, at(9), since(6));
    expect(await signs(1, 9)).toBe('??......p');
    await read(shop, at(9), since(2));
    expect(await signs(1, 9)).toBe('?.......p');
    await read(shop, at(9));
    expect(await signs(1, 9)).toBe('........p');
    // It is known already what this one leaves out.
    await read(shop, at(9), since(5));
    expect(await signs(1, 9)).toBe('........p');
  });

  test('days of a platform that restates them are provisional until they were read again', async () => {
    const { connect, read, signs } = await organization(at(10));
    const analytics = await connect('google-analytics');
    const rows = (day: number, changes: Partial<CompletedRead> = {}) =>
      read(analytics, at(day), { kind: 'traffic', provisionalFrom: november(day - 3), ...changes }, 'traffic');
    await rows(6);
    expect(await signs()).toBe('..pppp!!!!');
    // This one has not read the 3rd again, nor the 4th.
    await rows(7, { fromDay: november(5) });
    expect(await signs()).toBe('..ppppp!!!');
    await rows(8, { isContinued: true });
    expect(await signs()).toBe('....pppp!!');
    await rows(8, { fromDay: november(2) });
    expect(await signs()).toBe('....pppp!!');
    await rows(10);
    expect(await signs()).toBe('......pppp');
  });

  test('an integration that was read before reads were kept is known until its last sync', async () => {
    const { connect, page, read, signs, store } = await organization(at(9));
    const shop = await connect('shopify');
    const integration = await store.integrations.find(shop);
    if (!integration) throw new Error('It is there');
    await store.integrations.report(integration, { kind: 'synced', at: Date.parse(at(5)) });
    expect(await signs(1, 9)).toBe('....p!!!!');
    await page(shop, 'orders', order('1', at(3)));
    await page(shop, 'customers', { kind: 'customer', id: '1', updatedAt: 1, createdAt: Date.parse(at(3)) });
    await read(shop, at(8), { isContinued: true });
    // Its customers were not read since.
    expect(await signs(1, 9)).toBe('....p!!!!');
    await read(shop, at(8), { kind: 'customer', isContinued: true }, 'customers');
    expect(await signs(1, 9)).toBe('.......p!');
  });

  test('an integration that is off is unknown from then on, and nothing of it is waited for; one that is gone counts no more', async () => {
    const { connect, write, read, signs, store } = await organization(at(9));
    const [shop, stripe] = [await connect('shopify'), await connect('stripe')];
    await read(shop, at(9));
    await read(stripe, at(5), { kind: 'charge' }, 'charges');
    await write(stripe, charge('1', at(7)));
    await store.integrations.disable(stripe);
    expect(await signs(1, 9)).toBe('....p?p?!');
    await store.integrations.remove(stripe);
    expect(await signs(1, 9)).toBe('........p');
    const { rows } = await opened.pool.query('SELECT 1 FROM bizinsights.stream_reads WHERE integration_id = $1', [
      stripe,
    ]);
    expect(rows).toEqual([]);
  });

  test('a batch that fails saves no read', async () => {
    const { connect, read, signs, store } = await organization(at(9));
    const shop = await connect('shopify');
    const ended = { kind: 'order', asOf: Date.parse(at(8)), isContinued: false } as const;
    const records = [order('1', at(3))];
    const batch = { integrationId: shop, stream: 'orders', records, rejected: [], deleted: [], read: ended };
    const noDay = { ...ended, provisionalFrom: '2026-02-30' };
    await expect(store.records.write({ ...batch, read: noDay })).rejects.toThrow();
    expect(await signs(1, 9)).toBe('!!!!!!!!!');
    await expect(read('nobody', at(8))).rejects.toThrow('no integration "nobody"');
    await store.records.write(batch);
    expect(await signs(1, 9)).toBe('.......p!');
  });

  test.each([
    // The 8th is over there, and has not begun here.
    ['Pacific/Kiritimati', '2026-11-08T10:00:00Z', '........p'],
    ['Pacific/Kiritimati', '2026-11-08T09:59:59Z', '.......pp'],
    ['Pacific/Pago_Pago', '2026-11-09T11:00:00Z', '........p'],
    ['Pacific/Pago_Pago', '2026-11-09T10:59:59Z', '.......p!'],
    ['CET', '2026-11-08T23:00:00Z', '........p'],
    ['CET', '2026-11-08T22:59:59Z', '.......p!'],
  ])('a day ends when it ends in %s: read at %s', async (zone, asOf, expected) => {
    const { connect, write, read, signs } = await organization(at(9, '12:00'), zone);
    const shop = await connect('shopify');
    await read(shop, asOf, { from: Date.parse('2026-10-01T00:00:00Z') });
    if (expected.endsWith('pp')) await write(shop, order('1', at(9, '09:00')));
    expect(await signs(1, 9)).toBe(expected);
  });

  test('an organization without integrations has nothing unknown; one that does not exist is told', async () => {
    const { signs, total, store } = await organization(at(9));
    expect(await signs(1, 9)).toBe('........p');
    expect(await total(1, 8)).toMatchObject({ unknownDays: 0, isProvisional: false, revenue: 0 });
    const range = { from: november(1), to: november(2) };
    await expect(store.metrics.daily('nobody', { ...range, everyDay: true })).rejects.toThrow(
      'no organization "nobody"',
    );
    await expect(store.metrics.coverage('nobody', range)).rejects.toThrow('no organization "nobody"');
    expect(await store.metrics.daily('nobody', range)).toEqual([]);
  });

  test('a zone that this Node does not know is refused by its name', async () => {
    const { organizationId, signs, total } = await organization(at(9));
    await opened.pool.query(`UPDATE bizinsights.organizations SET time_zone = '+02:00' WHERE id = $1`, [
      organizationId,
    ]);
    for (const ask of [signs, total]) {
      const error = await ask().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MetricsError);
      expect(String(error)).toContain('time zone "+02:00"');
    }
  });

  test('a range of all times is answered', async () => {
    const { organizationId, connect, write, read, store, total } = await organization(at(9));
    const shop = await connect('shopify');
    await write(shop, order('1', at(3)), traffic(november(5)));
    await read(shop, at(8), { from: Date.parse(at(6)) });
    await read(shop, at(8), { kind: 'traffic', fromDay: november(6) }, 'traffic');
    expect(await total()).toMatchObject({ unknownDays: 5 });
    const [coverage] = await store.metrics.coverage(organizationId, { from: '0001-01-01', to: '9999-12-31' });
    expect(coverage?.unknown).toEqual([
      { from: '0001-01-01', to: november(2) },
      { from: november(4), to: november(4) },
      { from: november(6), to: november(6) },
      { from: november(9), to: '9999-12-31' },
    ]);
    const all = await store.metrics.total(organizationId, { from: '0001-01-01', to: '9999-12-31' });
    expect(all.unknownDays).toBeGreaterThan(700_000);
  });
});
