/** What may stand in an answer: a byte-order mark, ids that are too long, ids that a double can't hold. */
import assert from 'node:assert/strict';
import { idProblem, MAX_ID_BYTES } from '../records/record-id.js';
import type { StreamCheck } from './read-cases.js';
import { assertSameRows, type Reading, Table } from './reading.js';

/** Rounded to a double, the two are one. */
const LONG = ['9007199254740992', '9007199254740993'] as const;

export const ANSWER_CASES: Readonly<Record<string, StreamCheck>> = {
  async 'an answer that begins with a byte-order mark is read as one without it'(reading) {
    const truth = await reading.truth();
    assertSameRows(await reading.through((text) => `\ufeff${text}`).read(new Table()), truth, 'the table');
  },

  async 'a record whose id is too long is kept aside, and stops no other'(reading) {
    const truth = await reading.truth();
    const [id] = await someIds(reading);
    const tooLong = id + '0'.repeat(4_000);
    const { isFound, table } = await readWith(reading, new Map([[id, tooLong]]));
    // The id of a row of a report is made of several values.
    if (!isFound) return;
    for (const row of table.rows.values()) {
      assert.equal(idProblem(row.id), undefined, `a record with an id of more than ${MAX_ID_BYTES} bytes`);
    }
    for (const row of table.rejected) {
      assert.equal(idProblem(row.id), undefined, `a rejected record with an id of more than ${MAX_ID_BYTES} bytes`);
    }
    assert.ok(table.rejected.length > 0, 'it is not kept aside');
    const there = new Set([...table.rows.keys(), ...table.rejected.map((one) => one.id)]);
    const lost = [...truth.rows.keys()].filter((one) => one !== id && !there.has(one));
    assert.deepEqual(lost, [], 'others are lost');
  },

  async 'ids that a double cannot hold are not rounded'(reading) {
    const truth = await reading.truth();
    const [first, second] = await someIds(reading);
    const { isFound, table } = await readWith(
      reading,
      new Map([
        [first, LONG[0]],
        [second, LONG[1]],
      ]),
    );
    if (!isFound) return;
    // A platform whose ids are never so long may refuse them.
    const known = new Set([...truth.rows.keys(), ...LONG]);
    const others = [...table.rows.keys()].filter((id) => !known.has(id));
    assert.deepEqual(others, [], 'records under ids that no answer has');
    const stored = LONG.filter((id) => table.rows.has(id));
    const aside = table.rejected.length;
    assert.ok(stored.length + aside >= LONG.length, `of ${LONG.join(' and ')}, only ${stored.join(' and ')} is there`);
  },
};

/** Two from the start of a page: where the next one begins, its last record may say. */
async function someIds<Credentials>(reading: Reading<Credentials>): Promise<readonly [string, string]> {
  for await (const { records } of reading.pages(new Table())) {
    const [first, second] = records;
    if (first && second) return [first.id, second.id];
  }
  assert.fail('no page has two records');
}

/** Reads in full, with other ids in the answers. */
async function readWith<Credentials>(reading: Reading<Credentials>, ids: ReadonlyMap<string, string>) {
  let isFound = false;
  const pattern = new RegExp(`(?<![\\w-])(?:${[...ids.keys()].map(escaped).join('|')})(?![\\w-])`, 'g');
  const changed = reading.through((text) =>
    text.replace(pattern, (id) => {
      isFound = true;
      return ids.get(id) ?? id;
    }),
  );
  const table = await changed.read(new Table());
  return { isFound, table };
}

function escaped(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}
