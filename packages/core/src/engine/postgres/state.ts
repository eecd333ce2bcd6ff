/** Shared state on PostgreSQL and the embedded store. */
import type { StateStore } from '../contract.js';

/**
 * Runs a statement once the store is ready; the engine adds the pool and its errors. One whose connection was lost is
 * sent again: `again` instead of it, where it may have been carried out.
 */
export type RunSql = <Row>(text: string, values: readonly unknown[], again?: string) => Promise<Row[]>;

/** After so many writes of this process, what has expired is swept away. */
const SWEEP_EVERY = 1_000;

/**
 * To find the oldest entry to keep, the store walks over all the newer ones: a log this long is shortened once in so many
 * writes of a process.
 */
const LONG_LOG = { keep: 500, shortenEvery: 50 } as const;

const APPEND = `INSERT INTO bizinsights_jobs.log (key, entry)
  SELECT $1, entry FROM unnest($2::text[]) WITH ORDINALITY AS added (entry, n) ORDER BY n`;

const LIVES = '(expires_at IS NULL OR expires_at > now())';
const EXPIRY = "now() + $%::bigint * interval '1 millisecond'";
const expiry = (parameter: number) => EXPIRY.replace('%', String(parameter));

const SET_UNLESS = `INSERT INTO bizinsights_jobs.state AS old VALUES ($1, $2, ${expiry(3)})
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at WHERE`;

/** What a deletion of the key $1 is sent as the second time: a key that is not there has been deleted. */
const orGone = (deletion: string) => `WITH gone AS (${deletion}) SELECT 1 FROM gone
  UNION ALL SELECT 1 WHERE NOT EXISTS (SELECT FROM bizinsights_jobs.state WHERE key = $1 AND ${LIVES})`;

/** The entries of a log that are looked at for those that are appended again. */
const RECENT_ENTRIES = 100;

/** Appends, the second time: unless the entries are there. */
const APPEND_AGAIN = `${APPEND.replace('ORDER BY n', '')} WHERE NOT EXISTS (
  SELECT FROM (SELECT entry FROM bizinsights_jobs.log WHERE key = $1 ORDER BY seq DESC LIMIT ${RECENT_ENTRIES}) AS recent
  WHERE recent.entry = ANY($2::text[])) ORDER BY n`;

/** A place that nobody came for, long after its time, is no use to anyone. µs */
const SLOT_AGE = 3_600_000_000;

export function createSqlState(run: RunSql, onError: (error: unknown) => void): StateStore {
  let writes = 0;
  let appends = 0;
  const sweep = () => {
    if (++writes % SWEEP_EVERY !== 0) return;
    // Beside the caller's way: the sweep is nobody's wait, and what it misses comes next time.
    Promise.all([
      run('DELETE FROM bizinsights_jobs.state WHERE expires_at <= now()', []),
      run('DELETE FROM bizinsights_jobs.field WHERE expires_at <= now()', []),
      run('DELETE FROM bizinsights_jobs.slot WHERE at < (extract(epoch FROM now()) * 1000000)::bigint - $1', [
        SLOT_AGE,
      ]),
    ]).catch(onError);
  };

  return {
    async get(key) {
      const rows = await run<{ value: string }>(
        `SELECT value FROM bizinsights_jobs.state WHERE key = $1 AND ${LIVES}`,
        [key],
      );
      return rows[0]?.value;
    },
    async getMany(keys) {
      const rows = await run<{ key: string; value: string }>(
        `SELECT key, value FROM bizinsights_jobs.state WHERE key = ANY($1::text[]) AND ${LIVES}`,
        [keys],
      );
      const found = new Map(rows.map(({ key, value }) => [key, value]));
      return keys.map((key) => found.get(key));
    },
    async set(key, value, ttl) {
      sweep();
      await run(
        `INSERT INTO bizinsights_jobs.state VALUES ($1, $2, ${expiry(3)})
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
        [key, value, ttl ?? null],
      );
    },
    async delete(key) {
      const rows = await run<{ lives: boolean }>(
        `WITH fields AS (DELETE FROM bizinsights_jobs.field WHERE key = $1 RETURNING expires_at),
              gone AS (DELETE FROM bizinsights_jobs.state WHERE key = $1 RETURNING expires_at)
         SELECT 1 FROM gone WHERE ${LIVES} UNION ALL SELECT 1 FROM fields WHERE ${LIVES}`,
        [key],
      );
      return rows.length > 0;
    },
    async exists(key) {
      const rows = await run(`SELECT 1 FROM bizinsights_jobs.state WHERE key = $1 AND ${LIVES}`, [key]);
      return rows.length > 0;
    },
    async deleteMatching(prefix, pattern) {
      const like = escapeLike(prefix) + escapeLike(pattern).replaceAll('*', '%').replaceAll('?', '_');
      const rows = await run<{ expires_at: unknown }>(
        `WITH gone AS (DELETE FROM bizinsights_jobs.state WHERE key LIKE $1 RETURNING expires_at)
         SELECT expires_at FROM gone WHERE ${LIVES}`,
        [like],
      );
      return rows.length;
    },
    async setIfAbsent(key, value, ttl) {
      sweep();
      // Sent again, one that has its value already is set.
      const rows = await run(
        `${SET_UNLESS} old.expires_at <= now() RETURNING 1`,
        [key, value, ttl],
        `${SET_UNLESS} (old.expires_at <= now() OR old.value = excluded.value) RETURNING 1`,
      );
      return rows.length > 0;
    },
    async extendIfEqual(key, value, ttl) {
      const rows = await run(
        `UPDATE bizinsights_jobs.state SET expires_at = ${expiry(3)} WHERE key = $1 AND value = $2 AND ${LIVES} RETURNING 1`,
        [key, value, ttl],
      );
      return rows.length > 0;
    },
    async deleteIfEqual(key, value) {
      const gone = `DELETE FROM bizinsights_jobs.state WHERE key = $1 AND value = $2 AND ${LIVES} RETURNING 1`;
      const rows = await run(gone, [key, value], orGone(gone));
      return rows.length > 0;
    },
    async replaceIfEqual(key, old, value, ttl) {
      const rows = await run(
        `UPDATE bizinsights_jobs.state SET value = $3, expires_at = ${expiry(4)}
         WHERE key = $1 AND value IN ($2, $3) AND ${LIVES} RETURNING 1`,
        [key, old, value, ttl],
      );
      return rows.length > 0;
    },
    async fields(key) {
      const rows = await run<{ field: string; value: string }>(
        'SELECT field, value FROM bizinsights_jobs.field WHERE key = $1 AND expires_at > now()',
        [key],
      );
      return Object.fromEntries(rows.map(({ field, value }) => [field, value]));
    },
    async setField(key, field, value, ttl, reset) {
      sweep();
      await run('SELECT bizinsights_jobs.set_field($1, $2, $3, $4, $5)', [key, field, value, ttl, reset]);
    },
    async deleteField(key, field) {
      await run('DELETE FROM bizinsights_jobs.field WHERE key = $1 AND field = $2', [key, field]);
    },
    async append(key, entries, keep) {
      if (keep >= LONG_LOG.keep && appends++ % LONG_LOG.shortenEvery !== 0) {
        await run(APPEND, [key, entries], APPEND_AGAIN);
        return;
      }
      const shortened = (append: string) => `WITH added AS (${append})
        DELETE FROM bizinsights_jobs.log WHERE key = $1 AND seq <= (
          SELECT seq FROM bizinsights_jobs.log WHERE key = $1 ORDER BY seq DESC OFFSET $3 LIMIT 1
        )`;
      // The statement does not see the entries that it adds.
      const parameters = [key, entries, Math.max(0, keep - entries.length)];
      await run(shortened(APPEND), parameters, shortened(APPEND_AGAIN));
    },
    async entries(key, start, count) {
      const rows = await run<{ entry: string }>(
        'SELECT entry FROM bizinsights_jobs.log WHERE key = $1 ORDER BY seq DESC OFFSET $2 LIMIT $3',
        [key, start, count],
      );
      return rows.map(({ entry }) => entry);
    },
    async oldestEntries(key, count) {
      const rows = await run<{ entry: string }>(
        'SELECT entry FROM bizinsights_jobs.log WHERE key = $1 ORDER BY seq LIMIT $2',
        [key, count],
      );
      return rows.map(({ entry }) => entry);
    },
    async removeOldest(key, count, last) {
      const rows = await run(
        `DELETE FROM bizinsights_jobs.log WHERE key = $1 AND seq <= (
           SELECT seq FROM (
             SELECT seq, entry FROM bizinsights_jobs.log WHERE key = $1 ORDER BY seq OFFSET $2 LIMIT 1
           ) AS youngest WHERE entry = $3
         ) RETURNING 1`,
        [key, count - 1, last],
      );
      return rows.length > 0;
    },
    async takeSlot(key, member, max, per) {
      sweep();
      const rows = await run<{ wait: number }>('SELECT bizinsights_jobs.take_slot($1, $2, $3, $4) AS wait', [
        key,
        member,
        max,
        per,
      ]);
      return rows[0]?.wait ?? 0;
    },
  };
}

/** `%`, `_` and `\` stand for themselves. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
