import { expect, test } from 'vitest';
import { daysBefore, historyOf, metricOf, TODAY } from './fixtures/days.js';
import { addDays } from './periods.js';

/** The first day of `adSpend` that is judged, and of `revenue`, where the last days of ads are not final. */
function judgedFrom(open: number, count = 200) {
  const days = daysBefore(TODAY, count, (age) => ({
    ...{ adSpend: 100, revenue: 500 },
    uncertain: age <= open ? ['adSpend'] : [],
  }));
  const first = (name: string) => {
    const { points, from } = metricOf(name, historyOf(days));
    return points[from]?.day;
  };
  return [first('adSpend'), first('revenue')];
}

test('as many final days as the period has are judged, up to the last one', () => {
  expect(judgedFrom(0)).toEqual([addDays(TODAY, -30), addDays(TODAY, -30)]);
  expect(judgedFrom(28)).toEqual([addDays(TODAY, -58), addDays(TODAY, -30)]);
});

test('a ratio waits for both of its figures', () => {
  const days = daysBefore(TODAY, 200, (age) => ({
    adRevenue: 300,
    adSpend: 100,
    uncertain: age <= 10 ? ['adSpend'] : [],
  }));
  const { points, from } = metricOf('returnOnAdSpend', historyOf(days));
  expect(points[from]?.day).toBe(addDays(TODAY, -40));
});

test('where a figure is not final for longer than platforms restate it, the days stay near the period', () => {
  expect(judgedFrom(100)).toEqual([addDays(TODAY, -65), addDays(TODAY, -30)]);
  expect(judgedFrom(200)).toEqual([addDays(TODAY, -65), addDays(TODAY, -30)]);
  expect(judgedFrom(5, 20)).toEqual([addDays(TODAY, -20), addDays(TODAY, -20)]);
});
