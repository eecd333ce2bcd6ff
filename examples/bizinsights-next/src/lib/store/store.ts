/** The data of the app: organizations and their people, integrations, records, figures. */
import { randomBytes } from 'node:crypto';
import { hotReloadable } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { createStore, type Store } from '@bizinsights/jobs-store';
import { Pool } from 'pg';
import { seed } from '../../demo/seed';
import { isBuild } from '../host/is-build';
import { keptSecret } from '../host/kept-secret';
import { Passwords } from '../sign-in/passwords';
import { databaseUrl, embeddedDir } from './stores';

/** The store, with what is the app's own in its database, the connections to it, and what ends them. */
type AppStore = Store & { readonly pool: Pool; readonly passwords: Passwords; close(): Promise<void> };

async function open(): Promise<AppStore> {
  if (isBuild()) return withPasswords(new Pool(), { close: async () => undefined });
  const { pool, close } = await openPool();
  const opened = withPasswords(pool, { keys: encryptionKeys(), close });
  await opened.migrate();
  await opened.passwords.migrate();
  await seed(opened, opened.passwords);
  return opened;
}

function withPasswords(pool: Pool, { close, ...options }: { keys?: string; close(): Promise<void> }): AppStore {
  return Object.assign(createStore({ pool, ...options }), { pool, passwords: new Passwords(pool), close });
}

async function openPool(): Promise<{ pool: Pool; close(): Promise<void> }> {
  const url = databaseUrl();
  if (url === undefined) return await openEmbedded({ dir: embeddedDir() });
  const pool = new Pool({ connectionString: url });
  // A connection that breaks while nobody uses it: the next statement gets another one.
  pool.on('error', () => undefined);
  return { pool, close: () => pool.end() };
}

/** What the credentials of accounts are encrypted with. A product has it from its secrets, and loses no data with a folder. */
function encryptionKeys(): string {
  return (
    process.env.INTEGRATION_KEYS?.trim() ||
    keptSecret('integration-keys', () => `1:${randomBytes(32).toString('base64')}`)
  );
}

/** One a process, as the jobs. Its `close` is for where the process ends. */
export const store = await hotReloadable('store', open);
