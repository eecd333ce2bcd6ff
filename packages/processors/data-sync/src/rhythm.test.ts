import { ScheduleError } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { expect, test } from 'vitest';
import { dataSyncQueue } from './queue.js';
import { checkRhythm } from './rhythm.js';

const timezone = 'Europe/Berlin';
const cron = (text: string) => ({ cron: text, timezone });

test.each([
  { every: 60_000 },
  ...[
    '0 3 * * *',
    '30 0 3 * * *',
    '*/15 8-18 1,15 JAN-MAR mon',
    '0 3 L * *',
    '0 3 * * 1#2',
    '0 3 15W * 7',
    '@daily',
  ].map(cron),
])('%j is a rhythm, also for the scheduler', async (rhythm) => {
  expect(checkRhythm(rhythm)).toEqual(rhythm);
  const jobs = createTestJobs({ queues: [dataSyncQueue] });
  await jobs.scheduler.upsert({ key: 'a', queue: dataSyncQueue, data: { integrationId: 'a' }, ...checkRhythm(rhythm) });
});

test.each([
  [{ every: 59_999 }, 'every: must be at least 60,000 ms'],
  [{ every: '2h' }, 'every: '],
  [{ every: 60_000, ...cron('0 3 * * *') }, 'Unrecognized key'],
  [cron('often'), 'cron: "often" is not a cron expression of five or six fields'],
  [cron('61 3 * * *'), 'cron: "61 3 * * *" is not a cron expression'],
  [cron('0 3 30 2 *'), 'cron: "0 3 30 2 *" has no time at which it would run'],
  [{ cron: '0 3 * * *', timezone: 'Europe/Bärlin' }, 'timezone: is not a zone that there is'],
  [{ cron: '0 3 * * *', timezone: '+02:00' }, 'timezone: is not a zone that there is'],
  [{ cron: '0 3 * * *' }, 'timezone: '],
  ['hourly', '(root): '],
  [null, '(root): '],
])('%j is none, and it says why', (rhythm, problem) => {
  expect(() => checkRhythm(rhythm)).toThrow(ScheduleError);
  expect(() => checkRhythm(rhythm)).toThrow(problem);
});
