import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MAX_ID_BYTES } from './record-id.js';
import { sortRecords } from './sort-records.js';

const reader = {
  kind: 'customer' as const,
  schema: z.object({ id: z.string(), born: z.number() }),
  toRecord({ id, born }: { id: string; born: number }) {
    if (born < 0) throw new RangeError('born before time');
    return { kind: 'customer' as const, id, updatedAt: born, createdAt: born };
  },
};

it('what does not fit is kept aside, with its id or a hash, and without its values in the reason', () => {
  const secret = 'a value of the record';
  const items = [{ id: 'a', born: 1 }, { id: 'b', born: secret }, { born: 1 }, 'x', { id: 'c', born: -1 }, { id: 5 }];
  const { records, rejected } = sortRecords(reader, items);
  expect(records.map(({ id }) => id)).toEqual(['a']);
  expect(rejected.map(({ id }) => id)).toEqual([
    'b',
    expect.stringMatching(/^[0-9a-f]{32}$/),
    expect.stringMatching(/^[0-9a-f]{32}$/),
    'c',
    '5',
  ]);
  expect(rejected.map(({ hasNoId = false }) => hasNoId)).toEqual([false, true, true, false, false]);
  expect(rejected.map(({ reason }) => reason).join()).not.toContain(secret);
  expect(rejected[0]).toMatchObject({ reason: expect.stringContaining('born: '), raw: items[1] });
  expect(rejected[3]?.reason).toBe('born before time');
});

it('a number that a double rounds is no id of what is kept aside', () => {
  const items = JSON.parse('[{"id":9007199254740991},{"id":9007199254740993.0},{"id":1e17},{"id":1.5}]');
  const { rejected } = sortRecords(reader, items);
  expect(rejected.map(({ hasNoId = false }) => hasNoId)).toEqual([false, true, true, true]);
  expect(rejected[0]?.id).toBe('9007199254740991');
});

it('a giant record is kept in part', () => {
  const { rejected } = sortRecords(reader, [{ id: 'a', born: 'x'.repeat(100_000) }]);
  expect(JSON.stringify(rejected[0]?.raw).length).toBeLessThan(64 * 1024);
  expect(rejected[0]?.raw).toMatchObject({ tooLarge: expect.any(Number) });
});

describe('an id', () => {
  const idsOf = (...ids: unknown[]) =>
    sortRecords(
      reader,
      ids.map((id) => ({ id, born: 1 })),
    );
  const long = 'x'.repeat(4_000);

  it('that is too long is kept aside under a hash, which is always the same', () => {
    const { records, rejected } = idsOf('a', long, `${long}y`, 'b');
    expect(records.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(rejected).toMatchObject([{ reason: `id: longer than ${MAX_ID_BYTES} bytes`, raw: { id: long } }, {}]);
    expect(new Set(rejected.map(({ id }) => id)).size).toBe(2);
    // Which record it is, its id has said.
    expect(rejected[0]).not.toHaveProperty('hasNoId');
    expect(idsOf(long).rejected[0]?.id).toBe(rejected[0]?.id);
    // Also where the rest has changed, or does not fit either.
    const [other] = sortRecords(reader, [{ id: long, born: 'x' }]).rejected;
    expect(other).toMatchObject({ id: rejected[0]?.id, reason: expect.stringContaining('born') });
  });

  it.each([
    ['of as many bytes as it may have', 'x'.repeat(MAX_ID_BYTES), true],
    ['of one byte more', 'x'.repeat(MAX_ID_BYTES + 1), false],
    ['of fewer characters than bytes', '杯'.repeat(341), true],
    ['of as many characters and more bytes', '杯'.repeat(342), false],
    ['that is empty', '', false],
  ])('%s', (_name, id, isTaken) => expect(idsOf(id).records).toHaveLength(isTaken ? 1 : 0));
});

it('what is nested very deep is kept aside in part', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  const { records, rejected } = sortRecords(reader, [deep, { id: 'a', born: deep }, { id: 'b', born: 1 }]);
  expect(records.map(({ id }) => id)).toEqual(['b']);
  expect(rejected.map(({ id }) => id)).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), 'a']);
  expect(JSON.stringify(rejected).length).toBeLessThan(1_000);
});
