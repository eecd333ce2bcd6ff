/** Cases of `RecordSink.sweep`: what a full read has not met is gone, and nothing else is. For sinks that have it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PlatformRecord, RecordKind, RejectedRecord, Sweep } from '@bizinsights/jobs-platforms';
import { batchFor, type Case, connected, customer, EACH_KIND } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** When the reads begin. */
const BEGUN = 100;

/** More than a store may mark by one statement. */
const MANY = 12_000;

type Check = (reading: Reading) => Promise<void>;

const CHECKS: Readonly<Record<string, Check>> = {
  async 'what a full read has not met is gone, of its kind alone, and what it has rejected is not'({
    write,
    page,
    ...on
  }) {
    const campaign = { kind: 'campaign', id: '9', updatedAt: 10, name: 'Spring', status: 'active' } as const;
    await write(customer(1, 10), customer(2, 10), customer(3, 10), customer(4, 10), customer(5, 10), campaign);
    await page([customer(1, 10), customer(2, 20)]);
    await page([customer(3, 10)], [odd('4')]);
    assert.deepEqual(await on.sweep(), { missing: 1, of: 5, isSwept: true });
    assert.deepEqual(await on.ids(), ['1', '2', '3', '4', '9']);
  },

  async 'a sweep that is called again changes nothing, and answers the same'({ write, page, ...on }) {
    await write(customer(1, 10), customer(2, 10));
    await page([customer(1, 10)]);
    const swept = await on.sweep();
    await write(customer(3, 10));
    assert.deepEqual(await on.sweep(), swept);
    assert.deepEqual(await on.ids(), ['1', '3']);
  },

  async 'a full read that nobody knows of sweeps nothing'({ write, ...on }) {
    await write(customer(1, 10));
    assert.equal((await on.sweep()).isSwept, false);
    assert.deepEqual(await on.ids(), ['1']);
  },

  async 'what is changed or written by others while a full read goes on stays'({ write, page, ...on }) {
    await write(customer(1, 10), customer(2, BEGUN + 1), customer(3, 10));
    await page([]);
    // One by a clock that is behind, one that changes nothing, and one beside things that are gone.
    await write(customer(4, BEGUN - 1));
    await write(customer(3, 10));
    await on.erase([customer(5, BEGUN - 1)], 'nobody');
    assert.deepEqual(await on.sweep(), { missing: 1, of: 4, isSwept: true });
    assert.deepEqual(await on.ids(), ['2', '3', '4', '5']);
  },

  async 'none is gone where too many would be'({ store, integrationId }) {
    const cases = [
      { missing: 1, maxGone: 0.1, isSwept: true },
      { missing: 2, maxGone: 0.1, isSwept: false },
      { missing: 3, maxGone: 0.3, isSwept: true },
      { missing: 1, maxGone: 0, isSwept: false },
      { missing: 0, maxGone: 0, isSwept: true },
      { missing: 10, maxGone: 1, isSwept: true },
    ];
    for (const { missing, maxGone, isSwept } of cases) {
      const { write, page, ...on } = reading(store, await connected(store));
      const all = Array.from({ length: 10 }, (_, id) => customer(id, 10));
      await write(...all);
      await page(all.slice(missing));
      assert.deepEqual(await on.sweep({ maxGone }), { missing, of: 10, isSwept }, `${missing} of 10, at ${maxGone}`);
      assert.equal((await on.ids()).length, isSwept ? 10 - missing : 10);
    }
    const { page, sweep } = reading(store, integrationId);
    await page([]);
    assert.deepEqual(await sweep(), { missing: 0, of: 0, isSwept: true }, 'of an integration without records');
  },

  async 'none is gone where the id of a rejected record could not be read'({ write, page, ...on }) {
    await write(customer(1, 10), customer(2, 10));
    await page([], [{ ...odd('a hash'), hasNoId: true }]);
    await page([customer(1, 10)]);
    assert.deepEqual(await on.sweep(), { missing: 1, of: 2, isSwept: false });
    assert.deepEqual(await on.ids(), ['1', '2']);
  },

  async 'what lies before the reach of a full read stays'({ write, page, ...on }) {
    const [order, row] = [ofKind('order'), ofKind('campaign-day')];
    await write(
      ...[5, 6, 7].map((placedAt) => ({ ...order, id: `${placedAt}`, updatedAt: 10, placedAt })),
      ...['2026-11-01', '2026-11-02', '2026-11-03'].map((day) => ({ ...row, id: day, updatedAt: 10, day })),
    );
    await page([]);
    assert.deepEqual(await on.sweep({ kind: 'order', from: 6 }), { missing: 2, of: 2, isSwept: true });
    await page([], [], 'another');
    const days = { kind: 'campaign-day', fromDay: '2026-11-03', fullRead: 'another' } as const;
    assert.deepEqual(await on.sweep(days), { missing: 1, of: 1, isSwept: true });
    assert.deepEqual(await on.ids(), ['2026-11-01', '2026-11-02', '5']);
  },

  async 'a full read that was given up takes nothing from the one behind it'({ write, page, ...on }) {
    await write(customer(1, 10), customer(2, 10), customer(3, 10));
    await page([customer(3, 10)], [], 'given up');
    await page([customer(1, 10)]);
    await page([customer(3, 10)], [], 'given up');
    assert.equal((await on.sweep({ fullRead: 'given up' })).isSwept, false);
    await page([customer(2, 10)]);
    assert.deepEqual(await on.sweep(), { missing: 1, of: 3, isSwept: true });
    assert.deepEqual(await on.ids(), ['1', '2']);
  },

  async 'what is gone comes back with a later state, and with a full read that meets it'({ write, page, ...on }) {
    await write(customer(1, 10), customer(2, 10), customer(3, 10));
    await page([]);
    await on.sweep();
    assert.deepEqual(await on.ids(), []);
    await write(customer(1, BEGUN + 1), customer(2, BEGUN - 1), customer(3, 10));
    assert.deepEqual(await on.ids(), ['1']);
    // The platform lists it again, as it was: it was out of sight, and not gone.
    await page([customer(1, BEGUN + 1), customer(2, 10)], [], 'the next');
    assert.deepEqual(await on.ids(), ['1', '2']);
    assert.deepEqual(await on.sweep({ fullRead: 'the next', begunAt: BEGUN + 9 }), {
      missing: 0,
      of: 2,
      isSwept: true,
    });
  },

  async 'what is gone, and then deleted by the word of the platform, is so from then on'({ write, page, ...on }) {
    await write(customer(1, 10), customer(2, 10));
    await page([customer(2, 10)]);
    await on.sweep();
    assert.equal((await on.erase([], '1', BEGUN + 50)).deleted, 0);
    await write(customer(1, BEGUN + 20));
    await page([customer(1, BEGUN + 20), customer(2, 10)], [], 'the next');
    assert.deepEqual(await on.ids(), ['2']);
    await write(customer(1, BEGUN + 60));
    assert.deepEqual(await on.ids(), ['1', '2']);
  },

  async 'what is gone comes back when a later sync lists it as it was'({ write, page, integrationId, store, ...on }) {
    // A webhook's, of right before the read, that the platform has not listed yet.
    await write(customer(1, BEGUN - 1), customer(2, BEGUN - 1));
    await page([]);
    await on.sweep();
    assert.deepEqual(await on.ids(), []);
    await write(customer(1, BEGUN - 1));
    assert.deepEqual(await on.ids(), []);
    const batch = { ...batchFor(integrationId), records: [customer(1, BEGUN - 1)], cursor: 1 };
    assert.equal((await store.sink.write(batch)).written, 1);
    assert.equal((await store.sink.write(batch)).written, 0);
    assert.deepEqual(await on.ids(), ['1']);
  },

  async 'full reads of two streams know nothing of each other'({ write, page, ...on }) {
    const campaigns = [1, 2].map((id): PlatformRecord => {
      return { kind: 'campaign', id: `c${id}`, updatedAt: 10, name: 'Spring', status: 'active' };
    });
    await write(customer(1, 10), customer(2, 10), ...campaigns);
    await page([customer(1, 10)]);
    await page(campaigns.slice(0, 1), [], undefined, 'campaigns');
    await page([]);
    assert.deepEqual(await on.sweep(), { missing: 1, of: 2, isSwept: true });
    const other = { stream: 'campaigns', kind: 'campaign' } as const;
    assert.deepEqual(await on.sweep(other), { missing: 1, of: 2, isSwept: true });
    assert.deepEqual(await on.ids(), ['1', 'c1']);
  },

  async 'of many records all that were not met are gone'({ write, page, ...on }) {
    const all = Array.from({ length: MANY }, (_, id) => customer(id, 10));
    await write(...all);
    await page(all.filter((_, id) => id % 100 === 0));
    const met = MANY / 100;
    assert.deepEqual(await on.sweep(), { missing: MANY - met, of: MANY, isSwept: true });
    assert.equal((await on.ids()).length, met);
  },
};

export const fullReadCases: readonly Case[] = Object.entries(CHECKS).map(([name, check]) => ({
  name,
  async check(store) {
    if (store.sink.sweep) await check(reading(store, await connected(store)));
  },
}));

type Reading = ReturnType<typeof reading>;

/** A full read of an integration, and what others write meanwhile. */
function reading(store: StoreUnderTest, integrationId: string) {
  const { sink } = store;
  const batch = batchFor(integrationId);
  const read = `read ${randomUUID()}`;
  return {
    store,
    integrationId,
    write: (...records: PlatformRecord[]) => sink.write({ ...batch, records }),
    erase: (records: readonly PlatformRecord[], id: string, deletedAt = 1) =>
      sink.write({ ...batch, records, deleted: [{ kind: 'customer', id, deletedAt }] }),
    page: (
      records: readonly PlatformRecord[],
      rejected: readonly RejectedRecord[] = [],
      fullRead = read,
      stream = batch.stream,
    ) => sink.write({ ...batch, stream, records, rejected, fullRead }),
    async sweep(changes: Partial<Sweep> = {}) {
      const { stream } = batch;
      const sweep = { integrationId, stream, kind: 'customer', fullRead: read, begunAt: BEGUN, maxGone: 1 } as const;
      const swept = await sink.sweep?.({ ...sweep, ...changes });
      assert.ok(swept);
      return swept;
    },
    ids: async () => (await store.records(integrationId)).map(({ id }) => id).sort(),
  };
}

function odd(id: string): RejectedRecord {
  return { id, kind: 'customer', reason: 'name: odd', raw: { id } };
}

function ofKind<Kind extends RecordKind>(kind: Kind) {
  const found = EACH_KIND.find((record): record is Extract<PlatformRecord, { kind: Kind }> => record.kind === kind);
  assert.ok(found);
  return found;
}
