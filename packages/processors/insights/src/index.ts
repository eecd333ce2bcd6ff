/**
 * `@bizinsights/jobs-insights`: looks for what matters in the figures of organizations, as jobs.
 *
 * @packageDocumentation
 */
export { type InsightsAfterSyncOptions, type SyncCounts, scheduleInsightsAfterSync } from './after-sync.js';
export { type DateHolidaysInstance, dateHolidays } from './calendar/date-holidays.js';
export { shoppingDays } from './calendar/shopping-days.js';
export {
  ALARM_SCORE,
  createDetector,
  type Detection,
  type Detector,
  type DetectorOptions,
} from './detector/detector.js';
export type { DetectorState } from './detector/state.js';
export type { DigestMembers, DigestOrganization } from './digest/members.js';
export { type InsightDigestOptions, insightDigestProcessor } from './digest/processor.js';
export {
  type InsightDigestScheduleOptions,
  insightDigestScheduleKey,
  insightDigestSchedules,
} from './digest/schedules.js';
export {
  INSIGHT_DIMENSIONS,
  INSIGHT_KINDS,
  type InsightDays,
  type InsightDimension,
  type InsightDirection,
  type InsightDriver,
  type InsightEvidence,
  type InsightImpact,
  type InsightKind,
  type InsightMethod,
  type InsightPart,
  type InsightPoint,
  type InsightStatus,
  type InsightUnit,
} from './evidence.js';
export { type ImmediateInsightsOptions, type InsightJobs, scheduleImmediateInsights } from './immediate.js';
export type { NarrationModel } from './narrators/ask-model.js';
export type { ModelBudget, MoneyBudget } from './narrators/model-budget.js';
export { type ModelNarratorOptions, modelNarrator, type RejectedWords } from './narrators/model-narrator.js';
export type { ModelConsent, ModelUsage, TokenReservation, TokenSettlement } from './narrators/model-ports.js';
export type { FoundInsight, NarrationContext, Narrator } from './narrators/narrator.js';
export { type NarrationPrompt, narrationPrompt } from './narrators/prompt.js';
export type {
  DayFigures,
  Holiday,
  HolidayCalendar,
  InsightMute,
  InsightOrganizations,
  InsightRun,
  InsightStore,
  InsightVotes,
  IntegrationDays,
  MetricBreakdown,
  MetricCalendar,
  MetricDay,
  MetricSource,
  MetricTarget,
  MetricTargets,
  NewInsight,
  ToldInsight,
} from './ports.js';
export { type InsightsProcessorOptions, insightsProcessor } from './processor.js';
export {
  INSIGHT_PERIODS,
  type InsightDigestJobInput,
  type InsightDigestQueue,
  type InsightDigestResult,
  type InsightPeriod,
  type InsightsJob,
  type InsightsJobInput,
  type InsightsQueue,
  type InsightsResult,
  insightDigestQueue,
  insightsQueue,
} from './queue.js';
export { insightRoutes } from './routes.js';
export { type InsightScheduleOptions, insightScheduleKey, insightSchedules } from './schedules.js';
export type { Anomaly } from './series/anomaly.js';
export { type DecomposeOptions, type Decomposition, decompose } from './series/decompose.js';
export { type DetectAnomaliesOptions, detectAnomalies } from './series/detect-anomalies.js';
export { type Forecast, type ForecastOptions, forecast, type HostForecaster } from './series/forecast.js';
export type { InsightReading, InsightShelf, ShownInsight, ShownInsightQuery, ShownMute } from './shown-insights.js';
export type { InsightWords } from './words/words.js';
