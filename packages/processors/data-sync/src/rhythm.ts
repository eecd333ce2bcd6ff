/** `checkRhythm`: whether an integration can be synced in a rhythm, asked when somebody sets it. */
import { cronProblem, isTimeZone, ScheduleError, toIssues } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { SyncRhythm } from './ports.js';

const shape = z.union([
  z.strictObject({ every: z.int().min(60_000, 'must be at least 60,000 ms') }),
  z.strictObject({
    cron: z.string().superRefine((cron, context) => {
      const problem = cronProblem(cron);
      if (problem !== undefined) context.addIssue(problem);
    }),
    timezone: z
      .string()
      .refine(isTimeZone, 'is not a zone that there is; use an IANA name such as Europe/Berlin, not an offset'),
  }),
]);

/**
 * Answers the rhythm when an integration can have it.
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
