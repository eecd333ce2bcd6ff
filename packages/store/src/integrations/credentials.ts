/** What an integration was connected with. */
import { eq } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { integrations } from '../database/schema.js';
import type { Keyring } from './keyring.js';

/**
 * Decrypted; undefined where there is nothing.
 *
 * @throws {ConfigError} when the key is not there that it was encrypted with
 */
export async function readCredentials(database: Database, keyring: () => Keyring, id: string): Promise<unknown> {
  const [row] = await database
    .select({ credentials: integrations.credentials })
    .from(integrations)
    .where(eq(integrations.id, id));
  if (!row?.credentials) return undefined;
  const credentials: unknown = JSON.parse(keyring().decrypt(row.credentials, id));
  return credentials;
}
