import type { Migration } from './migration.js';

export const step0002: Migration = {
  id: '0002-webhook-accounts',
  sql: `
      CREATE TABLE bizinsights.webhook_accounts (
        integration_id text PRIMARY KEY,
        account text,
        secrets text,
        registered_at bigint NOT NULL
      );
      CREATE INDEX webhook_accounts_account ON bizinsights.webhook_accounts (account);
    `,
};
