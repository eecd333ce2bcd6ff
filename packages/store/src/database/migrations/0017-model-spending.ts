import type { Migration } from './migration.js';

/** What a language model has cost an organization on a day, in millionths of a currency, where the host counts it. */
export const step0017: Migration = {
  id: '0017-model-spending',
  sql: `
      ALTER TABLE bizinsights.model_usage
        ADD COLUMN spent bigint NOT NULL DEFAULT 0,
        ADD COLUMN currency text;
    `,
};
