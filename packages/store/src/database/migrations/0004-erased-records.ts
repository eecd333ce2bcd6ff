import type { Migration } from './migration.js';

export const step0004: Migration = {
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
};
