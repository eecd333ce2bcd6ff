// Orders as the sandbox's shop has them: edited, returned, of several sources; and what an app is refused of them.
import {
  AccessLostError,
  channelOf,
  type OrderRecord,
  type Page,
  type PlatformConnection,
  type ReadOptions,
} from '@bizinsights/jobs-platforms';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemeOf } from '../fixtures/scheme-of.js';
import { type Sandbox, startSandbox } from '../index.js';
import type { ShopOrder } from '../shop/shop.js';
import { orderPayload } from './webhooks.js';

const DAY = 24 * 3_600_000;

let sandbox: Sandbox;
let connection: PlatformConnection;
beforeEach(async () => {
  sandbox = await startSandbox({ platforms: ['shopify'], days: 70, ordersPerDay: 3 });
  connection = shopify.connect(sandbox.shopify.credentials, sandbox.http);
});
afterEach(() => sandbox.close());

const asking = () => ({ signal: AbortSignal.timeout(20_000), now: sandbox.now });

async function read(name = 'orders', options: Partial<ReadOptions> = {}): Promise<Page[]> {
  const stream = connection.streams.find((one) => one.name === name);
  const pages: Page[] = [];
  for await (const page of stream?.read({ mode: 'full', cursor: undefined, ...asking(), ...options }) ?? []) {
    pages.push(page);
  }
  return pages;
}

async function readOrders(): Promise<Map<string, OrderRecord>> {
  const records = (await read()).flatMap((page) => page.records);
  return new Map(records.flatMap((record) => (record.kind === 'order' ? [[record.id, record] as const] : [])));
}

const requests = () => sandbox.shopify.requests.length;
const one = (fits: (order: ShopOrder) => boolean) => {
  const found = sandbox.shop.orders.find(fits);
  if (!found) throw new Error('the shop has no such order');
  return found;
};
const isPaid = ({ payment, lines }: ShopOrder) => payment === 'paid' && lines.length > 1;

describe('an order that was edited', () => {
  it('counts with its current total and what is left of its items', async () => {
    const loses = one(isPaid);
    const before = loses.total;
    sandbox.edit();
    expect(loses.total).toBeLessThan(before);
    const gains = one(({ total, placedTotal }) => total > placedTotal);
    const records = await readOrders();
    for (const order of [loses, gains]) {
      const record = records.get(String(order.id));
      expect(record).toMatchObject({ payment: 'paid', total: { amount: order.total }, refunded: { amount: 0 } });
      const sold = record?.items.reduce((sum, { quantity, price }) => sum + quantity * price.amount, order.shipping);
      expect(sold).toBe(order.total);
    }
  });

  it('comes with the next sync', async () => {
    const cursor = (await read()).at(-1)?.cursor;
    const order = one(isPaid);
    sandbox.edit();
    const pages = await read('orders', { mode: 'incremental', cursor });
    const found = pages.flatMap(({ records }) => records).filter(({ id }) => id === String(order.id));
    expect(found).toMatchObject([{ total: { amount: order.total } }]);
  });
});

it('webhooks tell of each order what a sync tells, but for what has brought it', async () => {
  sandbox.edit();
  const order = one((other) => isPaid(other) && other.total === other.placedTotal);
  const line = order.lines[0];
  const back = (line?.quantity ?? 0) * (line?.price ?? 0);
  Object.assign(order, { returned: [line], refunded: back, payment: 'partially-refunded' });
  const synced = await readOrders();
  const asked: string[] = [];
  for (const order of sandbox.shop.orders) {
    const payload = orderPayload(order, sandbox.shop);
    const effect = schemeOf(shopify).apply({ id: 'w', topic: 'orders/updated', account: connection.account, payload });
    if (effect.kind !== 'records') {
      expect(effect).toEqual({ kind: 'sync', streams: ['orders'] });
      asked.push(payload.financial_status);
      continue;
    }
    const { channel, ...told } = { channel: undefined, ...effect.records[0] };
    const { channel: known, ...expected } = { channel: undefined, ...synced.get(String(order.id)) };
    expect(channel).toBe(order.source === 'web' ? undefined : known);
    expect(told).toEqual(expected);
  }
  // The one that an edit has added something to.
  expect(asked).toEqual(['partially_paid']);
});

it('orders say where they go and what has brought them', async () => {
  const records = await readOrders();
  const channels = new Map<string, number>();
  for (const order of sandbox.shop.orders) {
    const { country, channel } = records.get(String(order.id)) ?? {};
    expect(country).toBe(order.source === 'pos' ? undefined : order.country);
    const place = { web: order.channel, pos: 'Point of sale', admin: 'Draft order' }[order.source];
    expect(channel).toBe(place);
    channels.set(place, (channels.get(place) ?? 0) + 1);
  }
  expect([...channels.keys()].sort()).toEqual([
    ...['Direct', 'Draft order', 'Email', 'Organic Search', 'Paid Social', 'Point of sale', 'Referral'],
  ]);
  expect(channelOf({ kind: 'pos' })).toBe('Point of sale');
});

describe('an app that is refused a field', () => {
  it.each([
    ['Order.shippingAddress', 'country', 'channel'],
    ['Order.billingAddress', 'country', 'customerId'],
    ['MailingAddress.countryCodeV2', 'country', 'channel'],
    ['Order.customerJourneySummary', 'channel', 'country'],
    ['CustomerVisit.utmParameters', 'channel', 'country'],
    ['Order.customer', 'customerId', 'country'],
  ] as const)('%s reads the orders without it', async (field, absent, kept) => {
    sandbox.grants.refusedFields = [field];
    const web = sandbox.shop.orders.filter(({ source }) => source === 'web');
    const records = await readOrders();
    expect(records.size).toBe(sandbox.shop.orders.length);
    for (const { id } of web) {
      expect(records.get(String(id))?.[absent]).toBeUndefined();
      expect(records.get(String(id))?.[kept]).toBeDefined();
    }
  });

  it('reads without all of them', async () => {
    sandbox.grants.refusedFields = ['Order.shippingAddress', 'Order.customerJourneySummary', 'Order.customer'];
    const [record] = [...(await readOrders()).values()];
    expect(Object.keys(record ?? {})).not.toEqual(expect.arrayContaining(['country']));
    expect(record).not.toHaveProperty('channel');
    expect(record).not.toHaveProperty('customerId');
  });

  it('is asked for them once a read', async () => {
    const pages = await read();
    const usual = requests();
    sandbox.grants.refusedFields = ['Order.shippingAddress'];
    expect((await read()).length).toBe(pages.length);
    expect(requests() - usual).toBe(usual + 1);
    sandbox.grants.refusedFields = [];
    expect([...(await readOrders()).values()].some(({ country }) => country === 'DE')).toBe(true);
  });

  it('reads customers without their names and addresses', async () => {
    sandbox.grants.refusedFields = ['Customer.displayName', 'Customer.defaultEmailAddress'];
    const records = (await read('customers')).flatMap((page) => page.records);
    expect(records).toHaveLength(sandbox.shop.customers.length);
    expect(records[0]).not.toHaveProperty('email');
    expect(records[0]).not.toHaveProperty('name');
  });

  it('has lost its access where it is refused the orders', async () => {
    sandbox.grants.scopes = ['read_products'];
    await expect(read()).rejects.toBeInstanceOf(AccessLostError);
    await expect(read('customers')).rejects.toBeInstanceOf(AccessLostError);
    expect((await read('products')).length).toBeGreaterThan(0);
  });

  it('has lost its access where it is refused a field that is needed', async () => {
    sandbox.grants.refusedFields = ['Order.totalPriceSet'];
    await expect(read()).rejects.toBeInstanceOf(AccessLostError);
  });
});

describe('scopes', () => {
  it('are what the app was granted', async () => {
    expect(await connection.scopes?.(asking())).toEqual([
      ...['read_orders', 'read_all_orders', 'read_products', 'read_customers'],
    ]);
    sandbox.grants.scopes = ['read_orders'];
    expect(await connection.scopes?.(asking())).toEqual(['read_orders']);
  });

  it('without read_all_orders, the last page says how far back the read has looked', async () => {
    sandbox.grants.scopes = ['read_orders'];
    const pages = await read();
    const listed = pages.flatMap(({ records }) => records);
    expect(listed.length).toBeLessThan(sandbox.shop.orders.length);
    expect(listed.length).toBeGreaterThan(0);
    const from = sandbox.now() - 59 * DAY;
    expect(pages.map(({ reach }) => reach)).toEqual([...pages.slice(1).map(() => undefined), { from }]);
    const all = sandbox.shop.orders.filter(({ createdAt }) => createdAt >= from);
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(all.map(({ id }) => String(id))));
  });

  it('that Shopify does not say are no reason to lose the access', async () => {
    sandbox.grants.scopes = ['read_orders'];
    sandbox.grants.refusedFields = ['QueryRoot.currentAppInstallation'];
    expect((await read()).at(-1)).not.toHaveProperty('reach');
    expect(await connection.scopes?.(asking())).toBeUndefined();
  });

  it('with read_all_orders, the read has looked at everything', async () => {
    expect((await read()).at(-1)).not.toHaveProperty('reach');
  });

  it('are asked for once a full or first read, and not with the next ones', async () => {
    sandbox.grants.scopes = ['read_orders', 'read_products'];
    const asked = () => sandbox.shopify.requests.filter(({ body }) => body.includes('currentAppInstallation')).length;
    const cursor = (await read('orders', { mode: 'incremental' })).at(-1)?.cursor;
    expect(asked()).toBe(1);
    sandbox.advance(DAY);
    const next = await read('orders', { mode: 'incremental', cursor });
    expect(next.at(-1)).not.toHaveProperty('reach');
    await read('products');
    expect(asked()).toBe(1);
  });

  it('a read that goes on says it too', async () => {
    sandbox.grants.scopes = ['read_orders'];
    const [first] = await read();
    const pages = await read('orders', { cursor: first?.cursor });
    expect(pages.at(-1)?.reach).toEqual({ from: sandbox.now() - 59 * DAY });
  });

  it('goes on with a read that an older version has begun, and says it', async () => {
    sandbox.grants.scopes = ['read_orders'];
    const [first, ...rest] = await read();
    const position = z.object({ position: z.object({ after: z.string() }) }).parse(first?.cursor);
    const { after } = position.position;
    const cursor = (from: number | null) => ({
      ...{ version: 1, mode: 'full', position: { after, from, newest: 1_764_000_000_000 }, watermark: from },
    });
    const pages = await read('orders', { cursor: cursor(null) });
    const ids = (of: readonly Page[]) => of.flatMap(({ records }) => records.map(({ id }) => id));
    expect(ids(pages)).toEqual(ids(rest));
    expect(pages.at(-1)?.reach).toEqual(rest.at(-1)?.reach);
    const next = await read('orders', { mode: 'incremental', cursor: { ...cursor(0), mode: 'incremental' } });
    expect(next.at(-1)).not.toHaveProperty('reach');
  });
});
