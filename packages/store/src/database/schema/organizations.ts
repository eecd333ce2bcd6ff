/** Organizations and their people. */
import { date, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

export const organizations = schema.table('organizations', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** IANA: whose days the metrics are of. */
  timeZone: text('time_zone').notNull(),
  /** ISO 4217: what the metrics are in. */
  currency: text('currency').notNull(),
  /** Where sales are counted: orders, or charges where there are no orders. Null before the first metrics. */
  salesKind: text('sales_kind').$type<'order' | 'charge'>(),
  /** BCP 47. */
  locale: text('locale'),
  createdAt: whole('created_at').notNull(),
  /** What happened before was removed, as it was too old. Null: nothing was. */
  recordsFrom: whole('records_from'),
  /** The same, for what the platform reports by day. */
  recordsFromDay: date('records_from_day', { mode: 'string' }),
});

export const members = schema.table(
  'members',
  {
    organizationId: text('organization_id').notNull(),
    id: text('id').notNull(),
    email: text('email').notNull(),
    name: text('name'),
    role: text('role').$type<'owner' | 'admin' | 'member'>().notNull(),
    /** Default: the organization's. */
    timeZone: text('time_zone'),
    /** BCP 47. Default: the organization's. */
    locale: text('locale'),
    createdAt: whole('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] })],
);
