/** A host's jobs: what `createJobs` and the tests' `createTestJobs` give. Knows no engine but by its interface. */
import type { Telemetry } from 'bullmq';
import type { z } from 'zod';
import {
  type Config,
  checkEnvironment,
  ENVIRONMENT,
  type EnvironmentReading,
  listEnvironment,
  type VariableState,
  type Variables,
} from './config.js';
import { Cache } from './coordination/cache.js';
import { Journal, type JournalOptions } from './coordination/journal.js';
import { defined } from './defined.js';
import type { Engine, EngineHealth } from './engine/contract.js';
import type { ReplaceableEngine } from './engine/replaceable-engine.js';
import type { Connection } from './engine/resolve.js';
import { ArgumentError, ConfigError, type Issue, ProcessorDefinitionError } from './errors.js';
import type { JobsEventEmitter } from './events.js';
import { HAND_OVER, TAKE_OVER } from './hot-reload.js';
import { HTTP, type HttpHost } from './http/host.js';
import { optionsProblem, unknownOptions } from './known-options.js';
import type { Logger } from './logger.js';
import { MONITORING, type MonitoredJobs, type MonitoringAccess } from './monitoring/access.js';
import { shortNameProblem } from './names.js';
import type { AnyProcessorDefinition, ProcessorDefinition } from './processor/definition.js';
import type { AnyQueueDefinition } from './queue/definition.js';
import { QueueHandle } from './queue/handle.js';
import { createJobIds } from './queue/job-id.js';
import { QueueRegistry } from './queue/registry.js';
import { type CleanUpTask, checkCleanUpTasks, cleanUpQueue } from './scheduler/clean-up.js';
import { startKeeper } from './scheduler/keeper.js';
import { processorSource } from './scheduler/processor-source.js';
import { Scheduler } from './scheduler/scheduler.js';
import { MAX_TIMER } from './timers.js';
import { resolveConcurrency } from './worker/concurrency.js';
import { resolveSettings, SETTING_NAMES, type WorkerSettings } from './worker/settings.js';
import { StartedWorker } from './worker/started-worker.js';
import { startWorker, type WorkerHandle } from './worker/worker.js';

/** What `createJobs` takes. */
export interface CreateJobsOptions<Queues extends readonly AnyQueueDefinition[]> {
  /**
   * Where the jobs are. Default: `REDIS_URL`, else the embedded store in `.bizinsights/jobs`; in production without
   * `REDIS_URL` the first use rejects. An empty text is refused at once.
   */
  readonly connection?: Connection | undefined;
  /** Every queue that this host adds to or works on. */
  readonly queues: Queues;
  /** What works on them in this host's workers: as `registerProcessor`. Default: none. */
  readonly processors?: readonly AnyProcessorDefinition[];
  /**
   * Old data of the host, removed once a week on one of the workers: adds the queue and the processor of the clean-up, which
   * also removes jobs beyond their retention. A list of tasks, which may be empty. Default: no clean-up, unless
   * `cleanUpProcessor` is registered.
   */
  readonly cleanUp?: readonly CleanUpTask[];
  /**
   * Name space of the keys in Redis, as BullMQ's own `prefix`. Default `bull`. No other prefix reaches into it, and none is
   * the beginning of another one: `app` and `app:cache` share nothing. For `bizinsights`, under which this library keeps
   * its own keys, BullMQ's prefix is `%bizinsights`. PostgreSQL has its schema `bullmq`, and all prefixes share it.
   */
  readonly prefix?: string;
  /** Default: pino, at `LOG_LEVEL`. */
  readonly logger?: Logger;
  /** OpenTelemetry through BullMQ: for example `new BullMQOtel('jobs')` of the package `bullmq-otel`. */
  readonly telemetry?: Telemetry;
  /** Variables to read instead of the process's. */
  readonly environment?: Variables;
}

const CREATE_OPTIONS = Object.keys({
  connection: true,
  queues: true,
  processors: true,
  cleanUp: true,
  prefix: true,
  logger: true,
  telemetry: true,
  environment: true,
} satisfies Record<keyof CreateJobsOptions<[]>, true>);

/** What `startWorker` takes. Times in ms. */
export interface StartWorkerOptions extends Partial<WorkerSettings> {
  /** The queues to work on. Default: all that have a processor. */
  readonly queues?: readonly (AnyQueueDefinition | string)[];
  /** Jobs at a time by queue. Counts before `JOBS_CONCURRENCY`, `registerProcessor` and `defineProcessor`. */
  readonly concurrency?: Readonly<Record<string, number>>;
  /** Drain and exit on SIGTERM and SIGINT, and after an uncaught error. Default true. */
  readonly handleSignals?: boolean;
}

const START_OPTIONS = [
  ...SETTING_NAMES,
  ...Object.keys({ queues: true, concurrency: true, handleSignals: true } satisfies Record<
    Exclude<keyof StartWorkerOptions, keyof WorkerSettings>,
    true
  >),
];

/** What `jobs.health()` answers. */
export interface JobsHealth extends EngineHealth {
  readonly engine: Engine['kind'];
}

/** The parts that the tests' engine brings with it. */
export interface JobsParts {
  readonly engine: Engine | ReplaceableEngine;
  readonly now?: () => number;
  readonly config?: Config;
  /** Where variables are read. Default: the process's, unchecked. */
  readonly variables?: Variables;
  /** Whether workers keep the schedules. Default true. */
  readonly keepsSchedules?: boolean;
}

/** Jobs in whose favour others hand over: maybe of another copy of this package, as ESM and as CommonJS. */
type Successor = Pick<Jobs, typeof TAKE_OVER | typeof MONITORING>;

/** A host's jobs: its queues, its processors, its worker. Made by {@link createJobs}. */
export class Jobs<const Queues extends readonly AnyQueueDefinition[] = readonly AnyQueueDefinition[]>
  implements MonitoredJobs, HttpHost
{
  readonly events: JobsEventEmitter;
  readonly cache: Cache;
  readonly scheduler: Scheduler<Queues>;
  readonly logger: Logger;
  /** Of `createJobs({ cleanUp })`. */
  readonly cleanUpTasks: readonly CleanUpTask[];
  readonly #engine: Engine | ReplaceableEngine;
  readonly #config: Config;
  readonly #variables: Variables | undefined;
  readonly #now: () => number;
  readonly #registry: QueueRegistry;
  readonly #newId = createJobIds();
  readonly #handles = new Map<string, QueueHandle<AnyQueueDefinition>>();
  readonly #processors = new Map<string, { processor: AnyProcessorDefinition; concurrency: number | undefined }>();
  readonly #workers = new Set<StartedWorker<StartWorkerOptions>>();
  readonly #journals = new Set<Pick<Journal<z.ZodType>, 'settled'>>();
  readonly #closing = new AbortController();
  readonly #keepsSchedules: boolean;

  constructor(options: CreateJobsOptions<Queues>, parts: JobsParts & { events: JobsEventEmitter; logger: Logger }) {
    this.#engine = parts.engine;
    this.#config = parts.config ?? {};
    this.#variables = parts.variables;
    this.#now = parts.now ?? Date.now;
    this.cleanUpTasks = options.cleanUp ?? [];
    this.#registry = new QueueRegistry(withCleanUp(options));
    this.events = parts.events;
    this.logger = parts.logger;
    this.cache = new Cache(parts.engine.state);
    this.#keepsSchedules = parts.keepsSchedules ?? true;
    this.scheduler = new Scheduler({
      engine: parts.engine,
      queues: this.#registry,
      now: this.#now,
      events: parts.events,
      logger: parts.logger,
      newId: this.#newId,
    });
  }

  /** The registered queues. */
  get queues(): readonly AnyQueueDefinition[] {
    return this.#registry.all;
  }

  /**
   * A queue, by its definition or its name.
   *
   * @throws {UnknownQueueError} for one that `createJobs({ queues })` was not given
   */
  queue<Q extends Queues[number]>(queue: Q): QueueHandle<Q>;
  queue<Name extends Queues[number]['name']>(name: Name): QueueHandle<Extract<Queues[number], { readonly name: Name }>>;
  queue(queue: AnyQueueDefinition | string): QueueHandle<AnyQueueDefinition> {
    return this.#handle(queue);
  }

  /**
   * A log of what has happened, shared by all processes: the newest entries are kept.
   *
   * @param name a text of at most 512 bytes
   * @throws {ArgumentError} for what is no name
   * @example
   * ```ts
   * const logins = jobs.journal('logins', { schema: z.object({ at: z.number(), user: z.string() }), keep: 1_000 });
   * await logins.append({ at: Date.now(), user: 'ann' });
   * ```
   */
  journal<Schema extends z.ZodType>(name: string, options: JournalOptions<Schema>): Journal<Schema> {
    const problem = shortNameProblem(name);
    if (problem) throw new ArgumentError(`The name of a journal ${problem}`);
    const journal = new Journal(this.#engine.state, `journal:${name}`, options);
    this.#journals.add(journal);
    return journal;
  }

  /** For `createMonitoringHandler`. */
  get [MONITORING](): MonitoringAccess {
    return {
      engine: this.#engine,
      queues: this.#registry.all,
      queue: (name) => this.#handle(name),
      scheduler: this.scheduler,
      events: this.events,
      logger: this.logger,
      now: this.#now,
    };
  }

  /** For `openAuditLog`. */
  get [HTTP](): HttpHost[typeof HTTP] {
    return { state: this.#engine.state, now: this.#now, ...defined({ variables: this.#variables }) };
  }

  #handle(queue: AnyQueueDefinition | string): QueueHandle<AnyQueueDefinition> {
    const definition = this.#registry.get(queue);
    let handle = this.#handles.get(definition.name);
    if (!handle) {
      const context = { engine: this.#engine, events: this.events, newId: this.#newId, now: this.#now };
      handle = new QueueHandle(definition, context);
      this.#handles.set(definition.name, handle);
    }
    return handle;
  }

  /**
   * Gives a queue its processor.
   *
   * @throws {UnknownQueueError} when its queue, or one of its `enqueues`, is not registered
   * @throws {ProcessorDefinitionError} when the queue has a processor already, or it is no processor
   * @throws {ConfigError} for an option that is unknown
   */
  registerProcessor<Q extends Queues[number]>(
    processor: ProcessorDefinition<Q>,
    options: { concurrency?: number } = {},
  ): void {
    refuseUnknown('registerProcessor', options, ['concurrency']);
    checkProcessor(processor);
    const { name } = this.#registry.get(processor.queue.name);
    for (const target of processor.enqueues ?? []) this.#registry.get(target);
    if (this.#processors.has(name)) throw new ProcessorDefinitionError(`Queue "${name}" has a processor already`);
    resolveConcurrency(name, { registration: options.concurrency, processor: processor.concurrency });
    this.#processors.set(name, { processor, concurrency: options.concurrency });
  }

  /**
   * Starts a worker in this process. Waits for ever for the store.
   *
   * @throws {ProcessorDefinitionError} when a named queue, or no queue at all, has a processor
   * @throws {ConfigError} naming every option that is unknown or cannot be, or every variable that is wrong: core's, and
   *   those of all registered processors
   * @example
   * ```ts
   * jobs.registerProcessor(thumbnails);
   * await jobs.startWorker();
   * ```
   */
  async startWorker(options: StartWorkerOptions = {}): Promise<WorkerHandle> {
    refuseUnknown('startWorker', options, START_OPTIONS);
    checkStart(options);
    const worker = new StartedWorker(options, () => this.#openWorker(options));
    this.#workers.add(worker);
    try {
      return await worker.started();
    } catch (error) {
      this.#workers.delete(worker);
      throw error;
    }
  }

  async #openWorker(options: StartWorkerOptions): Promise<WorkerHandle> {
    checkEnvironment(this.#readings());
    const { JOBS_CONCURRENCY = {} } = this.#config;
    const { schedulesInterval: interval, ...settings } = resolveSettings(options, this.#config);
    const names = options.queues?.map((queue) => this.#registry.get(queue).name) ?? [...this.#processors.keys()];
    for (const [name, start] of Object.entries(options.concurrency ?? {}))
      resolveConcurrency(this.#registry.get(name).name, { start });
    const queues = [...new Set(names)].map((name) => {
      const registered = this.#processors.get(name);
      if (!registered)
        throw new ProcessorDefinitionError(`Queue "${name}" has no processor; call registerProcessor() first`);
      const concurrency = resolveConcurrency(name, {
        start: ownEntry(options.concurrency, name),
        environment: ownEntry(JOBS_CONCURRENCY, name),
        registration: registered.concurrency,
        processor: registered.processor.concurrency,
      });
      return { processor: registered.processor, concurrency };
    });
    if (queues.length === 0)
      throw new ProcessorDefinitionError('No processor is registered; call registerProcessor() first');
    const sources = queues.map(({ processor }) => processorSource(processor)).filter((source) => source !== undefined);
    // What sources give is checked before it is written, whatever its type.
    const scheduler: Scheduler = this.scheduler;
    const keepSchedules = (onError: (error: Error) => void) =>
      startKeeper({
        sources,
        interval,
        onError,
        reconcile: (source) => scheduler.reconcile(source),
        check: () => this.scheduler.check(),
        state: this.#engine.state,
        onReconnect: (listener) => this.#engine.onReconnect(listener),
        recall: () => this.scheduler.guard.recall(),
        logger: this.logger,
      });
    return await startWorker({
      ...settings,
      queues,
      ...defined({ variables: this.#variables }),
      handleSignals: options.handleSignals ?? true,
      engine: this.#engine,
      cache: this.cache,
      events: this.events,
      logger: this.logger,
      now: this.#now,
      enqueue: (queue, data, jobOptions) => this.queue(queue).add(data, jobOptions),
      guard: this.scheduler.guard,
      ...(this.#keepsSchedules ? { keepSchedules } : {}),
      closing: this.#closing.signal,
      closeAll: () => this.close(),
    });
  }

  /** The variables that core and the registered processors read, and which of them are wrong. */
  environment(): VariableState[] {
    return listEnvironment(this.#readings());
  }

  #readings(): EnvironmentReading[] {
    return readingsOf(
      this.#variables ?? {},
      [...this.#processors.values()].map(({ processor }) => processor),
    );
  }

  /** Whether the store answers, how fast, and what is wrong with its settings. Never rejects. */
  async health(): Promise<JobsHealth> {
    return { engine: this.#engine.kind, ...(await this.#engine.health()) };
  }

  /**
   * For `hotReloadable`: its workers go on with the processors of `next`, whoever holds a part of these jobs (a queue, the
   * monitoring API) works with the store of `next`, and the rest is closed.
   */
  async [HAND_OVER](next: Successor): Promise<void> {
    const workers = [...this.#workers].filter(({ isStopped }) => !isStopped);
    this.#workers.clear();
    this.#closing.abort();
    await Promise.all(workers.map((worker) => next[TAKE_OVER](worker)));
    await Promise.all([...this.#journals].map((journal) => journal.settled()));
    if ('replaceBy' in this.#engine) await this.#engine.replaceBy(next[MONITORING].engine);
    else await this.#engine.close();
  }

  /** A worker that cannot be started with these definitions is started with those that come next. */
  async [TAKE_OVER](worker: StartedWorker<StartWorkerOptions>): Promise<void> {
    this.#workers.add(worker);
    try {
      await worker.replace(() => this.#openWorker(worker.options));
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.logger.error({ err: error }, 'the worker could not be started again after a hot reload');
    }
  }

  /**
   * Closes everything that was opened here: workers first. Instances that the host gave stay open. Idempotent.
   *
   * @example
   * ```ts
   * await using jobs = createJobs({ queues: [thumbnailQueue] }); // closed at the end of its block
   * ```
   */
  async close(): Promise<void> {
    // Idle connections keep no process alive, but a process that waits for their end must live to see it.
    const alive = setInterval(() => undefined, MAX_TIMER);
    try {
      this.#closing.abort();
      await Promise.all([...this.#workers].map((worker) => worker.close()));
      await Promise.all([...this.#journals].map((journal) => journal.settled()));
      await this.#engine.close();
    } finally {
      clearInterval(alive);
    }
  }

  /** For `await using`: {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A queue may be named as what every object has: `constructor`. */
function ownEntry(byName: Readonly<Record<string, number>> = {}, name: string): number | undefined {
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}

/** Core's variables and those of some processors, each where it is read. */
export function readingsOf(
  variables: Variables,
  processors: readonly Pick<AnyProcessorDefinition, 'environment' | 'variables'>[],
): EnvironmentReading[] {
  const own = processors.flatMap(({ environment: table, variables: given }) =>
    table ? [{ table, variables: given ?? variables }] : [],
  );
  return [{ table: ENVIRONMENT, variables }, ...own];
}

/** @throws {ConfigError} for options of `createJobs` that are unknown, or no options */
export function checkCreateOptions(options: CreateJobsOptions<readonly AnyQueueDefinition[]>): void {
  refuseUnknown('createJobs', options, CREATE_OPTIONS);
  const { processors = [] } = options;
  if (!Array.isArray(processors))
    throw new ConfigError('createJobs', [{ path: ['processors'], message: 'must be a list' }]);
  for (const processor of processors) checkProcessor(processor);
  if (options.cleanUp !== undefined) checkCleanUpTasks('createJobs', 'cleanUp', options.cleanUp);
}

/** The queues of a host, and that of the clean-up where it has one. */
function withCleanUp({
  queues,
  cleanUp,
}: CreateJobsOptions<readonly AnyQueueDefinition[]>): readonly AnyQueueDefinition[] {
  const isThere = !cleanUp || !Array.isArray(queues) || queues.some((queue) => queue?.name === cleanUpQueue.name);
  return isThere ? queues : [...queues, cleanUpQueue];
}

/** @throws {ProcessorDefinitionError} for what is none */
function checkProcessor(processor: AnyProcessorDefinition | undefined): void {
  if (typeof processor?.process === 'function' && typeof processor.queue?.name === 'string') return;
  throw new ProcessorDefinitionError('A processor must be made by defineProcessor');
}

/** @throws {ConfigError} for `queues` and `concurrency` of another form than they have */
function checkStart({ queues, concurrency }: StartWorkerOptions): void {
  const issues: Issue[] = [];
  if (queues !== undefined && !Array.isArray(queues)) issues.push({ path: ['queues'], message: 'must be a list' });
  const problem = concurrency === undefined ? undefined : optionsProblem(concurrency);
  if (problem) issues.push({ path: ['concurrency'], message: `${problem}: { 'email-sending': 10 }` });
  if (issues.length > 0) throw new ConfigError('The worker cannot be started like that', issues);
}

function refuseUnknown(call: string, options: object, known: readonly string[]): void {
  const problem = optionsProblem(options);
  if (problem) throw new ConfigError(`${call} was given what it does not know`, [{ path: [], message: problem }]);
  const unknown = unknownOptions(options, known).map(({ name, hint }) => ({
    path: [name],
    message: `unknown option${hint}`,
  }));
  if (unknown.length > 0) throw new ConfigError(`${call} was given unknown options`, unknown);
}
