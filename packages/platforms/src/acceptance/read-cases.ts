/** Reading: everything, what is new, from any page on, and while things change. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Page } from '../platform.js';
import { CHANNELS } from '../records/channel.js';
import type { Money, OrderRecord, PlatformRecord } from '../records/record.js';
import { assertSameIds, assertSameRows, type Reading, Table, withoutTime } from './reading.js';

/** A check of one stream. */
export type StreamCheck = <Credentials>(reading: Reading<Credentials>) => Promise<void>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const READ_CASES: Readonly<Record<string, StreamCheck>> = {
  async 'a full read brings every record once'(reading) {
    const { account, stream } = reading;
    const seen: string[] = [];
    const ends: boolean[] = [];
    for await (const page of reading.pages(new Table())) {
      assert.ok(!ends.includes(true), 'a page came behind the last one');
      ends.push(page.isLast);
      seen.push(...page.records.map(({ id }) => id));
      for (const record of page.records) checkRecord(record, stream.kind, account.now());
      assert.deepEqual(page.rejected, [], 'records were rejected');
      assert.deepEqual(JSON.parse(JSON.stringify(page.cursor)), page.cursor, 'the cursor is not JSON');
      assert.ok(page.isLast || !page.reach, 'a page that is not the last says how far back the read has looked');
    }
    assert.equal(ends.at(-1), true, 'no page said that it is the last');
    assert.equal(new Set(seen).size, seen.length, 'a record came twice');
    assertSameIds(seen, account.ids(stream.name), 'the records');
  },

  async 'an incremental read after nothing happened changes nothing'(reading) {
    const truth = await reading.truth();
    assertSameRows(await reading.read(truth.copy(), { mode: 'incremental' }), truth, 'the table');
  },

  async 'an incremental read without a cursor reads everything'(reading) {
    const table = await reading.read(new Table(), { mode: 'incremental' });
    assertSameRows(table, await reading.truth(), 'the table');
  },

  async 'an incremental read brings what is new and what has changed'(reading) {
    const { account } = reading;
    const table = await reading.truth();
    account.change();
    account.advance(2 * HOUR);
    await reading.read(table, { mode: 'incremental' });
    assertSameRows(table, await reading.truth(), 'the table after the first');
    account.advance(48 * HOUR);
    account.change();
    await reading.read(table, { mode: 'incremental' });
    assertSameRows(table, await reading.truth(), 'the table after the second');
    // Right behind the read before: a cursor that runs ahead would hide it.
    account.change();
    await reading.read(table, { mode: 'incremental' });
    assertSameRows(table, await reading.truth(), 'the table after the third');
  },

  async 'a full read after a full read begins anew'(reading) {
    const truth = await reading.truth();
    const again = new Table();
    again.cursor = truth.cursor;
    assertSameRows(await reading.read(again), truth, 'the table');
  },

  async 'a full read goes on behind any page'(reading) {
    await resumeEverywhere(reading, new Table(), 'full');
  },

  async 'an incremental read goes on behind any page'(reading) {
    const { account } = reading;
    const table = await reading.truth();
    account.change();
    account.advance(48 * HOUR);
    await resumeEverywhere(reading, table, 'incremental');
  },

  async 'no record is lost or doubled when records change while it is read in full'(reading) {
    await readWhileChanging(reading, new Table(), 'full');
  },

  async 'no record is lost or doubled when records change while it is read incrementally'(reading) {
    const table = await reading.truth();
    reading.account.advance(48 * HOUR);
    await readWhileChanging(reading, table, 'incremental');
  },

  async 'no record is lost when others are deleted while it is read'(reading) {
    const { account, stream } = reading;
    if (!account.remove) return;
    const table = new Table();
    const before = account.ids(stream.name);
    for await (const page of reading.pages(table)) {
      table.store(page);
      // More than one, so that an overlap of a record is not enough.
      for (let count = 0; count < 3; count++) account.remove();
    }
    const left = new Set(account.ids(stream.name));
    const lost = before.filter((id) => left.has(id) && !table.rows.has(id));
    assert.deepEqual(lost, [], 'records that were there from the start, and still are, are lost');
  },

  async 'a read since a moment brings what has changed since, and leaves out what is older'(reading) {
    const { account } = reading;
    const before = await reading.truth();
    const since = account.now();
    account.advance(DAY);
    account.change();
    const truth = await reading.truth();
    const changed = [...truth.rows.values()].filter(
      (row) => isFrom(row, since) && !isDeepStrictEqual(withoutTime(row), withoutTime(before.rows.get(row.id))),
    );
    assert.ok(changed.length > 0, 'nothing has changed: see `change` of the account');
    for (const mode of ['full', 'incremental'] as const) {
      const { rows } = await reading.read(new Table(), { mode, since });
      const lost = changed.filter(({ id }) => !rows.has(id)).map(({ id }) => id);
      assert.deepEqual(lost, [], `${mode}: what has changed since is missing`);
      const older = [...rows.values()].filter((row) => isBefore(row, since)).map(({ id }) => id);
      assert.deepEqual(older, [], `${mode}: it is older`);
      assert.ok(rows.size < truth.rows.size, `${mode}: nothing was left out`);
      for (const [id, row] of rows) assert.deepEqual(withoutTime(row), withoutTime(truth.rows.get(id)), id);
    }
  },

  async 'the days that may be restated come again with the next read, and no others'(reading) {
    const { account, stream } = reading;
    let table = new Table();
    let { provisionalFrom } = await readToLast(reading, table, 'full');
    // A day later, and after a long outage: what was not final before it is not final by itself.
    for (const away of [DAY, 40 * DAY]) {
      if (provisionalFrom === undefined) return;
      const first = provisionalFrom;
      account.advance(away);
      const come = new Table();
      come.cursor = table.cursor;
      ({ provisionalFrom } = await readToLast(reading, come, 'incremental'));
      const left = new Set(account.ids(stream.name));
      const days = [...table.rows.values()].flatMap((row) => ('day' in row && left.has(row.id) ? [row] : []));
      const missing = days.filter(({ id, day }) => day >= first && !come.rows.has(id)).map(({ id }) => id);
      assert.deepEqual(missing, [], 'rows that may be restated have not come again');
      const final = days.filter(({ id, day }) => day < first && come.rows.has(id)).map(({ id }) => id);
      assert.deepEqual(final, [], 'rows have come again that were said to be final');
      table = await reading.truth();
      table.cursor = come.cursor;
    }
  },

  async 'a cursor that nobody knows reads everything'(reading) {
    const truth = await reading.truth();
    for (const cursor of ['nonsense', 7, null, { version: 0 }, [], { watermark: 'x' }]) {
      const table = new Table();
      table.cursor = cursor;
      assertSameRows(await reading.read(table, { mode: 'incremental' }), truth, JSON.stringify(cursor));
    }
  },
};

/** Reads to the end, and gives the last page. Others must not say what only the whole of a read can. */
async function readToLast<Credentials>(
  reading: Reading<Credentials>,
  table: Table,
  mode: 'full' | 'incremental',
): Promise<Pick<Page, 'provisionalFrom'>> {
  let last: Page | undefined;
  for await (const page of reading.pages(table, { mode })) {
    assert.equal(last?.provisionalFrom, undefined, '`provisionalFrom` stands on a page that is not the last');
    table.store(page);
    last = page;
  }
  return last ?? {};
}

/** From the cursor of each page, the rest. */
async function resumeEverywhere<Credentials>(
  reading: Reading<Credentials>,
  before: Table,
  mode: 'full' | 'incremental',
): Promise<void> {
  const pages: Page[] = [];
  for await (const page of reading.pages(before.copy(), { mode })) pages.push(page);
  const whole = before.copy();
  for (const page of pages) whole.store(page);
  // Behind the last page the read is over: the next one is another.
  for (const index of pages.slice(0, -1).keys()) {
    const table = before.copy();
    for (const page of pages.slice(0, index + 1)) table.store(page);
    await reading.read(table, { mode });
    assertSameRows(table, whole, `the table, when the read went on behind page ${index + 1} of ${pages.length}`);
    assert.ok(table.pages <= pages.length + 1, `behind page ${index + 1} the read began anew`);
  }
}

async function readWhileChanging<Credentials>(
  reading: Reading<Credentials>,
  table: Table,
  mode: 'full' | 'incremental',
): Promise<void> {
  const { account, stream } = reading;
  const before = account.ids(stream.name);
  account.faults.push(...new Array<'change'>(200).fill('change'));
  await reading.read(table, { mode });
  account.faults.length = 0;
  // A row of a report may be gone, as what it counted is in another one now.
  const left = new Set(account.ids(stream.name));
  const missing = before.filter((id) => left.has(id) && !table.rows.has(id));
  assert.deepEqual(missing, [], 'records that were there from the start are lost');
  await reading.read(table, { mode: 'incremental' });
  assertSameRows(table, await reading.truth(), 'the table, after one more incremental read');
}

/** Whether `since` has to bring it: of a report, the days behind that moment's own. */
function isFrom(record: PlatformRecord, since: number): boolean {
  return !('day' in record) || record.day > utcDay(since);
}

/** Whether `since` leaves it out. The day of an account's zone may be one earlier than that of UTC. */
function isBefore(record: PlatformRecord, since: number): boolean {
  return record.updatedAt < since || ('day' in record && record.day < utcDay(since - DAY));
}

function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** What the interfaces promise of a record and no type can hold. */
function checkRecord(record: PlatformRecord, kind: PlatformRecord['kind'], now: number): void {
  assert.equal(record.kind, kind, 'a record of another kind than its stream');
  assert.ok(record.id !== '', 'a record without an id');
  assert.ok(Number.isSafeInteger(record.updatedAt), `${record.id}: updatedAt is no whole number of ms`);
  assert.ok(record.updatedAt <= now + 60_000, `${record.id}: updatedAt lies ahead`);
  for (const [name, value] of Object.entries(record)) {
    assert.notEqual(value, undefined, `${record.id}: ${name} is undefined: leave it out`);
    if (isMoney(value)) {
      assert.ok(Number.isSafeInteger(value.amount), `${record.id}: ${name} is no whole number of minor units`);
      assert.match(value.currency, /^[A-Z]{3}$/, `${record.id}: ${name} has no ISO 4217 code`);
    }
  }
  if ('day' in record) assert.match(record.day, /^\d{4}-\d{2}-\d{2}$/, `${record.id}: day`);
  if (record.kind === 'order') checkOrigin(record);
}

function checkOrigin({ id, country, channel }: OrderRecord): void {
  if (country !== undefined) assert.match(country, /^[A-Z]{2}$/, `${id}: country is no code of ISO 3166-1 alpha-2`);
  if (channel !== undefined) {
    const isKnown = CHANNELS.some((known) => known === channel);
    assert.ok(isKnown, `${id}: channel is none of channelOf: "${channel}"`);
  }
}

function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'currency' in value && 'amount' in value;
}
