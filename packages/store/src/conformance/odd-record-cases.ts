/** Cases of `RecordSink`: what can't be stored is kept aside with its reason, and stops nothing else of its batch. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type {
  DeletedRecord,
  PlatformRecord,
  RecordBatch,
  RecordKind,
  RejectedRecord,
} from '@bizinsights/jobs-platforms';
import { batchFor, type Case, connected, customer, EACH_KIND } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** 4,000 characters that no index can pack. */
const LONG = Array.from({ length: 63 }, (_, part) => createHash('sha256').update(String(part)).digest('hex'))
  .join('')
  .slice(0, 4_000);

type Of<Kind extends RecordKind> = Extract<PlatformRecord, { kind: Kind }>;

/** The sample of a kind, with something else in it. */
const sample = <Kind extends RecordKind>(kind: Kind, change: Partial<Of<Kind>>): PlatformRecord[] =>
  EACH_KIND.flatMap((record) => (record.kind === kind ? [{ ...record, id: 'odd', ...change }] : []));

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const item = (quantity: number, amount: number) => [{ title: 'Mug', quantity, price: eur(amount) }];

/** Each is what one database or another refuses, or fails at when the metrics are derived. */
const ODD: Readonly<Record<string, readonly PlatformRecord[]>> = {
  'an id of 4,000 characters': [customer(LONG, 1)],
  'an id of 4,000 characters that are not ASCII': [customer('杯'.repeat(4_000), 1)],
  'an empty id': [customer('', 1)],
  'an updatedAt that is no number': [customer('odd', Number.NaN)],
  'an updatedAt that is not whole': [customer('odd', 1.5)],
  'an updatedAt that no integer holds': [customer('odd', 1e21)],
  'an updatedAt without end': [customer('odd', Number.NEGATIVE_INFINITY)],
  'a time that is no number': sample('customer', { createdAt: Number.NaN }),
  'a time that is not whole': sample('order', { placedAt: 0.5 }),
  'a time that no calendar has': sample('charge', { createdAt: Number.MAX_SAFE_INTEGER }),
  'a time before all calendars': sample('charge', { createdAt: Number.MIN_SAFE_INTEGER }),
  'a day that is none': sample('traffic', { day: 'someday' }),
  'a day that the month does not have': sample('traffic', { day: '2026-02-30' }),
  'a day that is a word of the database': sample('campaign-day', { day: 'infinity' }),
  'a day of another calendar': sample('campaign-day', { day: '20000-01-01' }),
  'an empty day': sample('traffic', { day: '' }),
  'an amount that is not whole': sample('order', { total: eur(0.5) }),
  'an amount that is no number': sample('order', { refunded: eur(Number.NaN) }),
  'an amount that no integer holds': sample('campaign-day', { spend: eur(1e21) }),
  'an amount beyond what is exact': sample('product', { price: eur(Number.MAX_SAFE_INTEGER + 1) }),
  'a worth that is no number': sample('campaign-day', { conversionValue: eur(Number.POSITIVE_INFINITY) }),
  'a count that is no number': sample('traffic', { sessions: Number.NaN }),
  'a count that no integer holds': sample('traffic', { sessions: 1e300 }),
  'a count without end': sample('campaign-day', { clicks: Number.POSITIVE_INFINITY }),
  'an item whose price is no number': sample('order', { items: item(1, Number.NaN) }),
  'an item whose quantity is no number': sample('order', { items: item(Number.NaN, 1) }),
};

/** What can be stored, though it looks odd: it is kept as it is. */
const FINE: Readonly<Record<string, readonly PlatformRecord[]>> = {
  'an id of 255 characters': [customer('ü'.repeat(255), 1)],
  'a time before 1970': sample('customer', { createdAt: -1 }),
  'a time at 0': sample('customer', { createdAt: 0, updatedAt: 0 }),
  'a leap day': sample('traffic', { day: '2028-02-29' }),
  'a negative amount': sample('traffic', { revenue: eur(-1) }),
  'the largest amount': sample('order', { total: eur(Number.MAX_SAFE_INTEGER) }),
  'a count in parts of one': sample('traffic', { sessions: 0.001, keyEvents: 3.5 }),
};

export const oddRecordCases: readonly Case[] = [
  ...Object.entries(ODD).map(
    ([what, odd]): Case => ({
      name: `a record with ${what} stops no other of its batch`,
      async check(store) {
        const { integrationId, write, ids } = await on(store);
        const others = [customer('before', 1), customer('after', 1)];
        const [before, after] = others;
        for (const cursor of [1, 2]) {
          const records = [before, ...odd, after].filter((record) => record !== undefined);
          const { written, unchanged, rejected } = await write({ records, cursor });
          assert.equal(written + unchanged + rejected, records.length, 'the counts');
          const { stored, aside } = await ids();
          for (const { id } of others) assert.ok(stored.includes(id), `${id} is not stored`);
          // A database that takes it may store it.
          assert.equal(stored.length + aside.length, records.length, 'it is neither stored nor kept aside, or both');
          assert.equal(aside.length, rejected, 'what is kept aside');
          assert.equal(await store.integrations.cursor(integrationId, 'customers'), cursor, 'the cursor');
        }
        for (const { kind, reason } of await store.rejected(integrationId)) {
          assert.equal(kind, odd[0]?.kind);
          assert.ok(reason !== '', 'a record that is kept aside has no reason');
          assert.ok(!reason.includes(LONG), 'the reason holds a value of the record');
        }
      },
    }),
  ),
  {
    name: 'a record that can be stored is not kept aside, however odd',
    async check(store) {
      for (const [what, records] of Object.entries(FINE)) {
        const { integrationId, write } = await on(store);
        assert.equal((await write({ records })).rejected, 0, what);
        assert.deepEqual(await store.records(integrationId), records, what);
      }
    },
  },
  {
    name: 'of many odd records in one batch each is kept aside, and no other',
    async check(store) {
      const { write, ids } = await on(store);
      const good = Array.from({ length: 1_500 }, (_, id) => customer(id, 1));
      const odd = Object.values(ODD).flatMap((records, index) =>
        records.map((record) => (record.id === 'odd' ? { ...record, id: `odd ${index}` } : record)),
      );
      const { written, rejected } = await write({ records: [...odd.slice(0, 9), ...good, ...odd.slice(9)] });
      const { stored, aside } = await ids();
      assert.equal(written + rejected, good.length + odd.length, 'the counts');
      assert.ok(
        good.every(({ id }) => stored.includes(id)),
        'the others are stored',
      );
      assert.equal(stored.length + aside.length, good.length + odd.length, 'each is stored or kept aside');
    },
  },
  {
    name: 'what does not fit and has an id that is too long is kept aside, and its deletion stops nothing',
    async check(store) {
      const { write, ids } = await on(store);
      const rejected = [LONG, 'short', `${LONG}2`].map(
        (id): RejectedRecord => ({ id, kind: 'customer', reason: 'odd', raw: { id } }),
      );
      await write({ rejected });
      await write({ rejected });
      assert.equal((await ids()).aside.length, rejected.length);
      const deleted = [LONG, 'a', ''].map((id): DeletedRecord => ({ kind: 'customer', id, deletedAt: 5 }));
      await write({ records: [customer('a', 1), customer('b', 1)], deleted });
      assert.deepEqual((await ids()).stored, ['b']);
    },
  },
  {
    name: 'a deletion of no time stops no other',
    async check(store) {
      const { write, ids } = await on(store);
      await write({ records: ['a', 'b'].map((id) => customer(id, 1)) });
      const deleted = [
        { kind: 'customer', id: 'c', deletedAt: Number.NaN },
        { kind: 'customer', id: 'a', deletedAt: 2 },
      ] as const;
      await write({ deleted });
      assert.deepEqual((await ids()).stored, ['b']);
    },
  },
  {
    name: 'two ids stay two, whatever characters a database has no place for',
    async check(store) {
      const { write, ids, integrationId } = await on(store);
      const odd = ['a\u0000', 'a\u0001', 'a\ufffd', 'a\ud800', 'a\udc00', 'a\ud83d', 'a'];
      const records = odd.map((id, index) => customer(id, 1, `${index}`));
      assert.equal((await write({ records })).written, odd.length);
      assert.equal((await write({ records })).unchanged, odd.length);
      assert.equal(new Set((await ids()).stored).size, odd.length);
      await write({ deleted: [{ kind: 'customer', id: 'a\u0000', deletedAt: 2 }] });
      const names = (await store.records(integrationId)).map((record) => 'name' in record && record.name);
      assert.deepEqual(names.sort(), ['1', '2', '3', '4', '5', '6']);
      const rejected = odd.map((id): RejectedRecord => ({ id, kind: 'customer', reason: 'odd', raw: id }));
      await write({ rejected });
      assert.equal((await ids()).aside.length, odd.length);
    },
  },
  {
    name: 'what does not fit is kept aside however deep it is nested',
    async check(store) {
      const { write, ids } = await on(store);
      const depths = [90, 50_000];
      await write({
        rejected: depths.map((depth) => ({ id: `${depth}`, kind: 'customer', reason: 'odd', raw: nested(depth) })),
      });
      assert.deepEqual((await ids()).aside, ['50000', '90']);
    },
  },
];

function nested(depth: number): unknown {
  let value: unknown = 'the innermost';
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

/** Writing to an integration of its own. */
async function on(store: StoreUnderTest) {
  const integrationId = await connected(store);
  return {
    integrationId,
    write: (part: Partial<RecordBatch>) => store.sink.write({ ...batchFor(integrationId), ...part }),
    async ids() {
      const [stored, aside] = [await store.records(integrationId), await store.rejected(integrationId)];
      return { stored: stored.map(({ id }) => id).sort(), aside: aside.map(({ id }) => id).sort() };
    },
  };
}
