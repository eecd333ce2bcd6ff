/** Behaviour: `jobs.journal`. Entries that are kept for a while, and read by a cursor that stays where it is. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ArgumentError } from '../../../errors.js';
import { rejection, type TestBed, uniqueName } from '../test-bed.js';

const schema = z.object({ n: z.number(), text: z.string().optional() });

export function describeJournal(bed: TestBed): void {
  const open = (name: string, keep = 1_000) => bed.open([]).journal(name, { schema, keep });

  it('gives the newest entry first, to other processes too, and keeps so many', async () => {
    const name = uniqueName('journal');
    const [one, other] = [open(name, 3), open(name, 3)];
    expect(await other.page()).toEqual({ entries: [] });
    for (const n of [1, 2, 3]) await one.append({ n });
    await other.append({ n: 4, text: 'é🙂\u0000"' });
    expect(await one.page()).toEqual({ entries: [{ n: 4, text: 'é🙂\u0000"' }, { n: 3 }, { n: 2 }] });
    expect(await open(uniqueName('journal')).page()).toEqual({ entries: [] });
  });

  it('shows no entry twice and leaves none out while new ones come, over any number of reads', async () => {
    const journal = open(uniqueName('journal'));
    for (let n = 0; n < 450; n++) await journal.append({ n });
    const seen: number[] = [];
    for await (const { entry } of journal.walk()) {
      seen.push(entry.n);
      if (seen.length % 100 === 0) await journal.append({ n: 1_000 + seen.length });
    }
    expect(seen).toEqual(Array.from({ length: 450 }, (_, index) => 449 - index));
    const first = await journal.page({ limit: 4, filter: ({ n }) => n < 450 });
    for (let n = 0; n < 250; n++) await journal.append({ n: 2_000 + n });
    const next = await journal.page({ cursor: first.cursor, limit: 2 });
    expect([...first.entries, ...next.entries].map(({ n }) => n)).toEqual([449, 448, 447, 446, 445, 444]);
    const even = await journal.page({ cursor: next.cursor, limit: 500, filter: ({ n }) => n % 2 === 0 });
    expect(even.entries.map(({ n }) => n)).toEqual(Array.from({ length: 222 }, (_, index) => 442 - index * 2));
    expect(even.cursor).toBeUndefined();
  });

  it('writes what comes within its `wait` together, reads its own entries, and loses none when all is closed', async () => {
    const name = uniqueName('journal');
    const jobs = bed.open([]);
    const journal = jobs.journal(name, { schema, keep: 1_000, wait: 50 });
    const written = Promise.all([1, 2, 3].map((n) => journal.append({ n })));
    expect((await journal.page()).entries).toEqual([{ n: 3 }, { n: 2 }, { n: 1 }]);
    await written;
    const last = journal.append({ n: 4 });
    await jobs.close();
    await last;
    expect((await open(name).page()).entries[0]).toEqual({ n: 4 });
  });

  it('removes the oldest entries, over any number of reads, while new ones come', async () => {
    const name = uniqueName('journal');
    const jobs = bed.open([]);
    const journal = jobs.journal(name, { schema, keep: 1_000, unreadable: 'skip' });
    expect(await journal.removeOldest(() => true)).toBe(0);
    await Promise.all(Array.from({ length: 450 }, (_, n) => journal.append({ n })));
    // Of another release.
    await jobs.journal(name, { schema: z.object({ m: z.number() }), keep: 1_000 }).append({ m: 1 });
    for (const n of [450, 451]) await journal.append({ n });
    expect(await journal.removeOldest(({ n }) => n < 430)).toBe(430);
    const [, removed] = await Promise.all([journal.append({ n: 452 }), journal.removeOldest(({ n }) => n < 450)]);
    // The entry that cannot be read is behind one that stays.
    expect(removed).toBe(20);
    expect((await journal.page()).entries.map(({ n }) => n)).toEqual([452, 451, 450]);
    expect(await journal.removeOldest(({ n }) => n < 451)).toBe(2);
    expect(await journal.removeOldest(() => true)).toBe(2);
    expect(await journal.page()).toEqual({ entries: [] });
  });

  it('has nothing behind an entry that is gone, and refuses a cursor that is none', async () => {
    const journal = open(uniqueName('journal'), 3);
    for (const n of [1, 2, 3]) await journal.append({ n });
    const { cursor } = await journal.page({ limit: 2 });
    for (const n of [4, 5, 6]) await journal.append({ n });
    expect(await journal.page({ cursor })).toEqual({ entries: [] });
    const other = open(uniqueName('journal'), 3);
    for (const wrong of [other.page({ cursor }), journal.page({ cursor: 'bm9uZQ' })]) {
      expect(await rejection(wrong)).toBeInstanceOf(ArgumentError);
    }
  });
}
