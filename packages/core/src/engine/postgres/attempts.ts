/** What attempts keep on PostgreSQL and the embedded store. */
import type { AttemptRef, AttemptStore } from '../bullmq/attempt-store.js';
import { decodeSaved } from '../saved-fields.js';
import { BULLMQ_SCHEMA } from './schema.js';
import type { RunSql } from './state.js';

/** A row of the job, with nothing beside it where nothing has been saved. */
const SAVED = `
  SELECT field.field, field.value FROM ${BULLMQ_SCHEMA}.job
  LEFT JOIN bizinsights_jobs.field ON field.key = $5 AND field.expires_at > now()
  WHERE job.queue = $1 AND job.id = $2 AND job.attempts_started = $3 AND job.added_at_ms = $4`;

/** A line after the other, in one statement. */
const LOG = `
  SELECT bizinsights_jobs.save_log($1, $2, $3, $4, kept.line, $6) AS done
  FROM (SELECT line FROM unnest($5::text[]) WITH ORDINALITY AS given (line, n) ORDER BY n) kept`;

const FORGET = `
  DELETE FROM bizinsights_jobs.field WHERE key = $5
  AND EXISTS (SELECT FROM bizinsights_jobs.field WHERE key = $5 AND field = 'life' AND value = $4::bigint::text)
  AND NOT EXISTS (
    SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = $2 AND NOT (attempts_started = $3 AND added_at_ms = $4::bigint)
  )`;

export function createSqlAttempts(run: RunSql, queue: string): AttemptStore {
  const of = ({ id, started, addedAt }: AttemptRef) => [queue, id, started, addedAt] as const;
  const key = ({ id }: AttemptRef) => `job:${queue}:${id}`;
  const ask = async (call: string, values: readonly unknown[]): Promise<boolean> => {
    const rows = await run<{ done: boolean }>(`SELECT bizinsights_jobs.${call} AS done`, values);
    return rows[0]?.done ?? false;
  };
  return {
    async saved(attempt) {
      const rows = await run<{ field: string | null; value: string | null }>(SAVED, [...of(attempt), key(attempt)]);
      if (rows.length === 0) return undefined;
      const fields = rows.flatMap(({ field, value }) =>
        field === null || value === null ? [] : [[field, value] as const],
      );
      return decodeSaved(fields, attempt);
    },
    save: (attempt, field, value, ttl) =>
      ask('save($1, $2, $3, $4, $5, $6, $7, $8)', [...of(attempt), key(attempt), field, value, ttl]),
    async forget(attempt) {
      await run(FORGET, [...of(attempt), key(attempt)]);
    },
    progress: (attempt, progress) => ask('save_progress($1, $2, $3, $4, $5)', [...of(attempt), progress]),
    async log(attempt, lines, keep) {
      const rows = await run<{ done: boolean }>(LOG, [...of(attempt), lines, keep]);
      return rows.every(({ done }) => done);
    },
    // A lock that has run out stays whose it was, until somebody else takes the job.
    reclaim: async () => false,
  };
}
