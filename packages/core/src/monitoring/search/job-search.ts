/** Searching jobs by tenant, words and time: bounded work a request, and an answer that says when it was cut short. */
import { defined } from '../../defined.js';
import type { JobText } from '../../engine/contract.js';
import type { MonitoringAccess } from '../access.js';
import { createBreather, readTexts } from '../jobs/bounded-read.js';
import type { Block } from './blocks.js';
import { QueueIndex } from './queue-index.js';
import { roomOfEach } from './room.js';
import { createReader, type Searchable, wordsOf } from './words.js';

/** How old the index may be. ms */
const FRESH = 1_000;

/** How long a request waits for the index; the index goes on growing behind it. ms */
const WAIT = 250;

/** How long a request looks at jobs, and on until it is past those of one moment: its cursor has to lead on. ms */
const LOOK = 300;

/** Blocks that are read in one round trip. */
const BLOCKS_AT_ONCE = 5;

/** An index that nobody has asked for so long is dropped. ms */
const IDLE = 15 * 60_000;

/** Of all queues together: about 200 MB. */
const MAX_JOBS = 1_000_000;

/** The least room that can be asked for. */
export const FEWEST_JOBS = 1_000;

/** Of the process that serves the API. */
export interface SearchOptions {
  /**
   * How many jobs its indexes hold, of all queues together; about 200 bytes each. Of a queue with more jobs the newest
   * ones of each state are found, and `isComplete` is false. 1,000 or more. Default 1,000,000.
   */
  readonly maxJobs?: number;
}

export interface SearchQuery {
  /** Every word must occur in the data or the error, and the text as it is. */
  readonly text?: string | undefined;
  readonly tenants?: readonly string[] | undefined;
  /** When the job was added, epoch ms. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit: number;
  /** Only jobs older than this one. */
  readonly before?: Place | undefined;
}

/** Where a page ends: jobs go from the newest to the oldest, those of one moment by their id. */
export interface Place {
  readonly timestamp: number;
  readonly id: string;
}

export interface SearchAnswer {
  readonly found: readonly Place[];
  /** Where the next page begins; absent when there is none. */
  readonly next?: Place;
  /** False when the search was cut short: there may be more, or newer ones. */
  readonly isComplete: boolean;
  /** Jobs that the index has read so far. */
  readonly searched: number;
}

interface Entry {
  readonly index: QueueIndex;
  refreshedAt: number;
  idle: NodeJS.Timeout;
}

export class JobSearch {
  readonly #access: MonitoringAccess;
  /** Undefined where nothing is indexed. */
  readonly #maxJobs: number | undefined;
  readonly #entries = new Map<string, Entry>();

  /** @param options false: it keeps no index, and finds nothing */
  constructor(access: MonitoringAccess, options: SearchOptions | false = {}) {
    this.#access = access;
    this.#maxJobs = options === false ? undefined : (options.maxJobs ?? MAX_JOBS);
  }

  async search(queue: string, query: SearchQuery): Promise<SearchAnswer> {
    if (this.#maxJobs === undefined) return { found: [], isComplete: false, searched: 0 };
    const { index } = await this.#fresh(queue);
    const { isComplete } = index;
    const definition = this.#access.queue(queue).definition;
    const read = createReader(definition);
    const matches = createMatcher(query);
    const blocks = index.find(wordsOf(query.text ?? ''), query.tenants).filter((block) => isInTime(block, query));
    const end = performance.now() + LOOK;
    const found: Place[] = [];
    /** Everything newer than this has been looked at. */
    let seenDownTo = Number.NEGATIVE_INFINITY;
    /** A page that ends here leads nowhere: many jobs are added in one moment, and the next page begins with it again. */
    const isStuck = () => query.before !== undefined && seenDownTo >= query.before.timestamp;
    const breathe = createBreather();
    for (let start = 0; start < blocks.length; start += BLOCKS_AT_ONCE) {
      const ids = blocks.slice(start, start + BLOCKS_AT_ONCE).flatMap((block) => block.ids);
      for await (const job of readTexts(this.#access.engine.queue(queue), ids)) {
        await breathe();
        if (matches(job, read)) found.push({ timestamp: job.timestamp, id: job.id });
      }
      seenDownTo = blocks[start + BLOCKS_AT_ONCE]?.newest ?? Number.NEGATIVE_INFINITY;
      const settled = found.filter(({ timestamp }) => timestamp > seenDownTo).length;
      if (settled > query.limit || (performance.now() > end && !isStuck())) break;
    }
    const isCutShort = seenDownTo > Number.NEGATIVE_INFINITY;
    // A job stands in two blocks when it has failed since it was first read.
    const sorted = unique(found.filter(({ timestamp }) => timestamp > seenDownTo).sort(newestFirst));
    const page = sorted.slice(0, query.limit);
    const last = page.at(-1);
    const rest: Place | undefined = isCutShort ? { timestamp: seenDownTo, id: '' } : undefined;
    const next = sorted.length > query.limit ? last : rest;
    return {
      found: page,
      ...defined({ next }),
      isComplete: isComplete && (!isCutShort || page.length === query.limit),
      searched: index.size,
    };
  }

  /** The index of a queue, brought up to date as far as that goes in a moment. */
  async #fresh(queue: string): Promise<Entry> {
    const { logger } = this.#access;
    let entry = this.#entries.get(queue);
    if (!entry) {
      entry = { index: this.#open(queue), refreshedAt: Number.NEGATIVE_INFINITY, idle: this.#dropWhenIdle(queue) };
      this.#entries.set(queue, entry);
    }
    clearTimeout(entry.idle);
    entry.idle = this.#dropWhenIdle(queue);
    if (performance.now() - entry.refreshedAt < FRESH) return entry;
    const asked = performance.now();
    const current = entry;
    const refreshed = entry.index.refresh().then(() => {
      current.refreshedAt = asked;
    });
    const waited = new Promise<void>((resolve) => setTimeout(resolve, WAIT).unref());
    // A walk that goes on after this request fails for nobody: the next request tries again and hears of it.
    refreshed.catch((err) => logger.warn({ err, queue }, 'the search index could not be brought up to date'));
    await Promise.race([refreshed, waited]);
    return entry;
  }

  #open(queue: string): QueueIndex {
    const { engine, logger } = this.#access;
    return new QueueIndex({
      queue: engine.queue(queue),
      events: engine.events([queue], (err) => logger.warn({ err, queue }, 'the search index misses events')),
      definition: this.#access.queue(queue).definition,
      onWanted: () => this.#shareRoom(),
    });
  }

  #shareRoom(): void {
    const indexes = [...this.#entries.values()].map(({ index }) => index);
    const room = roomOfEach(
      indexes.map(({ wanted }) => wanted),
      this.#maxJobs ?? 0,
    );
    for (const index of indexes) index.limit(room);
  }

  #dropWhenIdle(queue: string): NodeJS.Timeout {
    return setTimeout(() => this.#entries.delete(queue), IDLE).unref();
  }
}

function isInTime(block: Block, { from, to, before }: SearchQuery): boolean {
  return (
    (from === undefined || block.newest >= from) &&
    (to === undefined || block.oldest <= to) &&
    (before === undefined || block.oldest <= before.timestamp)
  );
}

type Reader = (job: JobText) => Searchable;

function createMatcher(query: SearchQuery): (job: JobText, read: Reader) => boolean {
  const { from, to, tenants, before } = query;
  const text = (query.text ?? '').toLowerCase().trim();
  const words = [...wordsOf(text)];
  return (job, read) => {
    if (from !== undefined && job.timestamp < from) return false;
    if (to !== undefined && job.timestamp > to) return false;
    if (before !== undefined && newestFirst(job, before) <= 0) return false;
    // Most jobs of a block are not meant: a look at the JSON as it is spares reading them.
    const raw = words.length > 0 ? `${job.data} ${job.failedReason}`.toLowerCase() : '';
    if (!words.every((word) => raw.includes(word))) return false;
    const searchable = read(job);
    if (tenants !== undefined && !(searchable.tenant !== undefined && tenants.includes(searchable.tenant)))
      return false;
    if (words.length === 0) return true;
    if (!searchable.text.includes(text)) return false;
    const own = wordsOf(searchable.text);
    return words.every((word) => own.has(word));
  };
}

/** Of sorted places, each once. */
function unique(places: readonly Place[]): Place[] {
  return places.filter(({ id }, index) => places[index - 1]?.id !== id);
}

function newestFirst(a: Place, b: Place): number {
  return b.timestamp - a.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
