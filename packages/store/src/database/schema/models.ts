/** Language models: who may use them, and how much has been used. */
import { boolean, date, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

/** What an organization has decided last. Without a row it has not agreed. */
export const modelConsents = schema.table('model_consents', {
  organizationId: text('organization_id').primaryKey(),
  allowed: boolean('allowed').notNull(),
  decidedBy: text('decided_by').notNull(),
  decidedAt: whole('decided_at').notNull(),
});

/** The tokens of a day: those that are used, and those that calls which run have reserved. */
export const modelUsage = schema.table(
  'model_usage',
  {
    organizationId: text('organization_id').notNull(),
    /** In the organization's zone. */
    day: date('day', { mode: 'string' }).notNull(),
    tokens: whole('tokens').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.day] })],
);
