import type { Migration } from './migration.js';

/** No foreign key: when an organization goes, the files of its reports have to be removed first. */
export const step0012: Migration = {
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
};
