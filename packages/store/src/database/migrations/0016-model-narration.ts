import type { Migration } from './migration.js';

/** Whether a language model may word an organization's insights, who has agreed to it, and what it has used on each day. */
export const step0016: Migration = {
  id: '0016-model-narration',
  sql: `
      CREATE TABLE bizinsights.model_consents (
        organization_id text PRIMARY KEY REFERENCES bizinsights.organizations ON DELETE CASCADE,
        allowed boolean NOT NULL,
        decided_by text NOT NULL,
        decided_at bigint NOT NULL
      );

      CREATE TABLE bizinsights.model_usage (
        organization_id text NOT NULL REFERENCES bizinsights.organizations ON DELETE CASCADE,
        day date NOT NULL,
        tokens bigint NOT NULL,
        PRIMARY KEY (organization_id, day)
      );
    `,
};
