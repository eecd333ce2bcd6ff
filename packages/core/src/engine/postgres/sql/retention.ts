/** Removes finished jobs. */
import { BULLMQ_SCHEMA } from '../names.js';

/**
 * $1 queue, $2 state, $3 the time (epoch ms) up to which all go, $4 how many stay, $5 how many go at most. Each number may
 * be null. What another process is about to remove is left to it.
 */
export const REMOVE_ENDED = `
  DELETE FROM ${BULLMQ_SCHEMA}.job WHERE (queue, id) IN (
    SELECT queue, id FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = $1 AND state = $2::${BULLMQ_SCHEMA}.job_state AND (
      finished_at_ms <= $3::bigint
      OR ($4::integer IS NOT NULL AND (finished_at_ms, seq) <= (
        SELECT finished_at_ms, seq FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = $1 AND state = $2::${BULLMQ_SCHEMA}.job_state
        ORDER BY finished_at_ms DESC, seq DESC OFFSET coalesce($4::integer, 0) LIMIT 1
      ))
    )
    LIMIT $5 FOR UPDATE SKIP LOCKED
  ) RETURNING 1`;
