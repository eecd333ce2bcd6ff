import { ConflictError } from '@bizinsights/jobs-core';
import type { CustomerRecord, OrderRecord } from '@bizinsights/jobs-platforms';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { KEYS, type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { createStore, type Store } from '../store.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

const DAY = '2026-11-24';
const PLACED = Date.parse(`${DAY}T12:00:00Z`);
const eur = (amount: number) => ({ amount, currency: 'EUR' });

const customer = (id: string, email: string): CustomerRecord => ({
  kind: 'customer',
  id,
  updatedAt: PLACED,
  createdAt: PLACED,
  email,
  name: `Name of ${id}`,
});

const order = (id: string, customerId: string, changes: Partial<OrderRecord> = {}): OrderRecord => ({
  kind: 'order',
  id,
  updatedAt: PLACED,
  number: `#${id}`,
  placedAt: PLACED,
  payment: 'paid',
  total: eur(1_000),
  refunded: eur(0),
  customerId,
  items: [],
  ...changes,
});

/** Everything that the store's tables hold, as text. */
async function everything(pool: pg.Pool): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'bizinsights' ORDER BY 1",
  );
  expect(tables.length).toBeGreaterThan(9);
  const parts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(
      `SELECT row_to_json(t)::text AS row FROM bizinsights."${name}" AS t`,
    );
    parts.push(...rows.map(({ row }) => row));
  }
  return parts.join('\n');
}

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  let store: Store;
  let now = PLACED;
  let [id, account, count] = ['', '', 0];

  beforeAll(async () => {
    opened = await open();
    store = createStore({ pool: opened.pool, keys: KEYS, now: () => now });
    await store.organizations.upsert({ id: 'bolt', name: 'Bolt', timeZone: 'UTC', currency: 'EUR' });
  }, OPENING);
  afterAll(() => opened?.close());

  const connect = async (organizationId: string, named = account) => {
    const connected = await store.integrations.connect({ organizationId, platform: 'shopify', credentials: { a: 1 } });
    await store.webhooks.register(connected.id, { account: named, secrets: ['s'] });
    return connected.id;
  };
  const batch = () => ({ integrationId: id, stream: 'webhook', records: [], rejected: [], deleted: [] });

  beforeEach(async () => {
    account = `shop-${count++}.myshopify.com`;
    now = PLACED + 1_000;
    id = await connect('acme');
  });

  afterEach(async () => {
    for (const organizationId of ['acme', 'bolt']) {
      for (const one of await store.integrations.list(organizationId)) await store.integrations.remove(one.id);
    }
  });

  test('an account is found whatever its state, by its own name alone', async () => {
    const other = await connect('bolt');
    const [first, second] = [id, other].sort();
    const found = async (more = {}) =>
      (await store.privacy.findAccount({ platform: 'shopify', account, ...more })).map((one) => one.id);
    expect(await found()).toEqual([first, second]);
    await store.integrations.disable(id);
    await store.webhooks.accessLost(other, 'The app was uninstalled', now + 1);
    expect(await found()).toEqual([first, second]);
    expect(await found({ account: account.toUpperCase() })).toEqual([first, second]);
    expect(await found({ integrationId: other })).toEqual([other]);
    expect(await found({ integrationId: other, account: 'shop-of-another.myshopify.com' })).toEqual([]);
    expect(await found({ platform: 'stripe' })).toEqual([]);
    const nameless = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials: {} });
    expect(await found({ integrationId: nameless.id })).toEqual([]);
  });

  test('one whose account nobody has named is found by what a sync has read, and by what it was before', async () => {
    const found = async (named: string) =>
      (await store.privacy.findAccount({ platform: 'shopify', account: named })).map((one) => one.id);
    const shop = `read-${count}.myshopify.com`;
    const nameless = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials: {} });
    const cursor = { account: shop, main: {} };
    await store.records.write({ ...batch(), integrationId: nameless.id, stream: 'orders', cursor });
    expect(await found(shop)).toEqual([nameless.id]);

    const former = `former-${count}.myshopify.com`;
    const connection = { organizationId: 'acme', platform: 'shopify', credentials: {} };
    const one = await store.integrations.connect({ ...connection, account: former });
    await store.integrations.connect({ ...connection, id: one.id });
    expect(await found(former)).toEqual([one.id]);
    // What was registered holds, whatever a sync has read.
    await store.webhooks.register(nameless.id, { account: `own-${count}.myshopify.com` });
    expect(await found(shop)).toEqual([]);
  });

  test('one that may be of another account by now is erased when its access is lost, and not before', async () => {
    const connection = { organizationId: 'acme', platform: 'shopify', credentials: {} };
    const one = await store.integrations.connect({ ...connection, account: `former-${count}.myshopify.com` });
    await store.integrations.connect({ ...connection, id: one.id });
    const erasing = store.privacy.eraseAccount(one.id, now + 1);
    await expect(erasing).rejects.toThrow(ConflictError);
    await expect(erasing).rejects.toThrow(/account cannot be erased: it is not known of .*remove it/);
    expect(await store.privacy.eraseAccount(one.id, now - 1)).toBe(false);
    expect(await store.integrations.find(one.id)).toMatchObject({ status: 'active' });
    await store.webhooks.accessLost(one.id, 'The app was uninstalled', now + 1);
    expect(await store.privacy.eraseAccount(one.id, now + 1)).toBe(true);
    expect(await store.integrations.find(one.id)).toBeUndefined();
  });

  test('who connects an account while it is erased keeps the credentials', async () => {
    for (let round = 0; round < 10; round++) {
      const shop = `race-${count}-${round}.myshopify.com`;
      const connection = { organizationId: 'acme', platform: 'shopify', account: shop };
      const one = await store.integrations.connect({ ...connection, credentials: { token: 'first' } });
      const requestedAt = now;
      now += 1_000;
      const [, again] = await Promise.all([
        store.privacy.eraseAccount(one.id, requestedAt),
        store.integrations.connect({ ...connection, credentials: { token: 'second' } }),
      ]);
      expect(await store.integrations.find(again.id)).toMatchObject({ account: shop, status: 'active' });
      expect(await store.integrations.credentials(again.id)).toEqual({ token: 'second' });
    }
  });

  test('an id of any length is taken', async () => {
    const long = 'x'.repeat(4_000);
    const records = [customer(long, 'ann@example.com'), customer('a\u0000b', 'bob@example.com')];
    await store.records.write({ ...batch(), records });
    for (const customerId of [long, 'a\u0000b']) {
      const { customers, rejected } = await store.privacy.eraseCustomer(id, { customerId, orderIds: [long, '1'] });
      expect(customers + rejected).toBe(1);
    }
    expect(await everything(opened.pool)).not.toMatch(/ann@example|bob@example/);
  });

  test('nothing that identifies who is erased is left in any table', async () => {
    const email = `ann-${count}@example.com`;
    const raw = { id: 90, customer: { id: 4_711_001 }, email, billing_address: { name: 'Ann Ashe' } };
    await store.records.write({
      ...batch(),
      records: [customer('4711001', email), order('80', '4711001')],
    });
    await store.records.write({
      ...batch(),
      rejected: [
        { id: '90', kind: 'order', reason: 'total: odd', raw },
        { id: '91', kind: 'order', reason: 'too large', raw: { tooLarge: 70_000, start: `{"email":"${email}"` } },
        { id: '92', kind: 'order', reason: 'odd', raw: { customer: { id: 'gid://shopify/Customer/4711001' } } },
        { id: '4711001', kind: 'customer', reason: 'odd', raw: { first_name: 'Ann Ashe' } },
      ],
    });
    // Of one that the platform has deleted the record is still there.
    await store.records.write({ ...batch(), deleted: [{ kind: 'customer', id: '4711001', deletedAt: now }] });
    expect(await everything(opened.pool)).toContain(email);
    const erased = await store.privacy.eraseCustomer(id, { customerId: '4711001', email, orderIds: [] });
    expect(erased).toEqual({ customers: 1, orders: 1, rejected: 4 });
    const left = await everything(opened.pool);
    expect(left).not.toMatch(new RegExp(`${email}|Ann Ashe|Name of 4711001`, 'i'));
    // The id is what an older state is known by.
    const rows = left.split('\n').filter((row) => row.includes('4711001'));
    expect(rows.map((row): unknown => JSON.parse(row))).toMatchObject([
      { kind: 'customer', id: '4711001', erased_at: now },
      { kind: 'customer', id: '4711001', data: null, occurred_at: null, deleted_at: now },
    ]);
    await store.integrations.remove(id);
    expect(await everything(opened.pool)).not.toContain('4711001');
  });

  test('figures of money stay, and days are derived anew', async () => {
    await store.records.write({
      ...batch(),
      records: [customer('1', 'ann@example.com'), customer('2', 'bob@example.com'), order('1', '1'), order('2', '2')],
    });
    await store.metrics.refresh('acme');
    const day = async () => (await store.metrics.daily('acme', { from: DAY, to: DAY }))[0];
    expect(await day()).toMatchObject({ revenue: 2_000, orders: 2, newCustomers: 2 });
    await store.privacy.eraseCustomer(id, { customerId: '1', orderIds: ['1'] });
    expect(await store.metrics.refresh('acme')).toBeGreaterThan(0);
    expect(await day()).toMatchObject({ revenue: 2_000, orders: 2, newCustomers: 1 });
  });

  test('who writes while somebody is erased brings nothing back', async () => {
    const records = [customer('1', 'ann@example.com'), ...Array.from({ length: 50 }, (_, n) => order(`o${n}`, '1'))];
    let isErasing = true;
    const writing = async (own: number) => {
      for (let turn = 0; isErasing; turn++) {
        // Some in one statement, some in several.
        const rejected = turn % 2 === 0 ? [] : [{ id: 'x', kind: 'order' as const, reason: 'odd', raw: {} }];
        const fresh = order(`new-${own}-${turn}`, '1');
        await store.records.write({ ...batch(), rejected, records: [...records, fresh] });
      }
    };
    const writers = [1, 2, 3, 4].map(writing);
    await store.records.write({ ...batch(), records });
    await store.privacy.eraseCustomer(id, { customerId: '1', email: 'ann@example.com', orderIds: [] });
    isErasing = false;
    await Promise.all(writers);
    const { rows } = await opened.pool.query(
      "SELECT id FROM bizinsights.records WHERE integration_id = $1 AND (customer_id = '1' OR data::text LIKE '%ann@example%')",
      [id],
    );
    expect(rows).toEqual([]);
    expect(await store.records.count({ integrationId: id, kind: 'customer' })).toBe(0);
    expect(await store.records.count({ integrationId: id, kind: 'order' })).toBeGreaterThanOrEqual(50);
  });

  test('an erased account leaves nothing of it, and nothing of another is touched', async () => {
    const other = await connect('bolt', 'another.myshopify.com');
    await store.records.write({ ...batch(), records: [order('1', '1')], cursor: { at: 1 } });
    await store.records.write({ ...batch(), integrationId: other, records: [order('1', '1')] });
    await store.privacy.eraseCustomer(id, { customerId: '1', orderIds: [] });
    await store.integrations.disable(id);
    expect(await store.privacy.eraseAccount(id, now)).toBe(true);
    expect(await store.integrations.find(id)).toBeUndefined();
    const left = await everything(opened.pool);
    expect(left).not.toContain(id);
    expect(left).not.toContain(account);
    expect(await store.records.count({ integrationId: other, kind: 'order' })).toBe(1);
  });

  test('an account that was connected anew stays, until its access is lost again', async () => {
    const requestedAt = now;
    now += 1_000;
    await store.webhooks.register(id, { account });
    expect(await store.privacy.eraseAccount(id, requestedAt)).toBe(false);
    expect(await store.integrations.find(id)).toMatchObject({ status: 'active' });
    expect(await store.webhooks.accessLost(id, 'The app was uninstalled', now + 1)).toBe(true);
    expect(await store.privacy.eraseAccount(id, requestedAt)).toBe(true);
    expect(await store.integrations.find(id)).toBeUndefined();
  });

  test('a request of any form is taken as it is', async () => {
    const odd = {
      customerId: "'; DROP TABLE records; --\u0000",
      email: '\ud83d',
      phone: '',
      orderIds: ['\u0000', '1'],
    };
    await store.records.write({ ...batch(), records: [order('1', '1')] });
    expect(await store.privacy.eraseCustomer(id, odd)).toEqual({ customers: 0, orders: 1, rejected: 0 });
    expect(await store.privacy.exportCustomer(id, odd)).toMatchObject({ records: [{ id: '1' }], rejected: [] });
    await store.records.write({ ...batch(), rejected: [{ id: '2', kind: 'order', reason: 'odd', raw: { note: '' } }] });
    for (const nobody of [{}, { customerId: '', email: '', phone: ' ' }, { email: ' ' }]) {
      const nothing = { customers: 0, orders: 0, rejected: 0 };
      expect(await store.privacy.eraseCustomer(id, { ...nobody, orderIds: [] })).toEqual(nothing);
      expect(await store.privacy.exportCustomer(id, { ...nobody, orderIds: [] })).toEqual({
        records: [],
        rejected: [],
      });
    }
  });
});
