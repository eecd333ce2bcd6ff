/** Jobs that are reused, on PostgreSQL and the embedded store. See redis/reuse.ts: the same rules. */
import type { ClaimedJob, ReuseClaim } from '../../bullmq/queue-store.js';
import { CLAIM_PATIENCE } from '../../bullmq/reuse.js';
import type { RunSql } from '../state.js';

export async function claimReuse(run: RunSql, queue: string, claim: ReuseClaim): Promise<ClaimedJob> {
  const { key, id, maxAge, keptFor } = claim;
  const rows = await run<{ claimed: ClaimedJob }>(
    'SELECT bizinsights_jobs.claim_reuse($1, $2, $3, $4, $5, $6) AS claimed',
    [queue, key, id, maxAge, keptFor, CLAIM_PATIENCE],
  );
  return rows[0]?.claimed ?? { id, exists: false };
}

export async function confirmReuse(run: RunSql, queue: string, key: string, id: string): Promise<void> {
  await run('UPDATE bizinsights_jobs.reuse SET added = true WHERE queue = $1 AND key = $2 AND id = $3', [
    queue,
    key,
    id,
  ]);
}
