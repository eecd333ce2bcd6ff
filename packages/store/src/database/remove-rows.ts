/** Removes many rows, in parts between which others can write. */
import { type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { blocksEventLoop, type Database } from './database.js';

/** Rows a statement. */
const ROWS = 10_000;

/** The same on the embedded store: about 10 ms, which the host's process waits for. */
const EMBEDDED_ROWS = 500;

/**
 * Removes the rows of a table that meet a condition, and returns how many. It does not wait for locks: a row that somebody changes right
 * now stays, for the next clean-up.
 */
export async function removeRows(
  database: Pick<Database, '$client' | 'execute'>,
  table: PgTable,
  condition: SQL,
  signal?: AbortSignal,
): Promise<number> {
  const limit = blocksEventLoop(database) ? EMBEDDED_ROWS : ROWS;
  for (let removed = 0; ; ) {
    signal?.throwIfAborted();
    const { rows } = await database.execute<{ count: number }>(sql`
      WITH gone AS (
        DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )) RETURNING 1
      )
      SELECT count(*)::int AS count FROM gone`);
    const count = rows[0]?.count ?? 0;
    removed += count;
    if (count < limit) return removed;
  }
}
