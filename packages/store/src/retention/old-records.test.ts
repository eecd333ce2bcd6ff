/** Records that are removed as they are too old: the figures of their days stay, whatever comes afterwards. */
import { silentLogger } from '@bizinsights/jobs-core';
import type { OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import type { ConvertMoney } from '../metrics/convert-money.js';
import type { StoreOptions } from '../store.js';

const STORES = {
  PostgreSQL: (options: Partial<StoreOptions>) => openOnPostgres(inject('postgresUrl'), options),
  embedded: (options: Partial<StoreOptions>) => openOnEmbedded(options),
} as const;

const KEPT = 100;
const NOW = Date.parse('2026-11-20T10:00:00Z');
/** In Berlin; with 100 days it is the first that is kept. */
const FIRST = '2026-08-12';
const ALWAYS = { from: '2026-01-01', to: '2026-12-31' };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

const order = (id: string, placedAt: string, changes: Partial<OrderRecord> = {}): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt: Date.parse(placedAt),
  payment: 'paid',
  total: eur(1_000),
  refunded: eur(0),
  customerId: 'ann',
  items: [],
  ...changes,
});
const customer = (id: string, createdAt: string) =>
  ({ kind: 'customer', id, updatedAt: 1, createdAt: Date.parse(createdAt), email: `${id}@example.com` }) as const;
const visits = (day: string): PlatformRecord => ({
  kind: 'traffic',
  id: day,
  updatedAt: 1,
  day,
  channel: 'Direct',
  country: 'DE',
  sessions: 10,
  users: 1,
  keyEvents: 0,
});

let opened: OpenStore | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

describe.each(Object.entries(STORES))('old records on %s', { timeout: 180_000 }, (_name, open) => {
  let now = NOW;
  let convert: ConvertMoney = () => undefined;

  async function openStore() {
    now = NOW;
    convert = () => undefined;
    opened = await open({ now: () => now, convert: (...asked) => convert(...asked) });
    const { store } = opened;
    const [task] = store.cleanUpTasks({ records: KEPT }).filter(({ name }) => name === 'records');
    const cleanUp = async () => await task?.run({ signal: new AbortController().signal, logger: silentLogger, now });
    const days = async (organizationId = 'acme') => {
      await store.metrics.refresh(organizationId);
      const found = await store.metrics.daily(organizationId, ALWAYS);
      return found.map(({ day, orders, revenue, refunds, newCustomers, sessions }) => [
        ...[day, orders, revenue, refunds, newCustomers, sessions],
      ]);
    };
    const shopOf = async (organizationId = 'acme') =>
      (await store.integrations.connect({ organizationId, platform: 'shopify', credentials: {} })).id;
    const write = (integrationId: string, ...records: PlatformRecord[]) =>
      store.records.write({ integrationId, stream: 's', records, rejected: [], deleted: [] });
    const count = async (integrationId: string) => {
      const kinds = ['order', 'customer', 'traffic', 'product'] as const;
      return await Promise.all(kinds.map((kind) => store.records.count({ integrationId, kind })));
    };
    return { store, cleanUp, days, shopOf, write, count };
  }

  it('go with what is left of their days, and the figures of these days stay', async () => {
    const { store, cleanUp, days, shopOf, write, count } = await openStore();
    const shop = await shopOf();
    await write(
      shop,
      // The last millisecond before the first day that is kept, in Berlin, and its first.
      order('old', '2026-08-11T21:59:59.999Z', { refunded: eur(100) }),
      order('new', '2026-08-11T22:00:00.000Z'),
      customer('ann', '2026-03-01T12:00:00Z'),
      visits('2026-08-11'),
      visits(FIRST),
      { kind: 'product', id: 'p', updatedAt: 1, title: 'Mug', status: 'active' },
    );
    // Nobody has derived anything yet.
    expect(await cleanUp()).toBe(3);
    expect(await count(shop)).toEqual([1, 0, 1, 1]);
    const figures = [
      ['2026-03-01', 0, 0, 0, 1, 0],
      ['2026-08-11', 1, 1_000, 100, 0, 10],
      [FIRST, 1, 1_000, 0, 0, 10],
    ];
    expect(await days()).toEqual(figures);

    // Late: a refund, an order that was never seen, and what a full sync reads again.
    const late = order('old', '2026-08-11T21:59:59.999Z', { updatedAt: 9, refunded: eur(1_000) });
    expect(await write(shop, late, order('late', '2026-02-01T12:00:00Z'), visits('2026-08-11'))).toMatchObject({
      written: 0,
      unchanged: 3,
    });
    const refund = order('new', '2026-08-11T22:00:00.000Z', { updatedAt: 9, refunded: eur(500) });
    expect(await write(shop, refund, order('today', '2026-11-20T09:00:00Z'))).toMatchObject({ written: 2 });
    const after = [...figures.slice(0, 2), [FIRST, 1, 1_000, 500, 0, 10], ['2026-11-20', 1, 1_000, 0, 0, 0]];
    expect(await days()).toEqual(after);

    await store.metrics.invalidate('acme');
    expect(await days()).toEqual(after);
    await store.records.write({
      ...{ integrationId: shop, stream: 's', records: [], rejected: [] },
      deleted: [{ kind: 'order', id: 'old', deletedAt: 99 }],
    });
    expect(await days()).toEqual(after);
    expect(await cleanUp()).toBe(0);
    // The cut-off goes on with the days, and never back.
    now += 86_400_000;
    expect(await cleanUp()).toBe(2);
    expect(await days()).toEqual(after);
    now -= 30 * 86_400_000;
    expect(await cleanUp()).toBe(0);
    expect(await write(shop, visits(FIRST))).toMatchObject({ unchanged: 1 });
  });

  it('leave their days alone in another zone and currency, and when personal data are erased', async () => {
    const { store, cleanUp, days, shopOf, write } = await openStore();
    const shop = await shopOf();
    // In New York both are of the 11th, and of the first there is nothing left.
    await write(shop, order('old', '2026-08-11T21:00:00Z'), order('early', '2026-08-11T23:00:00Z'));
    await write(shop, order('new', '2026-08-12T10:00:00Z'), customer('ann', '2026-08-01T12:00:00Z'));
    await cleanUp();
    const before = await days();
    expect(before).toEqual([
      ['2026-08-01', 0, 0, 0, 1, 0],
      ['2026-08-11', 1, 1_000, 0, 0, 0],
      [FIRST, 2, 2_000, 0, 0, 0],
    ]);
    const acme = { id: 'acme', name: 'Acme', currency: 'EUR' };
    await store.organizations.upsert({ ...acme, timeZone: 'America/New_York' });
    expect(await days()).toEqual([...before.slice(0, 2), [FIRST, 1, 1_000, 0, 0, 0]]);
    // There the 12th began before the moment of the cut-off: it is not whole.
    await store.organizations.upsert({ ...acme, timeZone: 'Asia/Tokyo' });
    expect(await days()).toEqual([...before.slice(0, 2), [FIRST, 1, 1_000, 0, 0, 0]]);
    await store.organizations.upsert({ ...acme, timeZone: 'Europe/Berlin' });
    expect(await days()).toEqual(before);

    const ann = { customerId: 'ann', email: 'ann@example.com', orderIds: ['old'] };
    expect((await store.privacy.exportCustomer(shop, ann)).records.map(({ id }) => id)).toEqual(['early', 'new']);
    expect(await store.privacy.eraseCustomer(shop, ann)).toMatchObject({ customers: 0, orders: 2 });
    expect(await days()).toEqual(before);
    expect((await store.privacy.exportCustomer(shop, ann)).records).toEqual([]);
  });

  it('are removed of each organization by its own days, though the figures of one cannot be derived', async () => {
    const { store, cleanUp, days, shopOf, write, count } = await openStore();
    await store.organizations.upsert({ id: 'a-far', name: 'Far', timeZone: 'Pacific/Kiritimati', currency: 'USD' });
    const [shop, far] = [await shopOf(), await shopOf('a-far')];
    // In Kiritimati, 14 hours ahead, it is the 21st.
    now = Date.parse('2026-11-20T11:00:00Z');
    const dollars = { total: { amount: 700, currency: 'USD' }, refunded: { amount: 0, currency: 'USD' } };
    for (const id of [shop, far])
      await write(
        id,
        visits('2026-08-11'),
        visits(FIRST),
        order('1', '2026-08-12T09:00:00Z', id === far ? dollars : {}),
      );
    await write(far, order('2', '2026-08-13T09:00:00Z'));
    convert = () => ({ amount: Number.NaN, currency: 'USD' });
    await expect(cleanUp()).rejects.toThrow('a-far');
    expect(await Promise.all([count(shop), count(far)])).toEqual([
      [1, 0, 1, 0],
      [2, 0, 2, 0],
    ]);
    convert = () => undefined;
    expect(await cleanUp()).toBe(3);
    expect(await count(far)).toEqual([1, 0, 0, 0]);
    expect(await days('a-far')).toEqual([
      ['2026-08-11', 0, 0, 0, 0, 10],
      [FIRST, 1, 700, 0, 0, 10],
      ['2026-08-13', 1, 0, 0, 0, 0],
    ]);
  });

  it('of a shop without an order since then: it is a shop all the same, and its payments are no sales', async () => {
    const { store, cleanUp, days, shopOf, write } = await openStore();
    const shop = await shopOf();
    const stripe = (await store.integrations.connect({ organizationId: 'acme', platform: 'stripe', credentials: {} }))
      .id;
    const read = { kind: 'order', asOf: NOW, isContinued: false } as const;
    await store.records.write({
      ...{ integrationId: shop, stream: 'orders', rejected: [], deleted: [], cursor: {}, read },
      records: [order('old', '2026-03-01T12:00:00Z')],
    });
    const paid = { status: 'succeeded', amount: eur(700), refunded: eur(0), disputed: false } as const;
    await write(stripe, {
      kind: 'charge',
      id: 'c',
      updatedAt: 1,
      createdAt: Date.parse('2026-11-01T12:00:00Z'),
      ...paid,
    });
    expect(await cleanUp()).toBe(1);
    expect(await days()).toEqual([['2026-03-01', 1, 1_000, 0, 0, 0]]);
    await write(shop, customer('bob', '2026-11-01T12:00:00Z'));
    expect(await days()).toContainEqual(['2026-11-01', 0, 0, 0, 1, 0]);
  });
});
