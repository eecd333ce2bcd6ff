import type { Migration } from './migration.js';

/**
 * What webhooks call the account, else what the last sync has. A hash of a key of Stripe's is no account. Of several
 * integrations of one account it is the one whose webhooks were registered last, else the newest: which of the others
 * are to go, only a person can say.
 */
export const step0005: Migration = {
  id: '0005-integration-accounts',
  sql: `
      ALTER TABLE bizinsights.integrations
        ADD COLUMN account text,
        ADD COLUMN account_state text CHECK (account_state IN ('named', 'found', 'former')),
        ADD COLUMN connected_at bigint;

      WITH synced AS (
        SELECT DISTINCT ON (integration_id) integration_id, cursor->>'account' AS account
        FROM bizinsights.cursors
        WHERE jsonb_typeof(cursor->'account') = 'string' AND jsonb_typeof(cursor->'main') = 'object'
        ORDER BY integration_id, saved_at DESC, stream
      ),
      called AS (
        SELECT integration.id, organization_id, platform, created_at, registered_at,
          btrim(coalesce(
            webhooks.account,
            CASE WHEN platform = 'stripe' AND synced.account LIKE 'key-%' THEN NULL ELSE synced.account END
          )) AS account
        FROM bizinsights.integrations AS integration
        LEFT JOIN bizinsights.webhook_accounts AS webhooks ON webhooks.integration_id = integration.id
        LEFT JOIN synced ON synced.integration_id = integration.id
      ),
      ranked AS (
        SELECT id, account, row_number() OVER (
          PARTITION BY organization_id, platform, account
          ORDER BY (registered_at IS NULL), registered_at DESC, created_at DESC, id DESC
        ) AS place
        FROM called WHERE length(account) BETWEEN 1 AND 512
      )
      UPDATE bizinsights.integrations AS integration SET account = ranked.account, account_state = 'found'
      FROM ranked WHERE ranked.id = integration.id AND ranked.place = 1;

      -- In this order it also finds all of an account.
      CREATE UNIQUE INDEX integrations_account ON bizinsights.integrations (platform, account, organization_id)
        WHERE account IS NOT NULL;
    `,
};
