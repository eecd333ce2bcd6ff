/** Cases of `RecordSink`: nothing doubled, nothing lost, nothing older over something newer. */
import assert from 'node:assert/strict';
import { setImmediate as tick } from 'node:timers/promises';
import type { Json, PlatformRecord } from '@bizinsights/jobs-platforms';
import { batchFor, type Case, connected, customer, EACH_KIND, order } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const LARGE = 5_000;

/** More than a store may write by one statement. */
const SOME = 1_500;

/** What a store may refuse, each at another place: a thing that can't be read. */
const ODD: Readonly<Record<string, { readonly records?: readonly PlatformRecord[]; readonly cursor?: Json }>> = {
  'a record that cannot be read': {
    records: [
      {
        ...customer('~', 1),
        get name(): string {
          throw new Error('an odd record');
        },
      },
    ],
  },
  'a cursor that cannot be read': {
    cursor: {
      get after(): string {
        throw new Error('an odd cursor');
      },
    },
  },
};

export const recordCases: readonly Case[] = [
  {
    name: 'records of each kind come back as they were, and the same ones again change nothing',
    async check(store) {
      const batch = { ...batchFor(await connected(store)), records: EACH_KIND };
      const count = EACH_KIND.length;
      const [written, again] = [await store.sink.write(batch), await store.sink.write(batch)];
      assert.deepEqual({ tied: 0, ...written }, { written: count, unchanged: 0, rejected: 0, deleted: 0, tied: 0 });
      assert.deepEqual({ tied: 0, ...again }, { written: 0, unchanged: count, rejected: 0, deleted: 0, tied: 0 });
      assert.deepEqual(sorted(await store.records(batch.integrationId)), sorted(EACH_KIND));
    },
  },
  {
    name: 'an order keeps the channel and the country that an earlier state has said, until a later one says others',
    async check(store) {
      const batch = batchFor(await connected(store));
      const write = (records: readonly PlatformRecord[]) => store.sink.write({ ...batch, records });
      const keep = (records: readonly PlatformRecord[]) => store.sink.write({ ...batch, records, onTie: 'keep' });
      const [first, next] = [{ channel: 'Email', country: 'AT' }, { number: '#next' }];
      await write([order(1, 20, first), order(2, 20, first), order(3, 20), order(4, 20, first)]);
      const written = await write([
        order(1, 30, next),
        order(2, 30, { channel: 'Direct' }),
        order(3, 30, { country: 'NL' }),
      ]);
      assert.deepEqual(counted(written), { written: 3, unchanged: 0 });
      const tied = [order(1, 30, next), order(4, 20)];
      const kept = await keep(tied);
      assert.deepEqual({ ...counted(kept), tied: kept.tied ?? 0 }, { written: 0, unchanged: 2, tied: 0 });
      assert.deepEqual(counted(await write(tied)), { written: 0, unchanged: 2 });
      assert.deepEqual(sorted(await store.records(batch.integrationId)), [
        order(1, 30, { ...first, ...next }),
        order(2, 30, { ...first, channel: 'Direct' }),
        order(3, 30, { country: 'NL' }),
        order(4, 20, first),
      ]);
    },
  },
  {
    name: 'a newer state replaces an older one, and an older one changes nothing',
    async check(store) {
      const { write, states } = await on(store);
      await write([customer(1, 20), customer(2, 20)]);
      assert.deepEqual(counted(await write([customer(1, 30), customer(2, 10)])), { written: 1, unchanged: 1 });
      assert.deepEqual(await states(), ['1 at 30', '2 at 20']);
      assert.deepEqual(counted(await write([customer(1, 30, 'otherwise')])), { written: 1, unchanged: 0 });
      assert.deepEqual(await states(), ['1 otherwise', '2 at 20']);
    },
  },
  {
    name: 'what differs in its time alone counts as unchanged, and from then on earlier states are older ones',
    async check(store) {
      const { integrationId, write, erase, states } = await on(store);
      await write(EACH_KIND);
      const later = EACH_KIND.map((record) => ({ ...record, updatedAt: record.updatedAt + 10 }));
      assert.deepEqual(counted(await write(later)), { written: 0, unchanged: EACH_KIND.length });
      assert.deepEqual(sorted(await store.records(integrationId)), sorted(later));

      await write([customer('x', 10, 'same')]);
      assert.deepEqual(counted(await write([customer('x', 30, 'same')])), { written: 0, unchanged: 1 });
      assert.deepEqual(counted(await write([customer('x', 20, 'older')])), { written: 0, unchanged: 1 });
      const isX = (state: string) => state.startsWith('x');
      assert.deepEqual((await states()).filter(isX), ['x same']);
      assert.deepEqual(counted(await write([customer('x', 40, 'other')])), { written: 1, unchanged: 0 });
      await erase([{ kind: 'customer', id: 'x', deletedAt: 50 }]);
      // It is there again: that is a change, whatever it says.
      assert.deepEqual(counted(await write([customer('x', 60, 'other')])), { written: 1, unchanged: 0 });
      assert.deepEqual((await states()).filter(isX), ['x other']);
    },
  },
  {
    name: 'a store that tells of states of one time keeps what is there where that is wanted, and tells of each',
    async check(store) {
      const integrationId = await connected(store);
      const batch = { ...batchFor(integrationId), onTie: 'keep' as const };
      const write = (...given: PlatformRecord[]) => store.sink.write({ ...batch, records: given });
      await write(customer(1, 20), customer(2, 20), customer(3, 20));
      const given = [customer(1, 20, 'otherwise'), customer(2, 30), customer(3, 20), customer(4, 1)];
      const { written, unchanged, tied } = await write(...given);
      // It is for the host to tell or not.
      if (tied === undefined) return;
      assert.deepEqual({ written, unchanged, tied }, { written: 2, unchanged: 2, tied: 1 });
      const names = (await store.records(integrationId)).map((record) => 'name' in record && record.name);
      assert.deepEqual(names.sort(), ['at 1', 'at 20', 'at 20', 'at 30']);
      // Also of those that come at once.
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => write(customer(5, 20, name))));
      assert.deepEqual(answers.map((one) => one.tied ?? 0).sort(), [0, 1, 1, 1]);
      assert.equal((await store.records(integrationId)).length, 5);
    },
  },
  {
    name: 'of several states of one record in a batch the newest is kept',
    async check(store) {
      const { write, states } = await on(store);
      await write([customer(1, 10), customer(1, 30), customer(1, 20)]);
      assert.deepEqual(await states(), ['1 at 30']);
    },
  },
  {
    name: 'the same id is another record in another integration or of another kind',
    async check(store) {
      const [one, other] = [await on(store), await on(store)];
      await one.write([customer(1, 10)]);
      await other.write([customer(1, 20), { kind: 'campaign', id: '1', updatedAt: 5, name: 'c', status: 'active' }]);
      assert.deepEqual(await one.states(), ['1 at 10']);
      assert.equal((await other.states()).length, 2);
    },
  },
  {
    name: 'what is gone is gone, until it is changed after that',
    async check(store) {
      const { write, erase, states } = await on(store);
      await write([customer(1, 10), customer(2, 30), customer(3, 10)]);
      const gone = (id: string) => ({ kind: 'customer' as const, id, deletedAt: 20 });
      // The second one was changed later, and the fourth has never been seen.
      assert.equal((await erase([gone('1'), gone('2'), gone('4')])).deleted, 2);
      assert.equal((await erase([gone('1')])).deleted, 0);
      assert.deepEqual(await states(), ['2 at 30', '3 at 10']);
      await write([customer(1, 15), customer(4, 15)]);
      assert.deepEqual(await states(), ['2 at 30', '3 at 10']);
      await write([customer(1, 25)]);
      assert.deepEqual(await states(), ['1 at 25', '2 at 30', '3 at 10']);
    },
  },
  {
    name: 'what does not fit is kept aside with its last reason, until it fits',
    async check(store) {
      const integrationId = await connected(store);
      const reject = (id: string, reason: string) =>
        store.sink.write({
          ...batchFor(integrationId),
          rejected: [{ id, kind: 'customer', reason, raw: { id, odd: true } }],
        });
      assert.equal((await reject('1', 'email: odd')).rejected, 1);
      await reject('2', 'name: odd');
      await reject('1', 'email: still odd');
      const kept = async () => (await store.rejected(integrationId)).map(({ id, reason }) => `${id} ${reason}`).sort();
      assert.deepEqual(await kept(), ['1 email: still odd', '2 name: odd']);
      const [first] = (await store.rejected(integrationId)).filter(({ id }) => id === '1');
      assert.deepEqual(first?.raw, { id: '1', odd: true });
      await store.sink.write({ ...batchFor(integrationId), records: [customer(1, 1)] });
      assert.deepEqual(await kept(), ['2 name: odd']);
    },
  },
  {
    name: 'no text of a platform stops a batch',
    async check(store) {
      const { write, states } = await on(store);
      const texts = ['a\u0000b', 'half \ud83d', `'; DROP TABLE records; --`, '{"a":[1,null]}', 'x'.repeat(300_000)];
      await write(texts.map((text, index) => customer(index, 1, text)));
      await write([customer('id\u0000', 1, 'odd id')]);
      assert.equal((await states()).length, texts.length + 1);
      const kept = { id: 'bad\u0000', kind: 'customer' as const, reason: 'odd \u0000', raw: { '\u0000': '\ud800' } };
      await store.sink.write({ ...batchFor(await connected(store)), rejected: [kept], cursor: '\u0000' });
    },
  },
  {
    name: `a batch of ${LARGE} is written whole`,
    async check(store) {
      const { write, states } = await on(store);
      const batch = Array.from({ length: LARGE }, (_, id) => customer(id, 1));
      assert.deepEqual(counted(await write(batch)), { written: LARGE, unchanged: 0 });
      assert.equal((await states()).length, LARGE);
    },
  },
  {
    name: 'a batch is written whole and with its cursor, or not at all',
    async check(store) {
      for (const [what, { records = [], cursor = 1 }] of Object.entries(ODD)) {
        const integrationId = await connected(store);
        const batch = {
          ...batchFor(integrationId),
          records: [...Array.from({ length: SOME }, (_, id) => customer(`c${id}`, 1)), ...records],
          rejected: [{ id: 'odd', kind: 'customer' as const, reason: 'odd', raw: {} }],
          cursor,
        };
        const isWritten = await store.sink.write(batch).then(
          () => true,
          () => false,
        );
        const left = `of a batch that ${isWritten ? 'was written' : 'failed'}, with ${what}`;
        const [stored, aside] = [await store.records(integrationId), await store.rejected(integrationId)];
        // The odd record may be kept aside too.
        const odd = isWritten ? batch.records.length - stored.length : 0;
        assert.ok(odd <= records.length, `the other records ${left}`);
        assert.equal(stored.length, isWritten ? batch.records.length - odd : 0, `the records ${left}`);
        assert.equal(aside.length, isWritten ? 1 + odd : 0, `what does not fit ${left}`);
        if (!isWritten) {
          assert.equal(await store.integrations.cursor(integrationId, batch.stream), undefined, `the cursor ${left}`);
        }
      }
    },
  },
  {
    name: 'at no moment is there a cursor without its records, or are there records without their cursor',
    async check(store) {
      const integrationId = await connected(store);
      const batch = batchFor(integrationId);
      const [batches, size] = [40, 25];
      const cursor = async () => Number((await store.integrations.cursor(integrationId, batch.stream)) ?? 0);
      let isWriting = true;
      const writing = async () => {
        for (let n = 0; n < batches; n++) {
          const records = Array.from({ length: size }, (_, index) => customer(10_000 + n * size + index, 1));
          await store.sink.write({ ...batch, records, cursor: n + 1 });
        }
      };
      // What is read later is as new or newer: whatever is written between the two makes no difference.
      const watching = async () => {
        while (isWriting) {
          // Also a store that answers at once lets the writer have its turn.
          await tick();
          const before = await cursor();
          const count = (await store.records(integrationId)).length;
          const after = await cursor();
          assert.ok(count >= before * size, `the cursor stands at ${before * size} records, and there are ${count}`);
          assert.ok(count <= after * size, `there are ${count} records, and the cursor stands at ${after * size}`);
        }
      };
      const written = writing().finally(() => {
        isWriting = false;
      });
      await Promise.all([written, watching()]);
      assert.equal((await store.records(integrationId)).length, batches * size);
    },
  },
  {
    name: 'many who write the same records at once end with the newest state of each',
    async check(store) {
      const { write, states } = await on(store);
      const ids = Array.from({ length: 200 }, (_, id) => id);
      const writers = Array.from({ length: 12 }, (_, writer) => {
        const order = writer % 2 === 0 ? ids : [...ids].reverse();
        return write(order.map((id) => customer(id, 1 + ((writer + id) % 12))));
      });
      await Promise.all(writers);
      assert.deepEqual(await states(), ids.map((id) => `${id} at 12`).sort());
    },
  },
  {
    name: 'an integration that does not exist gets nothing',
    async check(store) {
      const batch = { ...batchFor('nobody'), records: [customer(1, 1)], cursor: 1 };
      await assert.rejects(store.sink.write(batch));
      assert.deepEqual(await store.records('nobody'), []);
      assert.equal(await store.integrations.cursor('nobody', 'customers'), undefined);
    },
  },
  {
    name: 'a cursor is kept for each stream, whatever JSON it is, and stays where a batch brings none',
    async check(store) {
      const integrationId = await connected(store);
      const batch = batchFor(integrationId);
      const cursorOf = (stream: string) => store.integrations.cursor(integrationId, stream);
      assert.equal(await cursorOf('customers'), undefined);
      for (const cursor of [{ after: ['a', 1, null], deep: { is: true } }, 'text', 0, false, null, []]) {
        await store.sink.write({ ...batch, cursor });
        assert.deepEqual(await cursorOf('customers'), cursor);
      }
      await store.sink.write({ ...batch, records: [customer(1, 1)] });
      assert.deepEqual(await cursorOf('customers'), []);
      assert.equal(await cursorOf('orders'), undefined);
    },
  },
];

/** Writing to, and reading from, an integration of its own. */
async function on(store: StoreUnderTest) {
  const integrationId = await connected(store);
  const batch = batchFor(integrationId);
  return {
    integrationId,
    write: (records: readonly PlatformRecord[]) => store.sink.write({ ...batch, records }),
    erase: (deleted: readonly { kind: 'customer'; id: string; deletedAt: number }[]) =>
      store.sink.write({ ...batch, deleted }),
    async states() {
      const records = await store.records(integrationId);
      return records.map((record) => `${record.id} ${'name' in record ? record.name : ''}`).sort();
    },
  };
}

function counted({ written, unchanged }: { readonly written: number; readonly unchanged: number }) {
  return { written, unchanged };
}

function sorted(records: readonly PlatformRecord[]): PlatformRecord[] {
  return [...records].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}
