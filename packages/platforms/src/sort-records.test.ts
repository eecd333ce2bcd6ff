import { expect, it } from 'vitest';
import { z } from 'zod';
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

it('a giant record is kept in part', () => {
  const { rejected } = sortRecords(reader, [{ id: 'a', born: 'x'.repeat(100_000) }]);
  expect(JSON.stringify(rejected[0]?.raw).length).toBeLessThan(64 * 1024);
  expect(rejected[0]?.raw).toMatchObject({ tooLarge: expect.any(Number) });
});
