import type { Migration } from './migration.js';

export const step0007: Migration = {
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
};
