/** Drizzle on the host's pool: a server's, or that of the embedded store. */
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
