/** Starts of rate limits on PostgreSQL and the embedded store: see bullmq/starts.ts. */
import type { StartRequest } from '../bullmq/queue-store.js';
import type { RunSql } from './state.js';

const PARKED = -1;

export async function takeStart(
  run: RunSql,
  queue: string,
  { attempt, token, limit, concurrency }: StartRequest,
): Promise<number | 'parked' | 'lost'> {
  const { key, max, per } = limit;
  const rows = await run<{ wait: number }>(
    'SELECT bizinsights_jobs.take_start($1, $2, $3, $4, $5, $6, $7, $8) AS wait',
    [queue, attempt.id, token, attempt.started, key, max, per, concurrency],
  );
  const wait = rows[0]?.wait ?? PARKED - 1;
  if (wait === PARKED) return 'parked';
  return wait >= 0 ? wait : 'lost';
}
