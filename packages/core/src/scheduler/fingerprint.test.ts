import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineQueue } from '../queue/definition.js';
import { scheduleFields } from '../queue/schedule.js';
import { fingerprintOf } from './fingerprint.js';

const syncs = defineQueue({
  name: 'syncs',
  schema: z.object({ id: z.string() }),
  tenant: ({ id }) => id,
  version: 2,
  migrate: { 1: (data) => data },
  defaults: {
    attempts: 5,
    timeout: 60_000,
    priority: 3,
    backoff: { type: 'fixed', delay: 10, jitter: 0.5 },
    retention: { failed: { age: 60_000 } },
  },
});
const plain = defineQueue({ name: 'plain', schema: z.object({}) });

// As the release before scheduleFields wrote them: where they change, an upgrade plans all stored schedules anew.
it.each([
  ['FNwfoXLUNWnPUi3b1b79oudQeGg=', { key: 'a', queue: 'plain', data: {}, every: 60_000 }, plain, ''],
  [
    'CJs/xUAtu8aDWvUT2KVaV1Onwl4=',
    {
      key: 'b',
      queue: syncs,
      data: { id: 'b' },
      cron: '0 8 * * 1',
      timezone: 'Europe/Berlin',
      jitter: 1_000,
      startAt: new Date(0),
      endAt: '2030-01-01',
      overlap: 'allow',
      catchUp: 'none',
      paused: true,
      priority: 7,
      tags: ['x', 'y'],
    },
    syncs,
    'integrations',
  ],
])('finds the fingerprint %s that stores hold', (stored, schedule, queue, source) => {
  expect(fingerprintOf(schedule, queue, source)).toBe(stored);
});

it('tells a schedule from the same one with a field that is mistyped, which has to be refused', () => {
  const schedule = { key: 'a', queue: 'plain', data: {}, every: 60_000 };
  expect(fingerprintOf({ ...schedule, overlapp: 'allow' }, plain, '')).not.toBe(fingerprintOf(schedule, plain, ''));
});

it.each(Object.keys(scheduleFields))('tells schedules apart that differ in `%s`', (field) => {
  const schedule = { key: 'a', queue: 'plain', data: {}, every: 60_000 };
  expect(fingerprintOf({ ...schedule, [field]: 7 }, plain, '')).not.toBe(fingerprintOf(schedule, plain, ''));
});
