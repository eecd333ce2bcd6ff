/** Jobs of one state, page by page, with a cursor that finds its place again when jobs have come or gone before it. */

import { z } from 'zod';
import { type CursorCodec, cursorCodec } from '../../coordination/cursor.js';
import { defined } from '../../defined.js';
import type { JobReader, StoredState } from '../../engine/contract.js';
import { ArgumentError } from '../../errors.js';
import { ApiError } from '../../http/envelope.js';
import type { JobState, JobView } from '../../queue/view.js';
import { BoundedPage } from './bounded-page.js';
import { fillPage, type PageSource } from './fill-page.js';

export type Order = 'newest' | 'oldest';

/** A waiting job with a priority stands in a list of its own, behind those without. */
const LISTS: Readonly<Record<JobState, readonly StoredState[]>> = {
  waiting: ['waiting', 'prioritized'],
  active: ['active'],
  delayed: ['delayed'],
  completed: ['completed'],
  failed: ['failed'],
  'waiting-children': ['waiting-children'],
};

/** How far around its old place the last job of a page is looked for. */
const BEFORE = 500;
const BEHIND = 1_000;

const cursorSchema = z.object({ list: z.int().min(0).max(1), offset: z.int().min(0), last: z.string() });
type Cursor = z.infer<typeof cursorSchema>;

interface Page {
  readonly ids: readonly string[];
  /** Goes on behind the first `count` of the ids; undefined when there is nothing behind them. */
  cursorAfter(count: number): string | undefined;
}

export interface PageQuery {
  readonly state: JobState;
  readonly order: Order;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

async function readPage(queue: JobReader, name: string, query: PageQuery): Promise<Page> {
  const { limit, order } = query;
  const isAscending = order === 'oldest';
  const lists = LISTS[query.state];
  const cursors = cursorCodec(`job-pages ${name} ${query.state} ${order}`, cursorSchema);
  const cursor = query.cursor === undefined ? undefined : readCursor(cursors, query.cursor);
  const ids: string[] = [];
  const places: Cursor[] = [];
  let isLast = true;
  for (let list = cursor?.list ?? 0; list < lists.length; list++) {
    const state = lists[list];
    if (state === undefined) break;
    const start = cursor?.list === list ? await findPlace(queue, state, isAscending, cursor) : 0;
    const wanted = limit - ids.length;
    // One more than the page holds tells whether there is a next one.
    const found = await queue.ids(state, start, start + wanted, isAscending);
    for (const [index, last] of found.slice(0, wanted).entries()) {
      ids.push(last);
      places.push({ list, offset: start + index + 1, last });
    }
    if (found.length > wanted && ids.length > 0) {
      isLast = false;
      break;
    }
  }
  return {
    ids,
    cursorAfter(count) {
      const place = places[count - 1];
      return place === undefined || (isLast && count === ids.length) ? undefined : cursors.write(place);
    },
  };
}

/** Jobs of a state, as many as a page holds. */
export async function listState<Item>(
  source: PageSource,
  query: PageQuery,
  present: (job: JobView) => Item,
): Promise<{ readonly jobs: Item[]; readonly cursor?: string }> {
  const { name } = source.handle;
  const { ids, cursorAfter } = await readPage(source.services.access.engine.queue(name), name, query);
  const page = new BoundedPage<Item>(query.limit);
  // Between the list and the look a job may have gone on to another state.
  const looked = await fillPage(source, page, ids, (job) => (job.state === query.state ? present(job) : undefined));
  const cursor = cursorAfter(looked);
  return { jobs: page.items, ...defined({ cursor }) };
}

/** Where to go on: behind the last job of the page before, or where it was when it is gone. */
async function findPlace(
  queue: JobReader,
  state: StoredState,
  isAscending: boolean,
  { offset, last }: Cursor,
): Promise<number> {
  const start = Math.max(0, offset - BEFORE);
  const around = await queue.ids(state, start, offset + BEHIND, isAscending);
  const index = around.indexOf(last);
  return index < 0 ? offset : start + index + 1;
}

/**
 * Reads a cursor that an answer of this API has given.
 *
 * @throws {ApiError} REQUEST_INVALID for any other text
 */
export function readCursor<Place>(codec: CursorCodec<Place>, text: string): Place {
  try {
    return codec.read(text);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const message = 'is not one that an answer has given';
    throw new ApiError('REQUEST_INVALID', 'The cursor is not right', [{ path: ['query', 'cursor'], message }]);
  }
}
