/** The tables, as Drizzle knows them; `migrations.ts` makes them. All times are epoch ms, all money is minor units. */
export * from './schema/alerts.js';
export * from './schema/insights.js';
export * from './schema/integrations.js';
export * from './schema/metrics.js';
export * from './schema/models.js';
export * from './schema/organizations.js';
export * from './schema/reads.js';
export * from './schema/records.js';
export * from './schema/reports.js';
