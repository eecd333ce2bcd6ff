/** Reads many jobs. */
import { BULLMQ_SCHEMA } from '../names.js';

/** JSON stays text where BullMQ parses it. A prioritized job is a waiting one that has a priority. */
export const READ_JOBS = `
  SELECT id, CASE WHEN state = 'waiting' AND priority > 0 THEN 'prioritized' ELSE state::text END AS state, name,
    coalesce(nullif(data, 'null'), '{}')::text AS data, opts, progress, attempts_made AS "attemptsMade",
    attempts_started AS "attemptsStarted", stalled_count AS "stalledCounter", added_at_ms AS timestamp,
    delay_ms AS delay, priority, processed_at_ms AS "processedOn", finished_at_ms AS "finishedOn",
    failed_reason AS "failedReason", stacktrace::text AS stacktrace, return_value::text AS returnvalue,
    scheduler_id AS "repeatJobKey", dedup_id AS "deduplicationId", deferred_failure AS "deferredFailure",
    processed_by AS "processedBy", parent_id AS "parentId", parent_queue AS "parentQueue", parent_key AS "parentKey"
  FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = ANY($2::text[])`;
