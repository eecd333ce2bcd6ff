/** One queue's worker in memory: takes jobs by itself as they become due, or runs those that it is given. */
import { setImmediate as soon } from 'node:timers';
import { toError } from '../../errors.js';
import { toTimer } from '../../timers.js';
import { LIFE } from '../bullmq/attempt-store.js';
import type {
  ActiveJob,
  EngineWorker,
  EngineWorkerListener,
  EngineWorkerOptions,
  Outcome,
  StartLimit,
  StoredJob,
} from '../contract.js';
import { type AttemptEnd, endAttempt } from './attempt-end.js';
import type { MemoryJob } from './job.js';
import type { MemoryQueue } from './queue.js';
import type { MemoryState } from './state.js';

/** Log lines kept on one job; older ones go. */
const KEEP_LOGS = 1_000;

/** Shown as `processedBy` of its jobs. */
const WORKER_NAME = `memory:${process.pid}`;

/** What a worker is made with. */
export interface MemoryWorkerOptions extends EngineWorkerOptions {
  readonly queue: MemoryQueue;
  /** Holds what attempts save, and the starts of rate limits. */
  readonly state: MemoryState;
  readonly now: () => number;
  readonly random: () => number;
  /** Whether it takes jobs by itself. */
  readonly automatic: boolean;
  readonly run: (active: ActiveJob) => Promise<Outcome>;
  readonly listener: EngineWorkerListener;
  readonly onClosed: (worker: MemoryWorker) => void;
}

/** What became of an attempt; `lost` when the job was given to another worker meanwhile. */
export interface Attempt {
  readonly end: AttemptEnd | 'lost';
  /** Why it failed, if it did. */
  readonly error?: Error;
}

export class MemoryWorker implements EngineWorker {
  readonly #options: MemoryWorkerOptions;
  readonly #running = new Map<MemoryJob, Promise<unknown>>();
  readonly #stalledTimer: NodeJS.Timeout | undefined;
  #dueTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isAwake = false;

  constructor(options: MemoryWorkerOptions) {
    this.#options = options;
    if (options.automatic) this.#stalledTimer = setInterval(() => this.#recoverStalled(), options.stalledInterval);
    // As BullMQ's: it takes jobs as soon as it is made.
    this.wake();
  }

  get queue(): MemoryQueue {
    return this.#options.queue;
  }

  async ready(): Promise<void> {}

  async close(force = false): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#stalledTimer);
    clearTimeout(this.#dueTimer);
    const { now, lockDuration, onClosed } = this.#options;
    // As after a crash: the jobs stay active until another worker finds that nobody has them.
    if (force) for (const job of this.#running.keys()) job.lockedUntil = now() + lockDuration;
    else await Promise.all(this.#running.values());
    onClosed(this);
  }

  /** Looks for jobs, after what goes on now. */
  wake(): void {
    if (!this.#options.automatic || this.#isAwake || this.#isClosed) return;
    this.#isAwake = true;
    soon(() => {
      this.#isAwake = false;
      this.#fill();
    });
  }

  /** Runs the next job that is due, or the named one; undefined when there is none. */
  async runNext(id?: string): Promise<Attempt | undefined> {
    if (this.#isClosed) return undefined;
    this.#recoverStalled();
    return this.runIn(this.queue, id);
  }

  /** Like {@link runNext} for a queue beside its own. */
  async runIn(queue: MemoryQueue, id?: string): Promise<Attempt | undefined> {
    const job = queue.jobs.take(WORKER_NAME, id);
    return job && (await this.#start(queue, job));
  }

  /** Runs the next job that is due and forgets how its attempt ended; answers its id. */
  async runAndLose(): Promise<string | undefined> {
    const { run, listener } = this.#options;
    const job = this.#isClosed ? undefined : this.queue.jobs.take(WORKER_NAME);
    if (!job) return undefined;
    await run(this.#activate(this.queue, job));
    this.queue.jobs.giveUp(job);
    listener.stalled(job.id);
    return job.id;
  }

  /** Runs an attempt of a job that has been taken. Never rejects. */
  #start(queue: MemoryQueue, job: MemoryJob): Promise<Attempt> {
    const attempt = this.#attempt(queue, job).finally(() => this.#running.delete(job));
    this.#running.set(job, attempt);
    return attempt;
  }

  async #attempt(queue: MemoryQueue, job: MemoryJob): Promise<Attempt> {
    const { run, listener } = this.#options;
    const active = this.#activate(queue, job);
    const outcome = await run(active);
    if (outcome.kind === 'parked') return { end: 'delayed' };
    if (outcome.kind === 'lost' || !active.isHeld) return { end: 'lost' };
    const ended = endAttempt(queue, job, outcome, this.#options);
    const { end, error } = ended;
    try {
      if (end === 'completed') listener.completed(active.ended());
      else if (error) listener.failed(active.ended(), error, end === 'failed');
    } catch (thrown) {
      // A listener of the host threw: the job has ended all the same.
      listener.error(toError(thrown));
    }
    return ended;
  }

  #activate(queue: MemoryQueue, job: MemoryJob): MemoryActiveJob {
    return new MemoryActiveJob(queue, job, this.#options.state);
  }

  #fill(): void {
    clearTimeout(this.#dueTimer);
    const { concurrency, now } = this.#options;
    while (!this.#isClosed && this.#running.size < concurrency) {
      const job = this.queue.jobs.take(WORKER_NAME);
      if (!job) {
        const due = this.queue.jobs.nextDue;
        if (due !== undefined) {
          this.#dueTimer = setTimeout(() => this.wake(), toTimer(Math.max(1, due - now())));
        }
        return;
      }
      void this.#start(this.queue, job).then(() => this.wake());
    }
  }

  #recoverStalled(): void {
    for (const { id } of this.queue.jobs.recoverStalled()) {
      this.#options.listener.stalled(id);
      this.wake();
    }
  }
}

/** What an attempt does to its job. Without private fields: tests put objects of their own before it. */
class MemoryActiveJob implements ActiveJob {
  job: StoredJob;
  readonly key: string;
  readonly start: number;

  constructor(
    readonly queue: MemoryQueue,
    readonly record: MemoryJob,
    readonly state: MemoryState,
  ) {
    this.job = record.snapshot();
    this.key = savedKey(queue.name, record.id);
    this.start = record.attemptsStarted;
  }

  /** The same with the job as it is stored now. */
  ended(): this {
    this.job = this.record.snapshot();
    return this;
  }

  get isHeld(): boolean {
    return this.isLast && this.record.state === 'active' && this.record.lockedUntil === undefined;
  }

  async confirmHeld(): Promise<boolean> {
    return this.isHeld;
  }

  async saved(): Promise<Record<string, string> | undefined> {
    if (!this.isLast) return undefined;
    const { [LIFE]: life, ...fields } = await this.state.fields(this.key);
    return life === this.record.life ? fields : {};
  }

  async save(field: string, value: string, ttl: number): Promise<boolean> {
    if (!this.isLast || this.record.state === 'completed') return false;
    const { [LIFE]: life } = await this.state.fields(this.key);
    if (life !== this.record.life) await this.state.setField(this.key, LIFE, this.record.life, ttl, true);
    await this.state.setField(this.key, field, value, ttl, false);
    return true;
  }

  async forget(): Promise<void> {
    if (this.record.attemptsStarted !== this.start || this.record.state !== 'completed') return;
    const { [LIFE]: life } = await this.state.fields(this.key);
    if (life === this.record.life) await this.state.delete(this.key);
  }

  async progress(value: object | number | string | boolean): Promise<boolean> {
    if (!this.isLast) return false;
    this.record.progress = value;
    this.queue.tell('progress', this.record.id);
    return true;
  }

  async log(lines: readonly string[]): Promise<boolean> {
    if (!this.isLast) return false;
    const { logs } = this.record;
    logs.push(...lines);
    if (logs.length > KEEP_LOGS) logs.splice(0, logs.length - KEEP_LOGS);
    return true;
  }

  async takeTurn(tenant: string): Promise<void> {
    const [priority] = this.queue.takeTurns([tenant]);
    if (priority !== undefined) this.record.priority = priority;
  }

  async takeStart(limit: StartLimit): Promise<number | 'parked' | 'lost'> {
    if (!this.isHeld) return 'lost';
    const window = this.state.startsOf(this.queue.name, limit.key);
    return this.queue.jobs.lines.take(this.record, limit, window) ? 0 : 'parked';
  }

  /** No later attempt has begun, and the job is there. */
  get isLast(): boolean {
    return this.record.attemptsStarted === this.start && this.queue.jobs.get(this.record.id) === this.record;
  }
}

/** Where what a job's attempts save is in the engine's state. */
export function savedKey(queue: string, id: string): string {
  return `job:${queue}:${id}`;
}
