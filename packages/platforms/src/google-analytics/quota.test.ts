import { describe, expect, it } from 'vitest';
import { exhaustedFor, pauseOf } from './quota.js';

const HOUR = 3_600_000;
/** 12:20 in UTC is 4:20 in the morning in Pacific time. */
const NOW = Date.UTC(2026, 10, 24, 12, 20);

describe('before the next report', () => {
  it.each([
    [
      'enough of all',
      { tokensPerDay: { consumed: 8, remaining: 900 }, tokensPerHour: { consumed: 8, remaining: 90 } },
      0,
    ],
    ['nothing is said', {}, 0],
    ['the hour’s are used up', { tokensPerHour: { consumed: 8 } }, 40 * 60_000],
    ['less is left than the last one took', { tokensPerHour: { consumed: 8, remaining: 7 } }, 40 * 60_000],
    ['the project’s are used up', { tokensPerProjectPerHour: { consumed: 8, remaining: 0 } }, 40 * 60_000],
    ['the day’s are used up', { tokensPerDay: { consumed: 8, remaining: 1 } }, 19 * HOUR + 40 * 60_000],
  ])('%s', (_name, quota, pause) => expect(pauseOf(quota, NOW)).toBe(pause));

  it('just before the hour it is a minute at least', () => {
    expect(pauseOf({ tokensPerHour: { remaining: 0 } }, NOW + 40 * 60_000 - 1)).toBe(60_000);
  });
});

describe('what a refusal says', () => {
  it.each([
    ['Exhausted concurrent requests quota. Please send fewer requests concurrently.', 10_000],
    ['Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.', 40 * 60_000],
    ['Exhausted property tokens per day. These quota tokens will return in under 24 hours.', 19 * HOUR + 40 * 60_000],
    ['', 40 * 60_000],
  ])('%s', (message, pause) => expect(exhaustedFor(message, NOW)).toBe(pause));
});
