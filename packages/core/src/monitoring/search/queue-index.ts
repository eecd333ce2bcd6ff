/**
 * An index of one queue's jobs, kept in the memory of the process that serves the API: blocks of ids, each with a filter
 * of the words in its jobs. A search reads the few blocks that may hold its words, and looks at the jobs themselves, so
 * that it never answers what is not so. About 200 MB for a million jobs; it is dropped when nobody searches.
 */
import type { JobReader, JobText, StoredState } from '../../engine/contract.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import { createBreather, readTexts } from '../jobs/bounded-read.js';
import { idNumber, WordFilter } from './word-filter.js';
import { createReader, type Searchable, wordsOf } from './words.js';

/** Jobs of a block: small enough to be read at once. */
export const BLOCK = 100;

/** Ids read in one step of a walk. */
const WALK = 5_000;

/** Many known jobs in a row mean that the rest of the list is known too, where new ones come at its head. */
const KNOWN_IN_A_ROW = 2_000;

/**
 * States to walk over, newest first. At the head of `isAppended` lists stand the newest; the others are in the order of
 * their time or priority, and are walked through. A failed job is read again, as its error is new.
 */
const STATES: readonly { readonly state: StoredState; readonly isAppended: boolean; readonly mark: string }[] = [
  { state: 'failed', isAppended: true, mark: 'f:' },
  { state: 'active', isAppended: false, mark: '' },
  { state: 'waiting', isAppended: true, mark: '' },
  { state: 'prioritized', isAppended: false, mark: '' },
  { state: 'delayed', isAppended: false, mark: '' },
  { state: 'completed', isAppended: true, mark: '' },
];

/** Ids that were read together. */
export interface Block {
  readonly ids: readonly string[];
  /** Words of its jobs, and their tenants by {@link tenantWord}. */
  readonly words: WordFilter;
  /** When its jobs were added, epoch ms. */
  readonly oldest: number;
  readonly newest: number;
}

export class QueueIndex {
  readonly #queue: JobReader;
  readonly #read: (job: JobText) => Searchable;
  #known = new Set<number>();
  #blocks: Block[] = [];
  /** The head of each appended list at the last walk. */
  #heads = new Map<StoredState, string>();
  #walking: Promise<void> | undefined;
  #walked = false;

  constructor(queue: JobReader, definition: AnyQueueDefinition) {
    this.#queue = queue;
    this.#read = createReader(definition);
  }

  /** Blocks that may hold jobs with these words of this tenant, the newest first. */
  find(words: Iterable<string>, tenants: readonly string[] | undefined): Block[] {
    const wanted = [...words];
    const ofTenants = tenants?.map(tenantWord);
    return this.#blocks
      .filter((block) => ofTenants === undefined || ofTenants.some((tenant) => block.words.mayHold(tenant)))
      .filter((block) => wanted.every((word) => block.words.mayHold(word)))
      .sort((a, b) => b.newest - a.newest);
  }

  /** Jobs that have been read. */
  get size(): number {
    return this.#known.size;
  }

  /** Whether a walk has come to its end, so that only what is newer than the last one may be missing. */
  get isComplete(): boolean {
    return this.#walked;
  }

  /** Reads what has come since the last time. Whoever asks while it goes on waits for the same. */
  refresh(): Promise<void> {
    this.#walking ??= this.#refresh().finally(() => {
      this.#walking = undefined;
    });
    return this.#walking;
  }

  async #refresh(): Promise<void> {
    const lengths = await Promise.all(STATES.map(({ state }) => this.#queue.length(state)));
    const live = lengths.reduce((sum, length) => sum + length, 0);
    // Most of what is known is gone: better begin anew than carry it along.
    if (this.#known.size > 2 * live + 10 * BLOCK) {
      this.#known = new Set();
      this.#blocks = [];
      this.#heads = new Map();
      this.#walked = false;
    }
    for (const { state, isAppended, mark } of STATES) await this.#walk(state, isAppended, mark);
    this.#walked = true;
  }

  async #walk(state: StoredState, isAppended: boolean, mark: string): Promise<void> {
    const head = this.#heads.get(state);
    let pastHead = head === undefined;
    let knownInARow = 0;
    let pending: string[] = [];
    let first: string | undefined;
    for (let start = 0; ; start += WALK) {
      const ids = await this.#queue.ids(state, start, start + WALK - 1, false);
      first ??= ids[0];
      for (const id of ids) {
        if (id === head) pastHead = true;
        const number = idNumber(mark + id);
        const isKnown = this.#known.has(number);
        knownInARow = isKnown ? knownInARow + 1 : 0;
        // Above the head of the last time all is new, also a job that has failed before and again.
        if (isKnown && (pastHead || mark === '')) continue;
        this.#known.add(number);
        pending.push(id);
        if (pending.length === BLOCK) {
          await this.#addBlock(pending);
          pending = [];
        }
      }
      if (ids.length < WALK || (isAppended && pastHead && knownInARow >= KNOWN_IN_A_ROW)) break;
    }
    if (pending.length > 0) await this.#addBlock(pending);
    if (first !== undefined) this.#heads.set(state, first);
  }

  async #addBlock(ids: readonly string[]): Promise<void> {
    const breathe = createBreather();
    const read: string[] = [];
    const words = new Set<string>();
    let oldest = Number.POSITIVE_INFINITY;
    let newest = 0;
    for await (const job of readTexts(this.#queue, ids)) {
      await breathe();
      read.push(job.id);
      const { text, tenant } = this.#read(job);
      for (const word of wordsOf(text)) words.add(word);
      if (tenant !== undefined) words.add(tenantWord(tenant));
      oldest = Math.min(oldest, job.timestamp);
      newest = Math.max(newest, job.timestamp);
    }
    if (read.length > 0) this.#blocks.push({ ids: read, words: new WordFilter(words), oldest, newest });
  }
}

/** A tenant as a word that no text has. */
function tenantWord(tenant: string): string {
  return `\0${tenant}`;
}
