/** Our own tables and functions in PostgreSQL, beside BullMQ's: shared state, rate limits, fair turns, schedules. */
import type { PgPool } from 'bullmq';
import { LOCK } from './names.js';
import { ARE_COUNTED, ARE_PLANNED, HAS_RATE_INDEX, SCHEMA, SCHEMA_VERSION } from './sql/index.js';

/** Brings our schema up to date: once, however many start at the same time. */
export async function migrateOwnSchema(pool: PgPool): Promise<void> {
  if ((await currentVersion(pool)) >= SCHEMA_VERSION) return;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    // The one who held the lock before us may have done it.
    if ((await currentVersion(client)) < SCHEMA_VERSION) await client.query(SCHEMA);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function currentVersion(db: { query: PgPool['query'] }): Promise<number> {
  // Of the tables themselves: `to_regclass` answers from a cache, which does not know yet what another one has made
  // while we waited for the lock.
  const { rows: found } = await db.query(
    "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'bizinsights_jobs' AND tablename = 'version'",
  );
  if (found.length === 0) return 0;
  const { rows } = await db.query<{ version: number }>(
    `SELECT version FROM bizinsights_jobs.version WHERE ${ARE_COUNTED} AND ${HAS_RATE_INDEX} AND ${ARE_PLANNED}`,
  );
  return rows[0]?.version ?? 0;
}
