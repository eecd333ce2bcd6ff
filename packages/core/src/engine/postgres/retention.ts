/**
 * How long finished jobs are kept on PostgreSQL and the embedded store.
 *
 * BullMQ's own removal reads every kept job of the queue with each job that ends: with 1,000 kept ones that takes twice
 * as long as all else that a job costs. Here one statement does it for many, and reads those that it removes. It comes a
 * moment after the jobs have ended and when the worker closes; in between a tenth more than `count` are there at most.
 */
import { toError } from '../../errors.js';
import type { EngineWorkerListener, EngineWorkerOptions, Keep, StoredJob } from '../contract.js';
import { REMOVE_ENDED } from './sql/index.js';
import type { RunSql } from './state.js';

/** Fewer kept jobs than that cost next to nothing: BullMQ removes them, at once. */
const MANY = 100;

/** So many ended jobs at most wait for the next removal. */
const MAX_WAITING = 100;

/** When the last of them ended this long ago, it comes as well. ms */
const DELAY = 500;

/** Jobs that one statement removes on a server. */
const BATCH = 1_000;

/** What to do when jobs of a queue have ended. */
export interface Retention {
  /** What is left to BullMQ. */
  readonly completed: Keep;
  readonly failed: Keep;
  /** The listener that hears of them as well. */
  readonly listener: EngineWorkerListener;
  /** Removes what is due and ends. */
  close(): Promise<void>;
}

/**
 * Removes a queue's jobs by the limits of its worker. A job with limits of its own is left to BullMQ.
 *
 * @param batch how many jobs one statement removes at most
 */
export function createRetention(
  run: RunSql,
  queue: string,
  limits: Pick<EngineWorkerOptions, 'completed' | 'failed'>,
  listener: EngineWorkerListener,
  batch = BATCH,
): Retention {
  const onError = (error: unknown) => listener.error(toError(error));
  const completed = createRemoval(run, queue, 'completed', limits.completed, onError, batch);
  const failed = createRemoval(run, queue, 'failed', limits.failed, onError, batch);
  return {
    completed: completed ? false : limits.completed,
    failed: failed ? false : limits.failed,
    listener: {
      ...listener,
      completed(active) {
        if (!hasOption(active.job, 'removeOnComplete')) completed?.add();
        listener.completed(active);
      },
      failed(active, error, final) {
        if (final && !hasOption(active.job, 'removeOnFail')) failed?.add();
        listener.failed(active, error, final);
      },
    },
    async close() {
      await Promise.all([completed?.close(), failed?.close()]);
    },
  };
}

function createRemoval(
  run: RunSql,
  queue: string,
  state: 'completed' | 'failed',
  keep: Keep,
  onError: (error: unknown) => void,
  batch: number,
): { add(): void; close(): Promise<void> } | undefined {
  if (!keep) return undefined;
  const age = 'age' in keep ? keep.age : undefined;
  const { count } = keep;
  if (count !== undefined && count < MANY) return undefined;
  const most = Math.min(MAX_WAITING, Math.max(1, Math.floor((count ?? Number.POSITIVE_INFINITY) / 10)));
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let removing = Promise.resolve();

  const remove = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === 0) return;
    waiting = 0;
    const until = age === undefined ? null : Date.now() - age * 1_000;
    for (;;) {
      const removed = await run(REMOVE_ENDED, [queue, state, until, count ?? null, batch]);
      if (removed.length < batch) break;
    }
  };
  // One after the other. What a failed one has left, the next one removes.
  const start = () => {
    removing = removing.then(remove).catch(onError);
  };
  return {
    add() {
      waiting += 1;
      if (waiting === most) start();
      else timer ??= setTimeout(start, DELAY).unref();
    },
    async close() {
      start();
      await removing;
    },
  };
}

function hasOption(job: StoredJob, name: string): boolean {
  return name in job.opts;
}
