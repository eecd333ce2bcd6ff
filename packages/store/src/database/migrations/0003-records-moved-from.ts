import type { Migration } from './migration.js';

/** Kept in the row, as PostgreSQL before 18 tells of an upsert only what the row has become. */
export const step0003: Migration = {
  id: '0003-records-moved-from',
  sql: 'ALTER TABLE bizinsights.records ADD COLUMN moved_from date;',
};
