/** `jobs.journal`: a log of what has happened, shared by all processes on the same engine. The newest entries are kept. */

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defined } from '../defined.js';
import type { StateStore } from '../engine/contract.js';
import { type CursorCodec, cursorCodec } from './cursor.js';

/** How many entries are read at a time. */
const CHUNK = 200;

/** How many entries one write takes. */
const MAX_GROUP = 1_000;

const PAGE_SIZE = 100;

/** What `jobs.journal` takes beside the name. */
export interface JournalOptions<Schema extends z.ZodType> {
  /** The shape of an entry, checked when it is read. It must survive JSON. */
  readonly schema: Schema;
  /** How many entries are kept; older ones go. */
  readonly keep: number;
  /** How long a write waits for others that go with it, ms. Default 0. */
  readonly wait?: number;
  /**
   * What becomes of an entry that can't be read, as another release, or somebody's hand, has written it: `throw` gives its
   * error to whoever reads, `skip` leaves it out. Default `throw`.
   */
  readonly unreadable?: 'throw' | 'skip';
}

/** An entry with the cursor that stands behind it. */
export interface JournalStep<Entry> {
  readonly entry: Entry;
  readonly cursor: string;
}

/** A page of entries; `cursor` asks for the next one and is absent on the last. */
export interface JournalPage<Entry> {
  readonly entries: Entry[];
  readonly cursor?: string;
}

/**
 * Entries as JSON, newest first. A cursor stays where it is while new entries come: no page shows an entry again or
 * leaves one out.
 *
 * @example
 * ```ts
 * const logins = jobs.journal('logins', { schema: z.object({ at: z.number(), user: z.string() }), keep: 1_000 });
 * await logins.append({ at: Date.now(), user: 'ann' });
 * const { entries } = await logins.page({ limit: 10, filter: ({ user }) => user === 'ann' });
 * ```
 */
export class Journal<Schema extends z.ZodType> {
  readonly #state: StateStore;
  readonly #key: string;
  readonly #options: JournalOptions<Schema>;
  readonly #cursors: CursorCodec<z.output<typeof PLACE>>;
  readonly #waiting: string[] = [];
  /** Of those that wait. */
  #group: Promise<void> | undefined;
  #writing: Promise<void> | undefined;

  /** @param key in the engine's state store */
  constructor(state: StateStore, key: string, options: JournalOptions<Schema>) {
    this.#state = state;
    this.#key = key;
    this.#options = options;
    this.#cursors = cursorCodec(`journal ${key}`, PLACE);
    if (!(Number.isInteger(options.keep) && options.keep >= 1)) {
      throw new RangeError(`journal "${key}": \`keep\` must be a whole number of at least 1, not ${options.keep}`);
    }
  }

  /** Resolves when it is kept. What comes while others wait or are being written goes in one write with or behind them. */
  append(entry: z.input<Schema>): Promise<void> {
    this.#waiting.push(JSON.stringify(entry));
    this.#group ??= this.#writeGroup();
    return this.#group;
  }

  /** Resolves when all that was appended here until now is written. Never rejects: `append` tells of what could not be kept. */
  async settled(): Promise<void> {
    // A group comes behind what is being written.
    await (this.#group ?? this.#writing)?.catch(() => undefined);
  }

  async #writeGroup(): Promise<void> {
    // Whose write it was is told if it has failed.
    await this.#writing?.catch(() => undefined);
    const { wait = 0 } = this.#options;
    if (wait > 0) await sleep(wait);
    const group = this.#waiting.splice(0);
    this.#group = undefined;
    const writing = this.#write(group);
    this.#writing = writing;
    try {
      await writing;
    } finally {
      if (this.#writing === writing) this.#writing = undefined;
    }
  }

  async #write(group: readonly string[]): Promise<void> {
    for (let start = 0; start < group.length; start += MAX_GROUP) {
      await this.#state.append(this.#key, group.slice(start, start + MAX_GROUP), this.#options.keep);
    }
  }

  /**
   * Entry by entry, newest first, from where `cursor` stands. What was appended here before is among them.
   *
   * @throws {ArgumentError} for a cursor that did not come from this journal
   */
  async *walk(cursor?: string): AsyncGenerator<JournalStep<z.output<Schema>>> {
    let place = cursor === undefined ? undefined : this.#cursors.read(cursor);
    await this.settled();
    for (;;) {
      // New entries move the one that was seen last away from us, never towards us: it is looked for from where it was.
      let position = place?.position ?? 0;
      const texts = await this.#state.entries(this.#key, position, CHUNK);
      let isBehind = place === undefined;
      for (const text of texts) {
        const mark = markOf(text);
        if (isBehind) {
          place = { position, mark };
          const read = this.#read(text);
          if (read) yield { entry: read.entry, cursor: this.#cursors.write(place) };
        } else isBehind = mark === place?.mark;
        position++;
      }
      if (texts.length < CHUNK) return;
      if (!isBehind && place) place = { ...place, position };
    }
  }

  /**
   * Removes the oldest entries, as long as `isOld` says so of them, and answers how many these were. One that can't be read
   * and is left out goes when an entry after it does.
   *
   * @example
   * ```ts
   * const logins = jobs.journal('logins', { schema: z.object({ at: z.number(), user: z.string() }), keep: 1_000 });
   * await logins.removeOldest(({ at }) => at < Date.now() - 30 * 86_400_000);
   * ```
   */
  async removeOldest(isOld: (entry: z.output<Schema>) => boolean): Promise<number> {
    await this.settled();
    let removed = 0;
    for (;;) {
      const texts = await this.#state.oldestEntries(this.#key, CHUNK);
      const entries = texts.map((text) => this.#read(text));
      const young = entries.findIndex((read) => read && !isOld(read.entry));
      const old = young < 0 ? entries : entries.slice(0, young);
      const count = old.findLastIndex((read) => read !== undefined) + 1;
      const last = texts[count - 1];
      if (last === undefined) return removed;
      // Who appends may have removed some meanwhile: then we look again.
      const isRemoved = await this.#state.removeOldest(this.#key, count, last);
      if (isRemoved) removed += count;
      if (isRemoved && count < texts.length) return removed;
    }
  }

  /** Undefined for one that is to be left out. */
  #read(text: string): { readonly entry: z.output<Schema> } | undefined {
    const { schema, unreadable = 'throw' } = this.#options;
    try {
      return { entry: schema.parse(JSON.parse(text)) };
    } catch (error) {
      if (unreadable === 'throw') throw error;
      return undefined;
    }
  }

  /**
   * Up to `limit` entries (by default 100), newest first; with `filter` those that it picks.
   *
   * @throws {ArgumentError} for a cursor that did not come from this journal
   */
  async page(
    query: { cursor?: string | undefined; limit?: number; filter?: (entry: z.output<Schema>) => boolean } = {},
  ): Promise<JournalPage<z.output<Schema>>> {
    const { cursor, limit = PAGE_SIZE, filter = () => true } = query;
    const entries: z.output<Schema>[] = [];
    let last: string | undefined;
    for await (const step of this.walk(cursor)) {
      if (!filter(step.entry)) continue;
      // One more than the page holds tells whether there is a next one.
      if (entries.length === limit) return { entries, ...defined({ cursor: last }) };
      entries.push(step.entry);
      last = step.cursor;
    }
    return { entries };
  }
}

/** Where a reader is: how far from the newest entry it was, and by what the entry is known again. */
const PLACE = z.object({ position: z.int().min(0), mark: z.string() });

function markOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 12);
}
