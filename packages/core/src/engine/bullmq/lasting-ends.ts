/**
 * The end of an attempt is written until the store has taken it.
 *
 * BullMQ takes an error in that moment for a failure of the job. Here the write is repeated for as long as the lock may
 * live. The first one may have been carried out although its answer was lost: the next one is refused then, and the job
 * itself says what has become of it.
 */
import { DelayedError, type IQueueBackend } from 'bullmq';
import { codeOf, patiently } from '../patience.js';
import type { AttemptStore } from './attempt-store.js';
import type { HeldLock, JobLocks } from './job-locks.js';

/** The attempt was another worker's to end: nothing was written. BullMQ goes on to the next job after one of these. */
export class LostAttempt extends DelayedError {}

/** BullMQ's codes for an end that is not ours to write: no job, no lock, not active, somebody else's lock. */
const REFUSALS: ReadonlySet<unknown> = new Set([-1, -2, -3, -6]);
const MISSING_LOCK = -2;

/** What the ends need. */
export interface LastingEndsOptions {
  readonly backend: IQueueBackend;
  readonly locks: JobLocks;
  readonly attempts: AttemptStore;
  readonly lockDuration: number;
}

/** Changes a backend so that its ends last. Answers the same backend. */
export function makeEndsLast({ backend, locks, attempts, lockDuration }: LastingEndsOptions): IQueueBackend {
  /** Whether an end that was refused had been carried out before: then the job is where it has put it. */
  const isDone = async ({ attempt, attemptsMade }: HeldLock, uses: 0 | 1): Promise<boolean> => {
    const job = await backend.getJobData(attempt.id);
    // Gone as soon as it had ended, as its options say.
    if (!job) return uses === 1;
    if (Number(job.timestamp) !== attempt.addedAt || Number(job.attemptsStarted) !== attempt.started) return false;
    if (Number(job.attemptsMade ?? 0) !== attemptsMade + uses) return false;
    return (await backend.getState(attempt.id)) !== 'active';
  };

  /** @param uses whether the end uses up an attempt @param done what it answers when it had been carried out before */
  const persist = <T>(
    id: string,
    token: string | undefined,
    uses: 0 | 1,
    write: () => Promise<T>,
    done: () => T,
  ): Promise<T> => {
    const lock = locks.find(id, token);
    if (!lock) return write();
    lock.isEnding = true;
    // On the path of every job: no more than this where nothing goes wrong.
    const first = write();
    return first.catch(() => writeAgain(lock, uses, write, done, first));
  };

  /** @param first the write that has failed */
  const writeAgain = <T>(lock: HeldLock, uses: 0 | 1, write: () => Promise<T>, done: () => T, first: Promise<T>) => {
    let writing: Promise<T> | undefined = first;
    return patiently(
      async () => {
        writing ??= write();
        try {
          return await writing;
        } catch (error) {
          const code = error instanceof Error ? codeOf(error) : undefined;
          if (!REFUSALS.has(code)) throw error;
          if (code === MISSING_LOCK && (await attempts.reclaim(lock.attempt, lock.token, lockDuration))) {
            return await write();
          }
          if (await isDone(lock, uses)) return done();
          throw new LostAttempt(
            `The end of job "${lock.attempt.id}" was not written: it is not this worker's any more`,
          );
        } finally {
          writing = undefined;
        }
      },
      () => !locks.isClosed,
    );
  };

  const original = {
    moveToCompleted: backend.moveToCompleted.bind(backend),
    moveToFailed: backend.moveToFailed.bind(backend),
    moveToDelayed: backend.moveToDelayed.bind(backend),
    moveJobFromActiveToWait: backend.moveJobFromActiveToWait.bind(backend),
    retryJob: backend.retryJob.bind(backend),
  };
  const ended = () => ({ result: undefined, finishedOn: Date.now() });
  backend.moveToCompleted = (job, value, remove, token, fetchNext) =>
    persist(job.id ?? '', token, 1, () => original.moveToCompleted(job, value, remove, token, fetchNext), ended);
  backend.moveToFailed = (job, reason, remove, token, fetchNext, fields) =>
    persist(job.id ?? '', token, 1, () => original.moveToFailed(job, reason, remove, token, fetchNext, fields), ended);
  backend.moveToDelayed = (id, timestamp, delay, token, options) =>
    persist<unknown[] | void>(
      id,
      token,
      options?.skipAttempt ? 0 : 1,
      () => original.moveToDelayed(id, timestamp, delay, token, options),
      () => undefined,
    );
  backend.moveJobFromActiveToWait = (id, token) =>
    persist(
      id,
      token,
      0,
      () => original.moveJobFromActiveToWait(id, token),
      () => 0,
    );
  backend.retryJob = (id, lifo, token, options) =>
    persist<void>(
      id,
      token,
      1,
      () => original.retryJob(id, lifo, token, options),
      () => undefined,
    );
  return backend;
}
