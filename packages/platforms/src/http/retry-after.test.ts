import { expect, it } from 'vitest';
import { retryAfter } from './retry-after.js';

const NOW = Date.UTC(2026, 10, 24, 12);

it.each([
  ['2', 2_000],
  ['2.0', 2_000],
  [' 0.5 ', 500],
  ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('%j', (value, ms) => expect(retryAfter(new Headers({ 'retry-after': value }), NOW)).toBe(ms));
