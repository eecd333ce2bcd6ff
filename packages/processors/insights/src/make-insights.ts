/** From the days of an organization to what it is told: found, explained, put in order and in words. */
import { abortable } from '@bizinsights/jobs-core';
import { findInsights } from './find-insights.js';
import { type HistorySources, readHistory } from './history.js';
import type { Metric } from './metrics.js';
import { newInsight } from './new-insight.js';
import type { InsightRun, InsightStore, MetricCalendar, NewInsight } from './ports.js';
import { type Known, tell } from './telling/tell.js';
import { formatsOf } from './words/format.js';

/** What insights are made of. */
export interface InsightSources extends HistorySources {
  readonly insights: InsightStore;
}

/** What is told, the most important first, and how many findings were told before and are as they were. */
export interface MadeInsights {
  readonly insights: readonly NewInsight[];
  readonly unchanged: number;
}

export async function makeInsights(
  run: InsightRun,
  metrics: readonly Metric[],
  calendar: MetricCalendar,
  sources: InsightSources,
  signal: AbortSignal,
): Promise<MadeInsights> {
  const history = await readHistory(run.organizationId, run.period, calendar, sources, signal);
  const findings = await findInsights(metrics, history, signal);
  const known = await abortable(signal, () => readKnown(run, sources.insights));
  const { tellings, unchanged } = tell(findings, metrics, history, known);
  const formats = formatsOf(calendar);
  return { insights: tellings.map((telling) => newInsight(telling, formats)), unchanged };
}

async function readKnown(run: InsightRun, insights: InsightStore): Promise<Known> {
  const { organizationId } = run;
  return {
    told: await insights.told?.(run),
    mutes: (await insights.mutes?.(organizationId)) ?? [],
    votes: (await insights.votes?.(organizationId)) ?? [],
  };
}
