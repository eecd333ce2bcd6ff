/** Accounts on platforms. */
import type { SyncRhythm } from '@bizinsights/jobs-data-sync';
import { jsonb, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

export const integrations = schema.table('integrations', {
  id: text('id').primaryKey(),
  organizationId: text('organization_id').notNull(),
  platform: text('platform').notNull(),
  status: text('status').$type<'active' | 'error' | 'access-lost' | 'disabled'>().notNull(),
  /** Of `access-lost`. */
  statusReason: text('status_reason'),
  lastError: text('last_error'),
  lastSyncedAt: whole('last_synced_at'),
  lastFailedAt: whole('last_failed_at'),
  rhythm: jsonb('rhythm').$type<SyncRhythm>(),
  /** Encrypted. */
  credentials: text('credentials'),
  /** Another one each time the account is connected. */
  connection: text('connection').notNull(),
  createdAt: whole('created_at').notNull(),
  /** The platform's own name of it. One integration an organization and platform. */
  account: text('account'),
  accountState: text('account_state').$type<AccountState>(),
  /** The last time. Null: before this was kept. */
  connectedAt: whole('connected_at'),
});

/**
 * `named`: together with the credentials. `found`: by a migration. `former`: the credentials were replaced since then by
 * others, and nobody has said of which account these are.
 */
export type AccountState = 'named' | 'found' | 'former';

/** Which webhooks are an integration's. */
export const webhookAccounts = schema.table('webhook_accounts', {
  integrationId: text('integration_id').primaryKey(),
  /** As the platform's webhooks name it. */
  account: text('account'),
  /** Encrypted. */
  secrets: text('secrets'),
  registeredAt: whole('registered_at').notNull(),
});
