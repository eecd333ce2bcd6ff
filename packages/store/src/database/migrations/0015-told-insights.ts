import type { Migration } from './migration.js';

/** Insights know what they are about, so that the same is not told twice; people mute them and give them their thumbs. */
export const step0015: Migration = {
  id: '0015-told-insights',
  sql: `
      ALTER TABLE bizinsights.insights
        ADD COLUMN topic text NOT NULL DEFAULT '',
        ADD COLUMN status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'changed', 'over')),
        ADD COLUMN importance double precision NOT NULL DEFAULT 0;
      CREATE INDEX insights_topics ON bizinsights.insights (organization_id, topic, created_at DESC);

      CREATE TABLE bizinsights.insight_mutes (
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        metric text NOT NULL DEFAULT '',
        kind text NOT NULL DEFAULT '',
        muted_by text NOT NULL,
        created_at bigint NOT NULL,
        PRIMARY KEY (organization_id, metric, kind),
        CHECK (metric <> '' OR kind <> '')
      );

      CREATE TABLE bizinsights.insight_votes (
        insight_id text NOT NULL REFERENCES bizinsights.insights ON DELETE CASCADE,
        person text NOT NULL,
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        kind text NOT NULL,
        vote text NOT NULL CHECK (vote IN ('up', 'down')),
        created_at bigint NOT NULL,
        PRIMARY KEY (insight_id, person)
      );
      CREATE INDEX insight_votes_kinds ON bizinsights.insight_votes (organization_id, kind, vote);
    `,
};
