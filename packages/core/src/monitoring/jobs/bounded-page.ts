/** A page of an answer, bounded in what it shows and in what had to be read for it. Its cursor goes on where it ended. */
import { jsonBytes } from './preview.js';

/** Bytes of JSON that a page shows. */
export const PAGE_BYTES = 1_000_000;

/** Bytes of jobs that are read for a page. */
const READ_BYTES = 16_000_000;

export class BoundedPage<Item> {
  readonly items: Item[] = [];
  readonly #limit: number;
  #shown = 0;
  #read = 0;

  /** @param limit how many items it holds */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False for an item that has no place any more: the page ends before it. The first one always has. */
  add(item: Item): boolean {
    if (this.items.length === this.#limit) return false;
    const bytes = jsonBytes(item) + 1;
    if (this.items.length > 0 && this.#shown + bytes > PAGE_BYTES) return false;
    this.items.push(item);
    this.#shown += bytes;
    return true;
  }

  /** Notes what has been read for it. */
  read(bytes: number): void {
    this.#read += bytes;
  }

  /** Whether enough has been read for one answer. */
  get isFull(): boolean {
    return this.#read >= READ_BYTES;
  }
}
