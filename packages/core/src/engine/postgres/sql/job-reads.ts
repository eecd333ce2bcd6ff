/** Reads many jobs. */
import { BULLMQ_SCHEMA } from '../names.js';

/**
 * The jobs of the queue $1 with the ids $2, each found by itself. As a condition on the jobs (`id = ANY`), or joined, they are
 * read with all others of the queue where the statistics of the table are older than the queue: PostgreSQL takes it for
 * one that has next to no jobs then.
 */
export const JOBS_BY_ID = `unnest($2::text[]) AS wanted (job_id) CROSS JOIN LATERAL (
    SELECT * FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = wanted.job_id LIMIT 1
  ) AS job`;

/** JSON stays text where BullMQ parses it. A prioritized job is a waiting one that has a priority. */
export const READ_JOBS = `
  SELECT id, CASE WHEN state = 'waiting' AND priority > 0 THEN 'prioritized' ELSE state::text END AS state, name,
    coalesce(nullif(data, 'null'), '{}')::text AS data, opts, progress, attempts_made AS "attemptsMade",
    attempts_started AS "attemptsStarted", stalled_count AS "stalledCounter", added_at_ms AS timestamp,
    delay_ms AS delay, priority, processed_at_ms AS "processedOn", finished_at_ms AS "finishedOn",
    failed_reason AS "failedReason", stacktrace::text AS stacktrace, return_value::text AS returnvalue,
    scheduler_id AS "repeatJobKey", dedup_id AS "deduplicationId", deferred_failure AS "deferredFailure",
    processed_by AS "processedBy", parent_id AS "parentId", parent_queue AS "parentQueue", parent_key AS "parentKey"
  FROM ${JOBS_BY_ID}`;
