/** From the days of an organization to what it is told: found, explained, put in order and in words. */
import { findInsights } from './find-insights.js';
import { type HistorySources, readHistory } from './history.js';
import type { Metric } from './metrics.js';
import { newInsight } from './new-insight.js';
import type { InsightRun, MetricCalendar, NewInsight } from './ports.js';
import { formatsOf } from './words/format.js';

/** The most important first. */
export async function makeInsights(
  { organizationId, period }: InsightRun,
  metrics: readonly Metric[],
  calendar: MetricCalendar,
  sources: HistorySources,
  signal: AbortSignal,
): Promise<NewInsight[]> {
  const history = await readHistory(organizationId, period, calendar, sources, signal);
  const findings = await findInsights(metrics, history, signal);
  const formats = formatsOf(calendar);
  return findings
    .map((finding) => newInsight(finding, period, formats))
    .toSorted((one, other) => other.importance - one.importance);
}
