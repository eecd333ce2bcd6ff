/** What attempts keep on PostgreSQL and the embedded store. */
import type { AttemptRef, AttemptStore } from '../bullmq/attempt-store.js';
import { decodeSaved } from '../saved-fields.js';
import { BULLMQ_SCHEMA } from './names.js';
import { FORGET_SAVED, READ_SAVED, SAVE_LOG } from './sql/index.js';
import type { RunSql } from './state.js';

export function createSqlAttempts(run: RunSql, queue: string): AttemptStore {
  const of = ({ id, started, addedAt }: AttemptRef) => [queue, id, started, addedAt] as const;
  const key = ({ id }: AttemptRef) => `job:${queue}:${id}`;
  const ask = async (call: string, values: readonly unknown[]): Promise<boolean> => {
    const rows = await run<{ done: boolean }>(`SELECT bizinsights_jobs.${call} AS done`, values);
    return rows[0]?.done ?? false;
  };
  return {
    async saved(attempt) {
      const rows = await run<{ field: string | null; value: string | null }>(READ_SAVED, [
        ...of(attempt),
        key(attempt),
      ]);
      if (rows.length === 0) return undefined;
      const fields = rows.flatMap(({ field, value }) =>
        field === null || value === null ? [] : [[field, value] as const],
      );
      return decodeSaved(fields, attempt);
    },
    save: (attempt, field, value, ttl) =>
      ask('save($1, $2, $3, $4, $5, $6, $7, $8)', [...of(attempt), key(attempt), field, value, ttl]),
    async forget(attempt) {
      await run(FORGET_SAVED, [...of(attempt), key(attempt)]);
    },
    progress: (attempt, progress) => ask('save_progress($1, $2, $3, $4, $5)', [...of(attempt), progress]),
    async log(attempt, lines, keep) {
      const rows = await run<{ done: boolean }>(SAVE_LOG, [...of(attempt), lines, keep]);
      return rows.every(({ done }) => done);
    },
    async countDeath(attempt) {
      await run(
        `UPDATE ${BULLMQ_SCHEMA}.job SET stalled_count = stalled_count + 1
          WHERE queue = $1 AND id = $2 AND attempts_started = $3 AND added_at_ms = $4`,
        [...of(attempt)],
      );
    },
    // A lock that has run out stays whose it was, until somebody else takes the job.
    reclaim: async () => false,
  };
}
