import type { Migration } from './migration.js';

export const step0011: Migration = {
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
};
