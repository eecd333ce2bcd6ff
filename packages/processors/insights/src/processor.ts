/** `insightsProcessor`: makes the insights of the queue `insights-generation`. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import {
  abortable,
  defined,
  defineProcessor,
  type JobContext,
  PermanentError,
  type ProcessorDefinition,
  type ScheduleOfQueue,
  type Schedules,
} from '@bizinsights/jobs-core';
import { shoppingDays } from './calendar/shopping-days.js';
import { alertOf } from './insight-alert.js';
import { makeInsights } from './make-insights.js';
import { METRICS, type Metric } from './metrics.js';
import { type Narrator, templateNarrator } from './narrators/narrator.js';
import { KEPT_FREE } from './periods.js';
import type {
  HolidayCalendar,
  InsightRun,
  InsightStore,
  MetricCalendar,
  MetricSource,
  MetricTargets,
} from './ports.js';
import { type InsightsQueue, type InsightsResult, insightsQueue } from './queue.js';
import { checkPorts, type NeededPorts } from './reading/given.js';
import { readCalendar } from './reading/read-days.js';
import { readClaim, readSaved } from './reading/read-store.js';

/** What `insightsProcessor` takes. */
export interface InsightsProcessorOptions {
  /** `store.metrics`, or a source of your own. */
  readonly metrics: MetricSource;
  /** `store.insights`, or a store of your own. */
  readonly insights: InsightStore;
  /**
   * The recurring runs, which workers keep: `() => insightSchedules({ organizations: store.organizations })`. Default: none.
   */
  readonly schedules?: () => Schedules<ScheduleOfQueue<InsightsQueue>>;
  /**
   * Which days are holidays, so that Christmas is no alarm; of several, a day is what the first one says. Default:
   * `shoppingDays()`. `[]`: none.
   */
  readonly calendar?: HolidayCalendar | readonly HolidayCalendar[];
  /** What organizations want to reach. Default: nothing. */
  readonly targets?: MetricTargets;
  /** Finds the words: `modelNarrator({ … })`. Default: a template in English and German. */
  readonly narrator?: Narrator;
  /** Epoch ms. */
  readonly now?: () => number;
}

/** The methods that no run can do without. */
const NEEDED: NeededPorts = {
  metrics: ['calendar', 'refresh', 'daily'],
  insights: ['claim', 'release', 'save'],
};

type Job = JobContext<InsightsQueue>;

/** What the step of the work leaves behind. */
interface Made {
  readonly created: number;
  readonly unchanged: number;
  readonly alerts: readonly { readonly insightId: string; readonly alert: ReturnType<typeof alertOf> }[];
}

/**
 * The processor of the queue `insights-generation`. A new finding of high impact is enqueued as an alert, once, whatever is
 * tried again.
 *
 * @throws {ProcessorDefinitionError} for ports that are missing, or have not the methods that every run needs
 * @example
 * ```ts
 * jobs.registerProcessor(
 *   insightsProcessor({
 *     metrics: store.metrics,
 *     insights: store.insights,
 *     schedules: () => insightSchedules({ organizations: store.organizations }),
 *   }),
 * );
 * ```
 */
export function insightsProcessor(options: InsightsProcessorOptions): ProcessorDefinition<InsightsQueue> {
  checkPorts('insightsProcessor', options, NEEDED);
  const { metrics, insights, schedules, now = Date.now } = options;
  return defineProcessor({
    queue: insightsQueue,
    enqueues: [alertsQueue],
    ...defined({ schedules }),
    async process(job): Promise<InsightsResult> {
      const { organizationId, period } = job.data;
      const chosen = chosenMetrics(job.data.metrics);
      const given = await abortable(job.signal, () => metrics.calendar(organizationId));
      if (!given) throw new PermanentError(`There is no organization "${organizationId}"`);
      const calendar = readCalendar(given);
      // An id may be used again when its job is gone: that is another run.
      const begunAt = await job.step('begin', now);
      const run = { organizationId, period, jobId: job.id, begunAt };
      const made = await job.step('insights', () => make(job, run, chosen, calendar, options));
      if (made === 'recent') return { skipped: made };
      for (const { insightId, alert } of made.alerts) {
        const add = () => job.enqueue(alertsQueue, alert, { id: `insight-${insightId}` });
        await job.step(`alert ${insightId}`, add);
      }
      return { created: made.created, unchanged: made.unchanged, alerts: made.alerts.length };
    },
    async onExhausted({ id: jobId, data }) {
      // The next job need not wait for an hour because this one has made nothing.
      if (data) await insights.release({ organizationId: data.organizationId, period: data.period, jobId });
    },
  });
}

/** What is new, or that insights were made within the hour. */
async function make(
  { data, signal, logger }: Job,
  run: InsightRun,
  chosen: readonly Metric[],
  calendar: MetricCalendar,
  options: InsightsProcessorOptions,
): Promise<Made | 'recent'> {
  const { metrics, insights, narrator = templateNarrator, calendar: holidays = shoppingDays() } = options;
  const { organizationId } = run;
  const claim = { within: KEPT_FREE, force: data.force };
  if (!readClaim(await abortable(signal, () => insights.claim(run, claim)))) return 'recent';
  await abortable(signal, () => metrics.refresh(organizationId));
  const context = { ...calendar, organizationId, signal, logger };
  const sources = {
    ...options,
    calendars: [holidays].flat(),
    report: (reason: string, err?: unknown) => logger.warn(defined({ err }), reason),
  };
  const { insights: found, unchanged } = await makeInsights(run, chosen, context, sources, narrator);
  const saved = readSaved(await abortable(signal, () => insights.save(run, found)), found);
  return {
    created: saved.size,
    unchanged: unchanged + found.length - saved.size,
    alerts: found.flatMap((insight) => {
      const insightId = saved.get(insight.fingerprint);
      return insightId !== undefined && insight.impact === 'high'
        ? [{ insightId, alert: alertOf(organizationId, insight) }]
        : [];
    }),
  };
}

/** @throws {PermanentError} for a metric that there is not */
function chosenMetrics(names: readonly string[] | undefined): readonly Metric[] {
  if (!names) return METRICS;
  const unknown = names.filter((name) => !METRICS.some((metric) => metric.name === name));
  if (unknown.length > 0) {
    const known = METRICS.map(({ name }) => name).join(', ');
    throw new PermanentError(
      `There is no metric ${unknown.map((name) => `"${name}"`).join(', ')}; there are: ${known}`,
    );
  }
  return METRICS.filter(({ name }) => names.includes(name));
}
