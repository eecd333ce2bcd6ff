/** Runs single attempts of jobs that stand in no queue: `jobs.perform`. */
import type { Cache } from '../coordination/cache.js';
import type { MemoryEngine } from '../engine/memory/engine.js';
import { MemoryQueue } from '../engine/memory/queue.js';
import { type MemoryWorker, savedKey } from '../engine/memory/worker.js';
import { ProcessorDefinitionError, RetryAfterError } from '../errors.js';
import type { JobsEventEmitter } from '../events.js';
import type { Logger } from '../logger.js';
import type { Enqueue } from '../processor/context.js';
import type { AnyProcessorDefinition } from '../processor/definition.js';
import { checkInput } from '../queue/data.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { JobOptions } from '../queue/job-options.js';
import { toStoredOptions, withTenant } from '../queue/options.js';
import type { RunGuard } from '../scheduler/run-guard.js';
import { MAX_TIMER } from '../timers.js';
import { startWorker, type WorkerHandle } from '../worker/worker.js';

/** What `perform` takes beside the data: the options of `add`, of which `delay` and `deduplicate` mean nothing here. */
export interface PerformOptions extends JobOptions {
  /**
   * Which attempt it is. Default 1. Steps and cursors of an earlier one are found when both have the same `id`.
   */
  readonly attempt?: number;
}

/** What it works with. */
export interface PerformerOptions {
  readonly engine: MemoryEngine;
  readonly now: () => number;
  readonly cache: Cache;
  readonly events: JobsEventEmitter;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly guard: RunGuard;
  readonly enqueue: Enqueue;
}

/** The life of jobs that stand in no queue. */
const PERFORMED = 'performed';

/** Of no use to a worker that is given its jobs, but asked for. ms */
const UNUSED = 30_000;

export class Performer {
  readonly #options: PerformerOptions;
  /** Workers of processors that are not registered, opened once and closed at the end. */
  readonly #own = new Map<AnyProcessorDefinition, Promise<{ worker: MemoryWorker; handle: WorkerHandle }>>();

  constructor(options: PerformerOptions) {
    this.#options = options;
  }

  /** The value that the attempt returned, as JSON gives it back. */
  async perform(
    target: AnyQueueDefinition | AnyProcessorDefinition,
    processor: AnyProcessorDefinition | undefined,
    isRegistered: boolean,
    data: unknown,
    { attempt = 1, ...jobOptions }: PerformOptions,
  ): Promise<unknown> {
    if (!processor) {
      const name = 'process' in target ? target.queue.name : target.name;
      throw new ProcessorDefinitionError(`Queue "${name}" has no processor; give it to createTestJobs({ processors })`);
    }
    const { engine, now, newId } = this.#options;
    const { queue } = processor;
    const options = toStoredOptions(queue, jobOptions);
    const { stored, tenant } = await checkInput(queue, data);
    const worker = isRegistered ? engine.workersOf(queue.name)[0] : (await this.#ownWorker(processor)).worker;
    if (!worker) throw new ProcessorDefinitionError(`The worker of queue "${queue.name}" has been closed`);

    const ignore = () => {};
    const beside = new MemoryQueue({
      name: queue.name,
      now,
      assertOpen: ignore,
      tell: ignore,
      onAdded: ignore,
      onReady: ignore,
    });
    const id = jobOptions.id ?? newId();
    await beside.add({ id, data: stored, options: { ...withTenant(queue, options, tenant), delay: 0 } });
    const job = beside.jobs.get(id);
    if (job) {
      // All attempts of an id are of one job, as long as none of them is the first one.
      job.life = PERFORMED;
      if (attempt === 1) await engine.state.delete(savedKey(queue.name, id));
      job.attemptsMade = attempt - 1;
      job.attemptsStarted = attempt - 1;
    }
    const ended = await worker.runIn(beside, id);
    if (ended?.error) throw ended.error;
    if (ended?.end === 'delayed') {
      throw new RetryAfterError(
        job?.delay ?? 0,
        `Job "${id}" of queue "${queue.name}" comes back in ${job?.delay} ms: its processor or the rate limit said so`,
      );
    }
    if (ended?.end !== 'completed')
      throw new Error(`Job "${id}" of queue "${queue.name}" was given back: jobs are closing`);
    return job?.snapshot().returnvalue;
  }

  async close(): Promise<void> {
    for (const own of this.#own.values()) await (await own).handle.close();
  }

  #ownWorker(processor: AnyProcessorDefinition): Promise<{ worker: MemoryWorker; handle: WorkerHandle }> {
    const known = this.#own.get(processor);
    if (known) return known;
    const opened = this.#open(processor);
    this.#own.set(processor, opened);
    // One that failed to start is tried again by the next one who asks.
    opened.catch(() => this.#own.delete(processor));
    return opened;
  }

  async #open(processor: AnyProcessorDefinition): Promise<{ worker: MemoryWorker; handle: WorkerHandle }> {
    const { newId: _, ...parts } = this.#options;
    const engine = parts.engine.apart();
    const handle = await startWorker({
      ...parts,
      engine,
      queues: [{ processor, concurrency: 1 }],
      handleSignals: false,
      statsInterval: MAX_TIMER,
      shutdownTimeout: UNUSED,
      lockDuration: UNUSED,
      stalledInterval: UNUSED,
      maxStalledCount: 1,
      closeAll: async () => {},
    });
    const [worker] = engine.workersOf(processor.queue.name);
    if (!worker) throw new Error(`No worker was opened for queue "${processor.queue.name}"`);
    return { worker, handle };
  }
}
