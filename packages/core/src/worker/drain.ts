/** How running jobs end with their worker. */
import { toTimer } from '../timers.js';
import type { Lane } from './lane.js';

/** What a processor that listens to its `signal` gets to end by itself, before its job is given back. ms */
const GIVE_BACK_GRACE = 250;

/** The least that a worker gets to give its jobs back and to close. ms */
const LEAST_REST = 5_000;

/** What `stop` of the processors gets in any case, and so does closing the connections. ms */
export const LAST_LIMIT = 1_000;

/** What the store gets to take the jobs back, before the connections are cut. ms */
const GIVE_BACK_LIMIT = 3_000;

/** What it gets to keep the result of a job that has ended in this moment: cut off, the job would be run again. ms */
const LAST_WRITE_LIMIT = 1_000;

/** What the store gets to keep the results of jobs that have ended: where it is away, nobody can wait for it. ms */
const STORE_LIMIT = 3_000;

/** Between two looks whether a job still runs. ms */
const LOOK = 100;

/** What cutting a connection may take. ms */
const CUT_LIMIT = 2_000;

/** The end of a worker: how long it waits for running jobs, when it is over, and whether it is a crash. */
export class WorkerEnd {
  /** ms */
  readonly wait: number;
  readonly #end: number;

  /**
   * @param total what the end may take in all, ms
   * @param isCrash whether it ends by an uncaught error
   */
  constructor(
    total: number,
    readonly isCrash = false,
  ) {
    this.wait = total - Math.min(total / 5, LEAST_REST);
    this.#end = performance.now() + Math.max(total, LEAST_REST) - 2 * LAST_LIMIT;
  }

  /** `ms`, or what is left where that is less, without {@link LAST_LIMIT} for each of the last two. */
  atMost(ms: number): number {
    return Math.max(0, Math.min(ms, this.#end - performance.now()));
  }
}

/** The worker shuts down: the reason of `signal` then. The attempt counts as not made. */
class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/**
 * Waits for running jobs, gives back those that take too long, and returns their number.
 *
 * @param onCut is given a function that ends the wait
 */
export async function drain(lanes: readonly Lane[], end: WorkerEnd, onCut: (cut: () => void) => void): Promise<number> {
  const closed = Promise.all(lanes.map(({ engineWorker }) => engineWorker.close()));
  const waited = withLimit(closed, end.wait);
  onCut(waited.cut);
  const stopWatching = onIdle(lanes, STORE_LIMIT, waited.cut);
  const inTime = await waited.done;
  stopWatching();
  if (inTime) return 0;
  const givenBack = await giveBack(lanes, closed, end);
  // What has no answer by now gets none: the store is away.
  const cut = Promise.all(lanes.map(({ engineWorker }) => engineWorker.close(true)));
  await withLimit(cut, end.atMost(CUT_LIMIT)).done;
  return givenBack;
}

async function giveBack(lanes: readonly Lane[], closed: Promise<unknown>, end: WorkerEnd): Promise<number> {
  const error = new ShutdownError('The worker shuts down; the job goes back to its queue');
  const counts = await Promise.all(lanes.map(({ runner }) => runner.giveBack(error, GIVE_BACK_GRACE, end.isCrash)));
  const givenBack = counts.reduce((total, count) => total + count, 0);
  await withLimit(closed, end.atMost(givenBack > 0 ? GIVE_BACK_LIMIT : LAST_WRITE_LIMIT)).done;
  return givenBack;
}

/** Calls `idle` when no job has run for `ms`. */
function onIdle(lanes: readonly Lane[], ms: number, idle: () => void): () => void {
  let since = performance.now();
  const timer = setInterval(() => {
    if (lanes.some(({ runner }) => runner.runningCount > 0)) since = performance.now();
    else if (performance.now() - since >= ms) idle();
  }, LOOK);
  return () => clearInterval(timer);
}

/** Whether `promise` ends before `ms` are over and before `cut` is called. A rejection is passed on. */
export function withLimit(promise: Promise<unknown>, ms: number): { done: Promise<boolean>; cut: () => void } {
  let cut = () => {};
  const done = new Promise<boolean>((resolve, reject) => {
    const timer = setTimeout(() => cut(), toTimer(ms));
    cut = () => {
      clearTimeout(timer);
      resolve(false);
    };
    promise.then(() => resolve(true), reject).finally(() => clearTimeout(timer));
  });
  return { done, cut: () => cut() };
}
