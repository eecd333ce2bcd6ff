/**
 * `@bizinsights/jobs-insights`: looks for what matters in the figures of organizations, as jobs.
 *
 * @packageDocumentation
 */
export {
  ALARM_SCORE,
  createDetector,
  type Detection,
  type Detector,
  type DetectorOptions,
} from './detector/detector.js';
export type { DetectorState } from './detector/state.js';
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
  type InsightPeriod,
  type InsightsJob,
  type InsightsJobInput,
  type InsightsQueue,
  type InsightsResult,
  insightsQueue,
} from './queue.js';
export { type InsightScheduleOptions, insightScheduleKey, insightSchedules } from './schedules.js';
export type { Anomaly } from './series/anomaly.js';
export { type DecomposeOptions, type Decomposition, decompose } from './series/decompose.js';
export { type DetectAnomaliesOptions, detectAnomalies } from './series/detect-anomalies.js';
export { type Forecast, type ForecastOptions, forecast, type HostForecaster } from './series/forecast.js';
