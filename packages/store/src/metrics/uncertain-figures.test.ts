/** Which figures of a day are final, and which unknown, where one integration is read and another is not. */
import type { PlatformRecord } from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type OpenStore, openOnPostgres } from '../fixtures/open-store.js';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const RANGE = { from: '2026-11-01', to: '2026-11-24', everyDay: true, uncertain: true } as const;

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'), { now: () => NOW });
});
afterAll(() => opened.close());

const order: PlatformRecord = {
  kind: 'order',
  id: '1',
  updatedAt: 1,
  number: '1',
  placedAt: Date.parse('2026-11-20T10:00:00Z'),
  payment: 'paid',
  total: { amount: 1_000, currency: 'EUR' },
  refunded: { amount: 0, currency: 'EUR' },
  items: [],
};

async function connected(organizationId: string) {
  const { store } = opened;
  await store.organizations.upsert({ id: organizationId, name: 'Shop', timeZone: 'Europe/Berlin', currency: 'EUR' });
  const read = async (
    platform: string,
    kind: 'order' | 'campaign-day' | 'charge',
    asOf: string,
    records: readonly PlatformRecord[] = [],
    provisionalFrom?: string,
  ) => {
    const { id } = await store.integrations.connect({ organizationId, platform, account: platform, credentials: {} });
    const ended = { kind, asOf: Date.parse(asOf), isContinued: false, ...(provisionalFrom ? { provisionalFrom } : {}) };
    const page = { stream: kind, records, rejected: [], deleted: [], cursor: {} };
    await store.records.write({ ...page, integrationId: id, read: ended });
  };
  const daily = async () => {
    await store.metrics.refresh(organizationId);
    return await store.metrics.daily(organizationId, RANGE);
  };
  const days = async () => new Map((await daily()).map(({ day, uncertain }) => [day, uncertain]));
  const unknownFigures = async () => new Map((await daily()).map((day) => [day.day, day.unknownFigures]));
  return { read, days, unknownFigures };
}

const SALES = ['revenue', 'refunds', 'orders'];
const ADS = ['adSpend', 'adRevenue', 'impressions', 'clicks'];

test('ads that are restated for weeks leave sales final, and today nothing is', async () => {
  const { read, days } = await connected('shop');
  await read('shopify', 'order', '2026-11-24T11:00:00Z', [order]);
  await read('facebook-ads', 'campaign-day', '2026-11-24T11:00:00Z', [], '2026-11-10');
  const uncertain = await days();
  expect(uncertain.get('2026-11-09')).toEqual([]);
  expect(uncertain.get('2026-11-10')).toEqual(ADS);
  expect(uncertain.get('2026-11-23')).toEqual(ADS);
  expect(uncertain.get('2026-11-24')).toEqual([...SALES, 'newCustomers', 'sessions', ...ADS]);
});

test('in an outage of the shop its figures are uncertain, and in one of payments beside it none', async () => {
  const { read, days } = await connected('outage');
  await read('shopify', 'order', '2026-11-21T11:00:00Z', [order]);
  await read('stripe', 'charge', '2026-11-15T11:00:00Z');
  const uncertain = await days();
  expect(uncertain.get('2026-11-20')).toEqual([]);
  // Read while it was not over.
  expect(uncertain.get('2026-11-21')).toEqual(SALES);
  expect(uncertain.get('2026-11-22')).toEqual(SALES);
});

test('a 0 is a gap where an integration that feeds the figure was not read, and not where another one was not', async () => {
  const { read, unknownFigures } = await connected('gaps');
  await read('shopify', 'order', '2026-11-24T11:00:00Z', [order]);
  await read('facebook-ads', 'campaign-day', '2026-11-21T11:00:00Z');
  const nobodyFeeds = ['newCustomers', 'sessions'];
  const unknown = await unknownFigures();
  expect(unknown.get('2026-11-21')).toEqual(nobodyFeeds);
  expect(unknown.get('2026-11-22')).toEqual([...nobodyFeeds, ...ADS]);
});

test('an integration that was never read feeds nothing, and who does not ask is not told', async () => {
  const { store } = opened;
  const { read, days } = await connected('fresh');
  await read('shopify', 'order', '2026-11-24T11:00:00Z', [order]);
  await store.integrations.connect({
    organizationId: 'fresh',
    platform: 'google-analytics',
    account: 'g',
    credentials: {},
  });
  expect((await days()).get('2026-11-20')).toEqual([]);
  const [day] = await store.metrics.daily('fresh', { from: '2026-11-20', to: '2026-11-20' });
  expect(day).not.toHaveProperty('uncertain');
  expect(day).not.toHaveProperty('unknownFigures');
});

test('tells which day it is for an organization, and how its figures are written', async () => {
  const { store } = opened;
  const shop = { id: 'kiritimati', name: 'Shop', timeZone: 'Pacific/Kiritimati', currency: 'AUD' };
  await store.organizations.upsert(shop);
  const expected = { today: '2026-11-25', timeZone: shop.timeZone, currency: 'AUD', locale: 'en' };
  expect(await store.metrics.calendar(shop.id)).toEqual(expected);
  expect(await store.metrics.calendar('nobody')).toBeUndefined();
});
