/** From the days of an organization to what it is told: found, explained, put in order and in words. */
import { Breakdowns } from './drivers/breakdowns.js';
import { explainFindings } from './drivers/explain-findings.js';
import { findInsights } from './find-insights.js';
import { type HistorySources, readHistory } from './history.js';
import type { Metric } from './metrics.js';
import { newInsight } from './new-insight.js';
import type { InsightRun, MetricCalendar, NewInsight } from './ports.js';
import { findFaults } from './quality/find-faults.js';
import { formatsOf } from './words/format.js';

/** What a run is given by its job. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** Hears what could not be done, and why. */
  readonly warn: (message: string, error: unknown) => void;
}

/** How often a run asks the source for a breakdown at most: to judge the data, and for what is told. */
const MOST_ASKED = { quality: 20, drivers: 100 } as const;

/** The most important first. */
export async function makeInsights(
  { organizationId, period }: InsightRun,
  metrics: readonly Metric[],
  calendar: MetricCalendar,
  sources: HistorySources,
  { signal, warn }: RunOptions,
): Promise<NewInsight[]> {
  const read = await readHistory(organizationId, period, calendar, sources, signal);
  const asking = { organizationId, currency: calendar.currency, signal, warn };
  const faults = await findFaults(metrics, read, new Breakdowns(sources.metrics, asking, MOST_ASKED.quality));
  const { history } = faults;
  const found = [...faults.findings, ...(await findInsights(metrics, history, signal))];
  const breakdowns = new Breakdowns(sources.metrics, asking, MOST_ASKED.drivers);
  const findings = await explainFindings(found, found, history, breakdowns);
  const formats = formatsOf(calendar);
  return findings
    .map((finding) => newInsight(finding, period, formats))
    .toSorted((one, other) => other.importance - one.importance);
}
