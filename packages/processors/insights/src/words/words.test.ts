import { ALERT_LIMITS } from '@bizinsights/jobs-alerts/queue';
import { expect, test } from 'vitest';
import { INSIGHT_KINDS, type InsightKind } from '../evidence.js';
import { driver, found, part } from '../fixtures/found.js';
import { METRICS } from '../metrics.js';
import type { FoundInsight } from '../narrators/narrator.js';
import { formatsOf } from './format.js';
import { LONGEST_TITLE, wordsOf } from './words.js';

const UP = { value: 276_550, change: 0.38275, direction: 'up' } as const;
const DOWN = {} as const;
const WEEK = { from: '2026-11-17', to: '2026-11-23' } as const;
const MONTH = { from: '2026-11-24', to: '2026-12-21' } as const;

function words(finding: FoundInsight, locale = 'en'): string {
  const { title, text } = wordsOf(finding, formatsOf({ locale }));
  // `Intl` writes spaces that do not break, of two kinds.
  return `${title}\n${text}`.replace(/[\u00a0\u202f]/g, ' ');
}

type Changes = Parameters<typeof found>[2];

/** In both languages, for the evidence of each direction. */
function told(kind: InsightKind, metric: string, ...evidence: readonly Changes[]): string {
  return ['en', 'de'].flatMap((locale) => evidence.map((one) => words(found(kind, metric, one), locale))).join('\n\n');
}

test('change', () => {
  const method = { method: 'period-before', window: WEEK, before: { from: '2026-11-10', to: '2026-11-16' } } as const;
  const down = { ...method, days: { compared: 7, left: 0 } };
  expect(
    told('change', 'revenue', down, {
      ...down,
      ...UP,
      yearBefore: { from: '2025-11-18', to: '2025-11-24', value: 250_000, change: 0.1062 },
      p: 0.0012,
    }),
  ).toMatchInlineSnapshot(`
    "Revenue fell by 38%
    Revenue fell by 38%: €1,234.50 from November 17 to November 23, 2026, after €2,000.00 in the 7 days before (November 10 to November 16, 2026).

    Revenue rose by 38%
    Revenue rose by 38%: €2,765.50 from November 17 to November 23, 2026, after €2,000.00 in the 7 days before (November 10 to November 16, 2026). A year before, the same weekdays had €2,500.00; now it is 11% more. By chance alone this happens about once in 800 cases.

    Umsatz um 38 % gefallen
    Der Umsatz ist um 38 % gefallen: auf 1.234,50 € vom 17. November bis zum 23. November 2026, nach 2.000,00 € in den 7 Tagen davor (vom 10. November bis zum 16. November 2026).

    Umsatz um 38 % gestiegen
    Der Umsatz ist um 38 % gestiegen: auf 2.765,50 € vom 17. November bis zum 23. November 2026, nach 2.000,00 € in den 7 Tagen davor (vom 10. November bis zum 16. November 2026). An denselben Wochentagen des Vorjahres waren es 2.500,00 €, jetzt sind es 11 % mehr. Durch Zufall allein kommt das etwa einmal in 800 Fällen vor."
  `);
  const left = { compared: 4, left: 3 };
  const none = { ...method, value: 40, expected: 0, direction: 'up', change: undefined, days: left } as const;
  expect(told('change', 'orders', none)).toMatchInlineSnapshot(`
    "Orders rose from 0 to 40
    Orders rose from 0 to 40: 40 from November 17 to November 23, 2026, after 0 in the 7 days before (November 10 to November 16, 2026). There is no percentage, as the period before has 0. 3 days of each period are left out: their figures, or those of what they are compared with, are incomplete or may still change.

    Bestellungen von 0 auf 40 gestiegen
    Die Zahl der Bestellungen ist gestiegen: auf 40 vom 17. November bis zum 23. November 2026, nach 0 in den 7 Tagen davor (vom 10. November bis zum 16. November 2026). Einen Prozentwert gibt es nicht, weil der Zeitraum davor 0 hat. 3 Tage jedes Zeitraums sind nicht eingerechnet: Ihre Werte oder die ihrer Vergleichstage sind unvollständig oder können sich noch ändern."
  `);
});

test('spike and drop', () => {
  const range = { lower: 160_000, upper: 240_000 };
  expect(told('spike', 'revenue', { ...UP, ...range })).toMatchInlineSnapshot(`
    "Revenue unusually high on Nov 17, 2026
    Revenue was €2,765.50 on Tuesday, November 17, 2026, 38% more than the €2,000.00 expected. The usual range is €1,600.00 to €2,400.00.

    Umsatz am 17.11.2026 ungewöhnlich hoch
    Der Umsatz lag am 17. November 2026 (Dienstag) um 38 % über dem erwarteten Wert (2.765,50 € statt 2.000,00 €). Üblich sind 1.600,00 € bis 2.400,00 €."
  `);
  expect(told('drop', 'adSpend', { ...range, window: WEEK, p: 1e-9 })).toMatchInlineSnapshot(`
    "Ad spend unusually low: Nov 17 – 23, 2026
    Ad spend was €1,234.50 from November 17 to November 23, 2026, 38% less than the €2,000.00 expected. The usual range is €1,600.00 to €2,400.00. By chance alone this happens less than once in a million cases.

    Werbeausgaben ungewöhnlich niedrig: 17.–23.11.2026
    Die Werbeausgaben lagen vom 17. November bis zum 23. November 2026 um 38 % unter dem erwarteten Wert (1.234,50 € statt 2.000,00 €). Üblich sind 1.600,00 € bis 2.400,00 €. Durch Zufall allein kommt das seltener als einmal in einer Million Fällen vor."
  `);
  expect(told('drop', 'orders', { value: 3, expected: 40, change: -0.925 })).toMatchInlineSnapshot(`
    "Orders unusually low on Nov 17, 2026
    Orders were 3 on Tuesday, November 17, 2026, 93% fewer than the 40 expected.

    Bestellungen am 17.11.2026 ungewöhnlich niedrig
    Die Zahl der Bestellungen lag am 17. November 2026 (Dienstag) um 93 % unter dem erwarteten Wert (3 statt 40)."
  `);
  expect(told('spike', 'refunds', { ...UP, value: 4_000, expected: 0, change: undefined })).toMatchInlineSnapshot(`
    "Refunds unusually high on Nov 17, 2026
    Refunds were €40.00 on Tuesday, November 17, 2026; €0.00 was expected.

    Erstattungen am 17.11.2026 ungewöhnlich hoch
    Die Erstattungen lagen am 17. November 2026 (Dienstag) bei 40,00 €; erwartet: 0,00 €."
  `);
});

test('level shift', () => {
  expect(told('level-shift', 'revenue', UP, DOWN)).toMatchInlineSnapshot(`
    "Revenue at a higher level since Nov 17, 2026
    Since Tuesday, November 17, 2026, revenue is at a higher level: €2,765.50 a day instead of €2,000.00 (38% more).

    Revenue at a lower level since Nov 17, 2026
    Since Tuesday, November 17, 2026, revenue is at a lower level: €1,234.50 a day instead of €2,000.00 (38% less).

    Umsatz seit dem 17.11.2026 auf höherem Niveau
    Seit dem 17. November 2026 (Dienstag) liegt der Umsatz auf einem höheren Niveau: 2.765,50 € pro Tag statt 2.000,00 € (38 % mehr).

    Umsatz seit dem 17.11.2026 auf niedrigerem Niveau
    Seit dem 17. November 2026 (Dienstag) liegt der Umsatz auf einem niedrigeren Niveau: 1.234,50 € pro Tag statt 2.000,00 € (38 % weniger)."
  `);
  expect(told('level-shift', 'adSpend', UP)).toMatchInlineSnapshot(`
    "Ad spend at a higher level since Nov 17, 2026
    Since Tuesday, November 17, 2026, ad spend is at a higher level: €2,765.50 a day instead of €2,000.00 (38% more).

    Werbeausgaben seit dem 17.11.2026 auf höherem Niveau
    Seit dem 17. November 2026 (Dienstag) liegen die Werbeausgaben auf einem höheren Niveau: 2.765,50 € pro Tag statt 2.000,00 € (38 % mehr)."
  `);
});

test('variance', () => {
  const spread = { method: 'residual-spread', value: 40, expected: 20, window: WEEK } as const;
  expect(told('variance', 'orders', { ...UP, ...spread }, spread)).toMatchInlineSnapshot(`
    "Orders vary more than before
    Since Tuesday, November 17, 2026, orders vary more from day to day: by 40 instead of 20.

    Orders vary less than before
    Since Tuesday, November 17, 2026, orders vary less from day to day: by 40 instead of 20.

    Bestellungen schwanken stärker als zuvor
    Seit dem 17. November 2026 (Dienstag) schwankt die Zahl der Bestellungen von Tag zu Tag stärker: um 40 statt 20.

    Bestellungen schwanken schwächer als zuvor
    Seit dem 17. November 2026 (Dienstag) schwankt die Zahl der Bestellungen von Tag zu Tag schwächer: um 40 statt 20."
  `);
});

test('trend', () => {
  const slope = { perDay: 1_200, lower: 1_000, upper: 1_400 };
  const method = { method: 'theil-sen', window: { from: '2026-08-26', to: '2026-11-23' } } as const;
  expect(
    told(
      'trend',
      'revenue',
      { ...UP, ...method, slope },
      { ...method, slope: { perDay: -1_200, lower: -1_400, upper: -1_000 } },
    ),
  ).toMatchInlineSnapshot(`
    "Revenue is rising
    Revenue rose by about €12.00 a day from August 26 to November 23, 2026. In 95 of 100 cases this figure is between €10.00 and €14.00.

    Revenue is falling
    Revenue fell by about €12.00 a day from August 26 to November 23, 2026. In 95 of 100 cases this figure is between €10.00 and €14.00.

    Umsatz steigt
    Der Umsatz ist vom 26. August bis zum 23. November 2026 um etwa 12,00 € pro Tag gestiegen. In 95 von 100 Fällen liegt dieser Wert zwischen 10,00 € und 14,00 €.

    Umsatz fällt
    Der Umsatz ist vom 26. August bis zum 23. November 2026 um etwa 12,00 € pro Tag gefallen. In 95 von 100 Fällen liegt dieser Wert zwischen 10,00 € und 14,00 €."
  `);
  expect(told('trend', 'sessions', { ...UP, ...method })).toMatchInlineSnapshot(`
    "Sessions are rising
    Sessions rose from August 26 to November 23, 2026.

    Sitzungen steigen
    Die Zahl der Sitzungen ist vom 26. August bis zum 23. November 2026 gestiegen."
  `);
});

test('turning point', () => {
  const slope = { perDay: 1_200, lower: 1_000, upper: 1_400 };
  expect(
    told('turning-point', 'revenue', { ...UP, slope }, { slope: { ...slope, perDay: -1_200 } }),
  ).toMatchInlineSnapshot(`
    "Revenue turned upwards on Nov 17, 2026
    The trend of revenue turned on Tuesday, November 17, 2026: since then it points upwards. That is about €12.00 a day more.

    Revenue turned downwards on Nov 17, 2026
    The trend of revenue turned on Tuesday, November 17, 2026: since then it points downwards. That is about €12.00 a day less.

    Trendwende beim Umsatz: aufwärts seit dem 17.11.2026
    Beim Umsatz hat der Trend am 17. November 2026 (Dienstag) gedreht: Seitdem zeigt er nach oben. Das sind etwa 12,00 € pro Tag mehr.

    Trendwende beim Umsatz: abwärts seit dem 17.11.2026
    Beim Umsatz hat der Trend am 17. November 2026 (Dienstag) gedreht: Seitdem zeigt er nach unten. Das sind etwa 12,00 € pro Tag weniger."
  `);
  expect(told('turning-point', 'orders', UP)).toMatchInlineSnapshot(`
    "Orders turned upwards on Nov 17, 2026
    The trend of orders turned on Tuesday, November 17, 2026: since then it points upwards.

    Trendwende bei den Bestellungen: aufwärts seit dem 17.11.2026
    Bei den Bestellungen hat der Trend am 17. November 2026 (Dienstag) gedreht: Seitdem zeigt er nach oben."
  `);
});

test('season', () => {
  const week = { of: 'week', high: { at: 6, factor: 1.4 }, low: { at: 1, factor: 0.8 } } as const;
  const year = { of: 'year', high: { at: 12, factor: 1.6 }, low: { at: 2, factor: 0.855 } } as const;
  expect(told('season', 'revenue', { season: week }, { season: year })).toMatchInlineSnapshot(`
    "Revenue is highest on Saturdays
    In a usual week, revenue is highest on Saturdays (40% above the usual level) and lowest on Mondays (20% below the usual level).

    Revenue is highest in December
    In a usual year, revenue is highest in December (60% above the usual level) and lowest in February (15% below the usual level).

    Umsatz samstags am höchsten
    In einer üblichen Woche liegt der Umsatz samstags am höchsten (40 % über dem üblichen Niveau) und montags am niedrigsten (20 % unter dem üblichen Niveau).

    Umsatz im Dezember am höchsten
    In einem üblichen Jahr liegt der Umsatz im Dezember am höchsten (60 % über dem üblichen Niveau) und im Februar am niedrigsten (15 % unter dem üblichen Niveau)."
  `);
});

test('holiday', () => {
  const holiday = { day: '2026-11-27', name: 'Black Friday' };
  const day = { from: holiday.day, to: holiday.day };
  expect(told('holiday', 'revenue', { ...UP, holiday, window: day }, { holiday, window: WEEK })).toMatchInlineSnapshot(`
    "Black Friday: revenue 38% higher
    On Black Friday (Friday, November 27, 2026), revenue was €2,765.50, 38% more than the €2,000.00 expected.

    Black Friday: revenue 38% lower
    Around Black Friday (November 27, 2026), from November 17 to November 23, 2026, revenue was €1,234.50, 38% less than the €2,000.00 expected.

    Black Friday: Umsatz 38 % höher
    Black Friday (27. November 2026): Der Umsatz lag um 38 % über dem erwarteten Wert (2.765,50 € statt 2.000,00 €).

    Black Friday: Umsatz 38 % niedriger
    Black Friday (27. November 2026): Der Umsatz lag vom 17. November bis zum 23. November 2026 um 38 % unter dem erwarteten Wert (1.234,50 € statt 2.000,00 €)."
  `);
  expect(told('spike', 'orders', { ...UP, holiday, window: day }, { ...UP, holiday })).toMatchInlineSnapshot(`
    "Orders unusually high on Nov 27, 2026
    Orders were 276,550 on Friday, November 27, 2026, 38% more than the 200,000 expected. November 27, 2026 is Black Friday.

    Orders unusually high on Nov 17, 2026
    Orders were 276,550 on Tuesday, November 17, 2026, 38% more than the 200,000 expected. Black Friday (November 27, 2026) is close to it.

    Bestellungen am 27.11.2026 ungewöhnlich hoch
    Die Zahl der Bestellungen lag am 27. November 2026 (Freitag) um 38 % über dem erwarteten Wert (276.550 statt 200.000). Der 27. November 2026 ist ein besonderer Tag: Black Friday.

    Bestellungen am 17.11.2026 ungewöhnlich hoch
    Die Zahl der Bestellungen lag am 17. November 2026 (Dienstag) um 38 % über dem erwarteten Wert (276.550 statt 200.000). In der Nähe liegt ein besonderer Tag: Black Friday (27. November 2026)."
  `);
});

test('missing data', () => {
  const source = { platform: 'google-analytics' };
  expect(told('missing-data', 'sessions', { source, window: WEEK }, {})).toMatchInlineSnapshot(`
    "Sessions: no data, Nov 17 – 23, 2026
    Nothing is known of sessions from November 17 to November 23, 2026 (7 days). It is a gap in the data of Google Analytics, not a fall.

    Sessions: no data on Nov 17, 2026
    Nothing is known of sessions on Tuesday, November 17, 2026. It is a gap in the data, not a fall.

    Sitzungen: keine Daten, 17.–23.11.2026
    Bei den Sitzungen fehlen die Daten vom 17. November bis zum 23. November 2026 (7 Tage). Das ist eine Lücke in den Daten von Google Analytics und kein Rückgang.

    Sitzungen: keine Daten am 17.11.2026
    Bei den Sitzungen fehlen die Daten vom 17. November 2026 (Dienstag). Das ist eine Lücke in den Daten und kein Rückgang."
  `);
});

test('silent platform', () => {
  const none = { value: 0, expected: 180_000, change: -1, window: WEEK };
  expect(told('silent-platform', 'revenue', { ...none, source: { platform: 'shopify' } }, none)).toMatchInlineSnapshot(`
    "Shopify has sent no data since Nov 17, 2026
    Shopify has sent no data from November 17 to November 23, 2026. Revenue: €0.00, where €1,800.00 was expected. The figures of these days are too low until it sends data again.

    A platform has sent no data since Nov 17, 2026
    A platform has sent no data from November 17 to November 23, 2026. Revenue: €0.00, where €1,800.00 was expected. The figures of these days are too low until it sends data again.

    Shopify liefert seit dem 17.11.2026 keine Daten
    Shopify hat vom 17. November bis zum 23. November 2026 keine Daten geliefert. Umsatz: 0,00 €, erwartet: 1.800,00 €. Die Werte dieser Tage sind zu niedrig, bis wieder Daten kommen.

    Eine Plattform liefert seit dem 17.11.2026 keine Daten
    Eine Plattform hat vom 17. November bis zum 23. November 2026 keine Daten geliefert. Umsatz: 0,00 €, erwartet: 1.800,00 €. Die Werte dieser Tage sind zu niedrig, bis wieder Daten kommen."
  `);
});

test('broken tracking says which tracking, and what went on', () => {
  const witness = { metric: 'orders', value: 45, expected: 44 };
  const few = { value: 60, expected: 600, change: -0.9, window: WEEK, witness };
  const source = { platform: 'google-analytics' };
  const parts = [part('conversionRate', { unit: 'share', value: 0.75, expected: 0.07, change: 9.7, direction: 'up' })];
  expect(told('broken-tracking', 'sessions', { ...few, source, parts }, few)).toMatchInlineSnapshot(`
    "Google Analytics: tracking of sessions broken since Nov 17, 2026
    Sessions were 60 from November 17 to November 23, 2026, where 600 were expected, while orders still came in. So the tracking of sessions by Google Analytics seems to be broken, and not the sales. It shows in conversion rate (11 times as high), too.

    Tracking of sessions broken since Nov 17, 2026
    Sessions were 60 from November 17 to November 23, 2026, where 600 were expected, while orders still came in. So the tracking of sessions seems to be broken, and not the sales.

    Google Analytics: Erfassung der Sitzungen gestört seit dem 17.11.2026
    Die Zahl der Sitzungen lag vom 17. November bis zum 23. November 2026 bei 60; erwartet: 600. Bestellungen gab es weiter. Gestört ist also wohl die Erfassung der Sitzungen durch Google Analytics und nicht der Verkauf. Es zeigt sich auch hier: Conversion-Rate (das 11-Fache).

    Erfassung der Sitzungen gestört seit dem 17.11.2026
    Die Zahl der Sitzungen lag vom 17. November bis zum 23. November 2026 bei 60; erwartet: 600. Bestellungen gab es weiter. Gestört ist also wohl die Erfassung der Sitzungen und nicht der Verkauf."
  `);
});

test('record', () => {
  const record = { of: 'highest', since: '2024-01-01', previous: { day: '2025-11-28', value: 270_000 } } as const;
  expect(
    told('record', 'revenue', { ...UP, record }, { record: { of: 'lowest', since: '2024-01-01' } }),
  ).toMatchInlineSnapshot(`
    "Revenue: highest day since Jan 1, 2024
    Revenue was €2,765.50 on Tuesday, November 17, 2026, the highest of all days since January 1, 2024. The highest before was €2,700.00 on November 28, 2025.

    Revenue: lowest day since Jan 1, 2024
    Revenue was €1,234.50 on Tuesday, November 17, 2026, the lowest of all days since January 1, 2024.

    Umsatz: höchster Tag seit dem 01.01.2024
    Der Umsatz lag am 17. November 2026 (Dienstag) bei 2.765,50 €, dem höchsten Wert aller Tage seit dem 1. Januar 2024. Der höchste Wert davor war 2.700,00 € am 28. November 2025.

    Umsatz: niedrigster Tag seit dem 01.01.2024
    Der Umsatz lag am 17. November 2026 (Dienstag) bei 1.234,50 €, dem niedrigsten Wert aller Tage seit dem 1. Januar 2024."
  `);
  expect(told('record', 'orders', UP)).toMatchInlineSnapshot(`
    "Orders: highest day so far
    Orders were 276,550 on Tuesday, November 17, 2026, the highest so far.

    Bestellungen: höchster Tag bisher
    Die Zahl der Bestellungen lag am 17. November 2026 (Dienstag) bei 276.550, dem höchsten Wert bisher."
  `);
});

test('milestone', () => {
  const milestone = { reached: 100_000, since: '2024-01-01' };
  const sum = { value: 100_012, expected: 100_000 };
  expect(told('milestone', 'orders', { ...sum, milestone }, { ...sum })).toMatchInlineSnapshot(`
    "Orders have reached 100,000 in total
    Since January 1, 2024, orders add up to 100,012. 100,000 was reached on Tuesday, November 17, 2026.

    Orders have reached 100,012 in total
    100,012 was reached on Tuesday, November 17, 2026.

    Bestellungen: insgesamt 100.000 erreicht
    Seit dem 1. Januar 2024 kommt die Zahl der Bestellungen auf insgesamt 100.012. Die Marke von 100.000 wurde am 17. November 2026 (Dienstag) erreicht.

    Bestellungen: insgesamt 100.012 erreicht
    Die Marke von 100.012 wurde am 17. November 2026 (Dienstag) erreicht."
  `);
});

test('target', () => {
  const target = {
    window: { from: '2026-10-01', to: '2026-12-31' },
    wanted: 900_000,
    outlook: 850_000,
    lower: 800_000,
    upper: 880_000,
  };
  const targets = (['met', 'on-track', 'at-risk', 'missed'] as const).map((status, index) => ({
    target: { ...target, status, ...(index % 2 === 0 ? { name: 'Q4' } : {}) },
  }));
  expect(told('target', 'revenue', ...targets)).toMatchInlineSnapshot(`
    "Target “Q4” met: revenue
    The target “Q4” from October 1 to December 31, 2026 is €9,000.00 of revenue; it is met. The result is €1,234.50.

    Target on track: revenue
    The target from October 1 to December 31, 2026 is €9,000.00 of revenue; it is on track. So far it is €1,234.50. The forecast for the whole time is about €8,500, in 80 of 100 cases between €8,000 and €8,800.

    Target “Q4” at risk: revenue
    The target “Q4” from October 1 to December 31, 2026 is €9,000.00 of revenue; it is at risk. So far it is €1,234.50. The forecast for the whole time is about €8,500, in 80 of 100 cases between €8,000 and €8,800.

    Target missed: revenue
    The target from October 1 to December 31, 2026 is €9,000.00 of revenue; it is missed. The result is €1,234.50.

    Ziel „Q4“ erreicht: Umsatz
    Das Ziel „Q4“ für den Umsatz vom 1. Oktober bis zum 31. Dezember 2026 beträgt 9.000,00 €; es ist erreicht. Das Ergebnis ist 1.234,50 €.

    Ziel auf Kurs: Umsatz
    Das Ziel für den Umsatz vom 1. Oktober bis zum 31. Dezember 2026 beträgt 9.000,00 €; es ist auf Kurs. Bisher sind es 1.234,50 €. Die Prognose für den ganzen Zeitraum ist etwa 8.500 €, in 80 von 100 Fällen 8.000 € bis 8.800 €.

    Ziel „Q4“ gefährdet: Umsatz
    Das Ziel „Q4“ für den Umsatz vom 1. Oktober bis zum 31. Dezember 2026 beträgt 9.000,00 €; es ist gefährdet. Bisher sind es 1.234,50 €. Die Prognose für den ganzen Zeitraum ist etwa 8.500 €, in 80 von 100 Fällen 8.000 € bis 8.800 €.

    Ziel verfehlt: Umsatz
    Das Ziel für den Umsatz vom 1. Oktober bis zum 31. Dezember 2026 beträgt 9.000,00 €; es ist verfehlt. Das Ergebnis ist 1.234,50 €."
  `);
});

test('forecast', () => {
  const ahead = [
    { day: MONTH.from, value: null },
    { day: MONTH.to, value: null },
  ];
  expect(
    told(
      'forecast',
      'revenue',
      { ...UP, ahead, lower: 250_000, upper: 300_000 },
      { window: MONTH, change: undefined },
      { ...UP, value: 8_596_866, expected: 6_000_000, ahead, lower: 7_812_345, upper: 9_345_678 },
    ),
  ).toMatchInlineSnapshot(`
    "Forecast of revenue: about €2,770
    Revenue from November 24 to December 21, 2026 will be about €2,770, in 80 of 100 cases between €2,500 and €3,000. That is 38% more than the 28 days before, which had €2,000.00.

    Forecast of revenue: about €1,230
    Revenue from November 24 to December 21, 2026 will be about €1,230.

    Forecast of revenue: about €86,000
    Revenue from November 24 to December 21, 2026 will be about €86,000, in 80 of 100 cases between €78,000 and €93,000. That is 38% more than the 28 days before, which had €60,000.

    Prognose: Umsatz etwa 2.770 €
    Prognose für die Zeit vom 24. November bis zum 21. Dezember 2026: Umsatz etwa 2.770 €, in 80 von 100 Fällen 2.500 € bis 3.000 €. Das sind 38 % mehr als in den 28 Tagen davor (2.000,00 €).

    Prognose: Umsatz etwa 1.230 €
    Prognose für die Zeit vom 24. November bis zum 21. Dezember 2026: Umsatz etwa 1.230 €.

    Prognose: Umsatz etwa 86.000 €
    Prognose für die Zeit vom 24. November bis zum 21. Dezember 2026: Umsatz etwa 86.000 €, in 80 von 100 Fällen 78.000 € bis 93.000 €. Das sind 38 % mehr als in den 28 Tagen davor (60.000 €)."
  `);
});

test('unusual day', () => {
  const weekdays = { count: 12, median: 200_000, mad: 9_000 };
  expect(
    told('unusual-day', 'revenue', { weekdays }, { ...UP, weekdays: { ...weekdays, count: 4 }, change: undefined }),
  ).toMatchInlineSnapshot(`
    "Revenue unusually low on Tuesday, November 17, 2026
    Revenue: €1,234.50 on Tuesday, November 17, 2026, 38% less than usual. The median of the 12 Tuesdays before is €2,000.00; half of them are within €90.00 of it.

    Revenue unusually high on Tuesday, November 17, 2026
    Revenue: €2,765.50 on Tuesday, November 17, 2026. The median of the 4 Tuesdays before is €2,000.00; half of them are within €90.00 of it. There is no percentage, as the median is 0.

    Umsatz ungewöhnlich niedrig am 17.11.2026
    Umsatz: 1.234,50 € am 17. November 2026 (Dienstag), 38 % weniger als üblich. Der Median der 12 Dienstage davor ist 2.000,00 €; die Hälfte davon weicht um höchstens 90,00 € ab.

    Umsatz ungewöhnlich hoch am 17.11.2026
    Umsatz: 2.765,50 € am 17. November 2026 (Dienstag). Der Median der 4 Dienstage davor ist 2.000,00 €; die Hälfte davon weicht um höchstens 90,00 € ab. Einen Prozentwert gibt es nicht, weil der Median 0 ist."
  `);
});

test('drivers of another metric say whose they are', () => {
  const drivers = [driver({ dimension: 'product', key: 'p1', label: 'Mug', metric: 'orders' })];
  const all = [driver({ metric: 'sessions', share: 1 }), driver({ metric: 'sessions', key: 'Email', share: -0.1 })];
  const [, english, , , german] = told('drop', 'sessions', { drivers }).split('\n');
  expect(english).toContain('“Mug” (product) accounts for 80% of it, measured by orders.');
  expect(german).toContain('80 % davon gehen auf das Produkt „Mug“ zurück, gemessen an den Bestellungen.');
  const [, whole, , , ganz] = told('drop', 'newCustomers', { drivers: all }).split('\n');
  expect(whole).toContain(
    'accounts for all of it, measured by sessions. Email (channel) worked against it, measured by sessions.',
  );
  expect(ganz).toContain('zurück, gemessen an den Sitzungen. Der Kanal Email wirkte dem entgegen, gemessen an');
});

test('the words for what is counted and what is one thing agree in number', () => {
  const rate = part('conversionRate', { unit: 'share' });
  const [, english, , , german] = told('drop', 'orders', { expected: 40, parts: [rate] }).split('\n');
  expect(english).toContain('38% fewer than the 40 expected');
  expect(english).toContain('Conversion rate (20% less) moved with it.');
  expect(german).toContain('Mitbewegt hat sich die Conversion-Rate (20 % weniger).');
  const [, silent] = told('silent-platform', 'sessions', { value: 0, expected: 2_363, change: -1 }).split('\n');
  expect(silent).toContain('Sessions: 0, where 2,363 were expected.');
});

test('drivers, what worked against them, and parts', () => {
  const drivers = [
    driver(),
    driver({ key: 'Referral', share: 0.3 }),
    driver({ key: 'Email', share: -0.1 }),
    driver({ dimension: 'country', key: 'DE' }),
  ];
  expect(told('drop', 'revenue', { drivers, parts: [part('orders'), part('sessions')] })).toMatchInlineSnapshot(`
    "Revenue unusually low on Nov 17, 2026
    Revenue was €1,234.50 on Tuesday, November 17, 2026, 38% less than the €2,000.00 expected. Organic Search (channel) accounts for 80% of it and Referral 30%. Email (channel) worked against it. Orders (20% fewer) and sessions (20% fewer) moved with it.

    Umsatz am 17.11.2026 ungewöhnlich niedrig
    Der Umsatz lag am 17. November 2026 (Dienstag) um 38 % unter dem erwarteten Wert (1.234,50 € statt 2.000,00 €). 80 % davon gehen auf den Kanal Organic Search zurück, 30 % auf Referral. Der Kanal Email wirkte dem entgegen. Mitbewegt haben sich Bestellungen (20 % weniger) und Sitzungen (20 % weniger)."
  `);
  const label = 'Mug "Blue"\u202e\u0000 <b>';
  expect(
    told(
      'drop',
      'conversionRate',
      ...[
        driver({ dimension: 'product', key: 'p1', label, share: 1, effect: 'mix' }),
        driver({ dimension: 'campaign', key: 'c1', label: 'x'.repeat(10_000), share: 0.01, effect: 'rate' }),
        driver({ dimension: 'country', key: 'AT', share: -0.5 }),
        driver({ dimension: 'platform', key: 'shopify', share: 1.2 }),
      ].map((one) => ({ value: 0.0123, expected: 0.02, drivers: [one] })),
    ),
  ).toMatchInlineSnapshot(`
    "Conversion rate unusually low on Nov 17, 2026
    Conversion rate was 1.23% on Tuesday, November 17, 2026, 38% less than the 2% expected. “Mug "Blue" <b>” (product) accounts for all of it, because its part of the whole has changed.

    Conversion rate unusually low on Nov 17, 2026
    Conversion rate was 1.23% on Tuesday, November 17, 2026, 38% less than the 2% expected. “xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…” (campaign) accounts for 1% of it, because its own figure has changed.

    Conversion rate unusually low on Nov 17, 2026
    Conversion rate was 1.23% on Tuesday, November 17, 2026, 38% less than the 2% expected. Austria (country) worked against it.

    Conversion rate unusually low on Nov 17, 2026
    Conversion rate was 1.23% on Tuesday, November 17, 2026, 38% less than the 2% expected. Shopify (platform) accounts for all of it.

    Conversion-Rate am 17.11.2026 ungewöhnlich niedrig
    Die Conversion-Rate lag am 17. November 2026 (Dienstag) um 38 % unter dem erwarteten Wert (1,23 % statt 2 %). Das geht ganz auf das Produkt „Mug "Blue" <b>“ zurück, durch ein anderes Gewicht im Ganzen.

    Conversion-Rate am 17.11.2026 ungewöhnlich niedrig
    Die Conversion-Rate lag am 17. November 2026 (Dienstag) um 38 % unter dem erwarteten Wert (1,23 % statt 2 %). 1 % davon geht auf die Kampagne „xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…“ zurück, durch einen anderen eigenen Wert.

    Conversion-Rate am 17.11.2026 ungewöhnlich niedrig
    Die Conversion-Rate lag am 17. November 2026 (Dienstag) um 38 % unter dem erwarteten Wert (1,23 % statt 2 %). Das Land Österreich wirkte dem entgegen.

    Conversion-Rate am 17.11.2026 ungewöhnlich niedrig
    Die Conversion-Rate lag am 17. November 2026 (Dienstag) um 38 % unter dem erwarteten Wert (1,23 % statt 2 %). Das geht ganz auf die Plattform Shopify zurück."
  `);
});

test('what has changed, and what is over', () => {
  const witness = { metric: 'orders', value: 45, expected: 44 };
  const lines = (['changed', 'over'] as const).flatMap((status) =>
    (['drop', 'silent-platform', 'broken-tracking', 'missing-data'] as const).flatMap((kind) =>
      ['en', 'de'].map((locale) =>
        words(found(kind, 'sessions', { source: { platform: 'google-analytics' }, witness }, { status }), locale),
      ),
    ),
  );
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "Sessions unusually low on Nov 17, 2026
    Sessions were 123,450 on Tuesday, November 17, 2026, 38% fewer than the 200,000 expected. The figures have changed since this was last reported.

    Sitzungen am 17.11.2026 ungewöhnlich niedrig
    Die Zahl der Sitzungen lag am 17. November 2026 (Dienstag) um 38 % unter dem erwarteten Wert (123.450 statt 200.000). Die Werte haben sich seit der letzten Meldung geändert.

    Google Analytics has sent no data since Nov 17, 2026
    Google Analytics has sent no data on Tuesday, November 17, 2026. Sessions: 123,450, where 200,000 were expected. The figures of these days are too low until it sends data again. The figures have changed since this was last reported.

    Google Analytics liefert seit dem 17.11.2026 keine Daten
    Google Analytics hat am 17. November 2026 (Dienstag) keine Daten geliefert. Sitzungen: 123.450, erwartet: 200.000. Die Werte dieser Tage sind zu niedrig, bis wieder Daten kommen. Die Werte haben sich seit der letzten Meldung geändert.

    Google Analytics: tracking of sessions broken since Nov 17, 2026
    Sessions were 123,450 on Tuesday, November 17, 2026, where 200,000 were expected, while orders still came in. So the tracking of sessions by Google Analytics seems to be broken, and not the sales. The figures have changed since this was last reported.

    Google Analytics: Erfassung der Sitzungen gestört seit dem 17.11.2026
    Die Zahl der Sitzungen lag am 17. November 2026 (Dienstag) bei 123.450; erwartet: 200.000. Bestellungen gab es weiter. Gestört ist also wohl die Erfassung der Sitzungen durch Google Analytics und nicht der Verkauf. Die Werte haben sich seit der letzten Meldung geändert.

    Sessions: no data on Nov 17, 2026
    Nothing is known of sessions on Tuesday, November 17, 2026. It is a gap in the data of Google Analytics, not a fall. The figures have changed since this was last reported.

    Sitzungen: keine Daten am 17.11.2026
    Bei den Sitzungen fehlen die Daten vom 17. November 2026 (Dienstag). Das ist eine Lücke in den Daten von Google Analytics und kein Rückgang. Die Werte haben sich seit der letzten Meldung geändert.

    Sessions no longer unusually low
    What was reported before is no longer beyond what is usual. Sessions were 123,450 on Tuesday, November 17, 2026.

    Sitzungen nicht mehr ungewöhnlich niedrig
    Was gemeldet war, geht nicht mehr über das Übliche hinaus. Sitzungen am 17. November 2026 (Dienstag): 123.450.

    Google Analytics sends data again
    Google Analytics sends data again. This is about the data on Tuesday, November 17, 2026.

    Google Analytics liefert wieder Daten
    Google Analytics liefert wieder Daten. Betroffen waren die Daten vom 17. November 2026 (Dienstag).

    Sessions are tracked again
    Sessions are tracked again. This is about the data on Tuesday, November 17, 2026.

    Die Erfassung der Sitzungen ist wieder in Ordnung
    Die Erfassung der Sitzungen ist wieder in Ordnung. Betroffen waren die Daten vom 17. November 2026 (Dienstag).

    The missing data of sessions has arrived
    The missing data of sessions has arrived. This is about the data on Tuesday, November 17, 2026.

    Bei den Sitzungen sind die fehlenden Daten eingetroffen
    Bei den Sitzungen sind die fehlenden Daten eingetroffen. Betroffen waren die Daten vom 17. November 2026 (Dienstag)."
  `);
});

test('a forecast that contradicts the last one says what that was', () => {
  const previous = { at: 0, window: { from: '2026-11-17', to: '2026-12-14' }, value: 8_596_866, expected: 6_000_000 };
  const now = { ...UP, value: 3_000_000, lower: 2_800_000, upper: 3_200_000, window: MONTH, previous };
  const lines = ['en', 'de'].map((locale) => words(found('forecast', 'revenue', now, { status: 'changed' }), locale));
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "Forecast of revenue: about €30,000
    Revenue from November 24 to December 21, 2026 will be about €30,000, in 80 of 100 cases between €28,000 and €32,000. That is 38% more than the 28 days before, which had €2,000.00. The last one reported was about €86,000 for November 17 to December 14, 2026.

    Prognose: Umsatz etwa 30.000 €
    Prognose für die Zeit vom 24. November bis zum 21. Dezember 2026: Umsatz etwa 30.000 €, in 80 von 100 Fällen 28.000 € bis 32.000 €. Das sind 38 % mehr als in den 28 Tagen davor (2.000,00 €). Zuletzt gemeldet war etwa 86.000 € für die Zeit vom 17. November bis zum 14. Dezember 2026."
  `);
});

test('a fault that has ended is told with its days', () => {
  const series = [{ day: '2026-11-24', value: 1_000 }];
  const none = { value: 0, expected: 180_000, change: -1, window: WEEK, source: { platform: 'shopify' }, series };
  const lines = (['silent-platform', 'broken-tracking'] as const).flatMap((kind) =>
    ['en', 'de'].map((locale) => words(found(kind, 'revenue', none), locale)),
  );
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "Shopify sent no data: Nov 17 – 23, 2026
    Shopify sent no data from November 17 to November 23, 2026. Revenue: €0.00, where €1,800.00 was expected. The figures of these days are too low.

    Shopify ohne Daten: 17.–23.11.2026
    Shopify hat vom 17. November bis zum 23. November 2026 keine Daten geliefert. Umsatz: 0,00 €, erwartet: 1.800,00 €. Die Werte dieser Tage sind zu niedrig.

    Shopify: tracking of revenue broken, Nov 17 – 23, 2026
    Revenue was €0.00 from November 17 to November 23, 2026, where €1,800.00 was expected, while sales went on. So the tracking of revenue by Shopify seems to have been broken, and not the sales.

    Shopify: Erfassung des Umsatzes gestört, 17.–23.11.2026
    Der Umsatz lag vom 17. November bis zum 23. November 2026 bei 0,00 €; erwartet: 1.800,00 €. Verkauft wurde weiter. Gestört war also wohl die Erfassung des Umsatzes durch Shopify und nicht der Verkauf."
  `);
});

test('a silent platform names the metrics that are too low, and not by how much', () => {
  const none = { value: 0, expected: 180_000, change: -1, window: WEEK, source: { platform: 'shopify' } };
  const parts = [part('orders', { value: 0, change: -1 }), part('newCustomers', { value: 0, change: -1 })];
  const lines = ['en', 'de'].map((locale) => words(found('silent-platform', 'revenue', { ...none, parts }), locale));
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "Shopify has sent no data since Nov 17, 2026
    Shopify has sent no data from November 17 to November 23, 2026. Revenue: €0.00, where €1,800.00 was expected. The figures of these days are too low until it sends data again: revenue, orders and new customers.

    Shopify liefert seit dem 17.11.2026 keine Daten
    Shopify hat vom 17. November bis zum 23. November 2026 keine Daten geliefert. Umsatz: 0,00 €, erwartet: 1.800,00 €. Die Werte dieser Tage sind zu niedrig, bis wieder Daten kommen: Umsatz, Bestellungen und Neukunden."
  `);
});

test('names the days of a level that has ended', () => {
  const ended = { ...UP, window: { from: '2026-05-07', to: '2026-10-06' }, ended: true } as const;
  expect(told('level-shift', 'sessions', ended)).toMatchInlineSnapshot(`
    "Sessions at a higher level: May 7 – Oct 6, 2026
    From May 7 to October 6, 2026, sessions were at a higher level: 276,550 a day instead of 200,000 (38% more).

    Sitzungen auf höherem Niveau: 07.05. – 06.10.2026
    Vom 7. Mai bis zum 6. Oktober 2026 lag die Zahl der Sitzungen auf einem höheren Niveau: 276.550 pro Tag statt 200.000 (38 % mehr)."
  `);
});

test('what is a mean of days says so, and large sums have no cents', () => {
  const level = (metric: string, more: Changes = {}) =>
    words(found('level-shift', metric, { ...UP, window: WEEK, ...more }));
  expect(level('averageOrderValue')).toContain('€2,765.50 instead of €2,000.00');
  expect(level('revenue', { value: 1_234_567 })).toContain('€12,346 a day instead of €2,000.00');
  expect(level('another')).toContain('is at a higher level: 276,550 instead of 200,000');
  expect(words(found('spike', 'revenue', { ...UP, value: 999_999 }))).toContain('was €9,999.99 on');
  expect(words(found('spike', 'revenue', { ...UP, value: -1_000_050 }), 'de')).toContain('-10.001 €');
});

test('a state that is over says what is no longer so, and how it is now', () => {
  const previous = { at: 0, window: WEEK, value: 1, expected: 2, change: 0.41, direction: 'up' } as const;
  const now = { value: 120, expected: 100, change: 0.2, direction: 'up', window: WEEK, previous } as const;
  const before = { from: '2026-11-10', to: '2026-11-16' };
  const lines = (['change', 'trend', 'variance'] as const).flatMap((kind) =>
    ['en', 'de'].map((locale) => words(found(kind, 'orders', { ...now, before }, { status: 'over' }), locale)),
  );
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "Orders no longer unusually high
    What was reported before (41% more) is no longer beyond what is usual. Orders were 120 from November 17 to November 23, 2026, after 100 in the 7 days before.

    Bestellungen nicht mehr ungewöhnlich hoch
    Was gemeldet war (41 % mehr), geht nicht mehr über das Übliche hinaus. Bestellungen vom 17. November bis zum 23. November 2026: 120, nach 100 in den 7 Tagen davor.

    Orders are no longer rising
    A rise was reported before; the days do not show it any more. Orders were 120 from November 17 to November 23, 2026, after 100 in the 7 days before.

    Bestellungen steigen nicht mehr
    Gemeldet war ein Anstieg; die Tage zeigen ihn nicht mehr. Bestellungen vom 17. November bis zum 23. November 2026: 120, nach 100 in den 7 Tagen davor.

    Orders vary as usual again
    Orders vary as usual again: what was reported before is over. Orders were 120 from November 17 to November 23, 2026, after 100 in the 7 days before.

    Bestellungen schwanken wieder wie üblich
    Bestellungen schwanken wieder wie üblich: Was gemeldet war, ist vorbei. Bestellungen vom 17. November bis zum 23. November 2026: 120, nach 100 in den 7 Tagen davor."
  `);
});

test('figures and days are written as the locale writes them, money in its currency', () => {
  expect(words(found('spike', 'revenue', { ...UP, currency: 'JPY' }))).toContain('¥276,550');
  // ISO 4217 has three decimals, which `Intl` has not.
  expect(words(found('spike', 'revenue', { ...UP, currency: 'IQD' }))).toContain('IQD 276.550');
  expect(words(found('spike', 'conversionRate', { ...UP, value: 0.0223 }))).toContain('2.23%');
  expect(words(found('spike', 'returnOnAdSpend', { ...UP, value: 4.12345 }))).toContain('was 4.12 on');
  expect(words(found('spike', 'sessions', { ...UP, expected: 11_000.5 }))).toContain('11,001');
  expect(words(found('spike', 'revenue', UP), 'de-AT')).toContain('2.765,50');
  expect(words(found('spike', 'revenue', UP), 'fr')).toContain('Revenue was 2 765,50 € on Tuesday, 17 novembre 2026');
  for (const locale of ['', 'no-such_locale', 'xx']) {
    expect(words(found('spike', 'revenue', UP), locale)).toContain('€2,765.50 on Tuesday, November 17, 2026');
  }
});

test('all kinds fit in each language, and have no undefined or NaN, whatever is missing', () => {
  const rich = {
    lower: 1e15,
    upper: 1e15,
    p: 0,
    yearBefore: { ...WEEK, value: 1e15 },
    holiday: { day: '2026-11-27', name: 'H'.repeat(10_000) },
    drivers: [driver({ dimension: 'product', key: '\u200b', label: '' }), driver({ label: 'y'.repeat(10_000) })],
    parts: METRICS.map(({ name }) => part(name)),
    target: { name: 'n'.repeat(1_000), window: WEEK, wanted: 1e15, outlook: 0, lower: 0, upper: 0, status: 'at-risk' },
    source: { platform: 'p'.repeat(1_000) },
    slope: { perDay: -1, lower: -2, upper: 1 },
  } as const;
  const languages = ['en', 'de'].map((locale) => formatsOf({ locale }));
  for (const kind of INSIGHT_KINDS) {
    for (const metric of [...METRICS.map(({ name }) => name), 'another']) {
      for (const evidence of [
        {},
        { direction: undefined, change: undefined },
        { window: { from: '2025-12-28', to: '2026-01-03' } },
        rich,
      ]) {
        for (const formats of languages) {
          const { title, text } = wordsOf(found(kind, metric, evidence), formats);
          expect([...title].length).toBeLessThanOrEqual(LONGEST_TITLE);
          expect(text.length).toBeGreaterThan(10);
          expect(text.length).toBeLessThan(ALERT_LIMITS.message / 2);
          expect(`${title} ${text}`).not.toMatch(/undefined|NaN|null|Infinity|\s[.,;]|\s\s|[.,;]{2}/);
        }
      }
    }
  }
});

test('writes a change as a multiple from four times as much on, in each language', () => {
  const many = { value: 640, expected: 12, change: 52.33, direction: 'up' } as const;
  const much = { value: 840_000, expected: 200_000, change: 3.2, direction: 'up' } as const;
  const before = { from: '2026-11-10', to: '2026-11-16' };
  const holiday = { day: '2026-11-17', name: 'Black Friday' };
  const season = { of: 'year', high: { at: 12, factor: 4.2 }, low: { at: 2, factor: 0.4 } } as const;
  const ahead = [
    { day: MONTH.from, value: null },
    { day: MONTH.to, value: null },
  ];
  const previous = { at: 0, window: WEEK, value: 640, expected: 12, change: 52.33, direction: 'up' } as const;
  const yearBefore = { from: '2025-11-18', to: '2025-11-24', value: 12_000, change: 69 };
  const parts = [part('revenue', { unit: 'minor-units', currency: 'EUR', ...much }), part('orders', { change: 3 })];
  const lines = ['en', 'de'].flatMap((locale) =>
    [
      found('change', 'revenue', { ...much, before, yearBefore }),
      found('spike', 'orders', { ...many, parts: parts.slice(0, 1) }),
      found('spike', 'sessions', { ...many, parts }),
      found('level-shift', 'orders', { ...many, window: WEEK }),
      found('holiday', 'revenue', { ...much, holiday }),
      found('season', 'revenue', { ...much, season }),
      found('forecast', 'revenue', { ...much, window: MONTH, ahead }),
      found('unusual-day', 'conversionRate', { value: 0.42, expected: 0.1, change: 3.2, direction: 'up' }),
      found('change', 'orders', { ...many, value: 12, previous, before }, { status: 'over' }),
    ].map((one) => words(one, locale)),
  );
  expect(lines.join('\n\n')).toMatchInlineSnapshot(`
    "Revenue rose to 4.2 times as much
    Revenue rose to 4.2 times as much: €8,400.00 on Tuesday, November 17, 2026, after €2,000.00 in the 7 days before (November 10 to November 16, 2026). A year before, the same weekdays had €120.00; now it is 70 times as much.

    Orders unusually high on Nov 17, 2026
    Orders were 640 on Tuesday, November 17, 2026, 53 times the 12 expected. Revenue (4.2 times as much) moved with it.

    Sessions unusually high on Nov 17, 2026
    Sessions were 640 on Tuesday, November 17, 2026, 53 times the 12 expected. Revenue (4.2 times as much) and orders (4 times as many) moved with it.

    Orders at a higher level since Nov 17, 2026
    Since Tuesday, November 17, 2026, orders are at a higher level: 640 a day instead of 12 (53 times as many).

    Black Friday: revenue 4.2 times as high
    On Black Friday (Tuesday, November 17, 2026), revenue was €8,400.00, 4.2 times the €2,000.00 expected.

    Revenue is highest in December
    In a usual year, revenue is highest in December (4.2 times the usual level) and lowest in February (60% below the usual level).

    Forecast of revenue: about €8,400
    Revenue from November 24 to December 21, 2026 will be about €8,400. That is 4.2 times as much as the 28 days before, which had €2,000.00.

    Conversion rate unusually high on Tuesday, November 17, 2026
    Conversion rate: 42% on Tuesday, November 17, 2026, 4.2 times as high as usual.

    Orders no longer unusually high
    What was reported before (53 times as many) is no longer beyond what is usual. Orders were 12 on Tuesday, November 17, 2026, after 12 in the 7 days before.

    Umsatz auf das 4,2-Fache gestiegen
    Der Umsatz ist auf das 4,2-Fache gestiegen: auf 8.400,00 € am 17. November 2026 (Dienstag), nach 2.000,00 € in den 7 Tagen davor (vom 10. November bis zum 16. November 2026). An denselben Wochentagen des Vorjahres waren es 120,00 €, jetzt ist es das 70-Fache.

    Bestellungen am 17.11.2026 ungewöhnlich hoch
    Die Zahl der Bestellungen lag am 17. November 2026 (Dienstag) beim 53-Fachen des erwarteten Werts (640 statt 12). Mitbewegt hat sich der Umsatz (das 4,2-Fache).

    Sitzungen am 17.11.2026 ungewöhnlich hoch
    Die Zahl der Sitzungen lag am 17. November 2026 (Dienstag) beim 53-Fachen des erwarteten Werts (640 statt 12). Mitbewegt haben sich Umsatz (das 4,2-Fache) und Bestellungen (das 4-Fache).

    Bestellungen seit dem 17.11.2026 auf höherem Niveau
    Seit dem 17. November 2026 (Dienstag) liegt die Zahl der Bestellungen auf einem höheren Niveau: 640 pro Tag statt 12 (das 53-Fache).

    Black Friday: Umsatz 4,2-mal so hoch
    Black Friday (17. November 2026): Der Umsatz lag beim 4,2-Fachen des erwarteten Werts (8.400,00 € statt 2.000,00 €).

    Umsatz im Dezember am höchsten
    In einem üblichen Jahr liegt der Umsatz im Dezember am höchsten (das 4,2-Fache des üblichen Niveaus) und im Februar am niedrigsten (60 % unter dem üblichen Niveau).

    Prognose: Umsatz etwa 8.400 €
    Prognose für die Zeit vom 24. November bis zum 21. Dezember 2026: Umsatz etwa 8.400 €. Das ist das 4,2-Fache der 28 Tage davor (2.000,00 €).

    Conversion-Rate ungewöhnlich hoch am 17.11.2026
    Conversion-Rate: 42 % am 17. November 2026 (Dienstag), das 4,2-Fache des Üblichen.

    Bestellungen nicht mehr ungewöhnlich hoch
    Was gemeldet war (das 53-Fache), geht nicht mehr über das Übliche hinaus. Bestellungen am 17. November 2026 (Dienstag): 12, nach 12 in den 7 Tagen davor."
  `);
  // Just below, and where there is no multiple.
  expect(words(found('spike', 'orders', { ...many, value: 45, change: 2.75 }))).toContain(
    '275% more than the 12 expected',
  );
  expect(words(found('spike', 'revenue', { ...much, expected: -20_000, change: 43 }))).toContain('4,300% more');
});
