import type { Migration } from './migration.js';

export const step0006: Migration = {
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
};
