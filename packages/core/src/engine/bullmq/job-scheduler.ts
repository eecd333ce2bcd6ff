/**
 * Plans the run behind each run of a schedule that a worker takes.
 *
 * BullMQ plans it before the worker begins with the one that it has taken. Where that fails, by a connection that is lost
 * or by an expression that this machine does not know, it drops the run that it has taken: that one stays active until its
 * lock has run out, and the schedule stands still for as long.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type IQueueBackend,
  type Job,
  JobScheduler,
  type JobSchedulerTemplateOptions,
  type RepeatOptions,
  type WorkerOptions,
} from 'bullmq';
import { toError } from '../../errors.js';
import { isConnectionError } from '../connection-error.js';
import { type NextRun, nextSlotOf, slotOfOwn } from './runs.js';

/** Time between two tries. ms */
const RETRY_DELAY = 500;

export interface PatientJobSchedulerOptions {
  readonly worker: WorkerOptions;
  readonly backend: () => IQueueBackend;
  /**
   * How long a store that is away is waited for, ms: the job that was taken is not kept meanwhile, and may go to another
   * worker when its lock has run out.
   */
  readonly patience: number;
  readonly onError: (error: Error) => void;
  /** Plans the run behind one of ours. Default: BullMQ does, as for the schedulers that a host has made itself. */
  readonly planNext?: ((run: NextRun) => Promise<unknown>) | undefined;
}

export class PatientJobScheduler extends JobScheduler<IQueueBackend> {
  readonly #patience: number;
  readonly #onError: (error: Error) => void;

  readonly #planNext: PatientJobSchedulerOptions['planNext'];

  constructor(queue: string, { worker, backend, patience, onError, planNext }: PatientJobSchedulerOptions) {
    super(queue, worker, backend);
    this.#planNext = planNext;
    this.#patience = patience;
    this.#onError = onError;
  }

  override async upsertJobScheduler<T, R, N extends string>(
    key: string,
    repeat: Omit<RepeatOptions, 'key' | 'prevMillis'>,
    name: N,
    data: T,
    options: JobSchedulerTemplateOptions,
    of: { override: boolean; producerId?: string },
  ): Promise<Job<T, R, N> | undefined> {
    try {
      // Safe to repeat: a run that has planned the one behind it plans no other.
      return await this.#patiently(() => this.plan<T, R, N>(key, repeat, name, data, options, of));
    } catch (thrown) {
      const error = toError(thrown);
      if (isConnectionError(error)) throw error;
      // The run itself is fine. What is wrong with its schedule, the next check reports by its key.
      this.#onError(new Error(`The next run of the schedule "${key}" could not be planned`, { cause: error }));
      return undefined;
    }
  }

  /** One try. */
  async plan<T, R, N extends string>(
    key: string,
    repeat: Omit<RepeatOptions, 'key' | 'prevMillis'>,
    name: N,
    data: T,
    options: JobSchedulerTemplateOptions,
    of: { override: boolean; producerId?: string },
  ): Promise<Job<T, R, N> | undefined> {
    const slot = slotOfOwn(key, options, of.producerId);
    if (slot !== undefined) {
      const at = nextSlotOf(repeat, Math.max(slot, Date.now()));
      // BullMQ would plan another `every` at its end.
      if (at === undefined) return undefined;
      if (this.#planNext) {
        await this.#planNext({ key, of: slot, at, repeat });
        return undefined;
      }
    }
    return super.upsertJobScheduler<T, R, N>(key, repeat, name, data, options, of);
  }

  override isJobScheduler(id: string): Promise<boolean> {
    return this.#patiently(() => super.isJobScheduler(id));
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const end = performance.now() + this.#patience;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isOver = this.closing !== undefined || performance.now() + RETRY_DELAY > end;
        if (isOver || !isConnectionError(error)) throw error;
      }
      await sleep(RETRY_DELAY, undefined, { ref: false });
    }
  }
}
