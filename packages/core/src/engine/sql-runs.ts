/** The runs of schedules on PostgreSQL and the embedded store, beside what BullMQ's own statements do. */
import type { RunStore } from './bullmq-queue.js';
import { BULLMQ_SCHEMA } from './sql-schema.js';
import type { RunSql } from './sql-state.js';

const PLANNED = `
  SELECT scheduler.scheduler_id AS key, scheduler.next_run_ms AS at,
    coalesce(job.state::text NOT IN ('completed', 'failed'), false) AS "isLive"
  FROM ${BULLMQ_SCHEMA}.scheduler LEFT JOIN ${BULLMQ_SCHEMA}.job
    ON job.queue = scheduler.queue AND job.id = 'repeat:' || scheduler.scheduler_id || ':' || scheduler.next_run_ms
  WHERE scheduler.queue = $1 AND scheduler.scheduler_id = ANY($2::text[])`;

const REFRESH = `
  WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS run (key text, at bigint, data jsonb, template jsonb, options jsonb)
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

/** BullMQ plans by reading first: of two at once, each may add a run, and only one of them is the plan's. */
const DROP_STRAY = `
  DELETE FROM ${BULLMQ_SCHEMA}.job USING ${BULLMQ_SCHEMA}.scheduler
  WHERE job.queue = $1 AND job.scheduler_id = ANY($2::text[]) AND job.state = 'delayed' AND job.attempts_started = 0
    AND scheduler.queue = job.queue AND scheduler.scheduler_id = job.scheduler_id
    AND job.id <> 'repeat:' || scheduler.scheduler_id || ':' || scheduler.next_run_ms`;

export function createSqlRuns(run: RunSql, queue: string): RunStore {
  return {
    async planned(keys) {
      const rows = await run<{ key: string; at: string; isLive: boolean }>(PLANNED, [queue, keys]);
      const found = new Map(rows.map(({ key, at, isLive }) => [key, { at: Number(at), isLive }]));
      return keys.map((key) => found.get(key));
    },
    async refresh(runs) {
      const given = runs.map(({ data, ...rest }) => ({ ...rest, data: JSON.parse(data) }));
      const rows = await run<{ key: string }>(REFRESH, [queue, JSON.stringify(given)]);
      const refreshed = new Set(rows.map(({ key }) => key));
      return runs.map(({ key }) => refreshed.has(key));
    },
    async dropStray(keys) {
      await run(DROP_STRAY, [queue, keys]);
    },
  };
}
