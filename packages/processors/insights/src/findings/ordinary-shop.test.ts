import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY } from '../fixtures/days.js';
import { METRICS } from '../metrics.js';
import type { MetricDay } from '../ports.js';
import type { InsightPeriod } from '../queue.js';
import { random } from '../series/fixtures/random.js';
import { atOnce } from '../series/pieces.js';
import { findForecast } from './forecast.js';
import { findMilestone } from './milestone.js';
import { findMovements } from './movement.js';
import { findSeasons } from './season.js';
import { weekdayOf } from './typical-day.js';

/** Sunday to Saturday, and January to December: gifts at the end of the year, little in summer. */
const WEEKDAYS = [0.9, 1.05, 1, 0.95, 1, 1.1, 1];
const MONTHS = [0.85, 0.85, 0.9, 0.95, 1, 0.9, 0.75, 0.8, 1, 1.05, 1.4, 1.6];

/** Three years without incidents: a week, a year, growth by a third a year and noise. */
function shop(seed: number): MetricDay[] {
  const source = random(seed);
  const mean = (level: number) => Math.round(level * (1 + 0.09 * source.normal()));
  return daysBefore(TODAY, 1_500, (age, day) => {
    if (age > 1_095) return {};
    const busy =
      (WEEKDAYS[weekdayOf(day)] ?? 1) * (MONTHS[Number(day.slice(5, 7)) - 1] ?? 1) * 1.33 ** ((1_095 - age) / 365);
    const orders = source.count(25 * busy);
    return {
      orders,
      revenue: mean(18_000 * orders),
      newCustomers: source.count(15 * busy),
      sessions: mean(1_000 * busy),
      refunds: source.count(1 * busy) * 15_000,
      adSpend: mean(8_000 * busy),
      adRevenue: mean(30_000 * busy),
      impressions: mean(9_000 * busy),
      clicks: mean(140 * busy),
    };
  });
}

/** What is found, changes of all metrics that go together as one: they are folded before they are told. */
function foundIn(days: readonly MetricDay[], period: InsightPeriod): string[] {
  const history = historyOf(days, { period });
  const metrics = METRICS.map(({ name }) => metricOf(name, history));
  const found = [
    ...atOnce(findMovements(metrics)),
    ...atOnce(findSeasons(metrics)),
    ...atOnce(findForecast(metrics, history)),
    ...findMilestone(metrics),
  ];
  return [
    ...new Set(
      found.map(({ kind, topic, evidence }) => (kind === 'change' ? `${kind} ${evidence.direction ?? ''}` : topic)),
    ),
  ];
}

test('an ordinary shop that grows, with its seasons, has few findings', () => {
  const months: number[] = [];
  for (let seed = 1; seed <= 2; seed++) {
    const days = shop(seed);
    expect(foundIn(days, '1y').length, `seed ${seed}`).toBeLessThan(6);
    for (let ago = 0; ago < 365; ago += 60) {
      const found = foundIn(days.slice(0, days.length - ago), '30d');
      months.push(found.length);
      expect(found.filter((topic) => /^(change|trend|turning-point)/.test(topic))).toEqual([]);
    }
  }
  // A good December may have a record, a milestone and a forecast of the January that follows, beside the year.
  expect(Math.max(...months)).toBeLessThanOrEqual(4);
  expect(months.reduce((sum, count) => sum + count, 0) / months.length).toBeLessThan(2.5);
});
