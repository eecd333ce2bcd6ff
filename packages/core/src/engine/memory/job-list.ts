/** The jobs of one state, in the order in which a worker, or a reader, meets them. */
import type { MemoryJob } from './job.js';

interface Entry {
  readonly job: MemoryJob;
  /** A priority or a time; 0 where the state has none. */
  readonly rank: number;
  /** Among equals: who came first. Negative for those that were put back in front. */
  readonly turn: number;
}

/** Ordered by rank, then by turn. */
export class JobList {
  #entries: Entry[] = [];
  readonly #places = new Map<MemoryJob, Entry>();
  #turns = 0;

  get length(): number {
    return this.#entries.length;
  }

  get jobs(): MemoryJob[] {
    return this.#entries.map(({ job }) => job);
  }

  get first(): MemoryJob | undefined {
    return this.#entries[0]?.job;
  }

  get last(): MemoryJob | undefined {
    return this.#entries.at(-1)?.job;
  }

  /** The rank of the first job: when the next delayed one is due, or which round is next. */
  get firstRank(): number | undefined {
    return this.#entries[0]?.rank;
  }

  /** The rank of the first job that passes. */
  firstRankOf(test: (job: MemoryJob) => boolean): number | undefined {
    return this.#entries.find(({ job }) => test(job))?.rank;
  }

  /** Behind the jobs of the same rank. */
  push(job: MemoryJob, rank = 0): void {
    this.#insert({ job, rank, turn: ++this.#turns });
  }

  /** Before the jobs of the same rank. */
  pushFront(job: MemoryJob, rank = 0): void {
    this.#insert({ job, rank, turn: -++this.#turns });
  }

  has(job: MemoryJob): boolean {
    return this.#places.has(job);
  }

  delete(job: MemoryJob): boolean {
    const entry = this.#places.get(job);
    if (!entry) return false;
    this.#places.delete(job);
    this.#entries.splice(this.#position(entry), 1);
    return true;
  }

  /** Gives every job a new rank; who came first stays first among equals. */
  rerank(rank: (old: number) => number): void {
    const entries = this.#entries.map((entry) => ({ ...entry, rank: rank(entry.rank) }));
    this.#entries = entries.sort(compare);
    for (const entry of entries) this.#places.set(entry.job, entry);
  }

  clear(): void {
    this.#entries = [];
    this.#places.clear();
  }

  #insert(entry: Entry): void {
    this.#places.set(entry.job, entry);
    this.#entries.splice(this.#position(entry), 0, entry);
  }

  /** Where an entry is, or would be. No two entries are equal, so one search serves both. */
  #position(entry: Entry): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#entries[middle];
      if (other && compare(other, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: Entry, b: Entry): number {
  return a.rank - b.rank || a.turn - b.turn;
}
