import { expect, test } from 'vitest';
import type { InsightEvidence } from '../evidence.js';
import { findForecast } from '../findings/forecast.js';
import { CALENDAR, daysBefore, historyOf, metricOf, TODAY, wiggle } from '../fixtures/days.js';
import { METRICS } from '../metrics.js';
import { addDays } from '../periods.js';
import type { ToldInsight } from '../ports.js';
import { atOnce } from '../series/pieces.js';
import { forecastStatus } from './forecasts.js';
import { tell } from './tell.js';

/** 28 days of so much each, within so much of their sum. */
function forecastOf(from: string, daily: number | ((day: string) => number), reach: number) {
  const ahead = Array.from({ length: 28 }, (_, place) => {
    const day = addDays(from, place);
    return { day, value: null, expected: typeof daily === 'number' ? daily : daily(day) };
  });
  const value = ahead.reduce((sum, { expected }) => sum + expected, 0);
  const window = { from, to: addDays(from, 27) };
  return { window, value, upper: value + reach, unit: 'minor-units', currency: 'EUR', ahead } as const;
}

test('a forecast has changed where its interval and the last one have nothing in common, of the days that both are about', () => {
  const told = forecastOf('2026-11-01', 100, 280);
  expect(forecastStatus(forecastOf('2026-11-08', 115, 280), told)).toBe('unchanged');
  expect(forecastStatus(forecastOf('2026-11-08', 130, 280), told)).toBe('changed');
  expect(forecastStatus(forecastOf('2026-11-08', 70, 280), told)).toBe('changed');
  // Of fewer days less is known: 20 % more of a week is within both.
  expect(forecastStatus(forecastOf('2026-11-22', 120, 280), told)).toBe('unchanged');
  // What comes later does not count.
  const season = forecastOf('2026-11-08', (day) => (day > '2026-11-28' ? 900 : 100), 280);
  expect(forecastStatus(season, told)).toBe('unchanged');
});

test('a forecast of other days is a new one, also of another currency', () => {
  const told = forecastOf('2026-11-01', 100, 280);
  expect(forecastStatus(forecastOf('2026-11-28', 100, 280), told)).toBe('unchanged');
  expect(forecastStatus(forecastOf('2026-11-29', 100, 280), told)).toBe('new');
  expect(forecastStatus({ ...forecastOf('2026-11-08', 100, 280), currency: 'USD' }, told)).toBe('new');
});

test('a store that has kept no days of it is no hindrance, and neither are forecasts of nothing', () => {
  const { ahead, ...told } = forecastOf('2026-11-01', 100, 280);
  expect(ahead).toHaveLength(28);
  expect(forecastStatus(forecastOf('2026-11-08', 115, 280), told)).toBe('unchanged');
  expect(forecastStatus(forecastOf('2026-11-08', 130, 280), told)).toBe('changed');
  const { upper, ...exact } = told;
  expect(upper).toBeGreaterThan(exact.value);
  expect(forecastStatus(forecastOf('2026-11-08', 100, 280), exact)).toBe('unchanged');
  const nothing = forecastOf('2026-11-01', 0, 0);
  expect(forecastStatus(nothing, nothing)).toBe('unchanged');
  expect(forecastStatus(forecastOf('2026-11-08', 1, 1), nothing)).toBe('changed');
});

/** The forecasts that weekly runs of a year report, and each finding of one. */
function yearOf(revenue: (age: number, day: string) => number) {
  const days = daysBefore(TODAY, 3 * 365, (age, day) => ({ revenue: Math.round(revenue(age, day)) }));
  let told: readonly ToldInsight[] = [];
  let found = 0;
  const statuses: { readonly today: string; readonly status: string; readonly evidence: InsightEvidence }[] = [];
  for (let week = 52; week >= 0; week--) {
    const today = addDays(TODAY, -7 * week);
    const known = days.filter(({ day }) => day < today);
    const history = historyOf(known, { calendar: { ...CALENDAR, today } });
    const findings = atOnce(findForecast([metricOf('revenue', history)], history));
    found += findings.length;
    const { tellings } = tell(findings, METRICS, history, { told, mutes: [], votes: [] });
    for (const { status, topic, kind, metric, impact, evidence } of tellings) {
      statuses.push({ today, status, evidence });
      const last = { topic, kind, metric: metric.name, impact, status, evidence };
      told = [{ ...last, period: '30d', createdAt: Date.parse(today) }];
    }
  }
  return { found, statuses };
}

/** From half as much in summer to half as much again in winter, by a tenth otherwise from day to day. */
const seasonal = (age: number, day: string) => {
  const turn = (Date.parse(day) / 86_400_000 / 365.25) * 2 * Math.PI;
  return 100_000 * (1 + 0.5 * Math.cos(turn)) * (1 + 0.1 * wiggle(age));
};

test('a year of weekly runs reports the forecast of a season once for its days, and never as changed', () => {
  const { found, statuses } = yearOf(seasonal);
  expect(found).toBeGreaterThan(10);
  expect(statuses.length).toBeGreaterThan(2);
  expect(statuses.map(({ status }) => status)).toEqual(statuses.map(() => 'new'));
  for (const [index, { evidence }] of statuses.entries()) {
    const before = statuses[index - 1];
    if (before) expect(evidence.window.from > before.evidence.window.to).toBe(true);
  }
});

test('reports a forecast as changed where sales break in while the last one runs', () => {
  // Since the end of March, when what comes was told as more.
  const { statuses } = yearOf((age, day) => seasonal(age, day) * (day >= '2026-03-20' && day < '2026-05-20' ? 0.2 : 1));
  const changed = statuses.filter(({ status }) => status === 'changed');
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.length).toBeLessThan(4);
  for (const { today, evidence } of changed) {
    expect(today > '2026-03-20' && today < '2026-08-01').toBe(true);
    expect(evidence.previous).toBeDefined();
  }
});
