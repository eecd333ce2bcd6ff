/** Data as ugly as it comes, and ports that fail, through the whole processor: sensible findings or a clear reason. */
import { alertsQueue } from '@bizinsights/jobs-alerts/queue';
import type { Logger } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { InsightKind } from './evidence.js';
import { CALENDAR, daysBefore, emptyDay, wiggle } from './fixtures/days.js';
import { MemoryInsights } from './fixtures/memory-store.js';
import type { Narrator } from './narrators/narrator.js';
import { askOptional, LONGEST_ANSWER } from './optional-port.js';
import { addDays } from './periods.js';
import type { MetricBreakdown, MetricCalendar, MetricDay, MetricSource } from './ports.js';
import { type InsightsProcessorOptions, insightsProcessor } from './processor.js';
import { type InsightPeriod, insightsQueue } from './queue.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

type Days = (age: number, day: string) => Partial<MetricDay>;

interface Given {
  readonly days?: Days;
  readonly calendar?: Partial<MetricCalendar>;
  /** In the place of what the source has. */
  readonly source?: Partial<MetricSource>;
  readonly options?: Partial<InsightsProcessorOptions>;
  readonly insights?: MemoryInsights;
  readonly period?: InsightPeriod;
  readonly metrics?: string[];
  /** Kinds that are told. `[]`: nothing is. */
  readonly kinds?: readonly InsightKind[];
}

/** A shop of a hundred orders a day, whose sales fall to a third for a week. */
const shop: Days = (age) => {
  const part = (1 + 0.1 * wiggle(age)) * (age >= 5 && age <= 11 ? 0.33 : 1);
  const orders = Math.round(100 * part);
  return {
    ...{ orders, revenue: orders * 5_000, refunds: orders * 100, newCustomers: Math.round(orders / 2) },
    ...{ sessions: Math.round(4_000 * (1 + 0.1 * wiggle(age + 0.5))), adSpend: 20_000, adRevenue: orders * 900 },
    ...{ impressions: 90_000 + Math.round(500 * wiggle(age + 0.3)), clicks: 1_200 },
  };
};

/** Two products, one of which has lost its sales. */
function products(names: readonly [string, string]): NonNullable<MetricSource['breakdown']> {
  return async (_organizationId, { from, to }) => {
    const count = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
    const isFallen = from >= addDays(CALENDAR.today, -11);
    return names.map((label, index): MetricBreakdown => {
      const orders = Math.round(50 * count * (isFallen && index === 0 ? 0.05 : 1));
      const figures = { orders, revenue: orders * 5_000, sessions: 2_000 * count };
      return { key: `key ${index} ${label}`, label, currency: 'EUR', isPartial: false, ...figures };
    });
  };
}

async function run({ days = shop, calendar = {}, source = {}, options = {}, period = '30d', ...given }: Given) {
  const insights = given.insights ?? new MemoryInsights();
  const logged: string[] = [];
  const write = (...args: readonly unknown[]) => void logged.push(String(args.at(-1)));
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  const of = { ...CALENDAR, ...calendar };
  const metrics: MetricSource = {
    calendar: async (organizationId) => (organizationId === 'acme' ? of : undefined),
    refresh: async () => undefined,
    daily: async (_organizationId, { from, to }) =>
      daysBefore(of.today, 300, days).filter(({ day }) => day >= from && day <= to),
    coverage: async () => [{ integrationId: 'i1', platform: 'shopify', unknown: [], provisionalFrom: of.today }],
    breakdown: products(['Tea', 'Pots']),
    ...source,
  };
  const jobs = createTestJobs({ queues: [insightsQueue, alertsQueue], logger });
  jobs.registerProcessor(insightsProcessor({ metrics, insights, now: jobs.clock.now, ...options }));
  cleanUp.push(() => jobs.close());
  const { id } = await jobs
    .queue(insightsQueue)
    .add({ organizationId: 'acme', period, ...(given.metrics ? { metrics: given.metrics } : {}) });
  await jobs.drain({ withDelayed: true });
  const job = await jobs.queue(insightsQueue).get(id);
  return { told: insights.kept, job, logged, alerts: jobs.enqueued(alertsQueue) };
}

const UGLY: Readonly<Record<string, Given>> = {
  'no day at all': { kinds: [], source: { daily: async () => [] } },
  'no data at all': { kinds: [], days: () => ({}) },
  'one day': { kinds: ['milestone'], days: (age) => (age === 1 ? shop(age, '') : {}) },
  'one day of history': { kinds: [], source: { daily: async () => daysBefore(CALENDAR.today, 1, shop) } },
  'all zeros with all integrations known': { kinds: [], days: () => ({ unknownFigures: [] }) },
  'one value for ever': { kinds: [], days: () => shop(1, '') },
  'negative values': { kinds: ['spike'], days: (age) => negated(shop(age, '')) },
  'values around zero': {
    kinds: [],
    days: (age) => ({ revenue: Math.round(5_000 * wiggle(age)), orders: 3, sessions: -2 }),
  },
  'a currency that changes in the middle': {
    kinds: ['drop'],
    days: (age, day) => ({ ...shop(age, day), currency: age > 150 ? 'USD' : 'EUR' }),
  },
  'a currency that changed last week': {
    kinds: ['drop'],
    days: (age, day) => ({ ...shop(age, day), currency: age > 7 ? 'USD' : 'EUR' }),
  },
  'two currencies': { kinds: ['drop'], days: (age, day) => ({ ...shop(age, day), isPartial: age % 3 === 0 }) },
  'partial days only': { kinds: ['drop'], days: (age, day) => ({ ...shop(age, day), isPartial: true }) },
  'a currency that there is not': {
    kinds: ['drop'],
    calendar: { currency: 'xx' },
    days: (age, d) => ({ ...shop(age, d), currency: 'xx' }),
  },
  'an empty currency': {
    kinds: ['drop'],
    calendar: { currency: '' },
    days: (age, d) => ({ ...shop(age, d), currency: '' }),
  },
  'gaps of weeks': {
    kinds: [],
    days: (age, day) =>
      age % 60 < 20 ? { unknown: ['i1'], uncertain: ['revenue', 'orders', 'sessions'] } : shop(age, day),
  },
  'gaps of weeks that are zeros': {
    kinds: ['change'],
    days: (age, day) => (age % 60 < 20 ? {} : shop(age, day)),
  },
  'a clock change in the window': { calendar: { today: '2026-11-05', timeZone: 'America/New_York' } },
  'a clock change at midnight': { kinds: ['drop'], calendar: { today: '2026-09-10', timeZone: 'America/Santiago' } },
  'a zone that skipped a day': { kinds: ['drop'], calendar: { today: '2012-01-20', timeZone: 'Pacific/Apia' } },
  'a series that begins in the middle': { kinds: ['milestone'], days: (age, day) => (age > 15 ? {} : shop(age, day)) },
  'a series that ended': { kinds: ['level-shift'], days: (age, day) => (age < 15 ? {} : shop(age, day)) },
  '1e15': { kinds: ['drop'], days: (age, day) => times(shop(age, day), 1e10) },
  '1e300': { kinds: [], days: (age, day) => times(shop(age, day), 1e296) },
  'one day of 1e308': {
    kinds: ['drop'],
    days: (age, day) => (age === 3 ? times(shop(age, day), 1e303) : shop(age, day)),
  },
  fractional: { kinds: ['drop'], days: (age, day) => times(shop(age, day), 1e-3) },
  tiny: { days: (age, day) => times(shop(age, day), 1e-12) },
  'NaN and infinite figures': {
    kinds: ['drop'],
    days: (age, day) => ({ ...shop(age, day), ...(age % 7 === 0 ? { revenue: Number.NaN, orders: Infinity } : {}) }),
  },
  'only NaN': { kinds: [], days: (age, day) => times(shop(age, day), Number.NaN) },
  'a locale that there is not': { kinds: ['drop'], calendar: { locale: 'xx_!' } },
  'an empty locale': { calendar: { locale: '' } },
  German: { kinds: ['drop'], calendar: { locale: 'de-AT' } },
  '20 years': {
    kinds: ['drop'],
    source: {
      daily: async () => daysBefore(CALENDAR.today, 20 * 365, shop),
      coverage: async () => [
        {
          integrationId: 'i1',
          platform: 'shopify',
          unknown: [{ from: '1999-01-01', to: '2010-01-01' }],
          provisionalFrom: undefined,
        },
      ],
    },
  },
  'days in the wrong order': {
    kinds: ['drop'],
    source: { daily: async () => daysBefore(CALENDAR.today, 800, shop).toReversed() },
  },
  'hostile names': {
    kinds: ['drop'],
    source: { breakdown: products(['<img src=x onerror=alert(1)>', '\u202eevil\u0000\ud800\n\n# x']) },
  },
  'a name of 10,000 characters': { source: { breakdown: products(['x'.repeat(10_000), '\ud800'.repeat(10_000)]) } },
  'empty names': { kinds: ['drop'], source: { breakdown: products(['', '\u200b']) } },
};

const negated = (day: Partial<MetricDay>) => times(day, -1);
function times(day: Partial<MetricDay>, factor: number): Partial<MetricDay> {
  return Object.fromEntries(
    Object.entries(day).map(([name, value]) => [name, typeof value === 'number' ? value * factor : value]),
  );
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

/** Enough to see each way of judging a metric. */
const LEADING = ['revenue', 'orders', 'averageOrderValue', 'sessions', 'conversionRate'];

const OF_PERIODS: readonly InsightPeriod[] = ['7d', '30d', '90d', '1y'];

/** What is told has figures and words that anybody can read. */
function checkTold(told: MemoryInsights['kept']) {
  for (const { evidence, title, text, importance } of told) {
    expect(numbersOf({ evidence, importance }).every(Number.isFinite)).toBe(true);
    expect(`${title} ${text}`).not.toMatch(/NaN|Infinity|∞|undefined|null|Invalid|\p{C}/u);
    expect(title).not.toBe('');
    expect([...title].length).toBeLessThanOrEqual(80);
    expect(text.length).toBeLessThanOrEqual(2_000);
    expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
  }
}

test.each(Object.entries(UGLY))('%s', async (_name, { kinds, ...given }) => {
  const { told, job } = await run({ metrics: LEADING, ...given });
  expect(job).toMatchObject({ state: 'completed', attemptsMade: 1 });
  checkTold(told);
  const found = told.map(({ kind }) => kind);
  if (kinds) expect(found).toEqual(kinds.length === 0 ? [] : expect.arrayContaining([...kinds]));
});

test.each(OF_PERIODS)('a young shop over %s', async (period) => {
  const { told, job } = await run({ period, days: (age, day) => (age > 40 ? {} : shop(age, day)) });
  expect(job).toMatchObject({ state: 'completed' });
  checkTold(told);
});

describe('a port that fails', () => {
  const fails = async () => {
    throw new Error('lost');
  };
  const rubbish = async (): Promise<never[]> => JSON.parse('{"what":"is this"}');
  const hasNoList = async (): Promise<never[]> => JSON.parse('[null,1,"x",{"day":"tomorrow","key":7,"revenue":"1"}]');
  const narrator = (narrate: Narrator['narrate']) => ({ options: { narrator: { narrate } } });

  /** What insights can do without: the drop is told, and the log says what is missing. */
  const LEFT_OUT: Readonly<Record<string, readonly [Given, RegExp | undefined]>> = {
    'a calendar that throws': [{ options: { calendar: { holidays: fails } } }, /A calendar has failed/],
    'a calendar that gives no list': [{ options: { calendar: { holidays: rubbish } } }, /A calendar has failed/],
    'a calendar of rubbish': [
      { options: { calendar: { holidays: hasNoList } } },
      /Of a calendar 4 holidays are left out/,
    ],
    'targets that throw': [{ options: { targets: { targets: fails } } }, /The targets have failed/],
    'targets that are no list': [{ options: { targets: { targets: rubbish } } }, /The targets are left out/],
    'targets of rubbish': [{ options: { targets: { targets: hasNoList } } }, /The target at place 0 is left out/],
    'a breakdown that throws': [{ source: { breakdown: fails } }, /can't be read: insights have no drivers/],
    'a breakdown that gives no list': [{ source: { breakdown: rubbish } }, /can't be read: insights have no drivers/],
    'a breakdown of rubbish': [{ source: { breakdown: hasNoList } }, /Of the figures by \w+ 4 rows are left out/],
    'a narrator that throws': [narrator(fails), /The narrator has failed/],
    'a narrator that gives no list': [narrator(rubbish), /The narrator has failed/],
    'a narrator of rubbish': [narrator(hasNoList), undefined],
  };

  test.each(Object.entries(LEFT_OUT))('%s is left out', async (_name, [given, logs]) => {
    const { told, job, logged } = await run({ ...given, metrics: ['revenue', 'orders'] });
    expect(job).toMatchObject({ state: 'completed', attemptsMade: 1 });
    checkTold(told);
    expect(told.map(({ kind, metric }) => `${kind} ${metric}`)).toContain('drop revenue');
    if (logs) expect(logged).toContainEqual(expect.stringMatching(logs));
  });

  test.each(['refresh', 'daily', 'coverage'] as const)(
    '%s of the metrics is tried again, with its error',
    async (name) => {
      const { told, job } = await run({ source: { [name]: fails } });
      expect(job).toMatchObject({ state: 'failed', attemptsMade: 3, failedReason: 'lost' });
      expect(told).toEqual([]);
    },
  );

  test('one that does not answer is left out after five minutes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    cleanUp.push(async () => vi.useRealTimers());
    const errors: string[] = [];
    const answer = askOptional(
      new AbortController().signal,
      () => new Promise<never>(() => undefined),
      ({ message }) => errors.push(message),
    );
    await vi.advanceTimersByTimeAsync(LONGEST_ANSWER);
    expect(await answer).toBeUndefined();
    expect(errors).toEqual(['There was no answer within 5 minutes']);
  });
});

test('what an earlier version has told without a topic changes nothing', async () => {
  const { told: fresh } = await run({ metrics: ['revenue'] });
  const insights = new MemoryInsights();
  const [drop] = fresh;
  if (!drop) expect.fail('Nothing was told');
  const begunAt = drop.run.begunAt - 86_400_000;
  const old = {
    ...drop,
    id: 'old',
    kind: 'unusual-day',
    topic: '',
    fingerprint: 'old',
    run: { ...drop.run, jobId: 'old', begunAt },
  } as const;
  insights.kept.push(old);
  const { told, job } = await run({ insights, metrics: ['revenue'] });
  expect(job).toMatchObject({ state: 'completed' });
  expect(told.slice(1).map(({ topic }) => topic)).toEqual(fresh.map(({ topic }) => topic));
});

test('an organization that there is not fails at once, with the reason', async () => {
  const { job } = await run({ source: { calendar: async () => undefined } });
  expect(job).toMatchObject({ state: 'failed', attemptsMade: 1, failedReason: 'There is no organization "acme"' });
});

test.each<[string, Partial<MetricSource>, RegExp]>([
  [
    'a calendar of another shape',
    { calendar: async () => JSON.parse('{"today":"2026-11-24"}') },
    /`calendar`.*timeZone/,
  ],
  ['a day that is none', { calendar: async () => ({ ...CALENDAR, today: 'yesterday' }) }, /`calendar`.*today/],
  ['days that are no list', { daily: async () => JSON.parse('{}') }, /`daily`.*it is no list/],
  ['a day that is null', { daily: async () => JSON.parse('[null]') }, /`daily`.*at place 0: it is no object/],
  [
    'figures in quotes',
    { daily: async () => JSON.parse(JSON.stringify([{ ...emptyDay('2026-11-01'), revenue: '12' }])) },
    /at place 0: revenue: it is no number/,
  ],
  [
    'days without a list',
    { daily: async () => JSON.parse('[{"day":"2026-11-01","currency":"EUR"}]') },
    /unknown: it is no list/,
  ],
  ['an integration that is null', { coverage: async () => JSON.parse('[null]') }, /`coverage`.*0: /],
])('%s fails at once, with the place', async (_name, source, reason) => {
  const { told, job } = await run({ source });
  expect(job).toMatchObject({ state: 'failed', attemptsMade: 1 });
  expect(job?.failedReason).toMatch(reason);
  expect(told).toEqual([]);
});
