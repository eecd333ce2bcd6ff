/**
 * How far somebody is in the streams of many queues, in a few bytes.
 *
 * A stream's ids are times of its server. The place names the streams that were written to last by their ids, and has one
 * time for all others: they have had what they will get up to it.
 */
import { createHash } from 'node:crypto';

/** An id of a stream: ms of its server, and a number in that ms. `Infinity`: after all of that ms. */
export interface StreamId {
  readonly ms: number;
  readonly nth: number;
}

export const NOTHING: StreamId = { ms: 0, nth: 0 };

/** Streams that are named, where their servers' clocks allow it. */
const NAMED = 8;

/** The time for all others is no further back than this where nothing demands it: that keeps the text short. ms */
const FAR_BACK = 3_600_000;

/** The largest number that a stream gives in one ms. */
const LAST_NTH = '18446744073709551615';

interface Cursor extends StreamId {
  readonly queue: string;
}

export class StreamPlace {
  readonly #cursors: Map<string, Cursor>;
  /** The same, the newest first. */
  readonly #newestFirst: Cursor[];
  readonly #skew: number;
  #time: number;
  /** A time that all streams are past, whatever the skew: of the text that this was read from. */
  #past = 0;

  /**
   * @param skew how far the clock of one stream's server may be behind another's, ms
   * @param time the last one that is known of the server: what comes later has no id before it
   */
  constructor(ids: ReadonlyMap<string, StreamId>, time: number, skew: number) {
    this.#cursors = new Map([...ids].map(([queue, id]) => [queue, { queue, ...id }]));
    this.#newestFirst = [...this.#cursors.values()].sort((a, b) => b.ms - a.ms);
    this.#time = time;
    this.#skew = skew;
  }

  /** Undefined for a text that is none. Streams that it does not name, also new ones, are at its time. */
  static read(text: string, queues: readonly string[], skew: number): StreamPlace | undefined {
    const [, floor, named = ''] =
      /^r([0-9a-z]{1,9})((?:\.[0-9a-z]{1,9}-[0-9a-z]{0,10}-(?:[\w-]{5})+)*)$/.exec(text) ?? [];
    if (floor === undefined) return undefined;
    const time = number(floor);
    const byName = new Map<string, StreamId>();
    for (const [, later = '', nth = '', names = ''] of named.matchAll(/\.([0-9a-z]+)-([0-9a-z]*)-([\w-]+)/g)) {
      const id = { ms: time + number(later), nth: nth === '' ? Number.POSITIVE_INFINITY : number(nth) };
      for (const [name] of names.matchAll(/.{5}/g)) byName.set(name, id);
    }
    const past = { ms: time, nth: Number.POSITIVE_INFINITY };
    const ids = new Map<string, StreamId>();
    for (const queue of queues) {
      const name = shortName(queue);
      ids.set(queue, byName.get(name) ?? past);
      // The second one of this name: which of them was meant is not known.
      if (byName.has(name) && queues.some((other) => other !== queue && shortName(other) === name)) return undefined;
    }
    const place = new StreamPlace(ids, time, skew);
    place.#past = time;
    return place;
  }

  get queues(): Iterable<string> {
    return this.#cursors.keys();
  }

  /** What the next id of a queue's stream comes after. */
  of(queue: string): StreamId {
    return this.#cursors.get(queue) ?? NOTHING;
  }

  /** Goes on to an event of a queue. Events are passed in the order of their times, as far as the clocks agree. */
  moveTo(queue: string, id: StreamId): void {
    const before = this.#cursors.get(queue);
    const cursor = { queue, ...id };
    this.#cursors.set(queue, cursor);
    if (before) this.#newestFirst.splice(this.#newestFirst.indexOf(before), 1);
    const index = this.#newestFirst.findIndex(({ ms }) => ms <= id.ms);
    this.#newestFirst.splice(index < 0 ? this.#newestFirst.length : index, 0, cursor);
    // Also when it goes back, as the server's clock was set: later events may be of that time.
    this.#time = id.ms;
    if (id.ms <= this.#past) this.#past = 0;
  }

  leaveOut(queue: string): void {
    const cursor = this.#cursors.get(queue);
    if (!cursor) return;
    this.#cursors.delete(queue);
    this.#newestFirst.splice(this.#newestFirst.indexOf(cursor), 1);
  }

  toString(): string {
    // There may be more of the last ms.
    const safe = Math.max(this.#past, this.#time - 1 - this.#skew);
    const enough = Math.max(this.#newestFirst[NAMED]?.ms ?? 0, this.#time - FAR_BACK);
    const floor = Math.max(0, Math.min(safe, enough));
    // Many queues that are written to in one ms have one id.
    const named = new Map<string, string>();
    for (const { queue, ms, nth } of this.#newestFirst) {
      if (ms <= floor) break;
      const id = `${(ms - floor).toString(36)}-${nth === Number.POSITIVE_INFINITY ? '' : nth.toString(36)}`;
      named.set(id, (named.get(id) ?? '') + shortName(queue));
    }
    return `r${floor.toString(36)}${[...named].map(([id, names]) => `.${id}-${names}`).join('')}`;
  }
}

export function isLater(one: StreamId, other: StreamId): boolean {
  return one.ms === other.ms ? one.nth > other.nth : one.ms > other.ms;
}

/** Undefined for what is no id. */
export function parseId(id: string): StreamId | undefined {
  const [, ms, nth] = /^(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return ms === undefined || nth === undefined ? undefined : { ms: Number(ms), nth: Number(nth) };
}

export function writeId({ ms, nth }: StreamId): string {
  return `${ms}-${nth === Number.POSITIVE_INFINITY ? LAST_NTH : nth}`;
}

function number(text: string): number {
  return Number.parseInt(text, 36);
}

const shortNames = new Map<string, string>();

/** Five letters for a queue. Where two of a host have the same ones, a place that names them is not known. */
export function shortName(queue: string): string {
  let name = shortNames.get(queue);
  if (name === undefined) {
    name = createHash('sha256').update(queue).digest('base64url').slice(0, 5);
    shortNames.set(queue, name);
  }
  return name;
}
