import type { Migration } from './migration.js';

export const step0001: Migration = {
  id: '0001-organizations-integrations-records-metrics',
  sql: `
      CREATE TABLE bizinsights.organizations (
        id text PRIMARY KEY,
        name text NOT NULL,
        time_zone text NOT NULL,
        currency text NOT NULL,
        sales_kind text,
        created_at bigint NOT NULL
      );

      CREATE TABLE bizinsights.members (
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        id text NOT NULL,
        email text NOT NULL,
        name text,
        role text NOT NULL,
        time_zone text,
        created_at bigint NOT NULL,
        PRIMARY KEY (organization_id, id)
      );

      CREATE TABLE bizinsights.integrations (
        id text PRIMARY KEY,
        organization_id text NOT NULL REFERENCES bizinsights.organizations,
        platform text NOT NULL,
        status text NOT NULL CHECK (status IN ('active', 'error', 'access-lost', 'disabled')),
        status_reason text,
        last_error text,
        last_synced_at bigint,
        last_failed_at bigint,
        rhythm jsonb,
        credentials text,
        connection text NOT NULL,
        created_at bigint NOT NULL
      );
      CREATE INDEX integrations_organization ON bizinsights.integrations (organization_id);

      CREATE TABLE bizinsights.cursors (
        integration_id text NOT NULL,
        stream text NOT NULL,
        cursor jsonb NOT NULL,
        saved_at bigint NOT NULL,
        PRIMARY KEY (integration_id, stream)
      );

      CREATE TABLE bizinsights.records (
        integration_id text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        updated_at bigint NOT NULL,
        occurred_at bigint,
        day date,
        status text,
        amount bigint,
        refunded bigint,
        currency text,
        customer_id text,
        data jsonb,
        deleted_at bigint,
        PRIMARY KEY (integration_id, kind, id)
      );
      CREATE INDEX records_occurred ON bizinsights.records (integration_id, kind, occurred_at)
        WHERE occurred_at IS NOT NULL;
      CREATE INDEX records_day ON bizinsights.records (integration_id, kind, day) WHERE day IS NOT NULL;

      CREATE TABLE bizinsights.rejected_records (
        integration_id text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        stream text NOT NULL,
        reason text NOT NULL,
        raw jsonb,
        rejected_at bigint NOT NULL,
        PRIMARY KEY (integration_id, kind, id)
      );

      CREATE TABLE bizinsights.stale_days (
        integration_id text NOT NULL,
        day date NOT NULL,
        changes integer NOT NULL,
        PRIMARY KEY (integration_id, day)
      );

      CREATE TABLE bizinsights.daily_metrics (
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        day date NOT NULL,
        currency text NOT NULL,
        revenue bigint NOT NULL,
        refunds bigint NOT NULL,
        orders bigint NOT NULL,
        new_customers bigint NOT NULL,
        sessions bigint NOT NULL,
        ad_spend bigint NOT NULL,
        ad_revenue bigint NOT NULL,
        impressions bigint NOT NULL,
        clicks bigint NOT NULL,
        is_partial boolean NOT NULL,
        PRIMARY KEY (organization_id, day)
      );
    `,
};
