/** `scheduleInsightsAfterSync`: one run after the syncs of an hour, for `onSynced` of data sync. */
import { type AddedJob, ArgumentError, defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { InsightJobs } from './immediate.js';
import { KEPT_FREE } from './periods.js';
import type { InsightStore } from './ports.js';
import { type InsightPeriod, insightsQueue } from './queue.js';
import { checkOptions, isObject, shownValue } from './reading/given.js';
import { readLastRun } from './reading/read-store.js';

/** A run that is early by the clock of its worker would find the hour taken: workers are at most five seconds off. ms */
const LATER = 15_000;

/** As much as is needed of what a sync has done: of its result, or of `event.result`. */
export interface SyncCounts {
  readonly streams: Readonly<
    Record<string, { readonly records: number; readonly deleted: number; readonly gone?: number | undefined }>
  >;
}

/** What `scheduleInsightsAfterSync` takes. */
export interface InsightsAfterSyncOptions {
  readonly organizationId: string;
  /** What the sync has done. Where it has neither read nor removed a record, no run follows. */
  readonly result: SyncCounts;
  /** `store.insights`. Without `lastRun` the run begins an hour later. */
  readonly insights: Pick<InsightStore, 'lastRun'>;
  /** What is judged. Default: `30d`. */
  readonly period?: InsightPeriod;
  /** Epoch ms. */
  readonly now?: () => number;
}

/**
 * Adds a run that begins when the hour is over that is kept free since the last one, or at once where there was none. However
 * many syncs there are until then, it is one: the answer is its id, with `deduplicated: true`. A sync that ends while the run
 * is at work is followed by another one, an hour later. Undefined: the sync has moved nothing.
 *
 * @example
 * ```ts
 * dataSyncProcessor({
 *   platforms: Object.values(platforms),
 *   integrations: store.integrations,
 *   sink: store.records,
 *   onSynced: async ({ integration: { organizationId }, result }) => {
 *     await scheduleInsightsAfterSync(jobs, { organizationId, result, insights: store.insights });
 *   },
 * });
 * ```
 */
export async function scheduleInsightsAfterSync(
  jobs: InsightJobs,
  options: InsightsAfterSyncOptions,
): Promise<AddedJob | undefined> {
  checkOptions('scheduleInsightsAfterSync', options, '{ organizationId, result, insights: store.insights }');
  const { organizationId, result, insights, period = '30d', now = Date.now } = options;
  if (!hasMoved(result)) return undefined;
  if (!isObject(insights)) throw new ArgumentError(`\`insights\` is ${shownValue(insights)}: give store.insights`);
  const last = insights.lastRun && readLastRun(await insights.lastRun(organizationId, period), now());
  const free = last === undefined ? now() + (insights.lastRun ? 0 : KEPT_FREE) : last + KEPT_FREE + LATER;
  // Of the last run: from the moment at which the next one has claimed its hour, syncs are followed by one more.
  const key = `insights-after-sync:${JSON.stringify([organizationId, period, last ?? null])}`;
  const delay = Math.max(0, free - now());
  return await jobs
    .queue(insightsQueue)
    .add({ organizationId, period }, { deduplicate: { key }, ...defined({ delay: delay || undefined }) });
}

const counts = z.object({
  streams: z.record(z.string(), z.object({ records: z.number(), deleted: z.number(), gone: z.number().nullish() })),
});

/** @throws ArgumentError for a result that is not one of a sync */
function hasMoved(result: SyncCounts): boolean {
  const [issue] = counts.safeParse(result).error?.issues ?? [];
  if (issue) {
    const place = ['result', ...issue.path.map(String)].join('.');
    throw new ArgumentError(`\`result\` is not that of a sync: ${place}: ${issue.message}`);
  }
  return Object.values(result.streams).some(({ records, deleted, gone }) => records + deleted + (gone ?? 0) > 0);
}
