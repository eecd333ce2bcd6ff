/** The data of the app: organizations and their people, integrations, records, figures. */
import { randomBytes } from 'node:crypto';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { createStore, type Store } from '@bizinsights/jobs-store';
import { Pool } from 'pg';
import { seed } from '../demo/seed';
import { keptSecret } from './kept-secret';
import { databaseUrl, embeddedDir } from './stores';

interface OpenStore {
  readonly store: Store;
  close(): Promise<void>;
}

async function open(): Promise<OpenStore> {
  // `next build` loads each page to see what is in it, in several processes: none of them may open the folder.
  if (process.env.NEXT_PHASE === 'phase-production-build') return unopened();
  const { pool, close } = await openPool();
  const store = createStore({ pool, keys: encryptionKeys() });
  await store.migrate();
  await seed(store);
  return { store, close };
}

async function openPool(): Promise<{ pool: Pool; close(): Promise<void> }> {
  const url = databaseUrl();
  if (url === undefined) return await openEmbedded({ dir: embeddedDir() });
  const pool = new Pool({ connectionString: url });
  // A connection that breaks while nobody uses it: the next statement gets another one.
  pool.on('error', () => undefined);
  return { pool, close: () => pool.end() };
}

function unopened(): OpenStore {
  return { store: createStore({ pool: new Pool() }), close: async () => undefined };
}

/** What the credentials of accounts are encrypted with. A product has it from its secrets, and loses no data with a folder. */
function encryptionKeys(): string {
  return (
    process.env.INTEGRATION_KEYS?.trim() ||
    keptSecret('integration-keys', () => `1:${randomBytes(32).toString('base64')}`)
  );
}

declare global {
  var bizInsightsStore: Promise<OpenStore> | undefined;
}

/** One a process, as the jobs. */
globalThis.bizInsightsStore ??= open();
const opened = await globalThis.bizInsightsStore;

export const store = opened.store;

/** Where the process ends. */
export async function closeStore(): Promise<void> {
  await opened.close();
}
