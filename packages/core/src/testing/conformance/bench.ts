/** What the cases stand on: test jobs for one processor, and a limit for every wait. */
import { AssertionError } from 'node:assert/strict';
import { type Logger, silentLogger } from '../../logger.js';
import type { ProcessorDefinition } from '../../processor/definition.js';
import type { AnyQueueDefinition, DataInput } from '../../queue/definition.js';
import type { EnqueuedJob } from '../enqueued-job.js';
import { createTestJobs, type TestJobs } from '../test-jobs.js';
import type { OpenProcessor, PluginUnderTest } from './plugin.js';

/** Default of `limit`. ms */
const LIMIT = 5_000;

/** The end of a call of `process`, before the library has looked at it. */
export type Ended = { readonly value: unknown } | { readonly thrown: unknown };

/** A plugin's processor at work. */
export class Bench<Q extends AnyQueueDefinition> {
  readonly jobs: TestJobs;
  readonly ends: Ended[] = [];
  /** The names of the queues that the processor says it adds to. */
  readonly enqueues: readonly string[];
  readonly #queue: Q;

  constructor(queue: Q, processor: ProcessorDefinition<Q>, logger: Logger) {
    const queues = new Map([queue, ...(processor.enqueues ?? [])].map((one) => [one.name, one]));
    // Without its schedules: the cases add the jobs, and count them.
    const { schedules: _, ...unscheduled } = processor;
    const watched = { ...unscheduled, process: this.#watch(processor) };
    this.jobs = createTestJobs({ queues: [...queues.values()], processors: [watched], logger });
    this.enqueues = (processor.enqueues ?? []).map(({ name }) => name);
    this.#queue = queue;
  }

  async add(data: DataInput<Q>): Promise<string> {
    return (await this.jobs.queue(this.#queue).add(data)).id;
  }

  /** A job as it is now. */
  job(id: string): EnqueuedJob {
    const job = this.jobs.enqueued(this.#queue).find((one) => one.id === id);
    if (!job) throw new AssertionError({ message: `job "${id}" is gone` });
    return job;
  }

  #watch(processor: ProcessorDefinition<Q>): ProcessorDefinition<Q>['process'] {
    return async (job) => {
      try {
        const value = await processor.process(job);
        this.ends.push({ value });
        return value;
      } catch (thrown) {
        this.ends.push({ thrown });
        throw thrown;
      }
    };
  }
}

/** Opens a processor, runs `body` on it, and closes it. */
export async function withBench<Q extends AnyQueueDefinition>(
  plugin: PluginUnderTest<Q>,
  open: OpenProcessor<Q>,
  body: (bench: Bench<Q>) => Promise<void>,
  logger: Logger = silentLogger,
): Promise<void> {
  const bench = new Bench(plugin.queue, await open(), logger);
  const [ran] = await Promise.allSettled([withinLimit(plugin, 'The processor', body(bench))]);
  const [closed] = await Promise.allSettled([withinLimit(plugin, '`stop`', bench.jobs.close())]);
  for (const result of [ran, closed]) if (result.status === 'rejected') throw result.reason;
}

/** `promise`, or a failed assertion when it takes longer than the plugin's limit. */
export async function withinLimit<T>(
  { limit = LIMIT }: { readonly limit?: number },
  what: string,
  promise: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AssertionError({ message: `${what} had not ended after ${limit} ms` })), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
