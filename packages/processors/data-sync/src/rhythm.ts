/** `checkRhythm`: whether an integration can be synced in a rhythm, asked when somebody sets it. */
import { rhythmShape, ScheduleError, toIssues } from '@bizinsights/jobs-core';
import type { SyncRhythm } from './ports.js';

const shape = rhythmShape({ shortest: 60_000 });

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
