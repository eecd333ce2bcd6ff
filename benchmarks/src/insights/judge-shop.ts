/** One shop of three years, whose last year is judged by `insightsProcessor`: at its end, and week by week. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { type InsightPeriod, insightsProcessor, insightsQueue, type NewInsight } from '@bizinsights/jobs-insights';
import { type ShopIncident, type ShopPlatform, startSandbox } from '@bizinsights/jobs-sandbox';
import { quantile } from '../statistics.js';
import { type JudgedIncident, judgeIncidents } from './shop-incidents.js';
import { daysAfter, ShopSource } from './shop-source.js';
import { ToldInsights } from './told-insights.js';

const DAY = 86_400_000;
const YEAR = 364;
const THREE_YEARS = 1_095;

/** What organizations connect: the shop of a seed has the one at its place. */
const CONNECTED: readonly (readonly ShopPlatform[])[] = [
  ['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce'],
  ['shopify', 'google-analytics', 'facebook-ads'],
  ['woocommerce', 'stripe', 'google-analytics', 'facebook-ads'],
];

export interface JudgedShop {
  readonly seed: number;
  /** All that the shop has had, also those that are not judged. */
  readonly incidents: readonly ShopIncident[];
  /** Those of the last year. */
  readonly judged: readonly JudgedIncident[];
  /** What was told by one run of `1y` at the end. */
  readonly year: readonly NewInsight[];
  /** What was told by a run of `30d` each week of the last year. */
  readonly weekly: readonly NewInsight[];
  /** ms of a run, by period. */
  readonly times: { readonly year: number | undefined; readonly weekly: number | undefined };
}

/** @param period of the runs. Default: both */
export async function judgeShop(seed: number, period?: '1y' | '30d'): Promise<JudgedShop> {
  const platforms = CONNECTED[seed % CONNECTED.length] ?? [];
  const end = Date.UTC(2026, 10, 24, 12);
  const shop = { seed, platforms: [] } as const;
  const sandbox = await startSandbox({ ...shop, days: THREE_YEARS - YEAR, now: end - YEAR * DAY });
  const calm = await startSandbox({ ...shop, days: THREE_YEARS, now: end, incidents: false });
  try {
    const source = new ShopSource(sandbox, platforms);
    const weekly = new ToldInsights();
    const weeklyTimes: number[] = [];
    while (sandbox.now() < end) {
      sandbox.advance(7 * DAY);
      if (period !== '1y') weeklyTimes.push(await run(source, weekly, '30d', sandbox.now()));
    }
    const year = new ToldInsights();
    const yearTime = period === '30d' ? undefined : await run(source, year, '1y', sandbox.now());

    const range = { from: daysAfter(source.today, -THREE_YEARS), to: daysAfter(source.today, -1) };
    const calmSource = new ShopSource(calm, platforms);
    await calmSource.refresh();
    const { incidents } = sandbox.shop;
    const days = [await source.daily('', range), await calmSource.daily('', range)] as const;
    return {
      seed,
      incidents,
      judged: judgeIncidents(incidents, ...days, daysAfter(source.today, -YEAR)),
      year: year.kept,
      weekly: weekly.kept,
      times: { year: yearTime, weekly: weeklyTimes.length > 0 ? quantile(weeklyTimes, 0.5) : undefined },
    };
  } finally {
    await sandbox.close();
    await calm.close();
  }
}

/** As a host runs it, on a clock that stands where the shop's does. Returns how long it has taken, ms. */
async function run(metrics: ShopSource, insights: ToldInsights, period: InsightPeriod, now: number): Promise<number> {
  const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], now });
  jobs.registerProcessor(insightsProcessor({ metrics, insights, now: jobs.clock.now }));
  try {
    const { id } = await jobs.queue(insightsQueue).add({ organizationId: 'shop', period });
    const started = performance.now();
    await jobs.drain();
    const time = performance.now() - started;
    const job = await jobs.queue(insightsQueue).get(id);
    if (job?.state !== 'completed') throw new Error(`The job is ${job?.state}: ${job?.failedReason}`);
    return time;
  } finally {
    await jobs.close();
  }
}
