/** Key rotation: all that is encrypted with an older key is encrypted with the current one. */
import { toError } from '@bizinsights/jobs-core';
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { integrations, webhookAccounts } from '../database/schema.js';
import type { Keyring } from './keyring.js';
import { secretsContext } from './webhook-accounts.js';

/** What `rotateKeys` has done. */
export interface KeyRotation {
  /** How many texts are encrypted anew. */
  readonly rotated: number;
  /**
   * What no key opens, and is as it was. Add its key again, or connect the account anew; as long as there is any, keep the
   * older keys.
   */
  readonly failed: readonly FailedRotation[];
}

export interface FailedRotation {
  /** The integration. */
  readonly id: string;
  readonly part: 'credentials' | 'webhook-secrets';
  /** Names the key, and holds no secret. */
  readonly reason: string;
}

/** How many are read at a time. */
const PAGE = 500;

/** All that is encrypted. */
const PARTS = [
  {
    part: 'credentials',
    table: sql`${integrations}`,
    id: sql.identifier('id'),
    text: sql.identifier('credentials'),
    contextOf: (id: string) => id,
  },
  {
    part: 'webhook-secrets',
    table: sql`${webhookAccounts}`,
    id: sql.identifier('integration_id'),
    text: sql.identifier('secrets'),
    contextOf: secretsContext,
  },
] as const;

export async function rotateKeys(database: Database, keyring: Keyring): Promise<KeyRotation> {
  const failed: FailedRotation[] = [];
  let rotated = 0;
  for (const { part, table, id, text, contextOf } of PARTS) {
    for await (const row of walk(database, sql`SELECT ${id} AS id, ${text} AS text FROM ${table}`)) {
      if (keyring.isCurrent(row.text)) continue;
      const context = contextOf(row.id);
      let plain: string;
      try {
        plain = keyring.decrypt(row.text, context);
      } catch (error) {
        failed.push({ id: row.id, part, reason: toError(error).message });
        continue;
      }
      const { rowCount } = await database.execute(sql`
        UPDATE ${table} SET ${text} = ${keyring.encrypt(plain, context)}
        -- Only where nobody has connected the account anew meanwhile.
        WHERE ${id} = ${row.id} AND ${text} = ${row.text}`);
      rotated += rowCount ?? 0;
    }
  }
  return { rotated, failed };
}

/** Page by page and by id, so that memory stays flat and no transaction is open for long. */
async function* walk(database: Database, all: SQL): AsyncGenerator<{ readonly id: string; readonly text: string }> {
  let after = '';
  for (;;) {
    const { rows } = await database.execute<{ id: string; text: string }>(sql`
      SELECT id, text FROM (${all}) AS sealed WHERE text IS NOT NULL AND id > ${after} ORDER BY id LIMIT ${PAGE}`);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.id;
  }
}
