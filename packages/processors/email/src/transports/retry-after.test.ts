import { expect, it } from 'vitest';
import { retryAfter } from './retry-after.js';

const now = () => Date.parse('2026-11-05T14:00:00Z');

it.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Thu, 05 Nov 2026 14:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Thu, 05 Nov 2026 13:00:00 GMT' }, 0],
  [{ 'ratelimit-reset': '1' }, 1_000],
  [{ 'retry-after': '3', 'ratelimit-reset': '1' }, 3_000],
  [{ 'retry-after': 'soon', 'ratelimit-reset': '1' }, 1_000],
  [{ 'retry-after': '' }, undefined],
  [{}, undefined],
])('%j means %s ms', (headers, expected) => expect(retryAfter(new Headers(headers), now)).toBe(expected));
