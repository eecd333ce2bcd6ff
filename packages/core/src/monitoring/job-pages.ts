/** Jobs of one state, page by page, with a cursor that finds its place again when jobs have come or gone before it. */
import { z } from 'zod';
import type { EngineQueue, StoredState } from '../engine/engine.js';
import type { JobState } from '../queue/view.js';
import { ApiError } from './envelope.js';

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

export interface Page {
  readonly ids: readonly string[];
  readonly cursor?: string;
}

export async function readPage(
  queue: EngineQueue,
  query: { state: JobState; order: Order; limit: number; cursor?: string | undefined },
): Promise<Page> {
  const { limit, order } = query;
  const isAscending = order === 'oldest';
  const lists = LISTS[query.state];
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const ids: string[] = [];
  for (let list = cursor?.list ?? 0; list < lists.length; list++) {
    const state = lists[list];
    if (state === undefined) break;
    const start = cursor?.list === list ? await findPlace(queue, state, isAscending, cursor) : 0;
    const wanted = limit - ids.length;
    // One more than the page holds tells whether there is a next one.
    const found = await queue.ids(state, start, start + wanted, isAscending);
    ids.push(...found.slice(0, wanted));
    const last = ids.at(-1);
    if (found.length > wanted && last !== undefined) {
      return { ids, cursor: writeCursor({ list, offset: start + wanted, last }) };
    }
  }
  return { ids };
}

/** Where to go on: behind the last job of the page before, or where it was when it is gone. */
async function findPlace(
  queue: EngineQueue,
  state: StoredState,
  isAscending: boolean,
  { offset, last }: Cursor,
): Promise<number> {
  const start = Math.max(0, offset - BEFORE);
  const around = await queue.ids(state, start, offset + BEHIND, isAscending);
  const index = around.indexOf(last);
  return index < 0 ? offset : start + index + 1;
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string): Cursor {
  return parseCursor(text, cursorSchema);
}

/**
 * Reads a cursor that an answer of this API has given.
 *
 * @throws {ApiError} REQUEST_INVALID for any other text
 */
export function parseCursor<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    const message = 'is not one that an answer has given';
    throw new ApiError('REQUEST_INVALID', 'The cursor is not right', [{ path: ['query', 'cursor'], message }]);
  }
}
