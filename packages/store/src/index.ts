/**
 * `@bizinsights/jobs-store`: organizations, integrations, records and metrics on PostgreSQL.
 *
 * @packageDocumentation
 */
export type { BreakdownDimension, BreakdownQuery, BreakdownRows } from './breakdown.js';
export type { CampaignRow } from './breakdown-campaigns.js';
export type { BreakdownRow } from './breakdown-figures.js';
export type { ProductRow } from './breakdown-products.js';
export { type ConvertMoney, MetricsError } from './convert-money.js';
export type { IntegrationCoverage } from './coverage.js';
export type { DayRange } from './day-range.js';
export type { ConnectedIntegration, Integrations, NewConnection, StoredIntegration } from './integrations.js';
export { type Figures, type Ratios, ratiosOf, sumFigures } from './metric-figures.js';
export type { DailyMetrics, DailyQuery, Metrics, MetricsTotal } from './metrics.js';
export type { Member, Organization, Organizations } from './organizations.js';
export type { Privacy } from './privacy.js';
export type { RecordQuery, Records, StoredRejection } from './records.js';
export type { FailedRotation, KeyRotation } from './rotate-keys.js';
export { createStore, type Store, type StoreOptions } from './store.js';
export type { WebhookAccount, WebhookAccounts } from './webhook-accounts.js';
