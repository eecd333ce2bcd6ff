/**
 * Ids of the jobs of a state on PostgreSQL and the embedded store, a page from either end. BullMQ's own pages there are not
 * cut from the end that is asked for, and leave open in which order jobs of one moment come: a reader would miss some.
 */
import type { EngineQueue, StoredState } from '../contract.js';
import { BULLMQ_SCHEMA } from './schema.js';
import type { RunSql } from './state.js';

/** What a state's list holds, and what it is in the order of. */
const LISTS: Readonly<Record<StoredState, readonly [holds: string, ...order: string[]]>> = {
  waiting: ["state = 'waiting' AND priority = 0", 'seq'],
  prioritized: ["state = 'waiting' AND priority > 0", 'priority', 'seq'],
  active: ["state = 'active'", 'seq'],
  delayed: ["state = 'delayed'", 'process_at_ms', 'seq'],
  completed: ["state = 'completed'", 'finished_at_ms', 'seq'],
  failed: ["state = 'failed'", 'finished_at_ms', 'seq'],
  'waiting-children': ["state = 'waiting-children'", 'seq'],
};

/** The ids of one queue. */
export function createIds(run: RunSql, queue: string): EngineQueue['ids'] {
  return async (state, start, end, ascending) => {
    const [holds, ...order] = LISTS[state];
    const sorted = order.map((column) => `${column} ${ascending ? 'ASC' : 'DESC'}`).join(', ');
    const rows = await run<{ id: string }>(
      `SELECT id FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND ${holds} ORDER BY ${sorted} OFFSET $2 LIMIT $3`,
      [queue, start, end < 0 ? null : end - start + 1],
    );
    return rows.map(({ id }) => id);
  };
}
