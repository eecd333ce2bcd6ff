/** The runs of schedules. */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

export const PLANNED_RUNS = `
  SELECT scheduler.scheduler_id AS key, scheduler.next_run_ms AS at,
    coalesce(job.state::text NOT IN ('completed', 'failed'), false) AS "isLive"
  FROM ${BULLMQ_SCHEMA}.scheduler LEFT JOIN ${BULLMQ_SCHEMA}.job
    ON job.queue = scheduler.queue AND job.id = 'repeat:' || scheduler.scheduler_id || ':' || scheduler.next_run_ms
  WHERE scheduler.queue = $1 AND scheduler.scheduler_id = ANY($2::text[])`;

// Behind the same lock as bizinsights_jobs.plan_runs, which takes rows in another order.
export const REFRESH_RUNS = `
  WITH turn AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtextextended('schedules:' || $1, ${LOCK}))
  ), given AS (
    SELECT run.* FROM turn,
      jsonb_to_recordset($2::jsonb) AS run (key text, at bigint, data jsonb, template jsonb, options jsonb)
  ), refreshed AS (
    UPDATE ${BULLMQ_SCHEMA}.scheduler SET template_data = given.data, template_opts = given.template FROM given
    WHERE scheduler.queue = $1 AND scheduler.scheduler_id = given.key AND scheduler.next_run_ms = given.at
    RETURNING given.*
  ), jobs AS (
    UPDATE ${BULLMQ_SCHEMA}.job SET data = refreshed.data, opts = refreshed.options,
      priority = coalesce((refreshed.options ->> 'priority')::integer, 0),
      max_attempts = coalesce((refreshed.options ->> 'attempts')::integer, 1),
      added_at_ms = (refreshed.options ->> 'timestamp')::bigint, delay_ms = (refreshed.options ->> 'delay')::bigint
    FROM refreshed WHERE job.queue = $1 AND job.id = 'repeat:' || refreshed.key || ':' || refreshed.at
      AND job.attempts_started = 0 AND job.state IN ('delayed', 'waiting')
  )
  SELECT key FROM refreshed`;
