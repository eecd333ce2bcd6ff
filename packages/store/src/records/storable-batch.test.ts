import { defined } from '@bizinsights/jobs-core';
import type { CustomerRecord, PlatformRecord, RecordBatch } from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { storableBatch } from './storable-batch.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const EMPTY: RecordBatch = { integrationId: 'i', stream: 's', records: [], rejected: [], deleted: [] };
const customer = (id: string, change: Partial<CustomerRecord> = {}): CustomerRecord => {
  return { kind: 'customer', id, updatedAt: 1, createdAt: 1, ...change };
};
const order: PlatformRecord = {
  kind: 'order',
  id: '1',
  updatedAt: 1,
  number: '1',
  placedAt: 1,
  payment: 'paid',
  total: eur(1),
  refunded: eur(0),
  items: [{ title: 'Mug', quantity: 1, price: eur(1) }],
};
const DAY = {
  kind: 'traffic',
  id: '1',
  updatedAt: 1,
  channel: 'Direct',
  country: 'DE',
  sessions: 1,
  users: 1,
} as const;

/** The reason that a record is kept aside for. */
function reasonOf(record: PlatformRecord): string | undefined {
  const { records, rejected } = storableBatch({ ...EMPTY, records: [record] });
  expect(records.length + rejected.length).toBe(1);
  return rejected[0]?.reason;
}

describe('storableBatch', () => {
  it.each<[PlatformRecord, string]>([
    [customer('x'.repeat(1_025)), 'id: longer than 1024 bytes'],
    [customer('\u0000'.repeat(1_000)), 'id: longer than 1024 bytes'],
    [customer(''), 'id: expected text that is not empty'],
    [customer('1', { updatedAt: Number.NaN }), 'updatedAt: expected a whole number'],
    [customer('1', { createdAt: 8.64e15 }), 'createdAt: expected epoch ms of the years 1000 to 9998'],
    [customer('1', { orderCount: Number.NaN }), 'orderCount: expected a number up to 2^53'],
    [
      { ...order, total: eur(1.5), placedAt: Number.NaN },
      'placedAt: expected epoch ms of the years 1000 to 9998; total.amount: expected a whole number',
    ],
    [
      { ...order, items: [{ title: 'Mug', quantity: Number.NaN, price: eur(1) }] },
      'items[0].quantity: expected a number up to 2^53',
    ],
    [
      { ...order, items: [{ title: 'Mug', quantity: 1, price: eur(1e20) }] },
      'items[0].price.amount: expected a whole number',
    ],
    [{ ...DAY, keyEvents: 1, day: '2026-02-29' }, 'day: expected a day as 2026-11-24'],
    [{ ...DAY, keyEvents: Number.POSITIVE_INFINITY, day: '2026-11-24' }, 'keyEvents: expected a number up to 2^53'],
  ])('names what is wrong: %#', (record, reason) => expect(reasonOf(record)).toBe(reason));

  it.each([
    ['total', { amount: 1.5 }, 'total.amount: expected a whole number'],
    ['refunded', { amount: '1' }, 'refunded.amount: expected a whole number'],
    [
      'items',
      [{ title: 'Mug', quantity: 1, price: { amount: 'x' } }],
      'items[0].price.amount: expected a whole number',
    ],
    ['items', { 0: {} }, 'items: expected a list'],
    ['customerId', 7, 'customerId: expected text'],
  ])('names what a program without types has put into %s: %#', (field, value, reason) =>
    expect(reasonOf(JSON.parse(JSON.stringify({ ...order, [field]: value })))).toBe(reason),
  );

  it.each([
    ['1000-01-01', true],
    ['9998-12-31', true],
    ['0999-12-31', false],
    ['9999-01-01', false],
    ['2028-02-29', true],
    ['2027-02-29', false],
    ['2026-13-01', false],
    ['2026-1-1', false],
    ['2026-11-24T00:00:00Z', false],
    ['today', false],
    ['infinity', false],
    ['24.11.2026', false],
    ['', false],
  ])('of a row by day, %j is a day: %s', (day, isDay) =>
    expect(reasonOf({ ...DAY, keyEvents: 1, day }) === undefined).toBe(isDay),
  );

  it('reads what a platform gives whatever its types say', () => {
    const odd: unknown[] = [
      { ...customer('1'), id: 7 },
      { ...customer('1'), updatedAt: undefined },
      { ...customer('1'), updatedAt: '2026-11-24' },
      { ...customer('1'), createdAt: '2026-11-24' },
      { ...customer('1'), kind: 'review' },
      { ...customer('1'), kind: 'toString' },
      { ...customer('1'), extra: 7n },
      { ...order, total: { amount: '5', currency: 'EUR' } },
      { ...order, items: { title: 'Mug' } },
      { ...DAY, day: '2026-11-24', sessions: 'many' },
      { ...DAY, day: '2026-11-24', sessions: 1e300 },
    ];
    const cyclic: Record<string, unknown> = { ...customer('1') };
    cyclic.self = cyclic;
    const records: PlatformRecord[] = Object.assign([], [...odd, cyclic]);
    const storable = storableBatch({ ...EMPTY, records: [...records, customer('fine')] });
    expect(storable.records).toEqual([customer('fine')]);
    expect(storable.rejected).toHaveLength(odd.length + 1);
    for (const { id, reason } of storable.rejected) expect([typeof id, typeof reason]).toEqual(['string', 'string']);
    expect(() => JSON.stringify(storable.rejected)).not.toThrow();
  });

  it('leaves alone what can be stored', () => {
    const records = [customer('1', { name: 'Ann 杯👋' }), order];
    const storable = storableBatch({ ...EMPTY, records });
    expect(storable.records[0]).toBe(records[0]);
    expect(storable).toEqual({ ...EMPTY, records });
  });

  it('writes an id that cannot be stored alike wherever it stands', () => {
    const { records, deleted } = storableBatch({
      ...EMPTY,
      records: [customer('a\u0000', { name: 'b\u0000' }), { ...order, customerId: 'a\u0000' }],
      deleted: [{ kind: 'customer', id: 'a\u0000', deletedAt: 1 }],
    });
    const [first, second] = records;
    expect(first).toMatchObject({ id: expect.stringMatching(/^a\ufffd~[0-9a-f]{32}$/), name: 'b\ufffd' });
    expect(second).toMatchObject({ customerId: first?.id });
    expect(deleted[0]?.id).toBe(first?.id);
  });

  it('keeps that the id of a rejected record is not known', () => {
    const rejected = [{ id: 'a hash', hasNoId: true, kind: 'customer', reason: 'odd', raw: {} }] as const;
    expect(storableBatch({ ...EMPTY, rejected }).rejected).toEqual(rejected);
  });
});

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  // The embedded store is compiled when it is opened.
  beforeAll(async () => {
    opened = await open();
  }, 180_000);
  afterAll(() => opened?.close());

  it('records whose days no calendar has fail no refresh of the metrics', async () => {
    const { store } = opened;
    const { id: integrationId } = await store.integrations.connect({
      organizationId: 'acme',
      platform: 'google-analytics',
      credentials: {},
    });
    const days = ['2026-11-24', 'infinity', '-infinity', '20000-01-01', '0001-01-01', '9999-12-31', '2026-11-25'];
    const records = days.map((day, index) => ({ ...DAY, keyEvents: 1, id: String(index), day }));
    const sales = [0, 8.64e15, -8.64e15].map((placedAt, index) => ({ ...order, id: String(index), placedAt }));
    const written = await store.records.write({ ...EMPTY, integrationId, records: [...records, ...sales] });
    expect(written).toMatchObject({ written: 3, rejected: 7 });
    await store.metrics.refresh('acme');
    expect(await store.records.count({ integrationId, kind: 'traffic' })).toBe(2);
  });

  it('a walk over records by their ids meets each once, whatever characters they have', async () => {
    const { store } = opened;
    const { id: integrationId } = await store.integrations.connect({
      organizationId: 'acme',
      platform: 'shopify',
      credentials: {},
    });
    const ids = ['a\u0000', 'a\ud800', 'a\ufffd', 'a', 'b', 'a\u0000b'];
    await store.records.write({ ...EMPTY, integrationId, records: ids.map((id) => customer(id)) });
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const query = { integrationId, kind: 'customer', limit: 1, ...defined({ after }) } as const;
      const [record] = await store.records.list(query);
      if (!record) break;
      seen.push(record.id);
      after = record.id;
      expect(seen.length).toBeLessThanOrEqual(ids.length);
    }
    expect(new Set(seen).size).toBe(ids.length);
  });
});
