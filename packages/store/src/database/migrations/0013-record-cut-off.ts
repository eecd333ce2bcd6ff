import type { Migration } from './migration.js';

/** See `records/cut-off.ts`. */
export const step0013: Migration = {
  id: '0013-record-cut-off',
  sql: `
      ALTER TABLE bizinsights.organizations ADD COLUMN records_from bigint, ADD COLUMN records_from_day date;
    `,
};
