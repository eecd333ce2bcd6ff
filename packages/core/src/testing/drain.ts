/** Runs the jobs of a memory engine that are due, until none is. */

import type { MemoryEngine } from '../engine/memory/engine.js';
import type { TestClock } from './clock.js';

/** What `drain` takes. */
export interface DrainOptions {
  /**
   * Moves the clock on to each delayed job, until nothing is left: further attempts and delayed jobs run too, but no
   * runs of schedules that are not due by then. Default false.
   */
  readonly withDelayed?: boolean;
  /** Attempts after which it throws, as jobs keep enqueueing jobs. Default 100,000. */
  readonly limit?: number;
}

/** How the attempts of a `drain` ended. */
export interface DrainResult {
  readonly completed: number;
  /** Failed for good. */
  readonly failed: number;
  /** Failed, and are tried again. */
  readonly retried: number;
  /** Put off by `RetryAfterError` or by the queue's rate limit, with no attempt spent. */
  readonly delayed: number;
  /** Jobs that are due and stay, as their queue has no processor. */
  readonly unprocessed: number;
}

const LIMIT = 100_000;

export async function drain(
  engine: MemoryEngine,
  clock: TestClock,
  queues: readonly string[],
  { withDelayed = false, limit = LIMIT }: DrainOptions,
): Promise<DrainResult> {
  const counts = { completed: 0, failed: 0, retried: 0, delayed: 0, released: 0, lost: 0 };
  let attempts = 0;
  const runs = new Map<string, number>();
  const worked = queues.filter((name) => engine.workersOf(name).length > 0);

  /** Runs what is due in one queue; false when there was nothing. */
  const runQueue = async (name: string): Promise<boolean> => {
    const [worker] = engine.workersOf(name);
    let ran = false;
    for (;;) {
      const attempt = await worker?.runNext();
      if (!attempt) return ran;
      ran = true;
      counts[attempt.end] += 1;
      runs.set(name, (runs.get(name) ?? 0) + 1);
      if (++attempts >= limit && engine.queue(name).jobs.readyCount > 0) {
        throw new Error(
          `drain() has run ${attempts} attempts (${shown(runs)}), and queue "${name}" still has jobs that are due: they enqueue each ` +
            'other without an end, or are put off by 0 ms. Give a higher `limit` if so many are meant.',
        );
      }
    }
  };

  for (;;) {
    let ran = false;
    for (const name of worked) if (await runQueue(name)) ran = true;
    if (ran) continue;
    const due = withDelayed ? nextDue(engine, worked) : undefined;
    if (due === undefined) break;
    if (attempts >= limit) {
      throw new Error(
        `drain({ withDelayed: true }) has run ${attempts} attempts (${shown(runs)}), and jobs are still delayed, the next one until ` +
          `${new Date(due).toISOString()}: something enqueues itself, or puts itself off, again and again. Give a higher \`limit\` if so many ` +
          'are meant, or move the clock yourself.',
      );
    }
    clock.set(Math.max(clock.now(), due));
  }
  // What goes on beside a job after its end (marks to delete) is done before the test looks.
  await new Promise(setImmediate);
  const { completed, failed, retried, delayed } = counts;
  const unprocessed = queues
    .filter((name) => !worked.includes(name))
    .reduce((total, name) => total + engine.queue(name).jobs.readyCount, 0);
  return { completed, failed, retried, delayed, unprocessed };
}

/** `pages 49, mails 1`: the queue that does not end comes first. */
function shown(runs: ReadonlyMap<string, number>): string {
  return [...runs]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function nextDue(engine: MemoryEngine, queues: readonly string[]): number | undefined {
  const times = queues.map((name) => engine.queue(name).nextDue).filter((time) => time !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}
