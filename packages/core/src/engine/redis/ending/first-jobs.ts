/**
 * Takes the jobs that no end of another one has taken, by a script of ours: see own-scripts.ts. Where the queue has BullMQ's
 * limiter, BullMQ's is sent.
 *
 * It moves the delayed jobs that are due to the waiting ones, as BullMQ's does, but no more than 250 at a time. BullMQ moves
 * 1,000, and everything else waits meanwhile.
 */
import type { IQueueBackend } from 'bullmq';
import { argumentsOf } from './end-batches.js';
import type { OwnScripts } from './own-scripts.js';

/** Changes a backend of the worker of this name. */
export function takeFirstJobs(backend: IQueueBackend, scripts: OwnScripts, worker: string): void {
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (token, name) => {
    if (scripts.isKnown('moveToActive') && name === worker) {
      const args = argumentsOf({ count: '' }, true, Date.now());
      args.push(token);
      try {
        const answer = await scripts.send('bizinsightsTakeJob', args);
        if (Array.isArray(answer)) return await scripts.nextJob(answer);
      } catch (error) {
        if (!scripts.wasForgotten(error)) throw error;
      }
    }
    return moveToActive(token, name);
  };
}
