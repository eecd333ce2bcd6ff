/** The numbers of queues on PostgreSQL and the embedded store, all in one statement, as sql/counting.ts keeps them. */
import type { QueueCounts, StoredState } from '../contract.js';
import { BULLMQ_SCHEMA } from './names.js';
import type { RunSql } from './state.js';

/** A queue that has never had a job. */
export const NO_JOBS: QueueCounts = {
  waiting: 0,
  active: 0,
  completed: 0,
  failed: 0,
  delayed: 0,
  paused: 0,
  isPaused: false,
};

const sumOf = (...lists: readonly StoredState[]) =>
  `coalesce(sum(change) FILTER (WHERE list IN (${lists.map((list) => `'${list}'`)})), 0)::integer`;

const COUNTS = `
  SELECT asked.queue, coalesce(meta.value = '1', false) AS "isPaused", ${sumOf('waiting', 'prioritized')} AS ready,
    ${sumOf('active')} AS active, ${sumOf('completed')} AS completed, ${sumOf('failed')} AS failed,
    ${sumOf('delayed')} AS delayed
  FROM unnest($1::text[]) AS asked (queue)
  LEFT JOIN bizinsights_jobs.job_count USING (queue)
  LEFT JOIN ${BULLMQ_SCHEMA}.meta ON meta.queue = asked.queue AND meta.field = 'paused'
  GROUP BY asked.queue, meta.value`;

interface Row {
  readonly queue: string;
  readonly isPaused: boolean;
  readonly ready: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
  readonly delayed: number;
}

/** In the order of the names. BullMQ keeps what waits in a paused queue as waiting; here it counts as paused. */
export async function countQueues(run: RunSql, names: readonly string[]): Promise<QueueCounts[]> {
  const rows = await run<Row>(COUNTS, [names]);
  const found = new Map(
    rows.map(({ queue, ready, isPaused, ...others }): [string, QueueCounts] => [
      queue,
      { ...others, isPaused, waiting: isPaused ? 0 : ready, paused: isPaused ? ready : 0 },
    ]),
  );
  return names.map((name) => found.get(name) ?? NO_JOBS);
}

export async function countList(run: RunSql, queue: string, list: StoredState): Promise<number> {
  const rows = await run<{ count: number }>(
    'SELECT coalesce(sum(change), 0)::integer AS count FROM bizinsights_jobs.job_count WHERE queue = $1 AND list = $2',
    [queue, list],
  );
  return rows[0]?.count ?? 0;
}
