/**
 * Adds jobs that wait from the start, without a priority: most jobs. It writes what BullMQ's own script writes, and many jobs
 * at once. That one is made for all kinds of jobs, and takes Redis twice to three times as long.
 */
import type { WrittenJob } from '../../bullmq/job-json.js';
import { ADD_WAITING } from '../scripts/index.js';

export const ADD_SCRIPTS = { bizinsightsAddWaiting: { numberOfKeys: 7, lua: ADD_WAITING } } as const;

/**
 * Makes the keys and arguments of the script for the jobs of one queue.
 *
 * @param base the beginning of BullMQ's keys of the queue, with its colon
 * @param starts that of the keys of its rate limits
 */
export function addingTo(
  base: string,
  starts: string,
  name: string,
): (jobs: readonly WrittenJob[]) => (string | number)[] {
  const fixed = [...['wait', 'marker', 'active', 'meta', 'id', 'events'].map((key) => base + key), starts, base, name];
  return (jobs) => {
    const args: (string | number)[] = fixed.slice();
    for (const { id, data, opts, timestamp } of jobs) args.push(id, data, JSON.stringify(opts), timestamp);
    return args;
  };
}
