/** `createTestJobs`: the host's jobs on the memory engine, run when the test says so. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createMemoryEngine, type MemoryEngine } from '../engine/memory/engine.js';
import { createEvents } from '../events.js';
import { type CreateJobsOptions, Jobs, type StartWorkerOptions } from '../jobs-instance.js';
import { type Logger, silentLogger } from '../logger.js';
import type { AnyProcessorDefinition, ProcessorDefinition } from '../processor/definition.js';
import type { AnyQueueDefinition, DataInput, ResultOf } from '../queue/definition.js';
import { QueueHandle } from '../queue/handle.js';
import { createJobIds } from '../queue/job-id.js';
import { QueueRegistry } from '../queue/registry.js';
import { processorSource } from '../scheduler/processor-source.js';
import type { WorkerHandle } from '../worker/worker.js';
import { TestClock, type TestTime } from './clock.js';
import { type DrainOptions, type DrainResult, drain } from './drain.js';
import { type EnqueuedJob, toEnqueuedJob } from './enqueued-job.js';
import { InlineQueueHandle } from './inline-queue-handle.js';
import { registerMatchers } from './matchers.js';
import { Performer, type PerformOptions } from './perform.js';

/** What `createTestJobs` takes. */
export interface TestJobsOptions<Queues extends readonly AnyQueueDefinition[]> {
  /** Every queue that the code under test adds to or works on. */
  readonly queues: Queues;
  /** The processors that run their jobs. Jobs of a queue without one are stored, and stay. Default: none. */
  readonly processors?: readonly AnyProcessorDefinition[];
  /** When jobs run. Default `manual`. */
  readonly mode?: TestMode;
  /** Where the clock begins. Default: the time of the call. */
  readonly now?: TestTime;
  /** 0 to 1, for the jitter of backoffs. Default `Math.random`. */
  readonly random?: () => number;
  /** Default: silent. */
  readonly logger?: Logger;
}

/**
 * When jobs run: `manual` when `drain` is called; `inline` while they are added, before `add` resolves.
 *
 * An inline job runs as far as it is due: a delayed one waits for the clock and `drain`, and so does the next attempt
 * of one that failed with a backoff. `add` itself does not reject when the job fails, as in production.
 */
export type TestMode = 'inline' | 'manual';

/** A worker in a test: a process that lives for a moment, and is not its own. */
const TEST_WORKER = {
  handleSignals: false,
  statsInterval: Number.POSITIVE_INFINITY,
  shutdownTimeout: 0,
} as const satisfies StartWorkerOptions;

/** Jobs that enqueue each other inline are within each other. Nobody means so many. */
const MAX_DEPTH = 500;

/** Attempts of one inline job: one that is put off by 0 ms each time would never end. */
const MAX_INLINE_ATTEMPTS = 10_000;

/** A host's jobs in a test: everything that {@link Jobs} is, and what a test asks of it. Made by {@link createTestJobs}. */
export class TestJobs<
  const Queues extends readonly AnyQueueDefinition[] = readonly AnyQueueDefinition[],
> extends Jobs<Queues> {
  readonly clock: TestClock;
  readonly #engine: MemoryEngine;
  readonly #definitions: QueueRegistry;
  readonly #isInline: boolean;
  readonly #newId = createJobIds();
  readonly #testHandles = new Map<string, QueueHandle<AnyQueueDefinition>>();
  readonly #registered = new Map<string, AnyProcessorDefinition>();
  readonly #started = new Set<string>();
  readonly #performer: Performer;
  /** Within a processor's `start`: what it enqueues can't wait for it. */
  readonly #isStarting = new AsyncLocalStorage<true>();
  #worker: WorkerHandle | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #depth = 0;

  constructor(options: TestJobsOptions<Queues>) {
    const { queues, processors = [], mode = 'manual', now = Date.now(), random = Math.random } = options;
    const clock = new TestClock(now, () => engine.wake());
    const engine = createMemoryEngine({ now: clock.now, random, automatic: false });
    const logger = options.logger ?? silentLogger;
    const create: CreateJobsOptions<Queues> = { queues };
    super(create, { engine, now: clock.now, events: createEvents(logger), logger, keepsSchedules: false });
    this.clock = clock;
    this.#engine = engine;
    this.#definitions = new QueueRegistry(queues);
    this.#isInline = mode === 'inline';
    this.#performer = new Performer({
      engine,
      now: clock.now,
      cache: this.cache,
      events: this.events,
      logger,
      newId: this.#newId,
      guard: this.scheduler.guard,
      enqueue: (queue, data, jobOptions) => this.#handle(queue).add(data, jobOptions),
    });
    for (const processor of processors) this.registerProcessor(processor);
  }

  override queue<Q extends Queues[number]>(queue: Q): QueueHandle<Q>;
  override queue<Name extends Queues[number]['name']>(
    name: Name,
  ): QueueHandle<Extract<Queues[number], { readonly name: Name }>>;
  override queue(queue: AnyQueueDefinition | string): QueueHandle<AnyQueueDefinition> {
    return this.#handle(queue);
  }

  override registerProcessor<Q extends Queues[number]>(
    processor: ProcessorDefinition<Q>,
    options: { concurrency?: number } = {},
  ): void {
    super.registerProcessor(processor, options);
    this.#registered.set(processor.queue.name, processor);
  }

  /**
   * Opens the processors, as a worker does before its first job; jobs still run by `drain` or inline alone. There is no
   * need to call it: the first job does. Other defaults than in production: no signal is handled, and `close` gives a job
   * that still runs back at once.
   */
  override async startWorker(options: StartWorkerOptions = {}): Promise<WorkerHandle> {
    const asked = options.queues?.map((queue) => this.#definitions.get(queue).name) ?? [...this.#registered.keys()];
    const queues = asked.filter((name) => !this.#started.has(name));
    if (this.#worker && asked.length > 0 && queues.length === 0) return this.#worker;
    const worker = await super.startWorker({ ...TEST_WORKER, ...options, queues });
    for (const name of queues) this.#started.add(name);
    // In a test they are there when its first job runs, and nothing is done beside it.
    for (const name of queues) {
      const processor = this.#registered.get(name);
      const source = processor && processorSource(processor);
      if (source) await this.scheduler.reconcile(source);
    }
    this.#worker ??= worker;
    return worker;
  }

  /**
   * Runs every job that is due, also those that jobs enqueue meanwhile, one after the other, until none is. Delayed
   * jobs and further attempts with a backoff wait for the clock.
   *
   * @returns how the attempts ended
   * @throws {Error} when it does not end: see `limit`
   * @example
   * ```ts
   * await jobs.queue(emailQueue).add({ to: 'ann@example.com' }, { delay: 60_000 });
   * jobs.clock.advance(60_000);
   * expect(await jobs.drain()).toMatchObject({ completed: 1 });
   * ```
   */
  async drain(options: DrainOptions = {}): Promise<DrainResult> {
    await this.#startProcessors();
    return drain(this.#engine, this.clock, this.#definitions.names, options);
  }

  /**
   * Runs one attempt of a job that is not enqueued, and answers what it returned: a processor under the microscope. Data
   * and options are checked as `add` checks them, the result as the worker does.
   *
   * @param target a processor, or a queue that has one registered
   * @throws what the attempt failed with; `RetryAfterError` when the job would have come back later
   * @example
   * ```ts
   * expect(await jobs.perform(thumbnails, { organizationId, imageId, width: 320 })).toEqual({ bytes: 1_024 });
   * ```
   */
  async perform<Q extends AnyQueueDefinition>(
    target: Q | ProcessorDefinition<Q>,
    data: DataInput<Q>,
    options: PerformOptions = {},
  ): Promise<ResultOf<Q>> {
    await this.#startProcessors();
    const processor = 'process' in target ? target : this.#registered.get(this.#definitions.get(target).name);
    const isRegistered = processor !== undefined && this.#registered.get(processor.queue.name) === processor;
    for (const queue of processor?.enqueues ?? []) this.#definitions.get(queue);
    const value = await this.#performer.perform(target, processor, isRegistered, data, options);
    return value as ResultOf<Q>;
  }

  /**
   * Runs the next due job of a queue, and loses the worker before the end of the attempt is stored, as `kill -9` in that
   * moment does. The job stands first in its queue again, and fails the third time. To prove that nothing is done twice.
   *
   * @returns the id of the job, or undefined when none is due
   * @example
   * ```ts
   * await jobs.queue(invoiceQueue).add({ order: 7 });
   * await jobs.runAndLose(invoiceQueue);
   * await jobs.drain();
   * expect(invoices).toHaveLength(1);
   * ```
   */
  async runAndLose(queue: Queues[number]): Promise<string | undefined> {
    await this.#startProcessors();
    const [worker] = this.#engine.workersOf(this.#definitions.get(queue).name);
    return worker?.runAndLose();
  }

  /** Every job that was added so far, oldest first: of one queue, or of all. */
  enqueued(): EnqueuedJob[];
  enqueued<Q extends Queues[number]>(queue: Q): EnqueuedJob<Q>[];
  enqueued(queue?: AnyQueueDefinition): EnqueuedJob[] {
    const name = queue === undefined ? undefined : this.#definitions.get(queue).name;
    return this.#engine.added
      .filter((job) => name === undefined || job.queue === name)
      .map((job) => toEnqueuedJob(this.#definitions.get(job.queue), job));
  }

  /** Forgets all jobs, the cache and what jobs kept between their attempts. The clock stays where it is. */
  clear(): void {
    this.#engine.clear();
  }

  override async close(): Promise<void> {
    await this.#performer.close();
    await super.close();
    // Node.js keeps every storage that is in use.
    this.#isStarting.disable();
  }

  #handle(queue: AnyQueueDefinition | string): QueueHandle<AnyQueueDefinition> {
    const definition = this.#definitions.get(queue);
    const known = this.#testHandles.get(definition.name);
    if (known) return known;
    const context = { engine: this.#engine, events: this.events, newId: this.#newId, now: this.clock.now };
    const handle = this.#isInline
      ? new InlineQueueHandle(definition, context, (id) => this.#runInline(definition.name, id))
      : new QueueHandle(definition, context);
    this.#testHandles.set(definition.name, handle);
    return handle;
  }

  async #runInline(queue: string, id: string): Promise<void> {
    if (this.#isStarting.getStore()) return;
    await this.#startProcessors();
    if (this.#depth >= MAX_DEPTH) {
      throw new Error(`Queue "${queue}": ${MAX_DEPTH} inline jobs are enqueued within each other; use mode "manual"`);
    }
    this.#depth += 1;
    try {
      const [worker] = this.#engine.workersOf(queue);
      for (let attempts = 0; attempts < MAX_INLINE_ATTEMPTS; attempts++) if (!(await worker?.runNext(id))) return;
      throw new Error(`Queue "${queue}": job "${id}" is due again after ${MAX_INLINE_ATTEMPTS} attempts`);
    } finally {
      this.#depth -= 1;
    }
  }

  /** Starts the processors that have not been started yet, once however many ask. */
  #startProcessors(): Promise<unknown> {
    if (this.#started.size === this.#registered.size) return this.#starting;
    const start = async () => {
      const queues = [...this.#registered.keys()].filter((name) => !this.#started.has(name));
      if (queues.length > 0) await this.#isStarting.run(true, () => this.startWorker({ queues }));
    };
    // What failed to start is tried again by the next one who asks.
    this.#starting = this.#starting.then(start, start);
    return this.#starting;
  }
}

/**
 * Makes a host's jobs for a test: no server, no timers, nothing runs by itself.
 *
 * @example
 * ```ts
 * const jobs = createTestJobs({ queues: [thumbnailQueue], processors: [thumbnails] });
 * await uploadImage(jobs, file); // the code under test
 * expect(jobs).toHaveEnqueued(thumbnailQueue, { width: 320 });
 * expect(await jobs.drain()).toMatchObject({ completed: 1, failed: 0 });
 * await jobs.close();
 * ```
 */
export function createTestJobs<const Queues extends readonly AnyQueueDefinition[]>(
  options: TestJobsOptions<Queues>,
): TestJobs<Queues> {
  registerMatchers();
  return new TestJobs(options);
}
