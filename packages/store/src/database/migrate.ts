/** Brings the tables up to date, once, however many processes start at the same moment. */
import type { Pool } from 'pg';
import { MIGRATIONS } from './migrations.js';

/** Any number that nobody else locks by: the first letters of "bizinsights" as bytes. */
const LOCK = 0x62_69_7a_69;

/**
 * All steps that are missing, in one transaction: either all of them are there afterwards, or none. Answers their ids.
 */
export async function migrate(pool: Pool, migrations = MIGRATIONS): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    // Held until the transaction ends: the others wait here, and then find nothing to do.
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query('CREATE SCHEMA IF NOT EXISTS bizinsights');
    await client.query(`CREATE TABLE IF NOT EXISTS bizinsights.migrations (
      id text PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
    const { rows } = await client.query<{ id: string }>('SELECT id FROM bizinsights.migrations');
    const applied = new Set(rows.map(({ id }) => id));
    const missing = migrations.filter(({ id }) => !applied.has(id));
    for (const { id, sql } of missing) {
      await client.query(sql);
      await client.query('INSERT INTO bizinsights.migrations (id) VALUES ($1)', [id]);
    }
    await client.query('COMMIT');
    client.release();
    return missing.map(({ id }) => id);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    // Whatever state the connection is in, nobody gets it again.
    client.release(true);
    throw error;
  }
}
