/** The runs of schedules on PostgreSQL and the embedded store, beside what BullMQ's own statements do. */
import { type RunStore, toJobOptions, type WrittenRun } from '../bullmq/runs.js';
import { BULLMQ_SCHEMA, LOCK } from './schema.js';
import type { RunSql } from './state.js';

const PLANNED = `
  SELECT scheduler.scheduler_id AS key, scheduler.next_run_ms AS at,
    coalesce(job.state::text NOT IN ('completed', 'failed'), false) AS "isLive"
  FROM ${BULLMQ_SCHEMA}.scheduler LEFT JOIN ${BULLMQ_SCHEMA}.job
    ON job.queue = scheduler.queue AND job.id = 'repeat:' || scheduler.scheduler_id || ':' || scheduler.next_run_ms
  WHERE scheduler.queue = $1 AND scheduler.scheduler_id = ANY($2::text[])`;

// Behind the same lock as bizinsights_jobs.plan_runs, which takes rows in another order.
const REFRESH = `
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

const PLAN = 'SELECT bizinsights_jobs.plan_runs($1, $2, $3::jsonb) AS key';

export function createSqlRuns(run: RunSql, queue: string): RunStore {
  /** Runs a statement that answers keys. */
  const write = async (text: string, values: readonly unknown[]): Promise<Set<string>> =>
    new Set((await run<{ key: string }>(text, values)).map(({ key }) => key));
  const toJson = (runs: readonly WrittenRun[]) =>
    JSON.stringify(
      runs.map((one) => ({
        ...one,
        data: JSON.parse(one.data),
        options: toJobOptions(one),
        repeat: { ...one.repeat, name: queue },
      })),
    );
  return {
    async planned(keys) {
      const rows = await run<{ key: string; at: string; isLive: boolean }>(PLANNED, [queue, keys]);
      const found = new Map(rows.map(({ key, at, isLive }) => [key, { at: Number(at), isLive }]));
      return keys.map((key) => found.get(key));
    },
    async refresh(runs) {
      const refreshed = await write(REFRESH, [queue, toJson(runs)]);
      return runs.map(({ key }) => refreshed.has(key));
    },
    async release(id) {
      await run(`UPDATE ${BULLMQ_SCHEMA}.job SET scheduler_id = NULL WHERE queue = $1 AND id = $2`, [queue, id]);
    },
    async plan(runs) {
      const now = runs[0]?.now ?? 0;
      const planned = await write(PLAN, [queue, now, toJson(runs)]);
      return runs.map(({ key }) => planned.has(key));
    },
  };
}
