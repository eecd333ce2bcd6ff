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
 *
 * Where the statistics of the table are older than the queue, PostgreSQL takes it for one that has next to no jobs. So the
 * first ones are those up to a moment, as the index has them, and each is locked by its id and removed by its place: else
 * all jobs of the queue could be read. One that was changed since the statement began may have another place, and is left to
 * the next removal.
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
    ORDER BY queue, state, finished_at_ms FETCH FIRST ($5::bigint) ROWS WITH TIES
  ), due AS MATERIALIZED (
    SELECT id, finished_at_ms FROM (
      SELECT *, row_number() OVER (ORDER BY finished_at_ms, seq) AS nth FROM first
    ) AS numbered
    WHERE nth <= $5::bigint AND (nth <= (SELECT excess FROM kept) OR finished_at_ms <= $3::bigint)
  )
  DELETE FROM ${BULLMQ_SCHEMA}.job WHERE ctid = ANY(ARRAY(
    SELECT each.place FROM due CROSS JOIN LATERAL (
      SELECT ctid AS place FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = $1 AND id = due.id AND state::text = $2::text
        -- Not one that has been run once more meanwhile.
        AND finished_at_ms <= (SELECT max(finished_at_ms) FROM due)
      LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS each
  )) RETURNING 1`;
