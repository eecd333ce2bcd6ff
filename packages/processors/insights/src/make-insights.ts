/** From the days of an organization to what it is told: found, explained, put in order and in words. */
import { findInsights } from './find-insights.js';
import { type HistorySources, readHistory } from './history.js';
import type { Metric } from './metrics.js';
import { type NarrationContext, type Narrator, narrated } from './narrators/narrator.js';
import { foundInsight } from './new-insight.js';
import type { InsightRun, NewInsight } from './ports.js';

/** The most important first. */
export async function makeInsights(
  { organizationId, period }: InsightRun,
  metrics: readonly Metric[],
  context: NarrationContext,
  sources: HistorySources,
  narrator: Narrator,
): Promise<NewInsight[]> {
  const { signal } = context;
  const history = await readHistory(organizationId, period, context, sources, signal);
  const findings = await findInsights(metrics, history, signal);
  const found = findings
    .map((finding) => foundInsight(finding, period))
    .toSorted((one, other) => other.importance - one.importance);
  return narrated(found, narrator, context);
}
