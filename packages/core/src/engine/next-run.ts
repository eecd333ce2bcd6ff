/** Why the next run of a schedule is kept: the same on all engines. */
import { JobConflictError } from '../errors.js';

export function nextRunConflict(queue: string, id: string, key: string): JobConflictError {
  return new JobConflictError(
    `Job "${id}" of queue "${queue}" is the next run of the schedule "${key}", and is not removed by itself: pause or ` +
      'remove the schedule',
  );
}
