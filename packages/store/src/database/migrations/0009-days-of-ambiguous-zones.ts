import type { Migration } from './migration.js';

/**
 * Days were worked out by PostgreSQL, which takes some names of zones for abbreviations of a fixed offset: CET is +01:00
 * there, also in summer. They are derived again.
 */
export const step0009: Migration = {
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
};
