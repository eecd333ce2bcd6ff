/** Reading as a host does: page after page into a table, from the cursor that was stored. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { RateLimitError } from '../errors.js';
import type { PlatformHttp } from '../http/http.js';
import type { Json, Page, Platform, ReadOptions, Stream } from '../platform.js';
import type { PlatformRecord, RejectedRecord } from '../records/record.js';
import type { PlatformUnderTest } from './under-test.js';

/** How often a read comes back to a platform that is asked too much. */
const MAX_VISITS = 5;

/** What a host has stored. */
export class Table {
  readonly rows = new Map<string, PlatformRecord>();
  readonly rejected: RejectedRecord[] = [];
  cursor: Json | undefined;
  pages = 0;

  /** As {@link RecordSink} says it: a later state never gives way to an earlier one. The cursor goes through JSON. */
  store(page: Page): void {
    for (const record of page.records) {
      const { updatedAt = Number.NEGATIVE_INFINITY } = this.rows.get(record.id) ?? {};
      if (record.updatedAt >= updatedAt) this.rows.set(record.id, record);
    }
    for (const { id, deletedAt } of page.deleted) {
      const row = this.rows.get(id);
      if (row && row.updatedAt <= deletedAt) this.rows.delete(id);
    }
    this.rejected.push(...page.rejected);
    this.cursor = copy(page.cursor);
    this.pages++;
  }

  copy(): Table {
    const table = new Table();
    for (const [id, record] of this.rows) table.rows.set(id, record);
    table.cursor = copy(this.cursor);
    return table;
  }
}

function copy<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

/** One stream of an account. */
export class Reading<Credentials> {
  readonly stream: Stream;
  readonly #platform: Platform<Credentials>;

  constructor(
    platform: Platform<Credentials>,
    name: string,
    readonly account: PlatformUnderTest<Credentials>,
    http: PlatformHttp = account.http,
  ) {
    const credentials = platform.credentials.parse(account.credentials);
    const stream = platform.connect(credentials, http).streams.find((one) => one.name === name);
    assert.ok(stream, `connect() gives no stream "${name}", which \`streams\` of the platform names`);
    this.#platform = platform;
    this.stream = stream;
  }

  /** The same stream, whose answers arrive with another text. */
  through(change: (text: string) => string): Reading<Credentials> {
    const { http } = this.account;
    const send: PlatformHttp['send'] = async (request) => {
      const answer = await http.send(request);
      return { ...answer, text: change(answer.text) };
    };
    const baseUrl: PlatformHttp['baseUrl'] = (platform, standard) => http.baseUrl?.(platform, standard) ?? standard;
    return new Reading(this.#platform, this.stream.name, this.account, { send, baseUrl });
  }

  /** Each page, as it is read from where the table stands. */
  pages(table: Table, options: Partial<ReadOptions> = {}): AsyncIterable<Page> {
    const { now } = this.account;
    const signal = AbortSignal.timeout(30_000);
    return this.stream.read({ mode: 'full', cursor: table.cursor, signal, now: () => now(), ...options });
  }

  /** Reads to the end. As a job does, it comes back later where the platform says so, and no fault has made it. */
  async read(table: Table, options: Partial<ReadOptions> = {}): Promise<Table> {
    const hasFaults = this.account.faults.length > 0;
    for (let visits = 1; ; visits++) {
      try {
        for await (const page of this.pages(table, options)) table.store(page);
        return table;
      } catch (error) {
        if (hasFaults || !(error instanceof RateLimitError) || visits === MAX_VISITS) throw error;
        await sleep(error.delay);
      }
    }
  }

  /** A full read into an empty table while nothing happens: how things stand. */
  truth(): Promise<Table> {
    this.account.faults.length = 0;
    return this.read(new Table());
  }

  /** Reads until it fails, and says how. The table keeps the pages before. */
  async fail(table: Table, options: Partial<ReadOptions> = {}): Promise<Error> {
    let failed: unknown;
    await this.read(table, options).catch((error: unknown) => {
      failed = error;
    });
    assert.ok(failed instanceof Error, 'the read came to its end, though it could not');
    assertNoSecret(failed, this.account.credentials);
    return failed;
  }
}

/** Fails unless two tables hold the same rows. When a row was last changed may differ: some platforms do not say it. */
export function assertSameRows(actual: Table, expected: Table, what: string): void {
  assertSameIds([...actual.rows.keys()], [...expected.rows.keys()], what);
  for (const [id, row] of expected.rows) {
    assert.deepEqual(withoutTime(actual.rows.get(id)), withoutTime(row), `${what}: ${id} is not as it stands`);
  }
}

export function withoutTime(record: PlatformRecord | undefined) {
  return { ...record, updatedAt: 0 };
}

export function assertSameIds(actual: readonly string[], expected: readonly string[], what: string): void {
  const [have, want] = [new Set(actual), new Set(expected)];
  const lost = [...want].filter((id) => !have.has(id));
  const added = [...have].filter((id) => !want.has(id));
  assert.deepEqual({ lost, added }, { lost: [], added: [] }, what);
}

/** No text of the credentials may stand in an error, or in what hangs on it. */
function assertNoSecret(error: Error, credentials: unknown): void {
  const shown = inspect(error, { depth: 10 });
  for (const secret of texts(credentials)) {
    assert.ok(!shown.includes(secret), `the error holds a text of the credentials: ${error.name}`);
  }
}

/** What is long enough to be a secret, and no address or name of an account. */
function texts(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts);
  return typeof value === 'string' && value.length >= 16 && !/[.:/@]/.test(value) ? [value] : [];
}
