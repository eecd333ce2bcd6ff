import { describe, expect, it } from 'vitest';
import { DAY, dayOf } from './calendar.js';
import { openShop } from './open-shop.js';
import type { Shop, ShopIncident, ShopIncidentKind } from './shop.js';
import { dailyTruth, type ShopDay } from './truth.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const KINDS: readonly ShopIncidentKind[] = ['spike', 'drop', 'level-shift', 'silent-platform', 'broken-tracking'];

/** The days of an incident that are over, summed up as the platforms show them. */
function figuresOf(shop: Shop, { from, to, platform }: ShopIncident) {
  const platforms = platform ? [platform] : (['shopify', 'google-analytics', 'facebook-ads'] as const);
  const sum = {
    orders: 0,
    revenue: 0,
    newCustomers: 0,
    sessions: 0,
    adSpend: 0,
    adRevenue: 0,
    impressions: 0,
    clicks: 0,
  };
  const days = dailyTruth(shop, platforms, shop.zone).filter(({ day }) => day >= from && day <= to && day < dayOf(NOW));
  for (const day of days) for (const figure of Object.keys(sum)) add(sum, day, figure);
  const { revenue, orders, sessions, adRevenue, adSpend } = sum;
  return {
    ...sum,
    averageOrderValue: revenue / orders,
    conversionRate: orders / sessions,
    returnOnAdSpend: adRevenue / adSpend,
  };
}

function add(sum: Record<string, number>, day: ShopDay, figure: string): void {
  sum[figure] = (sum[figure] ?? 0) + Number(Reflect.get(day, figure));
}

const open = (seed: number, isWanted: (incident: ShopIncident) => boolean = () => true) =>
  openShop({ seed, days: 400, ordersPerDay: 60, now: NOW, isWanted }).shop;

/** What a figure may differ by: counts by four times their root, money by that many orders, the ads by their own spread. */
function toleranceOf(figure: string, expected: number, { revenue, orders, adRevenue }: ReturnType<typeof figuresOf>) {
  const unit = figure === 'revenue' ? revenue / orders : 1;
  const counted = 4 * Math.sqrt(expected * unit);
  if (figure === 'revenue' || figure === 'orders' || figure === 'newCustomers') return counted + 0.02 * expected;
  // A campaign's purchases of a day have one value, from half the average to one and a half.
  if (figure === 'adRevenue') return 0.4 * expected + 0.05 * adRevenue;
  return figure === 'sessions' ? 0.2 * expected : 0.4 * expected;
}

describe.each([1, 2, 3])('the incidents of a year, seed %i', (seed) => {
  const shop = open(seed);
  const incidents = shop.incidents.filter(({ from }) => from > dayOf(NOW - 365 * DAY) && from < dayOf(NOW));

  it.each(incidents)('$id has the effects that it says in what the platforms show, and no others', (incident) => {
    const without = figuresOf(
      open(seed, ({ id }) => id !== incident.id),
      incident,
    );
    const figures = figuresOf(shop, incident);
    for (const [figure, factor] of Object.entries(incident.effects)) {
      const [value, expected] = [Number(Reflect.get(figures, figure)), Number(Reflect.get(without, figure)) * factor];
      const difference = Math.abs(value - expected);
      expect(difference, `${figure}: ${value} instead of ${expected}`).toBeLessThanOrEqual(
        toleranceOf(figure, expected, without),
      );
    }
    for (const figure of ['orders', 'sessions', 'adSpend'] as const) {
      if (figure in incident.effects) continue;
      expect(Math.abs(figures[figure] - without[figure]), figure).toBeLessThanOrEqual(0.01 * without[figure]);
    }
  });
});

it('any year has incidents of every kind, each on days of its own', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { shop } = openShop({ seed, days: 1_095, ordersPerDay: 0.01, now: NOW });
    for (const yearsAgo of [0, 1]) {
      const [from, to] = [dayOf(NOW - (yearsAgo + 1) * 365 * DAY), dayOf(NOW - yearsAgo * 365 * DAY)];
      const ofYear = shop.incidents.filter((incident) => incident.from > from && incident.from <= to);
      expect(new Set(ofYear.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    }
    const short = shop.incidents.filter(({ kind }) => kind !== 'level-shift');
    for (const [index, { to }] of short.entries()) {
      const next = short[index + 1];
      if (next) expect(Date.parse(next.from) - Date.parse(to), next.id).toBeGreaterThan(7 * DAY);
    }
  }
});

it('a young shop has the incidents that can be seen without weeks before them', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { shop } = openShop({ seed, days: 100, ordersPerDay: 1, now: NOW });
    expect(new Set(shop.incidents.map(({ kind }) => kind))).toEqual(new Set(['spike', 'drop']));
  }
});
