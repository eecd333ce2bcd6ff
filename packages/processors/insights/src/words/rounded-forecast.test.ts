import { expect, test } from 'vitest';
import { formatsOf } from './format.js';
import { roundedForecast } from './rounded-forecast.js';

test('a forecast is rounded by the width of its interval, with two digits at least', () => {
  const of = (value: number, lower: number, upper: number) => roundedForecast({ value, lower, upper }, 'minor-units');
  expect(of(8_596_866, 7_812_345, 9_345_678)).toEqual({ value: 8_600_000, lower: 7_800_000, upper: 9_300_000 });
  expect(of(8_596_866, 8_590_123, 8_604_321)).toEqual({ value: 8_597_000, lower: 8_590_000, upper: 8_604_000 });
  // The interval is wider than the figure.
  expect(of(8_596_866, 0, 40_000_000)).toEqual({ value: 8_600_000, lower: 0, upper: 40_000_000 });
  expect(of(-8_596_866, -9_345_678, -7_812_345)).toEqual({ value: -8_600_000, lower: -9_300_000, upper: -7_800_000 });
});

test('without an interval it has three digits, and what is small or nothing is left', () => {
  expect(roundedForecast({ value: 8_596_866 }, 'minor-units')).toEqual({ value: 8_600_000 });
  expect(roundedForecast({ value: 123_456 }, 'count')).toEqual({ value: 123_000 });
  expect(roundedForecast({ value: 0, lower: 0, upper: 0 }, 'count')).toEqual({ value: 0, lower: 0, upper: 0 });
  expect(roundedForecast({ value: 4.6, lower: 1.2, upper: 7.9 }, 'count')).toEqual({ value: 5, lower: 1, upper: 8 });
  const { value } = roundedForecast({ value: 0.021_434, lower: 0.019, upper: 0.023 }, 'share');
  expect(value).toBeCloseTo(0.0214, 10);
  const large = roundedForecast({ value: 1e150, lower: 0, upper: 1e150 }, 'minor-units');
  expect(Object.values(large).every(Number.isFinite)).toBe(true);
});

test('money that has no cents is written without them, in the way of the language', () => {
  const evidence = { unit: 'minor-units', currency: 'EUR' } as const;
  expect(formatsOf({ locale: 'en' }).rounded(8_600_000, evidence)).toBe('€86,000');
  expect(formatsOf({ locale: 'de' }).rounded(8_600_000, evidence)).toBe('86.000\u00a0€');
  expect(formatsOf({ locale: 'en' }).rounded(1_250, evidence)).toBe('€12.50');
  expect(formatsOf({ locale: 'en' }).rounded(86_000, { unit: 'minor-units', currency: 'JPY' })).toBe('¥86,000');
  expect(formatsOf({ locale: 'en' }).rounded(86_000, { unit: 'count' })).toBe('86,000');
});
