/** Turns of tenants in a fair queue on PostgreSQL and the embedded store. */
import { storedName } from '../../../names.js';
import { MAX_PRIORITY } from '../../bounds.js';
import type { RunSql } from '../state.js';

/** One priority for each entry of `tenants`. */
export async function takeTurns(run: RunSql, queue: string, tenants: readonly string[]): Promise<number[]> {
  const rows = await run<{ priorities: number[] }>(
    'SELECT bizinsights_jobs.fair_priorities($1, $2, $3::text[]) AS priorities',
    [queue, MAX_PRIORITY, tenants.map(storedName)],
  );
  return rows[0]?.priorities ?? [];
}
