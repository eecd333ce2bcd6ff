/** The texts of many jobs on PostgreSQL and the embedded store. */
import type { JobText } from '../contract.js';
import { BULLMQ_SCHEMA } from './schema.js';
import type { RunSql } from './state.js';

interface Row {
  readonly id: string;
  readonly data: string;
  readonly failedReason: string | null;
  readonly timestamp: string;
  readonly opts: object;
}

export async function readTexts(run: RunSql, queue: string, ids: readonly string[]): Promise<JobText[]> {
  const rows = await run<Row>(
    `SELECT id, data::text AS data, failed_reason AS "failedReason", added_at_ms AS timestamp, opts
     FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = ANY($2::text[])`,
    [queue, ids],
  );
  return rows.map(({ id, data, failedReason, timestamp, opts }) => ({
    id,
    data,
    failedReason: failedReason ?? '',
    timestamp: Number(timestamp),
    opts,
  }));
}
