/** The worker process: one engine worker and one runner a queue, started, counted and shut down together. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Variables } from '../config.js';
import type { Engine } from '../engine/contract.js';
import { EngineUnavailableError, ERROR_CODES, JobCancelledError, toError } from '../errors.js';
import type { WorkerStats } from '../events.js';
import type { Logger } from '../logger.js';
import type { AnyProcessorDefinition } from '../processor/definition.js';
import { onCancellation } from '../queue/cancellation.js';
import type { Keeper } from '../scheduler/keeper.js';
import { processorSourceName } from '../scheduler/processor-source.js';
import { drain, LAST_LIMIT, WorkerEnd, withLimit } from './drain.js';
import { createErrorReport, type ErrorReport } from './error-report.js';
import { startHeartbeat } from './heartbeat.js';
import { type Lane, type LaneOptions, openLane, type WorkerQueue } from './lane.js';
import { onProcessEnd } from './process-end.js';
import { describeStats, toStats } from './statistics.js';

/** Time between two looks for a store that is away. ms */
const RETRY_DELAY = 1_000;

/** What the host's own `stop` and `onExhausted` get at the end, at most. ms */
const STOP_LIMIT = 5_000;

/** What closing all the rest gets when the process ends. ms */
const CLOSE_LIMIT = 10_000;

/** What the store gets to hear that the worker is gone: where it is away, it finds out by itself. ms */
const GOODBYE_LIMIT = 1_000;

/** What a worker is made of. */
export interface WorkerOptions extends Omit<LaneOptions, 'refreshSchedules'> {
  readonly queues: readonly WorkerQueue[];
  /** Where processors read their variables. Default: the process's. */
  readonly variables?: Variables;
  readonly handleSignals: boolean;
  readonly statsInterval: number;
  readonly shutdownTimeout: number;
  /** Starts what is kept up beside the jobs, and answers how to end it. */
  readonly keepSchedules?: (onError: (error: Error) => void) => Keeper;
  /** Aborts when `jobs.close()` is called: a worker that has not started by then does not start any more. */
  readonly closing?: AbortSignal;
  /** Closes what `jobs` opened: called before the process exits because of a signal. */
  readonly closeAll: () => Promise<void>;
}

/** A running worker. */
export interface WorkerHandle {
  /** What has been done since the start. */
  stats(): WorkerStats;
  /**
   * Takes no more jobs and waits for the running ones. Those that take too long are aborted and given back to their
   * queues, where another worker takes them at once: that is no attempt and no death. All ends within `timeout` ms (by
   * default `shutdownTimeout`, which says how that is divided). Idempotent.
   */
  close(options?: { timeout?: number }): Promise<void>;
  /** For `await using`: {@link close}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a worker that runs is ended; what there is before it runs only stops the start. */
interface Ending {
  close(end: WorkerEnd, reason: string): Promise<void>;
  /** Ends the wait for running jobs. */
  hurry(): void;
}

/** Starts a worker. Resolves when every queue takes jobs; waits for ever for the store. */
export async function startWorker(options: WorkerOptions): Promise<WorkerHandle> {
  const processEnds = new AbortController();
  const stopped = AbortSignal.any([processEnds.signal, ...(options.closing ? [options.closing] : [])]);
  let ending: Ending = {
    close: async () => processEnds.abort(),
    hurry: () => {},
  };
  // From the very start: a process that waits for its store has to hear signals too.
  const forgetProcess = options.handleSignals ? endWithProcess(options, () => ending) : () => {};
  try {
    const worker = await open(options, stopped);
    ending = worker;
    const close: WorkerHandle['close'] = async ({ timeout = options.shutdownTimeout } = {}) => {
      await worker.close(new WorkerEnd(timeout), 'close');
      forgetProcess();
    };
    return { stats: worker.stats, close, [Symbol.asyncDispose]: () => close() };
  } catch (error) {
    // The process is about to exit by a signal, and nobody has to hear that there is no worker.
    if (processEnds.signal.aborted) return new Promise(() => {});
    forgetProcess();
    throw error;
  }
}

async function open(
  options: WorkerOptions,
  stopped: AbortSignal,
): Promise<Ending & { readonly stats: () => WorkerStats }> {
  const { engine, events, logger, now } = options;
  const startedAt = now();
  const report = createErrorReport(options);
  const lanes: Lane[] = [];
  const unsubscribe = await untilReachable(
    () => connect(engine, () => listenForCancellations(engine, lanes, report)),
    logger,
    stopped,
  );
  let keeper: Keeper | undefined;
  let stopProcessors: ((end: WorkerEnd) => Promise<void>) | undefined;
  try {
    stopProcessors = await startProcessors(options, report);
    const refreshSchedules = (queue: string) => keeper?.refresh(processorSourceName(queue));
    const laneOptions = { ...options, refreshSchedules };
    for (const queue of options.queues) lanes.push(openLane(laneOptions, queue, report));
    await Promise.all(lanes.map(({ engineWorker }) => engineWorker.ready()));
    throwIfStopped(stopped);
  } catch (error) {
    await drain(lanes, new WorkerEnd(0), () => {});
    await unsubscribe();
    await stopProcessors?.(new WorkerEnd(0));
    throw error;
  }
  const stopHeartbeat = startHeartbeat({ state: engine.state, lanes, now, onError: report });
  keeper = options.keepSchedules?.(report);
  announce(options);
  // The worker works already: nothing waits for it.
  setImmediate(() => warnOfStore(engine, logger).catch((error: unknown) => report(toError(error)))).unref();
  events.emit('worker:started', { queues: lanes.map(({ name }) => name) });

  const stats = () => toStats(startedAt, now(), new Map(lanes.map(({ name, counters }) => [name, counters])));
  const statsTimer = setInterval(() => {
    const current = stats();
    logger.info(describeStats(current));
    events.emit('worker:stats', current);
  }, options.statsInterval);
  statsTimer.unref();

  let closing: Promise<void> | undefined;
  let cut = () => {};
  const close = async (end: WorkerEnd, reason: string): Promise<void> => {
    clearInterval(statsTimer);
    events.emit('worker:stopping', { reason });
    const running = lanes.reduce((total, { runner }) => total + runner.runningCount, 0);
    logger.info(`worker stops (${reason}): waits up to ${Math.round(end.wait)} ms for ${running} running jobs`);
    const keeperStopped = keeper?.stop();
    // One that runs nothing takes itself off the list while its connections end.
    const heartbeatStopped = running === 0 ? stopHeartbeat() : undefined;
    const givenBack = await drain(lanes, end, (cutNow) => {
      cut = cutNow;
    });
    const settling = lanes.flatMap(({ settling }) => [...settling]);
    if (settling.length > 0) await withLimit(Promise.all(settling), end.atMost(STOP_LIMIT)).done;
    const gone = Promise.all([unsubscribe(), heartbeatStopped ?? stopHeartbeat(), keeperStopped]);
    await withLimit(gone, end.atMost(GOODBYE_LIMIT)).done;
    await stopProcessors?.(end);
    logger.info(givenBack > 0 ? `worker stopped; ${givenBack} jobs given back to their queues` : 'worker stopped');
    events.emit('worker:stopped', { givenBack });
  };
  return {
    stats,
    hurry: () => cut(),
    close(end, reason) {
      closing ??= close(end, reason);
      return closing;
    },
  };
}

/** Waits for the store, and connects what listens meanwhile. Answers how to end that. */
async function connect(engine: Engine, listen: () => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
  const listening = listen();
  try {
    await engine.ready(true);
    return await listening;
  } catch (error) {
    await listening.then(
      (end) => end(),
      () => undefined,
    );
    throw error;
  }
}

/** A worker has nobody to tell that the store is away: it says so in the log, and tries again. */
async function untilReachable<T>(reach: () => Promise<T>, logger: Logger, stopped: AbortSignal): Promise<T> {
  for (;;) {
    throwIfStopped(stopped);
    try {
      return await reach();
    } catch (thrown) {
      const error = toError(thrown);
      throwIfStopped(stopped);
      if (!('code' in error && error.code === ERROR_CODES.EngineUnavailableError)) throw error;
      logger.warn(`worker waits for the job store: ${error.message}`);
      // Woken when it is stopped: the loop's next look tells.
      await sleep(RETRY_DELAY, undefined, { signal: stopped }).catch(() => undefined);
    }
  }
}

/** Says what is wrong with the store's settings. */
async function warnOfStore(engine: Engine, logger: Logger): Promise<void> {
  const { warnings } = await engine.health();
  for (const warning of warnings) logger.warn(warning);
}

function throwIfStopped(stopped: AbortSignal): void {
  if (stopped.aborted) throw new EngineUnavailableError('The worker was told to stop before it had started');
}

/** Calls each processor's `start`, and answers how to call their `stop`, where one has it. */
async function startProcessors(
  { queues, variables }: Pick<WorkerOptions, 'queues' | 'variables'>,
  report: ErrorReport,
): Promise<((end: WorkerEnd) => Promise<void>) | undefined> {
  const started: AnyProcessorDefinition[] = [];
  const stopAll = async (end: WorkerEnd) => {
    const least = performance.now() + LAST_LIMIT;
    for (const processor of started) {
      if (!processor.stop) continue;
      const { name } = processor.queue;
      const limit = Math.round(Math.max(end.atMost(STOP_LIMIT), least - performance.now()));
      try {
        const inTime = await withLimit(Promise.resolve(processor.stop()), limit).done;
        if (!inTime) report(new Error(`\`stop\` of queue "${name}" had not ended after ${limit} ms`), name);
      } catch (thrown) {
        report(toError(thrown), name);
      }
    }
  };
  try {
    for (const { processor } of queues) {
      if (processor.start) await processor.start(processor.variables ?? variables);
      started.push(processor);
    }
  } catch (error) {
    await stopAll(new WorkerEnd(0));
    throw error;
  }
  return started.some(({ stop }) => stop) ? stopAll : undefined;
}

/** Hands cancellations to the jobs that run here, also those that came while the connection was away. */
function listenForCancellations(
  engine: Engine,
  lanes: readonly Lane[],
  report: ErrorReport,
): Promise<() => Promise<void>> {
  const laneOf = (queue: string) => lanes.find(({ name }) => name === queue);
  return onCancellation(
    engine,
    ({ queue, id, reason }) => laneOf(queue)?.runner.cancel(id, new JobCancelledError(reason)),
    () => {
      for (const { name, runner } of lanes) {
        runner.lookForCancellations().catch((error) => report(toError(error), name));
      }
    },
  );
}

/** Drains on a signal or an uncaught error, and exits. */
function endWithProcess({ logger, shutdownTimeout, closeAll }: WorkerOptions, ending: () => Ending): () => void {
  const drainAndExit = async (reason: string, exitCode: number) => {
    const end = new WorkerEnd(shutdownTimeout, exitCode !== 0);
    try {
      await ending().close(end, reason);
      await withLimit(closeAll(), Math.max(LAST_LIMIT, end.atMost(CLOSE_LIMIT))).done;
    } catch (error) {
      logger.error({ err: toError(error) }, 'the shutdown failed');
      process.exit(1);
    }
    process.exit(exitCode);
  };
  return onProcessEnd({
    drain: (reason, exitCode) => void drainAndExit(reason, exitCode),
    hurry(reason) {
      logger.warn(`${reason} again: running jobs are given back now`);
      ending().hurry();
    },
    fatal(error, origin) {
      logger.error({ err: toError(error) }, `${origin}: the worker drains and exits with code 1`);
    },
  });
}

function announce({ engine, logger, queues }: WorkerOptions): void {
  for (const { processor, concurrency } of queues) {
    logger.info(`${title(processor.queue.name)} processor registered (concurrency: ${concurrency})`);
  }
  logger.info(`worker ${process.pid} runs on ${engine.kind} ${engine.address}`);
}

/** `data-sync` as a reader writes it: `Data Sync`. */
function title(queue: string): string {
  return queue
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
