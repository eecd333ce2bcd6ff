/** Removes finished jobs. */
import { BULLMQ_SCHEMA } from '../names.js';

const STATE = `$2::${BULLMQ_SCHEMA}.job_state`;

/**
 * $1 queue, $2 state, $3 the time (epoch ms) up to which all go, $4 how many stay, $5 how many go at most. $3 and $4 may be
 * null. What another process is about to remove is left to it.
 *
 * What goes are the first of an index, and how many are kept is known by the counts (`counting.ts`): it takes as long with a
 * million kept jobs as with a hundred. Counts and jobs are of one moment, so that two processes which find the same ones
 * too many remove them once.
 */
export const REMOVE_ENDED = `
  WITH kept AS MATERIALIZED (
    SELECT sum(change) - $4::integer AS excess FROM bizinsights_jobs.job_count
    WHERE queue = $1 AND list = ${STATE}::text AND $4::integer IS NOT NULL
  ), first AS MATERIALIZED (
    SELECT id, finished_at_ms, seq FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = $1 AND state = ${STATE} AND finished_at_ms <= (
      SELECT CASE WHEN excess > 0 THEN 9223372036854775807 ELSE $3::bigint END FROM kept
    )
    ORDER BY queue, state, finished_at_ms, seq LIMIT $5
  ), due AS MATERIALIZED (
    SELECT id, finished_at_ms FROM (
      SELECT *, row_number() OVER (ORDER BY finished_at_ms, seq) AS nth FROM first
    ) AS numbered
    WHERE nth <= (SELECT excess FROM kept) OR finished_at_ms <= $3::bigint
  )
  DELETE FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = ANY(ARRAY(
    SELECT id FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = $1 AND id = ANY(ARRAY(SELECT id FROM due)) AND state = ${STATE}
      -- Not one that has been run once more meanwhile.
      AND finished_at_ms <= (SELECT max(finished_at_ms) FROM due)
    FOR UPDATE SKIP LOCKED
  )) RETURNING 1`;
