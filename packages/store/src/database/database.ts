/** Drizzle on the host's pool: a server's, or that of the embedded store. */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';

export type Database = NodePgDatabase;

/** What a statement runs in. */
export type Transaction = Pick<Database, 'execute'>;

export function openDatabase(pool: Pool): Database {
  return drizzle(pool);
}
