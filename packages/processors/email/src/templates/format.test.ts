import { expect, it } from 'vitest';
import { formatFigure, formatTime } from './format.js';

const en = { locale: 'en' } as const;
const de = { locale: 'de' } as const;

it.each([
  ['2026-11-05T14:00:00Z', 'UTC', '5 November 2026, 14:00 UTC', '5. November 2026, 14:00 Uhr (UTC)'],
  ['2026-07-05T22:30:00Z', 'Europe/Berlin', '6 July 2026, 00:30 CEST', '6. Juli 2026, 00:30 Uhr (MESZ)'],
  [
    '2026-12-31T23:59:59-05:00',
    'Asia/Kolkata',
    '1 January 2027, 10:29 GMT+5:30',
    '1. Januar 2027, 10:29 Uhr (GMT+5:30)',
  ],
])('%s in %s is %s', (iso, timeZone, english, german) => {
  expect(formatTime(iso, { ...en, timeZone })).toBe(english);
  expect(formatTime(iso, { ...de, timeZone })).toBe(german);
});

it.each([
  [1234567.891, '1,234,567.891', '1.234.567,891'],
  [0.1 + 0.2, '0.3', '0,3'],
  [0.000012, '0.000012', '0,000012'],
  [-0, '0', '0'],
  [-12.5, '-12.5', '-12,5'],
  ['€ 12,345.00', '€ 12,345.00', '€ 12,345.00'],
])('the figure %s is %s, and %s in German', (figure, english, german) => {
  expect(formatFigure(figure, en)).toBe(english);
  expect(formatFigure(figure, de)).toBe(german);
});
