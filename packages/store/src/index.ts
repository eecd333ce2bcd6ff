/**
 * `@bizinsights/jobs-store`: organizations, integrations, records and metrics on PostgreSQL.
 *
 * @packageDocumentation
 */
export { type ConvertMoney, MetricsError } from './convert-money.js';
export type { ConnectedIntegration, Integrations, NewConnection, StoredIntegration } from './integrations.js';
export { type Figures, type Ratios, ratiosOf, sumFigures } from './metric-figures.js';
export type { DailyMetrics, DayRange, Metrics, MetricsTotal } from './metrics.js';
export type { Member, Organization, Organizations } from './organizations.js';
export type { Privacy } from './privacy.js';
export type { RecordQuery, Records, StoredRejection } from './records.js';
export type { FailedRotation, KeyRotation } from './rotate-keys.js';
export { createStore, type Store, type StoreOptions } from './store.js';
export type { WebhookAccount, WebhookAccounts } from './webhook-accounts.js';
