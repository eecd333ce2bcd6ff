/** From the days of an organization to what it is told: found, explained, put in order and in words. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { abortable } from '@bizinsights/jobs-core';
import { Breakdowns } from './drivers/breakdowns.js';
import { explainFindings } from './drivers/explain-findings.js';
import { findInsights } from './find-insights.js';
import { type HistorySources, readHistory } from './history.js';
import type { Metric } from './metrics.js';
import { type FoundInsight, type NarrationContext, type Narrator, narrated } from './narrators/narrator.js';
import type { InsightRun, InsightStore, NewInsight } from './ports.js';
import { findFaults } from './quality/find-faults.js';
import type { InsightPeriod } from './queue.js';
import { readMutes, readTold, readVotes } from './reading/read-store.js';
import { type Known, type Telling, tell } from './telling/tell.js';

/** What insights are made of. */
export interface InsightSources extends HistorySources {
  readonly insights: InsightStore;
}

/** What is told, the most important first, and how many findings were told before and are as they were. */
export interface MadeInsights {
  readonly insights: readonly NewInsight[];
  readonly unchanged: number;
}

/** How often a run asks the source for a breakdown at most, to judge the data. */
const MOST_OF_QUALITY = 20;

/**
 * And for the drivers of the findings, the most important first. Each dimension is asked for once for the same days, whatever
 * metrics are told of them: that is up to ten for what no dimension explains, and most periods have an event or two a month.
 */
const MOST_OF_DRIVERS: Readonly<Record<InsightPeriod, number>> = { '7d': 30, '30d': 40, '90d': 60, '1y': 100 };

export async function makeInsights(
  run: InsightRun,
  metrics: readonly Metric[],
  context: NarrationContext,
  sources: InsightSources,
  narrator: Narrator,
): Promise<MadeInsights> {
  const { signal } = context;
  const read = await readHistory(run.organizationId, run.period, context, sources, signal);
  await nextTurn();
  const asking = { ...context, warn: (message: string, err: unknown) => context.logger.warn({ err }, message) };
  const faults = await findFaults(metrics, read, new Breakdowns(sources.metrics, asking, MOST_OF_QUALITY));
  const { history } = faults;
  const found = [...faults.findings, ...(await findInsights(metrics, history, signal))];
  const known = await abortable(signal, () => readKnown(run, sources.insights));
  const { tellings, unchanged } = tell(found, metrics, history, known);
  const breakdowns = new Breakdowns(sources.metrics, asking, MOST_OF_DRIVERS[run.period]);
  const explained = await explainFindings(tellings, found, history, breakdowns);
  return { insights: await narrated(explained.map(withoutWords), narrator, context), unchanged };
}

function withoutWords(telling: Telling): FoundInsight {
  const { kind, metric, impact, evidence, topic, status, importance, fingerprint } = telling;
  return { kind, metric: metric.name, impact, evidence, topic, status, importance, fingerprint };
}

async function readKnown(run: InsightRun, insights: InsightStore): Promise<Known> {
  const { organizationId } = run;
  return {
    told: insights.told && readTold(await insights.told(run)),
    mutes: insights.mutes ? readMutes(await insights.mutes(organizationId)) : [],
    votes: insights.votes ? readVotes(await insights.votes(organizationId)) : [],
  };
}
