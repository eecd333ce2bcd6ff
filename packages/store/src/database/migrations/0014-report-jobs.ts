import type { Migration } from './migration.js';

export const step0014: Migration = {
  id: '0014-report-jobs',
  sql: 'ALTER TABLE bizinsights.reports ADD COLUMN job_id text;',
};
