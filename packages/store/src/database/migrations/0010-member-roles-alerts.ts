import type { Migration } from './migration.js';

/** Roles were any text. One that is none of the three may do the least. */
export const step0010: Migration = {
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
};
