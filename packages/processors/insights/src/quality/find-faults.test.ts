import { expect, test } from 'vitest';
import { Breakdowns } from '../drivers/breakdowns.js';
import type { InsightDimension } from '../evidence.js';
import { CALENDAR, daysBefore, historyOf, TODAY, wiggle } from '../fixtures/days.js';
import { memoryMetrics } from '../fixtures/memory-store.js';
import type { History } from '../history.js';
import { METRICS, type Metric } from '../metrics.js';
import { addDays } from '../periods.js';
import type { IntegrationDays, MetricBreakdown, MetricDay } from '../ports.js';
import { findFaults } from './find-faults.js';

type Parts = Readonly<Record<string, Partial<MetricDay>>>;

/** What two shops, web analytics and an ads platform have on a day. */
const usual = (age: number): Parts => {
  const noise = 1 + 0.1 * wiggle(age);
  const orders = Math.round(12 * noise);
  const sold = { orders, revenue: 5_000 * orders, newCustomers: Math.round(orders / 2) };
  const ads = {
    adSpend: Math.round(3_000 * noise),
    impressions: Math.round(4_000 * noise),
    clicks: Math.round(60 * noise),
  };
  return {
    ...{ shopify: sold, woocommerce: sold, 'google-analytics': { sessions: Math.round(800 * noise) } },
    'facebook-ads': { ...ads, adRevenue: Math.round(9_000 * (1 + 0.5 * wiggle(age + 7))) },
  };
};

const FIGURES = [
  'orders',
  'revenue',
  'newCustomers',
  'sessions',
  'adSpend',
  'impressions',
  'clicks',
  'adRevenue',
] as const;

/** A shop of two years, with what is different on some days. */
function shop(different: (age: number, parts: Parts) => Parts = (_, parts) => parts) {
  const partsOf = (age: number) => different(age, usual(age));
  const days = daysBefore(TODAY, 700, (age) => {
    const day: Record<string, number> = {};
    for (const own of Object.values(partsOf(age))) {
      for (const name of FIGURES) day[name] = (day[name] ?? 0) + (own[name] ?? 0);
    }
    return day;
  });
  const calls: string[] = [];
  const source = {
    ...memoryMetrics(() => ({})),
    async breakdown(_id: string, { from, to, by }: { from: string; to: string; by: InsightDimension }) {
      calls.push(`${by} ${from} ${to}`);
      const rows = new Map<string, Record<string, number>>();
      days.forEach(({ day }, index) => {
        if (day < from || day > to) return;
        for (const [key, own] of Object.entries(partsOf(days.length - index))) {
          const row = rows.get(key) ?? {};
          for (const name of FIGURES) row[name] = (row[name] ?? 0) + (own[name] ?? 0);
          rows.set(key, row);
        }
      });
      return [...rows].map(([key, own]): MetricBreakdown => ({ key, currency: 'EUR', isPartial: false, ...own }));
    },
  };
  return { days, source, calls };
}

async function faultsOf(
  { days, source }: ReturnType<typeof shop>,
  changes: Partial<History> = {},
  metrics: readonly Metric[] = METRICS,
) {
  const { signal } = new AbortController();
  const warned: string[] = [];
  const options = { organizationId: 'acme', currency: 'EUR', signal, warn: (message: string) => warned.push(message) };
  const faults = await findFaults(metrics, historyOf(days, changes), new Breakdowns(source, options, 20));
  return { ...faults, warned };
}

const among = (age: number, first: number, last: number) => age <= first && age >= last;

test('nothing is wrong with an ordinary shop, and its source is not asked for ever', async () => {
  const ordinary = shop();
  expect((await faultsOf(ordinary)).findings).toEqual([]);
  expect(ordinary.calls.length).toBeLessThan(8);
});

test('one of two shops that is silent is found by its part, with all that it feeds, and its days are not judged', async () => {
  const { findings, history } = await faultsOf(
    shop((age, parts) => (among(age, 12, 10) ? { ...parts, woocommerce: {} } : parts)),
  );
  const window = { from: addDays(TODAY, -12), to: addDays(TODAY, -10) };
  expect(findings).toMatchObject([
    {
      kind: 'silent-platform',
      metric: { name: 'revenue' },
      impact: 'high',
      evidence: {
        ...{ window, direction: 'down', source: { platform: 'woocommerce' } },
        drivers: [{ dimension: 'platform', key: 'woocommerce', value: 0, share: 1 }],
        parts: [{ metric: 'orders', kind: 'drop' }, { metric: 'newCustomers' }, { metric: 'conversionRate' }],
      },
    },
  ]);
  const uncertain = history.days.filter((day) => day.uncertain?.includes('revenue')).map(({ day }) => day);
  // A silence need not begin at midnight.
  expect(uncertain).toEqual([-13, -12, -11, -10, -9].map((days) => addDays(TODAY, days)));
});

test('web analytics without a visit is silent; with a tenth of them, while orders come in, its tracking is broken', async () => {
  const silent = await faultsOf(
    shop((age, parts) => (among(age, 9, 7) ? { ...parts, 'google-analytics': {} } : parts)),
  );
  expect(silent.findings).toMatchObject([
    { kind: 'silent-platform', metric: { name: 'sessions' }, evidence: { value: 0, change: -1 } },
  ]);
  const broken = await faultsOf(
    shop((age, parts) => (among(age, 9, 5) ? { ...parts, 'google-analytics': { sessions: 80 } } : parts)),
  );
  expect(broken.findings).toMatchObject([
    {
      kind: 'broken-tracking',
      metric: { name: 'sessions' },
      topic: `broken-tracking:google-analytics:sessions:${addDays(TODAY, -9)}`,
      evidence: {
        method: 'joint-figures',
        drivers: [{ dimension: 'platform', key: 'google-analytics' }],
        witness: { metric: 'orders' },
        parts: [{ metric: 'conversionRate', kind: 'spike', direction: 'up' }],
      },
    },
  ]);
});

test('the witness of broken tracking is no part of what is broken, also where a run looks at ratios alone', async () => {
  const given = shop((age, parts) => {
    const ads = { ...parts['facebook-ads'], ...(among(age, 20, 14) ? { adRevenue: 0 } : {}) };
    return { ...parts, 'facebook-ads': ads, ...(among(age, 9, 5) ? { 'google-analytics': { sessions: 80 } } : {}) };
  });
  const ratios = METRICS.filter(({ dividedBy }) => dividedBy !== undefined);
  const { findings } = await faultsOf(given, {}, ratios);
  expect(findings.map(({ metric, evidence }) => [metric.name, evidence.witness?.metric]).toSorted()).toEqual([
    ['conversionRate', 'orders'],
    ['returnOnAdSpend', 'clicks'],
  ]);
  for (const { evidence } of (await faultsOf(given)).findings) {
    const moved = [...(evidence.parts ?? []), ...(evidence.drivers ?? [])].map(({ metric }) => metric);
    expect(moved).not.toContain(evidence.witness?.metric);
    expect(evidence.witness?.value).toBeGreaterThan(0);
  }
});

test('ads without a purchase, while people click on them, are broken tracking, and a shop that sells less is not', async () => {
  const { findings } = await faultsOf(
    shop((age, { 'facebook-ads': ads = {}, ...parts }) => ({
      ...parts,
      'facebook-ads': among(age, 20, 14) ? { ...ads, adRevenue: 0 } : ads,
    })),
  );
  expect(findings).toMatchObject([
    {
      ...{ kind: 'broken-tracking', metric: { name: 'adRevenue' }, impact: 'high' },
      evidence: { value: 0, source: { platform: 'facebook-ads' }, parts: [{ metric: 'returnOnAdSpend', value: 0 }] },
    },
  ]);
  const checkout = shop((age, parts) => {
    if (!among(age, 20, 18)) return parts;
    const sold = { orders: 2, revenue: 10_000, newCustomers: 1 };
    return { ...parts, shopify: sold, woocommerce: sold, 'facebook-ads': { ...parts['facebook-ads'], adRevenue: 0 } };
  });
  expect((await faultsOf(checkout)).findings).toEqual([]);
});

test('where all shops sell nothing it is no platform that is silent', async () => {
  const { findings } = await faultsOf(
    shop((age, parts) => (among(age, 12, 10) ? { ...parts, shopify: {}, woocommerce: {} } : parts)),
  );
  expect(findings).toEqual([]);
});

test('ads that are restated for four weeks are judged as soon as they are final', async () => {
  const { days, source, calls } = shop((age, parts) => (among(age, 40, 37) ? { ...parts, 'facebook-ads': {} } : parts));
  const restated = days.map((day, index) =>
    days.length - index <= 28 ? { ...day, uncertain: ['adSpend', 'adRevenue', 'impressions', 'clicks'] } : day,
  );
  const { findings } = await faultsOf({ days: restated, source, calls });
  expect(findings).toMatchObject([{ kind: 'silent-platform', metric: { name: 'adSpend' } }]);
});

test('without breakdowns, and with ones that fail, what is found has no platform', async () => {
  const { days, source, calls } = shop((age, parts) =>
    among(age, 9, 7) ? { ...parts, 'google-analytics': {} } : parts,
  );
  const expected = [{ kind: 'silent-platform', metric: { name: 'sessions' } }];
  const { breakdown: _, ...without } = source;
  const none = await faultsOf({ days, source: { ...without, breakdown: async () => [] }, calls });
  expect(none.findings).toMatchObject(expected);
  const failing = await faultsOf({
    ...{ days, calls },
    source: {
      ...without,
      breakdown: async () => {
        throw new Error('There is no such table');
      },
    },
  });
  expect(failing.findings).toMatchObject(expected);
  expect(failing.findings[0]?.evidence).not.toHaveProperty('drivers');
  expect(failing.warned).toHaveLength(1);
});

const integration = (integrationId: string, platform: string, unknown: IntegrationDays['unknown']): IntegrationDays => {
  return { integrationId, platform, unknown, provisionalFrom: TODAY };
};

test('days of which nothing is known are one finding for each gap, within the life of an integration', async () => {
  const begin = addDays(TODAY, -700);
  const days = shop().days.map((day) =>
    day.day >= addDays(TODAY, -8) && day.day <= addDays(TODAY, -6)
      ? { ...day, sessions: 0, uncertain: ['sessions'], unknown: ['ga'], unknownFigures: ['sessions'] }
      : day,
  );
  const gap = { from: addDays(TODAY, -8), to: addDays(TODAY, -6) };
  const integrations = [
    integration('ga', 'google-analytics', [{ from: begin, to: addDays(TODAY, -690) }, gap]),
    // The first import is still going on: it was never read to its end.
    {
      ...integration('ads', 'facebook-ads', [{ from: addDays(TODAY, -60), to: addDays(TODAY, -10) }]),
      provisionalFrom: undefined,
    },
    integration('shop', 'shopify', [{ from: addDays(TODAY, -1), to: TODAY }]),
  ];
  const { source, calls } = shop();
  const { findings } = await faultsOf({ days, source, calls }, { integrations });
  // What the next sync may bring is no gap yet.
  expect(findings).toMatchObject([
    {
      ...{ kind: 'missing-data', metric: { name: 'sessions' }, topic: `missing-data:ga:${gap.from}` },
      evidence: { window: gap, value: 0, source: { platform: 'google-analytics', integrationId: 'ga' } },
    },
  ]);
  const byDays = await faultsOf({ days, source, calls });
  expect(byDays.findings.map(({ topic }) => topic)).toEqual([`missing-data:ga:${gap.from}`]);
});

test('ugly figures have no faults, and no numbers that are none', async () => {
  const ugly: Readonly<Record<string, (age: number) => Partial<MetricDay>>> = {
    zeros: () => ({}),
    constant: () => ({ orders: 20, sessions: 500, revenue: 1e15 }),
    negative: (age) => ({ revenue: -1_000 * age, orders: -3, sessions: 10 }),
    huge: (age) => ({ revenue: 1e15 * (1 + wiggle(age)), orders: 1e15, sessions: 1e15 }),
    'begins late': (age) => (age < 20 ? { orders: 20, sessions: 400 } : {}),
    'ended long ago': (age) => (age > 200 ? { orders: 20, sessions: 400 } : {}),
  };
  const { source, calls } = shop();
  for (const [name, of] of Object.entries(ugly)) {
    for (const count of [0, 1, 700, 7_300]) {
      const days = daysBefore(TODAY, count, of);
      const { findings } = await faultsOf({ days, source, calls }, { calendar: CALENDAR, period: '1y' });
      expect(JSON.stringify(findings), `${name}, ${count} days`).not.toMatch(/null,"(?:expected|p)"|NaN/);
      for (const { evidence } of findings) {
        expect([evidence.value, evidence.expected].every(Number.isFinite), `${name}, ${count} days`).toBe(true);
      }
    }
  }
});

test('visits that are as usual while orders triple are no broken tracking', async () => {
  const triple = (parts: Parts): Parts => {
    const { orders = 0, revenue = 0 } = parts.shopify ?? {};
    return { ...parts, shopify: { ...parts.shopify, orders: 5 * orders, revenue: 5 * revenue } };
  };
  const sale = await faultsOf(shop((age, parts) => (among(age, 8, 6) ? triple(parts) : parts)));
  expect(sale.findings).toEqual([]);
  // A third of the visits is a fault all the same.
  const both = await faultsOf(
    shop((age, parts) => (among(age, 8, 6) ? { ...triple(parts), 'google-analytics': { sessions: 250 } } : parts)),
  );
  expect(both.findings).toMatchObject([{ kind: 'broken-tracking', metric: { name: 'sessions' } }]);
});
