/** Records and integrations to check with. */
import { randomUUID } from 'node:crypto';
import type { CustomerRecord, OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import type { StoreUnderTest } from './store-under-test.js';

/** One case: `check` rejects when something is wrong. */
export interface Case {
  readonly name: string;
  check(store: StoreUnderTest): Promise<void>;
}

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const TIME = 1_764_000_000_000;

/** One of each kind, with all that it may have. */
export const EACH_KIND: readonly PlatformRecord[] = [
  {
    kind: 'order',
    id: '1',
    updatedAt: TIME,
    number: '#1001',
    placedAt: TIME - 5,
    cancelledAt: TIME,
    payment: 'partially-refunded',
    total: eur(11_900),
    refunded: eur(1_900),
    customerId: 'c1',
    country: 'DE',
    channel: 'Paid Search',
    items: [{ productId: 'p1', title: 'Mug "big" \\ 杯子 👋', quantity: 2, price: eur(5_000) }],
  },
  { kind: 'product', id: '1', updatedAt: TIME, title: 'Mug', status: 'active', price: eur(5_000), stock: 0 },
  {
    kind: 'customer',
    id: '1',
    updatedAt: TIME,
    createdAt: TIME - 9,
    email: 'ann@example.com',
    name: 'Ann',
    orderCount: 3,
  },
  {
    kind: 'charge',
    id: '1',
    updatedAt: TIME,
    createdAt: TIME - 1,
    status: 'succeeded',
    amount: { amount: 500, currency: 'JPY' },
    refunded: { amount: 0, currency: 'JPY' },
    disputed: true,
    customerId: 'c1',
  },
  {
    kind: 'traffic',
    id: '2026-11-24/Direct/DE',
    updatedAt: TIME,
    day: '2026-11-24',
    channel: 'Direct',
    country: 'DE',
    sessions: 120,
    users: 100,
    keyEvents: 3.5,
    revenue: eur(-1),
  },
  { kind: 'campaign', id: '1', updatedAt: TIME, name: 'Spring', status: 'paused', objective: 'SALES' },
  {
    kind: 'campaign-day',
    id: '1/2026-11-24',
    updatedAt: TIME,
    day: '2026-11-24',
    campaignId: '1',
    spend: eur(9_007_199_254_740_991),
    impressions: 10,
    clicks: 1,
    conversions: 0,
    conversionValue: eur(0),
  },
];

/** One of a kind that is easily told apart: its name says which state of it this is. */
export function customer(id: string | number, updatedAt: number, name = `at ${updatedAt}`): CustomerRecord {
  return { kind: 'customer', id: String(id), updatedAt, createdAt: 1, name };
}

/** An order that says no more than it has to, but for what is given. */
export function order(id: string | number, updatedAt: number, said: Partial<OrderRecord> = {}): OrderRecord {
  return {
    kind: 'order',
    id: String(id),
    updatedAt,
    number: `#${id}`,
    placedAt: 1,
    payment: 'paid',
    total: eur(1_000),
    refunded: eur(0),
    items: [],
    ...said,
  };
}

/** An integration that nobody else has. */
export async function connected(store: StoreUnderTest): Promise<string> {
  const id = randomUUID();
  await store.connect({ id, organizationId: 'acme', platform: 'shopify', credentials: { token: `secret-${id}` } });
  return id;
}

/** A batch with nothing in it but what is given. */
export function batchFor(integrationId: string) {
  return { integrationId, stream: 'customers', records: [], rejected: [], deleted: [] };
}
