import { describe, expect, it } from 'vitest';
import { slotsOf } from './fixtures/slots-of.js';

const MINUTE = 60_000;
const utc = (text: string) => Date.parse(`${text}Z`);
const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 16));

describe('the hours of an expression', () => {
  const april = [utc('2025-04-23T12:00'), utc('2025-04-25T20:00')] as const;

  it('are times of the clock as steps, a list and a range alike: midnight is at one where the clocks leave it out', () => {
    const expected = ['2025-04-23T22:00', '2025-04-24T10:00', '2025-04-24T22:00', '2025-04-25T09:00'];
    for (const hours of ['*/12', '0,12', '0-23/12', '0-12/12'])
      expect(iso(slotsOf(`0 ${hours} * * *`, 'Africa/Cairo', ...april))).toEqual(expected);
  });

  it('are the same with seconds', () => {
    const six = slotsOf('0 0 */12 * * *', 'Africa/Cairo', ...april);
    expect(six).toEqual(slotsOf('0 */12 * * *', 'Africa/Cairo', ...april));
    const repeated = [utc('2026-10-24T23:30'), utc('2026-10-25T02:30')] as const;
    expect(slotsOf('*/30 0 2 * * *', 'Europe/Berlin', ...repeated)).toEqual([
      utc('2026-10-25T00:00'),
      utc('2026-10-25T00:00') + 30_000,
    ]);
  });

  it('put a time of Saturday on Sunday where the gap ends there', () => {
    // America/Nuuk: 23:00 becomes 00:00, at 01:00 UTC.
    const slots = slotsOf('30 23 * * 6', 'America/Nuuk', utc('2026-03-26T00:00'), utc('2026-04-06T00:00'));
    expect(iso(slots)).toEqual(['2026-03-29T01:00', '2026-04-05T00:30']);
  });

  it('that are all of the day go by the time that passes', () => {
    for (const hours of ['*', '*/1', '0-23', '0-11,12-23']) {
      const slots = slotsOf(`*/5 ${hours} * * *`, 'Europe/Berlin', utc('2026-10-24T12:00'), utc('2026-10-25T12:00'));
      expect(new Set(slots.slice(1).map((at, index) => at - (slots[index] ?? 0)))).toEqual(new Set([5 * MINUTE]));
    }
  });
});
