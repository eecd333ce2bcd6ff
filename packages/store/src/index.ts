/**
 * `@bizinsights/jobs-store`: organizations, integrations, records and metrics on PostgreSQL.
 *
 * @packageDocumentation
 */

export type { AlertPage, AlertQuery, Alerts } from './alerts/alerts.js';
export type { InsightPage, InsightQuery, InsightReader, InsightVote, StoredInsight } from './insights/insight-list.js';
export type { StoredMute } from './insights/insight-mutes.js';
export type { GivenVote } from './insights/insight-votes.js';
export type { Insights } from './insights/insights.js';
export type { ModelDecision } from './insights/model-consent.js';
export type {
  ConnectedIntegration,
  Integrations,
  NewConnection,
  StoredIntegration,
} from './integrations/integrations.js';
export {
  MEMBER_ROLES,
  type Member,
  type MemberRole,
  type Organization,
  type Organizations,
} from './integrations/organizations.js';
export type { FailedRotation, KeyRotation } from './integrations/rotate-keys.js';
export type { WebhookAccount, WebhookAccounts } from './integrations/webhook-accounts.js';
export type { BreakdownDimension, BreakdownQuery, BreakdownRows } from './metrics/breakdown.js';
export type { CampaignRow } from './metrics/breakdown-campaigns.js';
export type { BreakdownRow } from './metrics/breakdown-figures.js';
export type { ProductRow } from './metrics/breakdown-products.js';
export { type ConvertMoney, MetricsError } from './metrics/convert-money.js';
export type { IntegrationCoverage } from './metrics/coverage.js';
export type { DayRange } from './metrics/day-range.js';
export { type Figures, type Ratios, ratiosOf, sumFigures } from './metrics/metric-figures.js';
export type { DailyMetrics, DailyQuery, Metrics, MetricsTotal } from './metrics/metrics.js';
export type { Privacy } from './privacy/privacy.js';
export type { RecordQuery, Records, StoredRejection } from './records/records.js';
export type { ReportSource } from './reports/report-data.js';
export type { ReportListQuery, ReportPage, Reports } from './reports/reports.js';
export type { Retention } from './retention/retention.js';
export { createStore, type Store, type StoreOptions } from './store.js';
