/** How large jobs are on PostgreSQL and the embedded store, without sending them. */
import { BULLMQ_SCHEMA } from './schema.js';
import type { RunSql } from './state.js';

/**
 * Below this PostgreSQL compresses nothing (its `TOAST_TUPLE_THRESHOLD`), and its own size of a value is the value's. Only
 * of a larger one the text has to be made to know its length.
 */
const PLAIN = 2_000;

const sizeOf = (column: string) =>
  `coalesce(CASE WHEN pg_column_size(${column}) < ${PLAIN} THEN pg_column_size(${column}) ELSE octet_length(${column}::text) END, 0)`;

const SIZE = ['data', 'progress', 'return_value', 'failed_reason', 'stacktrace'].map(sizeOf).join(' + ');

export async function readSizes(run: RunSql, queue: string, ids: readonly string[]): Promise<number[]> {
  const rows = await run<{ id: string; size: number }>(
    `SELECT id, ${SIZE} AS size FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = ANY($2::text[])`,
    [queue, ids],
  );
  const sizes = new Map(rows.map(({ id, size }) => [id, size]));
  return ids.map((id) => sizes.get(id) ?? 0);
}
