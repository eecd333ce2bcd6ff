/**
 * How finished jobs are removed on Redis: few at a time.
 *
 * BullMQ's script that ends a job removes all jobs beyond `count` with it, however many they are. Where a queue had no
 * such limit before, or a higher one, that is all of its history: with 300,000 kept jobs Redis serves nobody else for
 * seconds. By age it removes a limited number a script, so that is how a long history is taken down: `count` is
 * given as the age of the first job beyond it, until few are left.
 */
import type { IQueueBackend, KeepJobs } from 'bullmq';
import type { EngineWorkerOptions } from '../../contract.js';
import type { RedisClient } from '../connection/connection.js';

/** Jobs that the end of one job removes: about a millisecond of Redis. BullMQ's own limit by age is 1,000. */
export const MOST_REMOVED = 100;

/** For how long the number of kept jobs, as it was at a worker's last end, is relied on: others end jobs too. ms */
const FRESH = 1_000;

/** How many jobs are kept, and when the newest of those beyond the limit has ended. */
export interface KeptJobs {
  readonly size: number;
  /** Epoch ms; undefined where none is beyond it. */
  readonly endOfNext: number | undefined;
}

/** What the removal needs. */
export interface RetentionOptions {
  /** Of jobs that say nothing of it themselves. */
  readonly limits: Pick<EngineWorkerOptions, 'completed' | 'failed'>;
  /** Looks at the finished jobs of one state, newest first; `count` of them are to stay. */
  readonly look: (state: State, count: number) => Promise<KeptJobs>;
}

type State = 'completed' | 'failed';

/** What BullMQ takes: `true` and 0 for none, `false` and -1 for all. */
type Remove = boolean | number | KeepJobs | undefined;

/** Changes a backend so that no end of a job removes many others. Answers the same backend. */
export function removeFewAtOnce(backend: IQueueBackend, { limits, look }: RetentionOptions): IQueueBackend {
  const completed = new KeptSet((count) => look('completed', count));
  const failed = new KeptSet((count) => look('failed', count));
  const moveToCompleted = backend.moveToCompleted.bind(backend);
  const moveToFailed = backend.moveToFailed.bind(backend);
  backend.moveToCompleted = (job, value, remove, token, fetchNext) =>
    completed.end(remove ?? limits.completed, (few) => moveToCompleted(job, value, few, token, fetchNext));
  backend.moveToFailed = (job, reason, remove, token, fetchNext, fields) =>
    failed.end(remove ?? limits.failed, (few) => moveToFailed(job, reason, few, token, fetchNext, fields));
  return backend;
}

/** The finished jobs of one state, as far as one worker knows of them. */
class KeptSet {
  readonly #look: (count: number) => Promise<KeptJobs>;
  /** No more than so many, at the moment {@link #asOf}. */
  #size = 0;
  #asOf = Number.NEGATIVE_INFINITY;
  /** The last limit, and what it means for one end: nearly all jobs have the worker's. */
  #last: { readonly limit: KeepJobs; readonly few: KeepJobs } | undefined;

  constructor(look: (count: number) => Promise<KeptJobs>) {
    this.#look = look;
  }

  /** Ends a job with what may be removed by it. */
  end<T>(remove: Remove, write: (remove: boolean | KeepJobs) => Promise<T>): Promise<T> {
    const limit = typeof remove === 'number' ? { count: remove } : (remove ?? false);
    if (typeof limit === 'boolean') {
      this.#size += 1;
      return write(limit);
    }
    const { count = -1 } = limit;
    // 0 keeps not even this one, and removes no other.
    if (count === 0) return write(limit);
    this.#size += 1;
    if (count < 0) return write(byAge(limit));
    // On the path of every job: without a look while others end.
    const isKnown = Date.now() - this.#asOf < FRESH && this.#size - count <= MOST_REMOVED;
    return isKnown ? write(this.#byCount(limit, count)) : this.#lookAndEnd(limit, count, write);
  }

  async #lookAndEnd<T>(limit: KeepJobs, count: number, write: (remove: KeepJobs) => Promise<T>): Promise<T> {
    const { size, endOfNext } = await this.#look(count);
    this.#size = size + 1;
    if (this.#size - count <= MOST_REMOVED) return await write(this.#byCount(limit, count));
    // Not with it itself: others that ended in the same ms may be among those that stay.
    return await write(byAge(limit, endOfNext === undefined ? undefined : (Date.now() - endOfNext + 1) / 1_000));
  }

  #byCount(limit: KeepJobs, count: number): KeepJobs {
    this.#size = Math.min(this.#size, count);
    this.#asOf = Date.now();
    if (this.#last?.limit !== limit) this.#last = { limit, few: { ...byAge(limit), count } };
    return this.#last.few;
  }
}

/** A limit without its number: what has ended longer ago than it says, or than `age` in seconds. */
function byAge(limit: KeepJobs, age = Number.POSITIVE_INFINITY): KeepJobs {
  const own = 'age' in limit ? limit : { age: Number.POSITIVE_INFINITY };
  const least = Math.min(own.age, age);
  if (least === Number.POSITIVE_INFINITY) return { count: -1 };
  return { age: least, limit: Math.min(own.limit ?? MOST_REMOVED, MOST_REMOVED) };
}

/** What {@link RetentionOptions} looks at, in a set of BullMQ's. */
export async function lookAtKept(client: RedisClient, set: string, count: number): Promise<KeptJobs> {
  // Sent together: one round trip.
  const [size, [, end]] = await Promise.all([client.zcard(set), client.zrevrange(set, count, count, 'WITHSCORES')]);
  return { size, endOfNext: end === undefined ? undefined : Number(end) };
}
