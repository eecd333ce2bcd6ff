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

/** Tokens and money of a day: what is used, and what calls which run have reserved. */
export const modelUsage = schema.table(
  'model_usage',
  {
    organizationId: text('organization_id').notNull(),
    /** In the organization's zone. */
    day: date('day', { mode: 'string' }).notNull(),
    tokens: whole('tokens').notNull(),
    /** Millionths of the currency's main unit. */
    spent: whole('spent').notNull().default(0),
    /** ISO 4217. Null as long as no money is counted. */
    currency: text('currency'),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.day] })],
);
