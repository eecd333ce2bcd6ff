import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineQueue } from '../queue/definition.js';
import type { ScheduleDefinition } from './definition.js';
import { toPlan } from './record.js';

const queue = defineQueue({ name: 'q', schema: z.object({}) });

const scheduleOf = (definition: Partial<ScheduleDefinition>) => {
  const all: ScheduleDefinition = {
    key: 'k',
    queue: 'q',
    data: {},
    every: 60_000,
    timezone: 'UTC',
    jitter: 0,
    overlap: 'skip',
    catchUp: 'one',
    paused: false,
    tags: [],
    ...definition,
  };
  return toPlan(queue, { definition: all, source: '', fingerprint: 'f', writtenAt: 0 }).options.bizinsights;
};

it.each([
  [{}, 'skip'],
  [{ overlap: 'allow' }, 'allow'],
  // An operator may have resumed it, and take that back.
  [{ paused: true }, undefined],
  // Whether its run comes too late is only known by its rhythm.
  [{ catchUp: 'none' }, undefined],
  [{ endAt: 1e13 }, undefined],
] as const)('a run of a schedule with %j carries its overlap as %s', (definition, overlap) => {
  const schedule = { key: 'k', fingerprint: 'f', ...(overlap === undefined ? {} : { overlap }) };
  expect(scheduleOf(definition)?.schedule).toEqual(schedule);
});
