/** What is derived from records. */
import { boolean, date, integer, primaryKey, text } from 'drizzle-orm/pg-core';
import { schema, whole } from './columns.js';

/** Days (in UTC) whose records have changed since the metrics were derived. */
export const staleDays = schema.table(
  'stale_days',
  {
    integrationId: text('integration_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    changes: integer('changes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.integrationId, table.day] })],
);

export const dailyMetrics = schema.table(
  'daily_metrics',
  {
    organizationId: text('organization_id').notNull(),
    /** In the organization's zone. */
    day: date('day', { mode: 'string' }).notNull(),
    currency: text('currency').notNull(),
    revenue: whole('revenue').notNull(),
    refunds: whole('refunds').notNull(),
    orders: whole('orders').notNull(),
    newCustomers: whole('new_customers').notNull(),
    sessions: whole('sessions').notNull(),
    adSpend: whole('ad_spend').notNull(),
    adRevenue: whole('ad_revenue').notNull(),
    impressions: whole('impressions').notNull(),
    clicks: whole('clicks').notNull(),
    /** Whether some money of the day is missing, as it is in a currency that could not be converted. */
    isPartial: boolean('is_partial').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.day] })],
);
