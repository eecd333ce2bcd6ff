/** `checkRhythm`: whether an integration can be synced in a rhythm, asked when somebody sets it. */
import { ScheduleError, toIssues } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { SyncRhythm } from './ports.js';

/** The fields of a cron expression and their ranges. One of five fields has no seconds. */
const FIELDS = [
  ['second', 0, 59],
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day of the month', 1, 31],
  ['month', 1, 12],
  ['day of the week', 0, 7],
] as const;

const shape = z.union([
  z.strictObject({ every: z.int().min(60_000, 'must be at least 60,000 ms') }),
  z.strictObject({
    cron: z.string().superRefine((cron, context) => {
      const problem = problemOf(cron);
      if (problem !== undefined) context.addIssue(problem);
    }),
    timezone: z.string().refine(isZone, 'is not a zone that there is; use an IANA name such as Europe/Berlin'),
  }),
]);

/**
 * Answers the rhythm when an integration can have it. Of a cron expression it checks the fields and their ranges; one
 * that never comes, such as 30 February, the workers refuse and log.
 *
 * @throws {ScheduleError} with every problem and its field
 * @example
 * ```ts
 * await store.integrations.setRhythm(id, checkRhythm(await request.json()));
 * ```
 */
export function checkRhythm(rhythm: unknown): SyncRhythm {
  const { data, error } = shape.safeParse(rhythm);
  if (data) return data;
  throw new ScheduleError('An integration cannot be synced in this rhythm', toIssues(error.issues));
}

function problemOf(cron: string): string | undefined {
  const given = cron.trim().split(/\s+/);
  // `@daily` and the like.
  if (given.length === 1 && cron.startsWith('@')) return undefined;
  if (given.length !== 5 && given.length !== 6) return 'must have five or six fields, such as 0 3 * * *';
  for (const [index, [name, min, max]] of FIELDS.slice(-given.length).entries()) {
    const field = given[index] ?? '';
    if (!/^[\d*?,/#+A-Z-]+$/i.test(field)) return `has as ${name} ${field}, which is none`;
    // Behind them stands a step or a count.
    const numbers = field.replace(/[/#]\d+/g, '').match(/\d+/g) ?? [];
    if (numbers.some((text) => Number(text) < min || Number(text) > max))
      return `has as ${name} ${field}, which is not from ${min} to ${max}`;
  }
  return undefined;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
