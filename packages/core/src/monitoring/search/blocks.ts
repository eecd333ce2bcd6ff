/** What an index holds: blocks of ids, each with a filter of the words in its jobs, and no more than there is room for. */
import { idNumber, type WordFilter } from './word-filter.js';

/** Jobs of a block: small enough to be read at once. */
export const BLOCK = 100;

/** How much is dropped at once: to find the oldest blocks costs as much for one as for many. */
const PART_DROPPED = 1 / 50;

/** Ids that were read together. */
export interface Block {
  readonly ids: readonly string[];
  /** Words of its jobs, and their tenants. */
  readonly words: WordFilter;
  /** When its jobs were added, epoch ms. */
  readonly oldest: number;
  readonly newest: number;
}

interface MarkedBlock extends Block {
  /** Of the ids in {@link Blocks.isKnown}. */
  readonly mark: string;
}

export class Blocks {
  readonly #known = new Set<number>();
  #blocks: MarkedBlock[] = [];
  #ids = 0;
  #most = Number.POSITIVE_INFINITY;
  /** Whether jobs were left out or dropped because there was no room for them. */
  isCut = false;

  /** The newest first. */
  newestFirst(mayHold: (words: WordFilter) => boolean): Block[] {
    return this.#blocks.filter(({ words }) => mayHold(words)).sort((a, b) => b.newest - a.newest);
  }

  /** Jobs that have been read. */
  get read(): number {
    return this.#known.size;
  }

  /** What counts for the room: a job that has failed since it was first read is held twice. */
  get size(): number {
    return Math.max(this.#known.size, this.#ids);
  }

  /** Whether it was read, under this mark: with `f:` its error as well. */
  isKnown(mark: string, id: string): boolean {
    return this.#known.has(idNumber(mark + id));
  }

  hasRoom(jobs: number): boolean {
    return this.size + jobs <= this.#most;
  }

  /** How many jobs there is room for from now on. */
  limit(most: number): void {
    this.#most = most;
    this.#dropOldest();
  }

  /**
   * @param asked ids that were asked for, also of jobs that are gone
   * @param block those that were found; undefined for none
   */
  add(mark: string, asked: readonly string[], block: Block | undefined): void {
    for (const id of asked) this.#known.add(idNumber(mark + id));
    if (!block) return;
    this.#blocks.push({ ...block, mark });
    this.#ids += block.ids.length;
    this.#dropOldest();
  }

  clear(): void {
    this.#known.clear();
    this.#blocks = [];
    this.#ids = 0;
    this.isCut = false;
  }

  #dropOldest(): void {
    if (this.hasRoom(0)) return;
    this.isCut = true;
    this.#blocks.sort((a, b) => b.newest - a.newest);
    const left = this.#most * (1 - PART_DROPPED);
    while (this.size > left) {
      const oldest = this.#blocks.pop();
      if (!oldest) {
        // Ids of jobs that are gone.
        this.#known.clear();
        return;
      }
      this.#ids -= oldest.ids.length;
      for (const id of oldest.ids) this.#known.delete(idNumber(oldest.mark + id));
    }
  }
}
