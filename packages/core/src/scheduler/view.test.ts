import { expect, it } from 'vitest';
import type { ScheduleDefinition } from './definition.js';
import { describeSchedule } from './view.js';

const of = (rhythm: Partial<ScheduleDefinition>) =>
  describeSchedule({
    key: 'k',
    queue: 'q',
    data: {},
    timezone: 'UTC',
    jitter: 0,
    overlap: 'skip',
    catchUp: 'one',
    paused: false,
    tags: [],
    ...rhythm,
  });

it.each([
  [{ every: 7_200_000 }, 'Every 2 hours'],
  [{ every: 86_400_000 }, 'Every day'],
  [{ every: 90_000 }, 'Every 90 seconds'],
  [{ every: 1_500 }, 'Every 1,500 milliseconds'],
  [{ cron: '0 3 * * 0', timezone: 'Europe/Berlin' }, 'At 03:00, only on Sunday (Europe/Berlin)'],
  [{ cron: '*/10 * * * * *' }, 'Every 10 seconds (UTC)'],
])('%j is "%s"', (rhythm, sentence) => {
  expect(of(rhythm)).toBe(sentence);
});
