import { expect, test } from 'vitest';
import type { InsightEvidence } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import { METRICS } from '../metrics.js';
import { formatsOf } from './format.js';
import { wordsOf } from './sentences.js';

const BASE = {
  window: { from: '2026-11-17', to: '2026-11-23' },
  before: { from: '2026-11-10', to: '2026-11-16' },
  days: { compared: 7, left: 0 },
  series: [],
} as const;

function words(name: string, evidence: Partial<InsightEvidence>, locale = 'en') {
  const metric = METRICS.find((one) => one.name === name);
  if (!metric) throw new Error(`There is no metric "${name}"`);
  const isDay = evidence.weekdays !== undefined;
  const finding: Finding = {
    kind: isDay ? 'unusual-day' : 'change',
    metric,
    topic: 'topic',
    impact: 'high',
    evidence: {
      ...BASE,
      method: isDay ? 'weekday-median' : 'period-before',
      unit: metric.unit,
      ...(metric.unit === 'minor-units' ? { currency: 'EUR' } : {}),
      value: 0,
      expected: 0,
      direction: 'down',
      ...evidence,
    },
  };
  // `Intl` writes spaces that do not break, of two kinds.
  const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
  const { title, text } = wordsOf(finding, formatsOf({ locale }));
  return { title: plain(title), text: plain(text) };
}

const FALL = { value: 123_450, expected: 200_000, change: -0.38275, direction: 'down' } as const;

test('a change has its size, both figures and both periods', () => {
  expect(words('revenue', FALL)).toEqual({
    title: 'Revenue fell by 38%',
    text: 'Revenue fell by 38%: €1,234.50 from November 17, 2026 to November 23, 2026, after €2,000.00 in the equal period before (November 10, 2026 to November 16, 2026).',
  });
});

test('figures are written in the unit of the metric, the currency and the locale', () => {
  expect(words('revenue', FALL, 'de').text).toContain('1.234,50 € from 17. November 2026');
  expect(words('revenue', { ...FALL, currency: 'JPY' }).text).toContain('¥123,450 from');
  // ISO 4217 has three decimals, which `Intl` has not.
  expect(words('revenue', { ...FALL, currency: 'IQD' }).text).toContain('IQD 123.450 from');
  const rise = { direction: 'up', change: 0.052 } as const;
  expect(words('conversionRate', { ...rise, value: 0.0223, expected: 0.0212 })).toMatchObject({
    title: 'Conversion rate rose by 5.2%',
    text: expect.stringContaining('2.23% from'),
  });
  expect(words('returnOnAdSpend', { ...rise, value: 4.12345, expected: 3.9 }).text).toContain('4.12 from');
  expect(words('sessions', { ...rise, value: 12_345, expected: 11_000.5 }).text).toContain('after 11,000.5 in');
});

test('a locale that is none is English', () => {
  for (const locale of ['', 'no-such_locale', 'xx']) {
    expect(words('revenue', FALL, locale).text).toContain('€1,234.50 from November 17, 2026');
  }
});

test('says why there is no percentage, and which days are left out', () => {
  expect(words('refunds', { value: 5_000, expected: 0, direction: 'up' })).toEqual({
    title: 'Refunds rose from €0.00 to €50.00',
    text: expect.stringMatching(/There is no percentage, as the period before has 0\.$/),
  });
  expect(words('revenue', { ...FALL, days: { compared: 6, left: 1 } }).text).toMatch(
    / 1 day of each period is left out: its /,
  );
  expect(words('revenue', { ...FALL, days: { compared: 4, left: 3 } }).text).toMatch(
    / 3 days of each period are left out: their /,
  );
});

test('an unusual day has its weekday, the median and the usual distance from it', () => {
  const window = { from: '2026-11-24', to: '2026-11-24' };
  const day = { window, weekdays: { count: 12, median: 200_000, mad: 9_000 } };
  expect(words('revenue', { ...FALL, ...day })).toEqual({
    title: 'Revenue unusually low on Tuesday, November 24, 2026',
    text: 'Revenue: €1,234.50 on Tuesday, November 24, 2026, 38% less than usual. The median of the 12 Tuesdays before is €2,000.00; half of them are within €90.00 of it.',
  });
  const none = { ...day, value: 40, expected: 0, direction: 'up', weekdays: { count: 4, median: 0, mad: 0 } } as const;
  expect(words('orders', none)).toEqual({
    title: 'Orders unusually high on Tuesday, November 24, 2026',
    text: 'Orders: 40 on Tuesday, November 24, 2026. The median of the 4 Tuesdays before is 0; half of them are within 0 of it. There is no percentage, as the median is 0.',
  });
});
