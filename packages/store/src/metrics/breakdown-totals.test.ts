/** Breakdowns add up to the metrics: also in money that is converted, of counts that are no whole numbers, in any zone. */
import type { OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { drawFrom, drawRecords } from '../fixtures/random-records.js';
import { MetricsError } from './convert-money.js';
import { sumFigures } from './metric-figures.js';

/** A rate of each day, with fractions; none for francs, and no number for yen. */
const convert = ({ amount, currency: from }: { amount: number; currency: string }, currency: string, day: string) => {
  if (from === 'CHF') return undefined;
  const rate = from === 'JPY' ? Number.NaN : 0.7 + Number(day.slice(8)) / 61 + from.charCodeAt(0) / 999;
  return { amount: amount * rate, currency };
};

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = {
  PostgreSQL: () => openOnPostgres(inject('postgresUrl'), { convert }),
  embedded: () => openOnEmbedded({ convert }),
};

const JUNE = { from: '2026-06-01', to: '2026-06-30' };

/** An order of a day, sold to a country, with one item that is named like it. */
const order = (id: string, day: string, amount: number, currency: string, country: string): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: 1,
  number: id,
  placedAt: Date.parse(`${day}T10:00:00Z`),
  payment: 'paid',
  total: { amount, currency },
  refunded: { amount: 0, currency },
  country,
  items: [{ productId: country, title: country, quantity: 1, price: { amount, currency } }],
});

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened.close());
  let count = 0;

  async function organization(timeZone = 'Europe/Berlin') {
    const { store } = opened;
    const id = `organization-${++count}`;
    await store.organizations.upsert({ id, name: id, timeZone, currency: 'EUR' });
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
        deleted: gone.map((record) => ({ kind: record.kind, id: record.id, deletedAt: 9 })),
      });
    return { id, connect, write, remove, metrics: store.metrics };
  }

  const inEuros = (amount: number, day: string) =>
    Math.round(convert({ amount, currency: 'USD' }, 'EUR', day)?.amount ?? 0);

  test('money is converted by the rate of its day, and what has no rate is told', async () => {
    const { id, connect, write, metrics } = await organization();
    await write(
      await connect('shopify'),
      order('1', '2026-06-10', 1_000, 'USD', 'US'),
      order('2', '2026-06-11', 1_000, 'USD', 'US'),
      order('3', '2026-06-11', 1_000, 'CHF', 'CH'),
      order('4', '2026-06-11', 1_000, 'EUR', 'CH'),
    );
    const revenue = inEuros(1_000, '2026-06-10') + inEuros(1_000, '2026-06-11');
    for (const by of ['country', 'product'] as const) {
      expect(await metrics.breakdown(id, { ...JUNE, by, sort: 'revenue' })).toMatchObject([
        { key: 'US', revenue, orders: 2, isPartial: false, currency: 'EUR' },
        { key: 'CH', revenue: 1_000, orders: 2, isPartial: true, currency: 'EUR' },
      ]);
    }
  });

  test('what cancels out in a day is still somebody’s', async () => {
    const { id, connect, write, metrics } = await organization();
    await write(
      await connect('shopify'),
      order('1', '2026-06-10', 1_000, 'USD', 'US'),
      order('2', '2026-06-10', -1_000, 'USD', 'CA'),
    );
    await metrics.refresh(id);
    expect(await metrics.total(id, JUNE)).toMatchObject({ revenue: 0, orders: 2 });
    const revenue = inEuros(1_000, '2026-06-10');
    expect(await metrics.breakdown(id, { ...JUNE, by: 'country' })).toMatchObject([
      { key: 'US', revenue },
      { key: 'CA', revenue: -revenue },
    ]);
  });

  test('what `convert` answers besides money is refused', async () => {
    const { id, connect, write, metrics } = await organization();
    await write(await connect('shopify'), order('1', '2026-06-10', 1_000, 'JPY', 'JP'));
    await expect(metrics.breakdown(id, { ...JUNE, by: 'country' })).rejects.toThrow(MetricsError);
  });

  test.each([
    [1, 'Europe/Berlin', true],
    [2, 'America/New_York', true],
    [3, 'Pacific/Kiritimati', false],
    [4, 'Pacific/Pago_Pago', true],
    [5, 'CET', false],
    [6, 'Asia/Kathmandu', true],
  ])('the rows add up to the total: seed %i, %s, orders: %s', async (seed, zone, hasOrders) => {
    const { id, connect, write, remove, metrics } = await organization(zone);
    const draw = drawFrom(seed);
    for (const platform of ['shopify', 'woocommerce', 'stripe', 'google-analytics', 'facebook-ads']) {
      const integrationId = await connect(platform);
      const records = drawRecords(draw, hasOrders ? undefined : ['order']);
      await write(integrationId, ...records);
      await remove(integrationId, ...records.filter(() => draw(10) === 0));
    }
    await metrics.refresh(id);
    for (const range of [
      { from: '2026-03-01', to: '2026-05-31' },
      { from: '2026-03-29', to: '2026-03-29' },
      { from: '2026-04-11', to: '2026-04-17' },
    ]) {
      const { currency: _, ...total } = await metrics.total(id, range);
      const figures = sumFigures([total]);
      for (const by of ['platform', 'channel', 'country'] as const) {
        const rows = await metrics.breakdown(id, { ...range, by });
        expect(sumFigures(rows), by).toEqual(figures);
        expect(
          rows.some(({ isPartial }) => isPartial),
          by,
        ).toBe(total.isPartial);
        expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
        // The same at each time.
        expect(await metrics.breakdown(id, { ...range, by })).toEqual(rows);
      }
      const campaigns = await metrics.breakdown(id, { ...range, by: 'campaign' });
      for (const figure of ['adSpend', 'adRevenue', 'impressions', 'clicks'] as const) {
        expect(
          campaigns.reduce((sum, row) => sum + row[figure], 0),
          figure,
        ).toBe(figures[figure]);
      }
    }
  });
});
