/** Waits for the end of a job on BullMQ: by its events, and by looking where events may have been missed. */
import type { IQueueBackend, QueueEvents } from 'bullmq';
import { toTimer } from '../../timers.js';
import type { FinishedJob } from '../contract.js';
import { afterPatience } from '../silence.js';

/** Between two looks at the job: longer each time. ms */
const FIRST_LOOK = 100;
const LAST_LOOK = 5_000;

/**
 * How often BullMQ looks for events of which it was not told, on SQL: it misses the signal of one that comes between its
 * look and its wait. ms
 */
export const SQL_EVENT_LOOK = 1_000;

/** How far events may be behind, once they are read at all. ms */
const EVENT_LAG = { redis: 1_000, sql: 2 * SQL_EVENT_LOOK + 1_000 } as const;

export interface EndOptions {
  readonly id: string;
  /** ms */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly events: QueueEvents<unknown, IQueueBackend>;
  readonly isSql: boolean;
  /** Looks: undefined while the job has not ended. */
  readonly look: () => Promise<FinishedJob | undefined>;
}

/** How the job ended; undefined when the time is over first. Rejects `signal`'s reason when it aborts. */
export function waitForEnd({ id, timeout, signal, events, isSql, look }: EndOptions): Promise<FinishedJob | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      isSettled = true;
      clearTimeout(limit);
      clearTimeout(next);
      cancelGone?.();
      events.off('completed', completed);
      events.off('failed', failed);
      events.off('removed', removed);
      signal?.removeEventListener('abort', abort);
      finish();
    };
    const abort = () => settle(() => reject(signal?.reason));
    /** `told`: what an event says of the end. */
    const check = (told?: FinishedJob): Promise<void> =>
      look().then(
        (found) => {
          if (!found) return;
          if (found.state !== 'gone') settle(() => resolve(found));
          // A job that is not kept is gone when we look: its event is all that is left of it.
          else if (told) settle(() => resolve(told));
          else if (!isGone) {
            isGone = true;
            void giveUpLater(found);
          }
        },
        (error) => settle(() => reject(error)),
      );
    /** The event may be on its way, or its reader may still be connecting. */
    const giveUpLater = async (found: FinishedJob): Promise<void> => {
      await events.waitUntilReady().catch(() => undefined);
      if (!isSettled)
        cancelGone = afterPatience(isSql ? EVENT_LAG.sql : EVENT_LAG.redis, () => settle(() => resolve(found)));
    };
    const completed = ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }) => {
      if (jobId === id) void check({ state: 'completed', value: returnvalue });
    };
    const failed = ({ jobId, failedReason }: { jobId: string; failedReason: string }) => {
      if (jobId === id) void check({ state: 'failed', reason: failedReason });
    };
    const removed = ({ jobId }: { jobId: string }) => {
      if (jobId === id) void check({ state: 'removed' });
    };
    let pause = FIRST_LOOK;
    // An event that came before we listened, or got lost with a connection, must not cost the whole time.
    const lookAgain = () => {
      void check();
      pause = Math.min(2 * pause, LAST_LOOK);
      next = setTimeout(lookAgain, pause);
    };
    let firstLook = Promise.resolve();
    // A job that has ended is never told as one that has not, however short the time.
    const limit = setTimeout(() => void firstLook.then(() => settle(() => resolve(undefined))), toTimer(timeout));
    let next = setTimeout(lookAgain, pause);
    let isSettled = false;
    let isGone = false;
    let cancelGone: (() => void) | undefined;
    events.on('completed', completed);
    events.on('failed', failed);
    events.on('removed', removed);
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    // It may have ended before we listened.
    firstLook = check();
  });
}
