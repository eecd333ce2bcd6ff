/**
 * What makes the tables, step by step. A step that has been released is never changed: another one is added.
 *
 * No foreign keys from the large tables to `integrations`: they would be checked row by row. `RecordSink.write` looks once
 * a batch, and `integrations.remove` takes the rows with it.
 */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
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
  },
  {
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
  },
  {
    // Kept in the row, as PostgreSQL before 18 tells of an upsert only what the row has become.
    id: '0003-records-moved-from',
    sql: 'ALTER TABLE bizinsights.records ADD COLUMN moved_from date;',
  },
  {
    id: '0004-erased-records',
    sql: `
      CREATE TABLE bizinsights.erased_records (
        integration_id text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        erased_at bigint NOT NULL,
        PRIMARY KEY (integration_id, kind, id)
      );
    `,
  },
  {
    // What webhooks call the account, else what the last sync has. A hash of a key of Stripe's is no account. Of several
    // integrations of one account it is the one whose webhooks were registered last, else the newest: which of the others
    // are to go, only a person can say.
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
  },
  {
    id: '0006-full-reads',
    sql: `
      ALTER TABLE bizinsights.records ADD COLUMN changed_at bigint, ADD COLUMN is_unmet boolean NOT NULL DEFAULT false;

      CREATE TABLE bizinsights.full_reads (
        integration_id text NOT NULL,
        stream text NOT NULL,
        full_read text NOT NULL,
        is_open boolean NOT NULL DEFAULT true,
        has_unknown boolean NOT NULL DEFAULT false,
        missing bigint NOT NULL DEFAULT 0,
        candidates bigint NOT NULL DEFAULT 0,
        is_swept boolean NOT NULL DEFAULT false,
        PRIMARY KEY (integration_id, stream, full_read)
      );

      CREATE TABLE bizinsights.met_records (
        integration_id text NOT NULL,
        stream text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        PRIMARY KEY (integration_id, stream, kind, id)
      );
    `,
  },
  {
    id: '0007-stream-reads',
    sql: `
      CREATE TABLE bizinsights.stream_reads (
        integration_id text NOT NULL,
        stream text NOT NULL,
        kind text NOT NULL,
        read_at bigint NOT NULL,
        covered_from bigint,
        covered_from_day date,
        provisional_from date,
        PRIMARY KEY (integration_id, stream)
      );
    `,
  },
  {
    id: '0008-stream-kinds',
    sql: `ALTER TABLE bizinsights.stream_reads ADD COLUMN kinds text[];`,
  },
  {
    // Days were worked out by PostgreSQL, which takes some names of zones for abbreviations of a fixed offset: CET is +01:00
    // there, also in summer. They are derived again.
    id: '0009-days-of-ambiguous-zones',
    sql: `
      INSERT INTO bizinsights.stale_days AS old (integration_id, day, changes)
      SELECT DISTINCT record.integration_id,
        coalesce(record.day, (to_timestamp(record.occurred_at / 1000.0) AT TIME ZONE 'UTC')::date) AS day, 1
      FROM bizinsights.organizations AS organization
      JOIN bizinsights.integrations AS integration ON integration.organization_id = organization.id
      JOIN bizinsights.records AS record ON record.integration_id = integration.id
      WHERE upper(organization.time_zone) IN (SELECT abbrev FROM pg_timezone_abbrevs WHERE abbrev <> 'UTC')
        AND (record.day IS NOT NULL OR record.occurred_at IS NOT NULL)
      ON CONFLICT (integration_id, day) DO UPDATE SET changes = old.changes + 1;
    `,
  },
  {
    // Roles were any text. One that is none of the three may do the least.
    id: '0010-member-roles-alerts',
    sql: `
      UPDATE bizinsights.members SET role = 'member' WHERE role NOT IN ('owner', 'admin', 'member');
      ALTER TABLE bizinsights.members
        ADD COLUMN locale text,
        ADD CONSTRAINT members_role CHECK (role IN ('owner', 'admin', 'member'));
      ALTER TABLE bizinsights.organizations ADD COLUMN locale text;

      CREATE TABLE bizinsights.alerts (
        id text PRIMARY KEY,
        organization_id text REFERENCES bizinsights.organizations ON DELETE CASCADE,
        fingerprint text NOT NULL,
        status text NOT NULL CHECK (status IN ('open', 'acknowledged', 'resolved')),
        severity text NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
        type text NOT NULL,
        source text NOT NULL,
        title text NOT NULL,
        message text NOT NULL,
        labels jsonb NOT NULL,
        evidence jsonb,
        opening integer NOT NULL,
        occurrences integer NOT NULL,
        created_at bigint NOT NULL,
        opened_at bigint NOT NULL,
        last_seen_at bigint NOT NULL,
        acknowledged_by text,
        acknowledged_at bigint,
        resolved_by text,
        resolved_at bigint
      );
      -- An organization's id is never empty.
      CREATE UNIQUE INDEX alerts_fingerprint ON bizinsights.alerts (coalesce(organization_id, ''), fingerprint);
      CREATE INDEX alerts_organization ON bizinsights.alerts (organization_id, opened_at, id);
      CREATE INDEX alerts_resolved ON bizinsights.alerts (resolved_at) WHERE status = 'resolved';

      CREATE TABLE bizinsights.alert_occurrences (
        alert_id text NOT NULL REFERENCES bizinsights.alerts ON DELETE CASCADE,
        occurrence text NOT NULL,
        opening integer NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('created', 'repeated', 'reopened')),
        severity text NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
        seen_at bigint NOT NULL,
        PRIMARY KEY (alert_id, occurrence)
      );
      CREATE INDEX alert_occurrences_seen ON bizinsights.alert_occurrences (seen_at);

      CREATE TABLE bizinsights.alert_notices (
        alert_id text NOT NULL REFERENCES bizinsights.alerts ON DELETE CASCADE,
        opening integer NOT NULL,
        channel text NOT NULL,
        recipient text NOT NULL,
        claimed_by text NOT NULL,
        claimed_at bigint NOT NULL,
        sent_at bigint,
        PRIMARY KEY (alert_id, opening, channel, recipient)
      );
    `,
  },
  {
    id: '0011-insights',
    sql: `
      CREATE TABLE bizinsights.insights (
        id text PRIMARY KEY,
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        fingerprint text NOT NULL,
        job_id text NOT NULL,
        period text NOT NULL,
        kind text NOT NULL,
        metric text NOT NULL,
        impact text NOT NULL CHECK (impact IN ('low', 'medium', 'high')),
        title text NOT NULL,
        text text NOT NULL,
        evidence jsonb NOT NULL,
        place integer NOT NULL,
        created_at bigint NOT NULL,
        UNIQUE (organization_id, fingerprint)
      );
      CREATE INDEX insights_newest ON bizinsights.insights (organization_id, created_at DESC, place, id);
      CREATE INDEX insights_created ON bizinsights.insights (created_at);

      CREATE TABLE bizinsights.insight_runs (
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        period text NOT NULL,
        job_id text NOT NULL,
        begun_at bigint NOT NULL,
        PRIMARY KEY (organization_id, period)
      );
    `,
  },
  {
    // No foreign key: when an organization goes, the files of its reports have to be removed first.
    id: '0012-reports',
    sql: `
      CREATE TABLE bizinsights.reports (
        id text PRIMARY KEY,
        organization_id text NOT NULL,
        template text NOT NULL,
        format text NOT NULL,
        fingerprint text NOT NULL,
        request jsonb NOT NULL,
        status text NOT NULL
          CHECK (status IN ('pending', 'generating', 'ready', 'failed', 'cancelled', 'expired')),
        progress integer NOT NULL DEFAULT 0,
        error text,
        file_key text NOT NULL UNIQUE,
        filename text,
        bytes bigint,
        data_version text,
        mail jsonb,
        mailed text[] NOT NULL DEFAULT '{}',
        created_at bigint NOT NULL,
        ready_at bigint,
        expires_at bigint,
        file_removed_at bigint
      );
      CREATE UNIQUE INDEX reports_open ON bizinsights.reports (fingerprint) WHERE status IN ('pending', 'generating');
      CREATE INDEX reports_fingerprint ON bizinsights.reports (fingerprint) WHERE status = 'ready';
      CREATE INDEX reports_organization ON bizinsights.reports (organization_id, created_at DESC, id DESC);
      CREATE INDEX reports_expired ON bizinsights.reports (id) WHERE status = 'expired' AND file_removed_at IS NULL;

      CREATE TABLE bizinsights.report_schedules (
        id text PRIMARY KEY,
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        template text NOT NULL,
        format text NOT NULL,
        frequency text NOT NULL CHECK (frequency IN ('daily', 'weekly', 'monthly')),
        weekday integer,
        day_of_month integer,
        time text NOT NULL,
        time_zone text NOT NULL,
        locale text,
        recipients text[] NOT NULL,
        created_at bigint NOT NULL
      );
      CREATE INDEX report_schedules_organization ON bizinsights.report_schedules (organization_id);
    `,
  },
];
