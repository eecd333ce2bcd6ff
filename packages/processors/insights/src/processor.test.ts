import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import { type Logger, silentLogger } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { afterEach, expect, test } from 'vitest';
import { wiggle } from './fixtures/days.js';
import { MemoryInsights, memoryMetrics } from './fixtures/memory-store.js';
import { scheduleImmediateInsights } from './immediate.js';
import type { NarrationContext, Narrator } from './narrators/narrator.js';
import type { InsightStore, MetricDay, MetricSource } from './ports.js';
import { type InsightsProcessorOptions, insightsProcessor } from './processor.js';
import { insightsQueue } from './queue.js';
import { insightSchedules } from './schedules.js';

const HOUR = 3_600_000;
const MONTH = { organizationId: 'acme', period: '30d' } as const;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Its revenue had fallen by 80 % on 2026-11-17. */
const fallen = (age: number): Partial<MetricDay> => ({ revenue: sold(age, 2_000) });

/** @param low what was sold on the one day that is not as the others are */
function sold(age: number, low: number): number {
  return age === 7 ? low : Math.round(10_000 * (1 + 0.1 * wiggle(age)));
}

/** Its revenue slides to another level in sixty days: neither a day nor a step is unusual. */
function sliding(age: number, now: number): number {
  const part = Math.max(0, 61 - age) / 60;
  return Math.round((10_000 + (now - 10_000) * part) * (1 + 0.2 * wiggle(age)));
}

interface Given extends Partial<InsightsProcessorOptions> {
  readonly days?: (age: number, day: string) => Partial<MetricDay>;
  readonly logger?: Logger;
}

function open({ days = fallen, logger = silentLogger, ...options }: Given = {}) {
  const insights = new MemoryInsights();
  const metrics = memoryMetrics(days);
  const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], logger });
  jobs.registerProcessor(insightsProcessor({ metrics, insights, now: jobs.clock.now, ...options }));
  cleanUp.push(() => jobs.close());
  const run = async (data: Parameters<typeof add>[0] = MONTH) => {
    const { id } = await add(data);
    await jobs.drain({ withDelayed: true });
    const job = await jobs.queue(insightsQueue).get(id);
    return job?.result ?? job?.failedReason;
  };
  const add = (data: { organizationId: string; period: '7d' | '30d'; force?: boolean; metrics?: string[] }) =>
    jobs.queue(insightsQueue).add(data);
  const alerts = () => jobs.enqueued(alertsQueue);
  return { jobs, insights, metrics, run, alerts };
}

test('keeps what it finds in words and numbers, and enqueues an alert for what is of high impact', async () => {
  const { insights, metrics, run, alerts } = open();
  expect(await run()).toEqual({ created: 1, unchanged: 0, alerts: 1 });
  expect(metrics.refreshed).toBe(1);
  expect(insights.kept).toMatchObject([
    {
      kind: 'drop',
      metric: 'revenue',
      impact: 'high',
      title: expect.stringContaining('Revenue'),
      evidence: { value: 2_000, window: { from: '2026-11-17', to: '2026-11-17' }, direction: 'down' },
    },
  ]);
  const [alert] = alerts();
  expect(alert?.data).toEqual({
    organizationId: 'acme',
    type: 'metric',
    severity: 'HIGH',
    title: insights.kept[0]?.title,
    message: insights.kept[0]?.text,
    source: 'insights',
    fingerprint: 'insight:drop:revenue:down:2026-11-17',
    labels: { metric: 'revenue', kind: 'drop', direction: 'down', from: '2026-11-17', to: '2026-11-17' },
    evidence: expect.objectContaining({
      unit: 'minor-units',
      currency: 'EUR',
      value: 2_000,
      expected: expect.any(Number),
    }),
  });
  expect(alert?.data.evidence).not.toHaveProperty('series');
});

test('each unusual day is an alert of its own', async () => {
  const { run, alerts } = open({ days: (age) => ({ revenue: age === 16 ? 2_000 : sold(age, 2_000) }) });
  expect(await run()).toEqual({ created: 2, unchanged: 0, alerts: 2 });
  expect(
    alerts()
      .map(({ data }) => data.fingerprint)
      .sort(),
  ).toEqual(['insight:drop:revenue:down:2026-11-08', 'insight:drop:revenue:down:2026-11-17']);
});

test('makes none within an hour of the last ones, also when ten jobs start at once', async () => {
  const { jobs, run } = open();
  const ids = await Promise.all(Array.from({ length: 10 }, () => jobs.queue(insightsQueue).add(MONTH)));
  await jobs.drain();
  const results = await Promise.all(ids.map(async ({ id }) => (await jobs.queue(insightsQueue).get(id))?.result));
  expect(results.filter((result) => result && 'created' in result)).toHaveLength(1);
  expect(results.filter((result) => result && 'skipped' in result)).toHaveLength(9);
  jobs.clock.advance(HOUR - 1);
  expect(await run()).toEqual({ skipped: 'recent' });
  // Another period is made, and finds the same day.
  expect(await run({ organizationId: 'acme', period: '7d' })).toMatchObject({ unchanged: 1 });
  jobs.clock.advance(1);
  expect(await run()).toMatchObject({ unchanged: 1 });
});

test('a forced run does not repeat a finding whose figures are the same, and raises no second alert', async () => {
  let low = 6_000;
  const { run, alerts, insights } = open({ days: (age) => ({ revenue: sold(age, low) }) });
  await run();
  expect(await run({ ...MONTH, force: true })).toEqual({ created: 0, unchanged: 1, alerts: 0 });
  expect(alerts()).toHaveLength(1);
  low = 2_000;
  expect(await run({ ...MONTH, force: true })).toEqual({ created: 1, unchanged: 0, alerts: 1 });
  expect(insights.kept.map(({ evidence }) => evidence.value)).toEqual([6_000, 2_000]);
  // Another alert job, and the same alert while it is open.
  expect(new Set(alerts().map(({ data }) => data.fingerprint)).size).toBe(1);
});

test('a job whose worker dies does it once', async () => {
  const { jobs, alerts, insights } = open();
  const { id } = await jobs.queue(insightsQueue).add(MONTH);
  await jobs.runAndLose(insightsQueue);
  await jobs.drain();
  expect((await jobs.queue(insightsQueue).get(id))?.result).toEqual({ created: 1, unchanged: 0, alerts: 1 });
  expect(insights.kept).toHaveLength(1);
  expect(alerts()).toHaveLength(1);
});

/** Fails at its first call, after what it does has been done. */
function failingOnce<Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) {
  let calls = 0;
  return async (...args: Args): Promise<Result> => {
    const result = await call(...args);
    if (calls++ === 0) throw new Error('The connection was lost');
    return result;
  };
}

test('an attempt that fails behind its claim or its save is made good by the next, with its alert', async () => {
  for (const broken of ['claim', 'save'] as const) {
    const insights = new MemoryInsights();
    const failing: InsightStore = {
      claim: insights.claim.bind(insights),
      release: insights.release.bind(insights),
      save: insights.save.bind(insights),
      [broken]: failingOnce<never[], unknown>(insights[broken].bind(insights)),
    };
    const { run, alerts } = open({ insights: failing });
    expect(await run(), broken).toEqual({ created: 1, unchanged: 0, alerts: 1 });
    expect(insights.kept, broken).toHaveLength(1);
    expect(alerts(), broken).toHaveLength(1);
  }
});

test('an attempt after a lost save tells the same, though figures have changed and another run has told since', async () => {
  let now = 5_000;
  const insights = new MemoryInsights();
  const days = (age: number) => ({ revenue: sliding(age, now) });
  const other = open({ insights, days, now: () => Date.now() + HOUR });
  let lost = 0;
  const failing = Object.assign(new MemoryInsights(), {
    kept: insights.kept,
    async save(...args: Parameters<InsightStore['save']>) {
      const ids = await insights.save(...args);
      if (lost++ > 0) return ids;
      now = 500;
      otherResult = await other.run({ ...MONTH, force: true });
      throw new Error('The connection was lost');
    },
  });
  let otherResult: unknown;
  const { run } = open({ insights: failing, days });
  const result = await run();
  const first = insights.kept.filter(({ run }) => run.jobId === insights.kept[0]?.run.jobId);
  const alerts = first.filter(({ impact }) => impact === 'high').length;
  expect(result).toMatchObject({ created: first.length, alerts });
  expect(lost).toBe(2);
  expect(otherResult).toMatchObject({ created: insights.kept.length - first.length });
  const ofChange = insights.kept.filter(({ kind }) => kind === 'change');
  expect(ofChange.map(({ status, evidence }) => `${status}: ${evidence.change?.toFixed(2)}`)).toEqual([
    'new: -0.28',
    'changed: -0.62',
  ]);
});

test('what is over is told once, and raises no alert', async () => {
  let now = 3_000;
  const { jobs, run, alerts, insights } = open({ days: (age) => ({ revenue: sliding(age, now) }) });
  await run();
  now = 10_000;
  jobs.clock.advance(HOUR);
  expect(await run()).toMatchObject({ alerts: 0 });
  jobs.clock.advance(HOUR);
  expect(await run()).toMatchObject({ created: 0, alerts: 0 });
  const ofChange = insights.kept.filter(({ kind }) => kind === 'change');
  expect(ofChange.map(({ status, impact }) => `${status} ${impact}`)).toEqual(['new high', 'over low']);
  expect(alerts()).toHaveLength(1);
});

test('what is muted is neither told nor an alert', async () => {
  const { run, insights } = open();
  insights.muted.push({ metric: 'revenue', kind: 'drop' });
  expect(await run()).toEqual({ created: 0, unchanged: 0, alerts: 0 });
  insights.muted.pop();
  expect(await run({ ...MONTH, force: true })).toEqual({ created: 1, unchanged: 0, alerts: 1 });
});

test('of ten forced runs at once one tells it', async () => {
  const { jobs, insights, alerts } = open();
  await Promise.all(Array.from({ length: 10 }, () => jobs.queue(insightsQueue).add({ ...MONTH, force: true })));
  await jobs.drain();
  expect(insights.kept).toHaveLength(1);
  expect(alerts()).toHaveLength(1);
});

test('a job that has failed for good does not keep the next one from its work', async () => {
  let isDown = true;
  const source = memoryMetrics(fallen);
  const metrics: MetricSource = {
    ...source,
    refresh: () => (isDown ? Promise.reject(new Error('down')) : Promise.resolve()),
  };
  const { run } = open({ metrics });
  expect(await run()).toBe('down');
  isDown = false;
  expect(await run()).toMatchObject({ created: 1 });
});

test('an unknown organization or metric fails at once, with the reason', async () => {
  const { jobs, run } = open();
  expect(await run({ organizationId: 'nobody', period: '30d' })).toBe('There is no organization "nobody"');
  expect(await run({ ...MONTH, metrics: ['revenue', 'profit'] })).toMatch(/no metric "profit"; there are: revenue, /);
  const { jobs: failed } = await jobs.queue(insightsQueue).list({ state: 'failed' });
  expect(failed.map(({ attemptsMade }) => attemptsMade)).toEqual([1, 1]);
  // It has claimed nothing.
  expect(await run()).toMatchObject({ created: 1 });
});

test('looks at the metrics that it is asked for', async () => {
  const days = (age: number) => ({ ...fallen(age), orders: sold(age, 2_000) });
  const { run, insights } = open({ days });
  await run({ ...MONTH, metrics: ['orders'] });
  expect(insights.kept.map(({ metric }) => metric)).toEqual(['orders']);
});

test('no data, zeros and a single day give nothing, and no error', async () => {
  for (const days of [() => ({}), (age: number) => (age === 1 ? { revenue: 1 } : {})]) {
    const { run } = open({ days });
    const result = await run();
    expect(result).toMatchObject({ unchanged: 0, alerts: 0 });
  }
  const none = { ...memoryMetrics(() => ({})), daily: async () => [] };
  expect(await open({ metrics: none }).run()).toEqual({ created: 0, unchanged: 0, alerts: 0 });
});

test('insights for a waiting user are one job, and skipped like others unless forced', async () => {
  const { jobs } = open();
  const first = await scheduleImmediateInsights(jobs, 'acme', '30d');
  const again = await scheduleImmediateInsights(jobs, 'acme', '30d');
  expect(again).toMatchObject({ id: first.id, deduplicated: true });
  const forced = await scheduleImmediateInsights(jobs, 'acme', '30d', { force: true, priority: 1 });
  expect(forced.deduplicated).toBe(false);
  expect((await scheduleImmediateInsights(jobs, 'acme', '7d')).deduplicated).toBe(false);
  expect(await jobs.drain()).toMatchObject({ completed: 3 });
});

test('each organization has a schedule of six hours, in its own place', async () => {
  const ids = ['acme', 'rival', 'a'.repeat(255), 'with\nline'];
  const organizations = {
    async *ids() {
      yield* ids;
    },
  };
  const { jobs } = open({ schedules: () => insightSchedules({ organizations }) });
  await jobs.startWorker();
  const { schedules } = await jobs.scheduler.list({ queue: insightsQueue });
  expect(schedules).toHaveLength(4);
  expect(schedules.every(({ every, jitter }) => every === 6 * HOUR && jitter === 6 * HOUR)).toBe(true);
  expect(schedules.map(({ key }) => key)).toEqual(expect.arrayContaining(['insights:acme', 'insights:rival']));
  expect(new Set(schedules.map(({ next }) => next)).size).toBe(4);
});

test('a narrator of the host finds the words; what it leaves out, or fails at, is the template’s', async () => {
  const given = { title: 'Less revenue', text: 'It is less.' };
  const words = async (narrator: Narrator) => {
    const { run, insights } = open({ narrator });
    await run();
    return insights.kept.map(({ title }) => title);
  };
  expect(await words({ narrate: async (findings) => findings.map(() => given) })).toEqual(['Less revenue']);
  const useless = [[undefined], [], [{ title: ' ', text: 'x' }], [{ title: 'x'.repeat(81), text: 'x' }]];
  for (const answer of useless) {
    expect(await words({ narrate: async () => answer })).toEqual(['Revenue unusually low on Nov 17, 2026']);
  }
  expect(await words({ narrate: () => Promise.reject(new Error('no words')) })).toEqual([
    'Revenue unusually low on Nov 17, 2026',
  ]);
});

test('what is narrated is told whose it is, and stops with the job', async () => {
  const contexts: NarrationContext[] = [];
  const narrate: Narrator['narrate'] = async (findings, context) => {
    contexts.push(context);
    return findings.map(() => undefined);
  };
  await open({ narrator: { narrate } }).run();
  expect(contexts).toMatchObject([{ organizationId: 'acme', locale: 'en', currency: 'EUR', today: '2026-11-24' }]);
  expect(contexts[0]?.signal).toBeInstanceOf(AbortSignal);
});

test('a target that is invalid is logged, and stops no insight', async () => {
  const window = { from: '2026-11-01', to: '2026-11-30' };
  const targets = [
    { id: 'good', metric: 'revenue', window, wanted: 900_000 },
    { id: 'bad', metric: 'profit', window, wanted: 900_000 },
  ];
  const warned: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (...line: unknown[]) => warned.push(line), child: () => logger };
  const { run, insights } = open({ targets: { targets: async () => targets }, logger });
  await run();
  expect(insights.kept.map(({ topic }) => topic).toSorted()).toEqual(['drop:revenue:2026-11-17', 'target:good']);
  expect(JSON.stringify(warned)).toContain('The target at place 1 is left out: metric: there is no metric');
});
