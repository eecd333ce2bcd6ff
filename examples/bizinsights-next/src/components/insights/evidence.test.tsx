// What the evidence of an insight looks like, for each unit and in the formats of the organization.
import type { InsightDriver, InsightEvidence } from '@bizinsights/jobs-insights';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { toFinding } from '@/lib/figures/findings';
import { type Formats, wordsLanguage } from '@/lib/figures/format';
import { FindingFacts } from '../finding-facts';
import { BandChart } from './band-chart';
import { DriverBars } from './driver-bars';
import { PartList } from './part-list';

const ENGLISH: Formats = { locale: 'en', currency: 'EUR', timeZone: 'Europe/Berlin' };
const GERMAN: Formats = { ...ENGLISH, locale: 'de' };

/** Of ten days the eighth is far above what is usual. */
const SPIKE: InsightEvidence = {
  method: 'expected-range',
  unit: 'minor-units',
  currency: 'EUR',
  window: { from: '2026-11-08', to: '2026-11-08' },
  value: 250_000,
  expected: 100_000,
  change: 1.5,
  series: Array.from({ length: 10 }, (_, index) => ({
    day: `2026-11-${String(index + 1).padStart(2, '0')}`,
    value: index === 7 ? 250_000 : 100_000,
    ...{ expected: 100_000, lower: 80_000, upper: 120_000 },
  })),
};

const DRIVER = {
  ...{ dimension: 'product', key: '7', label: 'Speckled Vase' },
  ...{ value: 160_000, expected: 20_000, contribution: 140_000, share: 0.93 },
} as const satisfies InsightDriver;

/** As a browser has it. Intl separates by spaces that do not break. */
const rendered = (element: ReactElement) => renderToStaticMarkup(element).replaceAll(/[\u00a0\u202f]/g, ' ');
const countOf = (markup: string, part: string) => markup.split(part).length - 1;
const texts = (element: ReactElement) =>
  rendered(element)
    .split(/<[^>]*>/)
    .filter(Boolean);

test('a spike has its band, its expectation and one mark, and its window is shaded', () => {
  const chart = rendered(<BandChart label="Revenue, day by day" evidence={SPIKE} formats={ENGLISH} />);
  expect(countOf(chart, 'band-chart-mark')).toBe(1);
  expect(countOf(chart, 'band-chart-window')).toBe(1);
  expect(countOf(chart, 'class="band-chart-band"')).toBe(1);
  expect(chart).toContain('aria-label="Revenue, day by day"');
  expect(chart).toContain('€2,500.00');
});

test('a gap breaks the line and the band, and days that are not known are no zeros', () => {
  const series = SPIKE.series.map((point, index) => (index === 4 ? { day: point.day, value: null } : point));
  const chart = rendered(<BandChart label="x" evidence={{ ...SPIKE, series }} formats={ENGLISH} />);
  expect(countOf(chart, 'class="band-chart-band"')).toBe(2);
  expect(chart).not.toMatch(/NaN|null|undefined/);
});

test.each<[string, InsightEvidence['series'], InsightEvidence['ahead']]>([
  ['no day is known', [{ day: '2026-11-01', value: null }], undefined],
  ['there are no days', [], undefined],
  ['one day is known', [{ day: '2026-11-01', value: 3 }], undefined],
  ['all days are zero', SPIKE.series.map(({ day }) => ({ day, value: 0 })), undefined],
  ['there are only days ahead', [], [{ day: '2026-12-01', value: null, expected: 3, lower: 1, upper: 5 }]],
])('nothing is drawn that is no number where %s', (_, series, ahead) => {
  const evidence = { ...SPIKE, series, ...(ahead && { ahead }) };
  expect(rendered(<BandChart label="x" evidence={evidence} formats={ENGLISH} />)).not.toMatch(/NaN|Infinity/);
});

test('a forecast follows the days that are known, with its interval', () => {
  const ahead = ['2026-11-11', '2026-11-12'].map((day) => ({
    ...{ day, value: null, expected: 110_000, lower: 90_000, upper: 130_000 },
  }));
  const series = SPIKE.series.map(({ day, value }) => ({ day, value }));
  const chart = rendered(<BandChart label="x" evidence={{ ...SPIKE, series, ahead }} formats={ENGLISH} />);
  expect(countOf(chart, 'class="band-chart-band"')).toBe(1);
  expect(chart).toContain('Nov 12, 2026');
});

test('drivers are named as people call them, with their part and in the unit of the metric', () => {
  const { label: _, ...unlabelled } = DRIVER;
  const drivers: InsightDriver[] = [
    DRIVER,
    { ...unlabelled, dimension: 'country', key: 'DE', share: -0.2 },
    { ...unlabelled, dimension: 'platform', key: 'google-analytics' },
  ];
  const shown = texts(<DriverBars title="Revenue rose" evidence={{ ...SPIKE, drivers }} formats={ENGLISH} />);
  expect(shown).toEqual(expect.arrayContaining(['Speckled Vase', 'Germany', 'Google Analytics', '+93%', '-20%']));
  expect(shown).toEqual(expect.arrayContaining(['€1,600.00', '€200.00']));
  expect(texts(<DriverBars title="Revenue rose" evidence={{ ...SPIKE, drivers }} formats={GERMAN} />)).toEqual(
    expect.arrayContaining(['Deutschland', '1.600,00 €', '+93 %']),
  );
});

test('drivers of another metric are in its unit, and say whose they are', () => {
  const drivers = [{ ...DRIVER, metric: 'orders', value: 90, expected: 20 }];
  const shown = texts(<DriverBars title="Revenue rose" evidence={{ ...SPIKE, drivers }} formats={ENGLISH} />);
  expect(shown).toEqual(expect.arrayContaining(['Product, orders', '90', '20']));
});

test.each([
  ['minor-units', 123_450, '€1,234.50', '1.234,50 €'],
  ['count', 12_345, '12,345', '12.345'],
  ['share', 0.0215, '2.15%', '2,15 %'],
  ['factor', 4.257, '4.26', '4,26'],
] as const)('figures of the unit %s are written as the organization writes them', (unit, value, english, german) => {
  const { currency: _, ...bare } = SPIKE;
  const finding = { ...bare, unit, value };
  expect(texts(<FindingFacts finding={finding} formats={ENGLISH} />)).toContain(english);
  expect(texts(<FindingFacts finding={finding} formats={GERMAN} />)).toContain(german);
});

test('what else moved is in its own unit', () => {
  const parts = [{ kind: 'drop', metric: 'conversionRate', unit: 'share', value: 0.01, expected: 0.02 }] as const;
  const evidence = { ...SPIKE, parts: parts.map((part) => ({ ...part, window: SPIKE.window, change: -0.5 })) };
  expect(texts(<PartList evidence={evidence} formats={ENGLISH} />).join('')).toContain(
    'conversion rate: 1% (-50%) expected 2%',
  );
});

test('a large change is a multiple, and the figure of a period is beside that before', () => {
  const parts = [{ kind: 'change', metric: 'orders', unit: 'count', value: 640, expected: 12, change: 52.33 }] as const;
  const evidence = { ...SPIKE, parts: parts.map((part) => ({ ...part, window: SPIKE.window })) };
  expect(texts(<PartList evidence={evidence} formats={ENGLISH} />).join('')).toContain(
    'orders: 640 (53 times) before 12',
  );
  const finding = { ...SPIKE, value: 840_000, expected: 200_000, change: 3.2 };
  expect(texts(<FindingFacts finding={finding} formats={GERMAN} />)).toContain('4,2 times');
  expect(texts(<FindingFacts finding={{ ...finding, expected: -1 }} formats={ENGLISH} />)).toContain('+320%');
});

test('a target is beside what is forecast for all of its days', () => {
  const window = { from: '2026-10-01', to: '2026-12-31' };
  const target = { window, wanted: 900_000, outlook: 850_000 };
  const finding = { ...SPIKE, method: 'forecast', value: 600_000, expected: 900_000, change: -0.0556, target } as const;
  expect(texts(<FindingFacts finding={finding} formats={ENGLISH} />)).toEqual([
    ...['So far', '€6,000.00', 'Target', '€9,000.00', 'Outlook', '€8,500.00'],
    ...['Outlook against target', '-5.6%', 'Days', 'Oct 1, 2026 – Dec 31, 2026'],
  ]);
});

test('what an alert carries of an insight is drawn as on its page, and what is no driver is left out', () => {
  const { series: _, ...figures } = SPIKE;
  const parts = [{ kind: 'spike', metric: 'orders', unit: 'count', window: SPIKE.window, value: 9, expected: 3 }];
  const drivers = [DRIVER, { ...DRIVER, dimension: 'country', key: 'DE', effect: 'mix' }];
  const sent: unknown = JSON.parse(JSON.stringify({ ...figures, drivers, parts }));
  const finding = toFinding(sent);
  expect(finding?.drivers).toHaveLength(2);
  if (!finding) throw new Error('The evidence is not understood');
  const shown = texts(<DriverBars title="Revenue rose" evidence={finding} formats={ENGLISH} />);
  expect(shown).toEqual(expect.arrayContaining(['Speckled Vase', 'Germany', 'Product', '+93%', '€1,600.00']));
  expect(texts(<PartList evidence={finding} formats={ENGLISH} />).join('')).toContain('orders: 9');
  const strange = toFinding({ ...figures, drivers: [{ dimension: 'weather', share: '93 %' }], parts: 7 });
  expect(strange).toMatchObject({ value: 250_000, drivers: undefined, parts: undefined });
});

test('the words of an insight are marked as German where they are', () => {
  expect(['de', 'de-CH', 'en', 'fr-FR', 'den'].map((locale) => wordsLanguage({ ...ENGLISH, locale }))).toEqual([
    ...['de', 'de', 'en', 'en', 'en'],
  ]);
});
