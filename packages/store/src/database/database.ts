/** Drizzle on the host's pool: a server's, or that of the embedded store. */
import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';

export type Database = NodePgDatabase & { readonly $client: Pool };

/** What a statement runs in. */
export type Transaction = Pick<Database, 'execute'>;

export function openDatabase(pool: Pool): Database {
  return drizzle(pool);
}

/** What `openEmbedded` of core gives its pool as the host: no connection leaves the process. */
const EMBEDDED_HOST = 'embedded';

/**
 * Whether statements run in this process, whose event loop waits for each of them: then what reads or writes much does so in
 * parts.
 */
export function blocksEventLoop({ $client }: Pick<Database, '$client'>): boolean {
  return $client.options.host === EMBEDDED_HOST;
}

/**
 * Keeps PostgreSQL from compiling the statements of a transaction ("Just-in-Time Compilation"). It takes a document for a
 * hundred items and a range of days for a share of all rows, and so it would compile for longer than it then reads.
 */
export async function withoutCompiling(database: Pick<Database, '$client'>, transaction: Transaction): Promise<void> {
  // The embedded store can't compile.
  if (!blocksEventLoop(database)) await transaction.execute(sql`SET LOCAL jit = off`);
}
