import { expect, test } from 'vitest';
import type { InsightDimension } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import { CALENDAR, daysBefore, historyOf, TODAY, wiggle } from '../fixtures/days.js';
import { memoryMetrics } from '../fixtures/memory-store.js';
import { METRICS } from '../metrics.js';
import { addDays } from '../periods.js';
import type { MetricBreakdown, MetricSource } from '../ports.js';
import { Breakdowns } from './breakdowns.js';
import { explainFindings } from './explain-findings.js';

/** What a key has on a day of an age. */
type Cell = (age: number) => Omit<MetricBreakdown, 'key' | 'currency' | 'isPartial'>;
type Cells = Readonly<Partial<Record<InsightDimension, Readonly<Record<string, Cell>>>>>;

/** Days 3 and 2 before today are what is to be explained. */
const isEvent = (age: number) => age === 3 || age === 2;
const WINDOW = { from: addDays(TODAY, -3), to: addDays(TODAY, -2) };

function source(cells: Cells) {
  const asked: string[] = [];
  const breakdown: NonNullable<MetricSource['breakdown']> = async (_id, { from, to, by }) => {
    asked.push(by);
    return Object.entries(cells[by] ?? {}).flatMap(([key, of]) =>
      daysBefore(TODAY, 200, () => ({})).flatMap(({ day }, index): MetricBreakdown[] =>
        day >= from && day <= to
          ? [{ key: key === 'unknown' ? undefined : key, currency: 'EUR', isPartial: false, ...of(200 - index) }]
          : [],
      ),
    );
  };
  return { ...memoryMetrics(() => ({})), breakdown, asked };
}

const historyBy = (cells: Readonly<Record<string, Cell>>) =>
  historyOf(
    daysBefore(TODAY, 200, (age) => {
      const sum: Record<string, number> = {};
      for (const of of Object.values(cells)) {
        for (const [name, value] of Object.entries(of(age))) {
          if (typeof value === 'number') sum[name] = (sum[name] ?? 0) + value;
        }
      }
      return sum;
    }),
  );

function findingOf(name: string, value: number, expected: number, changes: Partial<Finding> = {}): Finding {
  const metric = METRICS.find((one) => one.name === name);
  if (!metric) throw new Error(`There is no metric "${name}"`);
  const direction = value > expected ? 'up' : 'down';
  return {
    ...{ kind: value > expected ? 'spike' : 'drop', metric, impact: 'high', topic: 'one', ...changes },
    evidence: {
      ...{ method: 'expected-range', unit: metric.unit, window: WINDOW, value, expected, direction, series: [] },
      ...(expected === 0 ? {} : { change: (value - expected) / expected }),
      ...changes.evidence,
    },
  };
}

async function explained(finding: Finding, from: MetricSource, history: ReturnType<typeof historyOf>) {
  const { signal } = new AbortController();
  const warned: unknown[] = [];
  const warn = (_message: string, error: unknown) => warned.push(error);
  const breakdowns = new Breakdowns(from, { organizationId: 'acme', currency: CALENDAR.currency, signal, warn }, 40);
  const [one] = await explainFindings([finding], [finding], history, breakdowns);
  return { drivers: one?.evidence.drivers, warned };
}

const visits =
  (usual: number, factor = 1) =>
  (age: number) => ({
    sessions: Math.round(usual * (1 + 0.1 * wiggle(age + usual)) * (isEvent(age) ? factor : 1)),
  });

test('the channel that brought the visits is the driver, and not the largest one that moved as the others did', async () => {
  const channel = { 'Organic Search': visits(500), Direct: visits(200), Referral: visits(100, 8), unknown: visits(40) };
  const country = { DE: visits(600, 1.8), AT: visits(240, 1.8) };
  const given = source({ channel, country });
  const { drivers } = await explained(findingOf('sessions', 3_100, 1_680), given, historyBy(channel));
  expect(drivers).toMatchObject([{ dimension: 'channel', key: 'Referral' }]);
  expect(drivers?.[0]?.value).toBeGreaterThan(1_400);
  expect(drivers?.[0]?.expected).toBeLessThan(260);
  expect(drivers?.[0]?.share).toBeGreaterThan(0.8);
  // Once a channel has said it, nothing else is asked for.
  expect(new Set(given.asked)).toEqual(new Set(['channel']));
});

test('where everything moved in proportion there are no drivers', async () => {
  const channel = { 'Organic Search': visits(500, 0.2), Direct: visits(200, 0.2), Referral: visits(100, 0.2) };
  const country = { DE: visits(600, 0.2), AT: visits(200, 0.2) };
  const { drivers } = await explained(
    findingOf('sessions', 320, 1_600),
    source({ channel, country }),
    historyBy(channel),
  );
  expect(drivers).toBeUndefined();
});

const sold =
  (orders: number, factor = 1) =>
  (age: number) => {
    const count = Math.round(orders * (1 + 0.1 * wiggle(age + orders)) * (isEvent(age) ? factor : 1));
    return { orders: count, revenue: 5_000 * count };
  };

test('a product explains a spike better than channels that all sold more, and is named', async () => {
  const channel = { Direct: sold(30, 2), Email: sold(20, 2) };
  const product: Record<string, Cell> = { 'p-1': (age) => ({ ...sold(5, 10)(age), label: 'Blue Vase' }) };
  for (let other = 2; other <= 10; other++)
    product[`p-${other}`] = (age) => ({ ...sold(5)(age), label: `Cup ${other}` });
  const { drivers } = await explained(
    findingOf('revenue', 1_000_000, 500_000),
    source({ channel, product }),
    historyBy(channel),
  );
  expect(drivers?.[0]).toMatchObject({ dimension: 'product', key: 'p-1', label: 'Blue Vase' });
});

test('what has no members of its own is explained by the orders that came with it', async () => {
  const product: Record<string, Cell> = { 'p-1': sold(5, 11), 'p-2': sold(25), 'p-3': sold(20) };
  const all = { all: (age: number) => ({ orders: isEvent(age) ? 100 : 50, newCustomers: isEvent(age) ? 50 : 25 }) };
  const { drivers } = await explained(findingOf('newCustomers', 100, 50), source({ product }), historyBy(all));
  expect(drivers).toMatchObject([{ dimension: 'product', key: 'p-1', metric: 'orders' }]);
});

const bought =
  (sessions: number, rate: number, rateThen = rate, factor = 1) =>
  (age: number) => {
    const count = Math.round(sessions * (isEvent(age) ? factor : 1));
    return { sessions: count, orders: Math.round(count * (isEvent(age) ? rateThen : rate)) };
  };

test('of a ratio, a rate of its own and a larger part of the whole are distinguished', async () => {
  const rate = { Direct: bought(4_000, 0.03), Email: bought(4_000, 0.03, 0.006), Referral: bought(2_000, 0.03) };
  const fallen = await explained(findingOf('conversionRate', 0.0204, 0.03), source({ channel: rate }), historyBy(rate));
  expect(fallen.drivers).toMatchObject([
    { dimension: 'channel', key: 'Email', effect: 'rate', value: 0.006, expected: 0.03 },
  ]);
  expect(fallen.drivers?.[0]?.share).toBeCloseTo(1, 1);

  const mix = { Direct: bought(4_000, 0.05), Email: bought(4_000, 0.05), Display: bought(2_000, 0.005, 0.005, 6) };
  const diluted = await explained(findingOf('conversionRate', 0.023, 0.041), source({ channel: mix }), historyBy(mix));
  expect(diluted.drivers?.[0]).toMatchObject({ key: 'Display', effect: 'mix' });
});

test('days on which something else happened are no measure', async () => {
  // Twenty days before, one channel had ten times as much.
  const burst = (usual: number, factor: number) => (age: number) => {
    const { sessions } = visits(usual, 0.2)(age);
    return { sessions: age === 20 || age === 19 ? sessions * factor : sessions };
  };
  const channel = { Direct: burst(500, 1), Email: burst(300, 1), Referral: burst(200, 10) };
  const earlier = findingOf('sessions', 5_600, 2_000, { topic: 'earlier' });
  const before = {
    ...earlier,
    evidence: { ...earlier.evidence, window: { from: addDays(TODAY, -20), to: addDays(TODAY, -19) } },
  };
  const finding = findingOf('sessions', 400, 2_000);
  const { signal } = new AbortController();
  const options = { organizationId: 'acme', currency: 'EUR', signal, warn: () => undefined };
  const breakdowns = new Breakdowns(source({ channel }), options, 40);
  const [one] = await explainFindings([finding], [finding, before], historyBy(channel), breakdowns);
  expect(one?.evidence.drivers).toBeUndefined();
});

test('a breakdown that fails is logged, and the finding stays; a job that is ended ends', async () => {
  const failing: MetricSource = {
    ...memoryMetrics(() => ({})),
    breakdown: async () => {
      throw new Error('The table is locked');
    },
  };
  const channel = { Direct: visits(500), Referral: visits(100, 8) };
  const finding = findingOf('sessions', 2_600, 1_200);
  const { drivers, warned } = await explained(finding, failing, historyBy(channel));
  expect(drivers).toBeUndefined();
  expect(warned).toEqual([new Error('The table is locked')]);

  const ended = new AbortController();
  ended.abort(new Error('The worker stops'));
  const options = { organizationId: 'acme', currency: 'EUR', signal: ended.signal, warn: () => undefined };
  const breakdowns = new Breakdowns(source({ channel }), options, 40);
  await expect(explainFindings([finding], [finding], historyBy(channel), breakdowns)).rejects.toThrow(
    'The worker stops',
  );
});

test('the source is asked a bounded number of times, and each thing once', async () => {
  const channel = { Direct: visits(500, 0.2), Referral: visits(100, 0.2) };
  const given = source({ channel });
  const { signal } = new AbortController();
  const options = { organizationId: 'acme', currency: 'EUR', signal, warn: () => undefined };
  const finding = findingOf('sessions', 240, 1_200);
  await explainFindings([finding, finding, finding], [finding], historyBy(channel), new Breakdowns(given, options, 3));
  expect(given.asked.length).toBe(3);
});

test('ugly figures have no drivers that are no numbers', async () => {
  const cells: readonly Readonly<Record<string, Cell>>[] = [
    {},
    { Direct: () => ({ sessions: 0, orders: 0 }) },
    { Direct: () => ({ sessions: Number.NaN }), Email: () => ({ sessions: 5 }) },
    {
      Direct: () => ({ sessions: 1e15, orders: 1e15 }),
      Email: (age) => ({ sessions: isEvent(age) ? 1e15 : 0, orders: 1 }),
    },
    { Direct: () => ({ sessions: -5, orders: -1 }), Email: () => ({ sessions: 3, orders: 4 }) },
    { Direct: (age) => ({ sessions: isEvent(age) ? 0 : 100, orders: 0 }), Email: () => ({ sessions: 0, orders: 5 }) },
  ];
  for (const [place, channel] of cells.entries()) {
    for (const [name, value, expected] of [
      ['sessions', 0, 100],
      ['sessions', 100, 0],
      ['sessions', 1e15, 5],
      ['conversionRate', 0, 0.5],
      ['conversionRate', 0.5, 0],
    ] as const) {
      const { drivers = [] } = await explained(
        findingOf(name, value, expected),
        source({ channel }),
        historyBy(channel),
      );
      for (const driver of drivers) {
        const figures = [driver.value, driver.expected, driver.contribution, driver.share];
        expect(figures.every(Number.isFinite), `${place} ${name} ${JSON.stringify(driver)}`).toBe(true);
      }
    }
  }
});

test('what is over needs no drivers, and the source is not asked for them', async () => {
  const channel = { Direct: visits(500), Referral: visits(100, 8) };
  const given = source({ channel });
  const { signal } = new AbortController();
  const options = { organizationId: 'acme', currency: 'EUR', signal, warn: () => undefined };
  const finding = { ...findingOf('sessions', 2_600, 1_200), status: 'over' } as const;
  const [one] = await explainFindings([finding], [], historyBy(channel), new Breakdowns(given, options, 40));
  expect(one).toBe(finding);
  expect(given.asked).toEqual([]);
});
