/** A year of runs, in zones whose clocks change. */
import { expect, it } from 'vitest';
import { nextRuns, type Timed } from './timing.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const utc = (text: string) => new Date(`${text}Z`).getTime();
const cron = (expression: string, timezone: string): Timed => ({ key: 'k', cron: expression, timezone, jitter: 0 });

it.each(['Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe'])(
  'in %s an hourly run comes every hour of a year, and a daily one on each of its days',
  (zone) => {
    const start = utc('2026-01-01T00:00');
    const hourly = nextRuns(cron('0 * * * *', zone), start, 24 * 365);
    const steps = hourly.slice(1).map((at, index) => at - (hourly[index] ?? 0));
    // Lord Howe's clocks move by half an hour, and its full hours with them.
    const allowed = zone === 'Australia/Lord_Howe' ? [HOUR / 2, HOUR, 1.5 * HOUR] : [HOUR];
    for (const step of new Set(steps)) expect(allowed).toContain(step);
    for (const expression of ['0 0 * * *', '30 2 * * *', '0 1,13 * * *']) {
      const runs = nextRuns(cron(expression, zone), start, expression.includes(',') ? 730 : 365);
      const days = runs.map((at) => new Date(at).toLocaleDateString('en-CA', { timeZone: zone }));
      const counts = new Map<string, number>();
      for (const day of days) counts.set(day, (counts.get(day) ?? 0) + 1);
      // The year begins and ends in the middle of the zone's days.
      const whole = [...counts.values()].slice(1, -1);
      expect(whole.length).toBeGreaterThanOrEqual(363);
      expect(new Set(whole)).toEqual(new Set([expression.includes(',') ? 2 : 1]));
      const [first = '', last = ''] = [days[0], days.at(-1)];
      expect(counts.size - 1).toBe((utc(`${last}T00:00`) - utc(`${first}T00:00`)) / DAY);
    }
  },
);
