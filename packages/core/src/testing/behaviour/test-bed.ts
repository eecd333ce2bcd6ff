/** What a behaviour test stands on: a store, and `jobs` on it that are closed when the test is over. */
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { Config } from '../../config.js';
import { defined } from '../../defined.js';
import type { ActiveJob, Engine, EngineQueue, EngineWorkerOptions, Outcome } from '../../engine/contract.js';
import type { JobsEvents } from '../../events.js';
import { createJobsOn } from '../../jobs.js';
import type { Jobs, StartWorkerOptions } from '../../jobs-instance.js';
import { type Logger, silentLogger } from '../../logger.js';
import type { ProcessorDefinition } from '../../processor/definition.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { WorkerHandle } from '../../worker/worker.js';

/** The store of one engine, opened once for a file of tests. */
export interface StoreUnderTest {
  /**
   * Opens the engine on the store, as another process would: two of them share nothing but the store. An engine that
   * lives in one process only gives the same one again, and closes it when all have closed it.
   */
  engine(): Engine;
  /** Where `engine` gives the same one again: one that can be closed by itself. */
  closable?(): Engine;
  close(): Promise<void>;
}

/** Only so that a test that never gets there ends. ms */
const LIMIT = 60_000;

/** Times of a worker whose jobs are taken over soon after it has died. ms */
export const QUICK_STALLS = { lockDuration: 400, stalledInterval: 100 } as const;

let names = 0;
/** All tests of an engine share a store, and so may two runs of them: queues are told apart by their names. */
const run = Math.random().toString(36).slice(2, 8);

/** A name that nothing else in the store has. */
export function uniqueName(label: string): string {
  return `${label}-${run}-${++names}`;
}

/** Waits until `check` does not throw. */
export function until<T>(check: () => T | Promise<T>, timeout = LIMIT): Promise<T> {
  return vi.waitFor(check, { timeout, interval: 5 });
}

/** Every payload of an event, as they come. */
export function record<Name extends keyof JobsEvents>(
  jobs: Pick<Jobs, 'events'>,
  event: Name,
): Parameters<JobsEvents[Name]>[0][] {
  const seen: Parameters<JobsEvents[Name]>[0][] = [];
  const listener = (payload: Parameters<JobsEvents[Name]>[0]) => void seen.push(payload);
  // The emitter can't see that a listener of a generic event is that event's listener.
  jobs.events.on(event, listener as never);
  return seen;
}

/** A promise that the test settles when it wants to. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = () => resolve();
  });
  return { opened, open: () => open() };
}

/** Never resolves: a processor that hangs. */
export const forever = new Promise<never>(() => undefined);

/** Rejects when the signal aborts, as a well-behaved wait does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** What `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    (value) => expect.fail(`it should have failed, and gave ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Error) return error;
  return expect.fail(`it failed with something that is no error: ${String(error)}`);
}

/**
 * Calls `wait`, which waits for the ends of `ids`, and resolves with what it answers when all of these jobs have been seen
 * and the store is listened to: from then on a job may end and be gone.
 */
export async function untilListening<T extends object>(
  queue: EngineQueue,
  ids: readonly string[],
  wait: () => T,
): Promise<T> {
  const seen = vi.spyOn(queue, 'waitForFinish');
  const waiting = wait();
  await until(() => expect(seen.mock.calls.map(([id]) => id)).toEqual(expect.arrayContaining([...ids])));
  seen.mockRestore();
  for (const id of ids) expect(await queue.waitForFinish(id, 1)).toBeUndefined();
  return waiting;
}

/** Opens things on the store under test; whatever a test has opened is closed after it. */
export class TestBed {
  readonly #openStore: () => Promise<StoreUnderTest>;
  #store: StoreUnderTest | undefined;
  /** Kept open for all tests, as opening is what takes the time. */
  readonly #shared: Engine[] = [];
  /** What the running test has opened. */
  #engines: Engine[] = [];
  #opened: Jobs[] = [];
  #queues: EngineQueue[] = [];

  constructor(openStore: () => Promise<StoreUnderTest>) {
    this.#openStore = openStore;
  }

  /** `jobs` as one process would have them; opened twice by a test, they stand for two processes. */
  open<const Queues extends readonly AnyQueueDefinition[]>(
    queues: Queues,
    parts: { logger?: Logger; engine?: Engine; config?: Config } = {},
  ): Jobs<Queues> {
    const engine = parts.engine ?? this.#lend();
    const jobs = createJobsOn(
      { queues, logger: parts.logger ?? silentLogger },
      { engine, ...defined({ config: parts.config }) },
    );
    this.#opened.push(jobs as unknown as Jobs);
    this.#queues.push(...queues.map(({ name }) => engine.queue(name)));
    return jobs;
  }

  /** A worker for one processor, which waits for nothing when it is closed. */
  async work<Q extends AnyQueueDefinition>(
    jobs: Pick<Jobs<readonly [Q]>, 'registerProcessor' | 'startWorker'>,
    processor: ProcessorDefinition<Q>,
    options: StartWorkerOptions = {},
  ): Promise<WorkerHandle> {
    jobs.registerProcessor(processor);
    return await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0, ...options });
  }

  /** An engine whose `close` ends it, and no other. */
  closable(): Engine {
    return this.#store?.closable?.() ?? this.engine();
  }

  /** An engine of its own: for what only another library would do, and for what is about its end. */
  engine(): Engine {
    const engine = this.#open();
    this.#engines.push(engine);
    return engine;
  }

  /** Takes one job of a queue with a worker that then dies: the job stays active, and its lock runs out. */
  async dieWith(
    queue: AnyQueueDefinition,
    options: Partial<EngineWorkerOptions> & { run?: (active: ActiveJob, engine: Engine) => Promise<void> } = {},
  ): Promise<void> {
    const { run, ...workerOptions } = options;
    const engine = this.engine();
    await engine.ready();
    const taken = gate();
    const hang = async (active: ActiveJob): Promise<Outcome> => {
      await run?.(active, engine);
      taken.open();
      return forever;
    };
    const listener = { completed() {}, failed() {}, lost() {}, stalled() {}, error() {} };
    const worker = engine.worker(
      queue.name,
      hang,
      { concurrency: 1, completed: false, failed: false, ...QUICK_STALLS, ...workerOptions },
      listener,
    );
    await taken.opened;
    await worker.close(true);
  }

  async setUp(): Promise<void> {
    this.#store = await this.#openStore();
  }

  async closeOpened(): Promise<void> {
    const [opened, queues, engines] = [this.#opened, this.#queues, this.#engines];
    [this.#opened, this.#queues, this.#engines] = [[], [], []];
    await Promise.all(opened.map((jobs) => jobs.close()));
    // Each listens on a connection of its own, once something has been waited for.
    await Promise.all(queues.map((queue) => queue.close()));
    await Promise.all(engines.map((engine) => engine.close()));
  }

  async tearDown(): Promise<void> {
    await Promise.all(this.#shared.map((engine) => engine.close()));
    await this.#store?.close();
    this.#store = undefined;
  }

  #open(): Engine {
    if (!this.#store) throw new Error('The store is open inside of tests only');
    return this.#store.engine();
  }

  /** The nth `open` of a test works on the nth shared engine, which outlives the closing of its `jobs`. */
  #lend(): Engine {
    const index = this.#opened.length;
    let engine = this.#shared[index];
    if (!engine) {
      engine = this.#open();
      this.#shared[index] = engine;
    }
    const lent: Engine = Object.create(engine);
    return Object.assign(lent, { close: async () => undefined });
  }
}

/** A bed for the tests of the `describe` around it. */
export function useTestBed(openStore: () => Promise<StoreUnderTest>): TestBed {
  const bed = new TestBed(openStore);
  beforeAll(() => bed.setUp());
  afterEach(() => bed.closeOpened());
  afterAll(() => bed.tearDown());
  return bed;
}
