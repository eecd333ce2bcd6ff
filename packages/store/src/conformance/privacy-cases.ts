/** Cases of `PrivacyRequests`. A store without it passes them. */
import assert from 'node:assert/strict';
import type { OrderRecord, PlatformRecord } from '@bizinsights/jobs-platforms';
import type { PrivacyRequests } from '@bizinsights/jobs-webhooks';
import { batchFor, type Case, connected, customer } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Later than any store's clock, and than any erasure. */
const LATER = Date.UTC(2200, 0, 1);

function order(id: string, changes: Partial<OrderRecord> = {}): OrderRecord {
  return { ...guestOrder(id), customerId: 'c1', ...changes };
}

function guestOrder(id: string): OrderRecord {
  return {
    kind: 'order',
    id,
    updatedAt: 10,
    number: id,
    placedAt: 5,
    payment: 'paid',
    total: { amount: 1_000, currency: 'EUR' },
    refunded: { amount: 0, currency: 'EUR' },
    items: [],
  };
}

const ann = { ...customer('c1', 10, 'Ann'), email: 'ann@example.com' };
const bob = { ...customer('c2', 10, 'Bob'), email: 'bob@example.com' };
const rejectedOf = (kind: 'order' | 'customer', id: string, raw: unknown) => ({ kind, id, reason: 'odd', raw });

interface Opened {
  readonly privacy: PrivacyRequests;
  readonly integrationId: string;
  write(records: readonly PlatformRecord[]): Promise<unknown>;
  records(): Promise<string[]>;
}

/** A case with an integration that has two customers, three orders and a charge. */
function caseOf(name: string, check: (opened: Opened, store: StoreUnderTest) => Promise<void>): Case {
  return {
    name,
    async check(store) {
      const { privacy } = store;
      if (!privacy) return;
      const integrationId = await connected(store);
      const write = (records: readonly PlatformRecord[]) => store.sink.write({ ...batchFor(integrationId), records });
      await write([ann, bob, order('1'), order('2', { customerId: 'c2' }), guestOrder('3')]);
      const records = async () => (await store.records(integrationId)).map(lineOf).sort();
      await check({ privacy, integrationId, write, records }, store);
    },
  };
}

function lineOf(record: PlatformRecord): string {
  if (record.kind === 'customer') return `customer ${record.id} ${record.name ?? ''}`;
  return `${record.kind} ${record.id} of ${'customerId' in record ? record.customerId : 'nobody'}`;
}

const ANN = { customerId: 'c1', email: 'ann@example.com', orderIds: ['1', '3'] };
const ERASED = ['customer c2 Bob', 'order 1 of nobody', 'order 2 of c2', 'order 3 of nobody'];

export const privacyCases: readonly Case[] = [
  caseOf(
    'who is erased is gone, and the orders stay without a customer',
    async ({ privacy, integrationId, records }) => {
      const erased = await privacy.eraseCustomer(integrationId, ANN);
      assert.deepEqual(erased, { customers: 1, orders: 1, rejected: 0 });
      assert.deepEqual(await records(), ERASED);
      // Done again, as by a later attempt, it ends the same.
      assert.deepEqual(await privacy.eraseCustomer(integrationId, ANN), { customers: 0, orders: 0, rejected: 0 });
      assert.deepEqual(await records(), ERASED);
    },
  ),
  caseOf(
    'who is erased does not come back with what was known before',
    async ({ privacy, integrationId, records, write }) => {
      await privacy.eraseCustomer(integrationId, ANN);
      // As an older webhook, a late page, and a full read of the same states bring them; and an order that is new to us.
      await write([{ ...ann, updatedAt: 9 }, order('1', { updatedAt: 9 })]);
      await write([ann, order('1'), order('4')]);
      assert.deepEqual(await records(), [...ERASED, 'order 4 of nobody'].sort());
      // A refund of today says what it did, and not of whom.
      await write([order('1', { updatedAt: LATER, payment: 'refunded' })]);
      assert.deepEqual(await records(), [...ERASED, 'order 4 of nobody'].sort());
    },
  ),
  caseOf('who was erased before anything was known stays away', async ({ privacy, integrationId, records, write }) => {
    await privacy.eraseCustomer(integrationId, { customerId: 'c9', orderIds: ['9'] });
    await write([customer('c9', 10, 'Zoe'), order('9', { customerId: 'c9' })]);
    const rest = ['customer c1 Ann', 'customer c2 Bob', 'order 1 of c1', 'order 2 of c2', 'order 3 of nobody'];
    assert.deepEqual(await records(), [...rest, 'order 9 of nobody'].sort());
  }),
  caseOf('who comes back after that is known again', async ({ privacy, integrationId, records, write }) => {
    await privacy.eraseCustomer(integrationId, ANN);
    await write([{ ...ann, updatedAt: LATER }, order('5', { placedAt: LATER, updatedAt: LATER })]);
    assert.deepEqual(await records(), ['customer c1 Ann', ...ERASED, 'order 5 of c1'].sort());
  }),
  caseOf(
    'who is known by an address alone is erased too, however it is written',
    async ({ privacy, integrationId, records }) => {
      await privacy.eraseCustomer(integrationId, { email: 'ANN@example.com', orderIds: [] });
      assert.deepEqual(await records(), ERASED);
    },
  ),
  caseOf('what does not fit is erased where it is the customer’s', async ({ privacy, integrationId }, store) => {
    const rejected = [
      rejectedOf('customer', 'c1', { id: 'c1', email: 'ann@example.com' }),
      rejectedOf('order', '1', { id: '1', note: 'for Ann' }),
      rejectedOf('order', '7', { id: '7', customer: { id: 'c1' } }),
      rejectedOf('order', '8', { id: '8', customer: { id: 'c2' }, email: 'bob@example.com' }),
    ];
    await store.sink.write({ ...batchFor(integrationId), rejected });
    assert.equal((await privacy.eraseCustomer(integrationId, ANN)).rejected, 3);
    const kept = async () => (await store.rejected(integrationId)).map(({ id, raw }) => [id, raw]).sort();
    const left = [
      ['1', null],
      ['7', null],
      ['8', { id: '8', customer: { id: 'c2' }, email: 'bob@example.com' }],
    ];
    assert.deepEqual(await kept(), left);
    await store.sink.write({ ...batchFor(integrationId), rejected: rejected.slice(1, 2) });
    assert.deepEqual(await kept(), left);
  }),
  caseOf('a customer’s data is handed out whole, and nobody else’s', async ({ privacy, integrationId }, store) => {
    const rejected = [
      rejectedOf('order', '7', { id: '7', customer: { id: 'c1' } }),
      rejectedOf('order', '8', { id: '8', customer: { id: 'c2' } }),
    ];
    await store.sink.write({ ...batchFor(integrationId), rejected });
    const data = await privacy.exportCustomer(integrationId, ANN);
    assert.deepEqual(data.records.map(lineOf).sort(), ['customer c1 Ann', 'order 1 of c1', 'order 3 of nobody']);
    assert.deepEqual(
      data.records.find(({ id }) => id === 'c1'),
      ann,
    );
    assert.deepEqual(data.rejected, rejected.slice(0, 1));
    await privacy.eraseCustomer(integrationId, ANN);
    const left = await privacy.exportCustomer(integrationId, { customerId: 'c1', orderIds: [] });
    assert.deepEqual(left, { records: [], rejected: [] });
  }),
  caseOf('an account is erased with all that it has', async ({ privacy, integrationId, records }, store) => {
    const other = await connected(store);
    await store.sink.write({ ...batchFor(other), records: [ann] });
    await store.sink.write({ ...batchFor(integrationId), rejected: [rejectedOf('order', '7', {})], cursor: 1 });
    assert.equal(await privacy.eraseAccount(integrationId, LATER), true);
    assert.deepEqual(await records(), []);
    assert.deepEqual(await store.rejected(integrationId), []);
    assert.equal(await store.integrations.cursor(integrationId, 'customers'), undefined);
    assert.equal(await store.integrations.credentials(integrationId), undefined);
    assert.deepEqual((await store.records(other)).map(lineOf), ['customer c1 Ann']);
    assert.equal(await privacy.eraseAccount(integrationId, LATER), true);
  }),
  caseOf(
    'an account that was connected after that was asked for stays',
    async ({ privacy, integrationId, records }) => {
      const before = await records();
      assert.equal(await privacy.eraseAccount(integrationId, 1), false);
      assert.deepEqual(await records(), before);
    },
  ),
  {
    name: 'nothing is erased, and nothing handed out, of an integration that is not there',
    async check({ privacy }) {
      if (!privacy) return;
      assert.deepEqual(await privacy.eraseCustomer('nobody', ANN), { customers: 0, orders: 0, rejected: 0 });
      assert.deepEqual(await privacy.exportCustomer('nobody', ANN), { records: [], rejected: [] });
      assert.equal(await privacy.eraseAccount('nobody', 1), true);
    },
  },
];
