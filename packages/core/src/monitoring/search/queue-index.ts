/**
 * An index of one queue's jobs, kept in the memory of the process that serves the API: blocks of ids, each with a filter
 * of the words in its jobs. A search reads the few blocks that may hold its words, and looks at the jobs themselves, so
 * that it never answers what is not so. About 200 MB for a million jobs; it is dropped when nobody searches.
 *
 * The queue's lists are walked through at first, and seldom after that. What comes later is learned from its events.
 */
import type { EventFeed, JobReader, JobText, QueueEvent, StoredState } from '../../engine/contract.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import { createBreather, readTexts } from '../jobs/bounded-read.js';
import { BLOCK, type Block, Blocks } from './blocks.js';
import { WordFilter } from './word-filter.js';
import { createReader, type Searchable, wordsOf } from './words.js';

/** Ids read in one step of a walk. */
const WALK = 5_000;

/** Many known jobs in a row mean that the rest of the list is known too, where new ones come at its head. */
const KNOWN_IN_A_ROW = 2_000;

/** All lists are walked through so often, for what no event has told: a store may have lost some. ms */
const WALK_ALL = 10 * 60_000;

/** Lists that are walked through whole, as events were missed, rest so many times as long as that took. */
const REST = 20;

/** They rest no longer than this. ms */
const LONGEST_REST = 60_000;

/** Pages of events that one refresh reads at most: a queue may be faster than its reader. */
const PAGES = 100;

/** The mark of ids whose job was read with the error of its failure. */
const FAILED = 'f:';

interface List {
  readonly state: StoredState;
  readonly isAppended: boolean;
  readonly mark: string;
}

/**
 * States to walk over, newest first. At the head of `isAppended` lists stand the newest; the others are in the order of
 * their time or priority, and are walked through. A failed job is read again, as its error is new.
 */
const LISTS: readonly List[] = [
  { state: 'failed', isAppended: true, mark: FAILED },
  { state: 'active', isAppended: false, mark: '' },
  { state: 'waiting', isAppended: true, mark: '' },
  { state: 'prioritized', isAppended: false, mark: '' },
  { state: 'delayed', isAppended: false, mark: '' },
  { state: 'completed', isAppended: true, mark: '' },
];

export interface QueueIndexOptions {
  readonly queue: Pick<JobReader, 'counts' | 'ids' | 'sizes' | 'texts'>;
  /** Of this queue alone. */
  readonly events: Pick<EventFeed, 'now' | 'page'>;
  readonly definition: AnyQueueDefinition;
  /** Called when {@link QueueIndex.wanted} may have changed, to have {@link QueueIndex.limit} called. */
  readonly onWanted?: () => void;
}

export class QueueIndex {
  readonly #options: QueueIndexOptions;
  readonly #read: (job: JobText) => Searchable;
  readonly #blocks = new Blocks();
  /** The head of each appended list at the last walk. */
  readonly #heads = new Map<StoredState, string>();
  #refreshing: Promise<void> | undefined;
  /** Jobs in the queue. */
  #live = 0;
  /** How far it is in the queue's events. */
  #place: string | undefined;
  /** Whether a refresh has come to the last event. */
  #isAtEnd = false;
  /** Whether there may be jobs of which events were missed, and that no walk has come to. */
  #isBehind = true;
  /** When all lists are walked through again, and when those that can only be walked through whole may be. */
  #walkAllAt = Number.NEGATIVE_INFINITY;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(options: QueueIndexOptions) {
    this.#options = options;
    this.#read = createReader(options.definition);
  }

  /** Blocks that may hold jobs with these words of this tenant, the newest first. */
  find(words: Iterable<string>, tenants: readonly string[] | undefined): Block[] {
    const wanted = [...words];
    const ofTenants = tenants?.map(tenantWord);
    return this.#blocks.newestFirst(
      (held) =>
        (ofTenants === undefined || ofTenants.some((tenant) => held.mayHold(tenant))) &&
        wanted.every((word) => held.mayHold(word)),
    );
  }

  /** Jobs that have been read. */
  get size(): number {
    return this.#blocks.read;
  }

  /** How many jobs it would hold. */
  get wanted(): number {
    return Math.max(this.#live, this.#blocks.size);
  }

  /** How many jobs it may hold from now on; it drops the oldest ones for that. */
  limit(most: number): void {
    this.#blocks.limit(most);
  }

  /** Whether it holds all jobs, so that only what is newer than the last refresh may be missing. */
  get isComplete(): boolean {
    return this.#isAtEnd && !this.#isBehind && !this.#blocks.isCut;
  }

  /** Reads what has come since the last time. Whoever asks while it goes on waits for the same. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { queue, events, onWanted } = this.#options;
    const { waiting, paused, active, delayed, completed, failed } = await queue.counts();
    this.#live = waiting + paused + active + delayed + completed + failed;
    // Most of what is known is gone: better begin anew than carry it along.
    if (this.#blocks.size > 2 * this.#live + 10 * BLOCK) this.#beginAnew();
    onWanted?.();
    // Before the first walk: what comes while it goes on is told.
    this.#place ??= await events.now();
    await this.#readEvents(this.#place);
    if (performance.now() >= this.#walkAllAt) await this.#walkAll();
    else if (this.#isBehind) await this.#catchUp();
  }

  #beginAnew(): void {
    this.#blocks.clear();
    this.#isBehind = true;
    this.#walkAllAt = Number.NEGATIVE_INFINITY;
  }

  async #readEvents(after: string): Promise<void> {
    let place = after;
    for (let read = 0; read < PAGES; read++) {
      const page = await this.#options.events.page(place);
      if (page.kept !== 'all') this.#isBehind = true;
      const { added, failed } = this.#newsOf(page.events);
      await this.#addAll('', added);
      await this.#addAll(FAILED, failed);
      place = page.place;
      this.#place = place;
      this.#isAtEnd = page.isLast;
      if (page.isLast) return;
    }
  }

  /** Jobs of events that have to be read: new ones, also under an id that was there before, and new errors. */
  #newsOf(events: readonly QueueEvent[]): { readonly added: string[]; readonly failed: string[] } {
    const added = new Set<string>();
    const failed = new Set<string>();
    for (const { kind, jobId } of events) {
      if (kind === 'failed') failed.add(jobId);
      else if (kind === 'added') added.add(jobId);
      // It went from list to list, past the walk. One that there was no room for is not new.
      else if (kind !== 'removed' && !this.#blocks.isCut && !this.#isKnown(jobId)) added.add(jobId);
    }
    const last = [...failed].at(-1);
    if (last !== undefined && !this.#isBehind) this.#heads.set('failed', last);
    return { added: [...added].filter((id) => !failed.has(id)), failed: [...failed] };
  }

  #isKnown(id: string): boolean {
    return this.#blocks.isKnown('', id) || this.#blocks.isKnown(FAILED, id);
  }

  async #addAll(mark: string, ids: readonly string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += BLOCK) await this.#add(mark, ids.slice(start, start + BLOCK));
  }

  async #walkAll(): Promise<void> {
    this.#heads.clear();
    // Until it has come to its end, what was left out before may still be missing.
    this.#isBehind ||= this.#blocks.isCut;
    this.#blocks.isCut = false;
    const began = performance.now();
    for (const list of LISTS) await this.#walk(list, true);
    this.#walked(began);
    this.#walkAllAt = performance.now() + WALK_ALL;
  }

  /** After events were missed. */
  async #catchUp(): Promise<void> {
    for (const list of LISTS) if (list.isAppended) await this.#walk(list, false);
    if (performance.now() < this.#restsUntil) return;
    const began = performance.now();
    for (const list of LISTS) if (!list.isAppended) await this.#walk(list, false);
    this.#walked(began);
  }

  #walked(began: number): void {
    const now = performance.now();
    this.#restsUntil = now + Math.min(REST * (now - began), LONGEST_REST);
    this.#isBehind = false;
  }

  async #walk({ state, isAppended, mark }: List, isWhole: boolean): Promise<void> {
    const head = this.#heads.get(state);
    let pastHead = head === undefined;
    let knownInARow = 0;
    let pending: string[] = [];
    let first: string | undefined;
    let isFull = false;
    for (let start = 0; ; start += WALK) {
      const ids = await this.#options.queue.ids(state, start, start + WALK - 1, false);
      first ??= ids[0];
      for (const id of ids) {
        if (id === head) pastHead = true;
        const isKnown = this.#blocks.isKnown(mark, id);
        knownInARow = isKnown ? knownInARow + 1 : 0;
        // Above the head of the last time all is new, also a job that has failed before and again.
        if (isKnown && (pastHead || mark === '')) continue;
        isFull = !this.#blocks.hasRoom(pending.length + 1);
        if (isFull) break;
        pending.push(id);
        if (pending.length < BLOCK) continue;
        await this.#add(mark, pending);
        pending = [];
      }
      const isRestKnown = !isWhole && isAppended && pastHead && knownInARow >= KNOWN_IN_A_ROW;
      if (isFull || ids.length < WALK || isRestKnown) break;
    }
    if (isFull) this.#blocks.isCut = true;
    if (pending.length > 0) await this.#add(mark, pending);
    if (first !== undefined) this.#heads.set(state, first);
  }

  async #add(mark: string, ids: readonly string[]): Promise<void> {
    const breathe = createBreather();
    const read: string[] = [];
    const words = new Set<string>();
    let oldest = Number.POSITIVE_INFINITY;
    let newest = 0;
    for await (const job of readTexts(this.#options.queue, ids)) {
      await breathe();
      read.push(job.id);
      const { text, tenant } = this.#read(job);
      for (const word of wordsOf(text)) words.add(word);
      if (tenant !== undefined) words.add(tenantWord(tenant));
      oldest = Math.min(oldest, job.timestamp);
      newest = Math.max(newest, job.timestamp);
    }
    const block = read.length > 0 ? { ids: read, words: new WordFilter(words), oldest, newest } : undefined;
    this.#blocks.add(mark, ids, block);
  }
}

/** A tenant as a word that no text has. */
function tenantWord(tenant: string): string {
  return `\0${tenant}`;
}
