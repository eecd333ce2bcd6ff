/**
 * Plans the run behind each run of a schedule that a worker takes.
 *
 * BullMQ plans it before the worker begins with the one that it has taken, and takes no other one meanwhile. Where that fails,
 * by a connection that is lost or by an expression that this machine does not know, it drops the run that it has taken: that
 * one stays active until its lock has run out, and the schedule stands still for as long.
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
import { type NextRun, nextSlotOf, type OwnRepeat, slotOfOwn } from './runs.js';

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

const NOTHING = Promise.resolve(undefined);

/** The run behind one that was taken, while it is being planned. */
export interface Planning {
  readonly isDone: boolean;
  /** False where the store was away for too long. The run that was taken is left for another worker. */
  readonly done: Promise<boolean>;
}

export class PatientJobScheduler extends JobScheduler<IQueueBackend> {
  readonly #patience: number;
  readonly #onError: (error: Error) => void;

  readonly #planNext: PatientJobSchedulerOptions['planNext'];
  /** By the ids of the jobs that were taken and have not begun. */
  readonly #begun = new Map<string, Planning>();

  constructor(queue: string, { worker, backend, patience, onError, planNext }: PatientJobSchedulerOptions) {
    super(queue, worker, backend);
    this.#planNext = planNext;
    this.#patience = patience;
    this.#onError = onError;
  }

  /**
   * BullMQ asks for the run behind each one that it takes, and begins with the job when this has answered. A run of ours is
   * planned while it is looked at.
   */
  override upsertJobScheduler<T, R, N extends string>(
    key: string,
    repeat: Omit<RepeatOptions, 'key' | 'prevMillis'>,
    name: N,
    data: T,
    options: JobSchedulerTemplateOptions,
    of: { override: boolean; producerId?: string },
  ): Promise<Job<T, R, N> | undefined> {
    if (of.producerId !== undefined && this.begin(key, repeat, options, of.producerId)) return NOTHING;
    const plan = () => this.plan<T, R, N>(key, repeat, name, data, options, of);
    return plan().catch((error) => this.#planAgain(key, plan, error));
  }

  /**
   * Begins to plan the run behind one of ours that was taken: see {@link planningOf}. False where BullMQ has to, before it
   * begins with the job.
   *
   * @param id of the job that was taken
   */
  begin(key: string, repeat: unknown, options: object, id: string): boolean {
    const slot = this.#planNext && slotOfOwn(key, options, id);
    if (slot === undefined || !isRepeat(repeat)) return false;
    const plan = () => this.planOwn(key, slot, repeat);
    const isDone = () => {
      planning.isDone = true;
      return true;
    };
    const planning = {
      isDone: false,
      done: plan().then(isDone, (problem) =>
        this.#planAgain(key, plan, problem).then(isDone, (error) => {
          this.#onError(toError(error));
          return false;
        }),
      ),
    };
    this.#begun.set(id, planning);
    return true;
  }

  /** Of a job that was taken a moment ago. Undefined where BullMQ has waited for it, and for what is no run. */
  planningOf(id: string): Planning | undefined {
    const planning = this.#begun.get(id);
    if (planning) this.#begun.delete(id);
    return planning;
  }

  /** Safe to repeat: a run that has planned the one behind it plans no other. @param problem of the first try */
  async #planAgain<T>(key: string, plan: () => Promise<T>, problem: unknown): Promise<T | undefined> {
    try {
      return await this.#patiently(plan, problem);
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
    // BullMQ would plan another `every` at its end.
    if (slot !== undefined && nextSlotOf(repeat, Math.max(slot, Date.now())) === undefined) return undefined;
    return super.upsertJobScheduler<T, R, N>(key, repeat, name, data, options, of);
  }

  /** One try for a run of ours, where it is planned while the run is looked at. Rejects, and throws nothing. */
  planOwn(key: string, slot: number, repeat: OwnRepeat): Promise<unknown> {
    try {
      const at = nextSlotOf(repeat, Math.max(slot, Date.now()));
      return (at !== undefined && this.#planNext?.({ key, of: slot, at, repeat })) || NOTHING;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  override isJobScheduler(id: string): Promise<boolean> {
    const look = () => super.isJobScheduler(id);
    return look().catch((error) => this.#patiently(look, error));
  }

  /** Repeats what has failed with `problem`, while the store is away. */
  async #patiently<T>(work: () => Promise<T>, problem: unknown): Promise<T> {
    const end = performance.now() + this.#patience;
    for (let last = problem; ; ) {
      const isOver = this.closing !== undefined || performance.now() + RETRY_DELAY > end;
      if (isOver || !isConnectionError(last)) throw last;
      await sleep(RETRY_DELAY, undefined, { ref: false });
      try {
        return await work();
      } catch (error) {
        last = error;
      }
    }
  }
}

function isRepeat(value: unknown): value is OwnRepeat {
  return typeof value === 'object' && value !== null;
}
