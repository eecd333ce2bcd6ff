/** The jobs on PostgreSQL and the embedded store that may have waited longest. */
import { PRIORITIES_LOOKED_AT } from '../contract.js';
import { BULLMQ_SCHEMA } from './schema.js';
import type { RunSql } from './state.js';

/** The first job behind a priority. Jobs without one have 0. */
const first = (behind: string) => `
  SELECT id, priority FROM ${BULLMQ_SCHEMA}.job
  WHERE queue = $1 AND state = 'waiting' AND priority > ${behind} ORDER BY priority, seq LIMIT 1`;

const HEADS = `
  WITH RECURSIVE heads AS (
    (${first('-1')})
    UNION ALL
    SELECT next.* FROM heads, LATERAL (${first('heads.priority')}) AS next
  )
  SELECT id FROM heads LIMIT ${PRIORITIES_LOOKED_AT + 1}`;

export async function waitingHeads(run: RunSql, queue: string): Promise<string[]> {
  return (await run<{ id: string }>(HEADS, [queue])).map(({ id }) => id);
}
