import type { Migration } from './migration.js';

export const step0008: Migration = {
  id: '0008-stream-kinds',
  sql: `ALTER TABLE bizinsights.stream_reads ADD COLUMN kinds text[];`,
};
