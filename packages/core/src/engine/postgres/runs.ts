/** The runs of schedules on PostgreSQL and the embedded store, beside what BullMQ's own statements do. */
import { type RunStore, toJobOptions, type WrittenRun } from '../bullmq/runs.js';
import { BULLMQ_SCHEMA } from './names.js';
import type { RunSql } from './state.js';

const PLANNED = 'SELECT key, at, is_live AS "isLive" FROM bizinsights_jobs.planned_runs($1, $2)';

const REFRESH = 'SELECT bizinsights_jobs.refresh_runs($1, $2::jsonb) AS key';

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
