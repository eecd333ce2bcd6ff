/** Counts what a worker process does, for `stats()` and the statistics line. */
import type { QueueStats, WorkerStats } from '../events.js';

/** Upper bounds of the histogram of times, ms. */
export const DURATION_BOUNDS = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
] as const;

/** The counters of one queue. */
export class QueueCounters {
  completed = 0;
  failed = 0;
  retried = 0;
  stalled = 0;
  /** Sum of the times of completed attempts, ms. */
  duration = 0;
  /** Completed attempts by their time: one count for each of {@link DURATION_BOUNDS}, and one above them all. */
  readonly durations: number[] = new Array(DURATION_BOUNDS.length + 1).fill(0);

  constructor(
    readonly concurrency: number,
    readonly active: () => number,
  ) {}

  /** Counts an attempt that took `duration` ms. */
  complete(duration: number): void {
    this.completed += 1;
    this.duration += duration;
    let bucket = 0;
    for (const bound of DURATION_BOUNDS) {
      if (duration <= bound) break;
      bucket += 1;
    }
    this.durations[bucket] = (this.durations[bucket] ?? 0) + 1;
  }

  snapshot(): QueueStats {
    const { concurrency, completed, failed, retried, stalled, duration } = this;
    const averageDuration = completed > 0 ? duration / completed : undefined;
    return { concurrency, active: this.active(), completed, failed, retried, stalled, averageDuration };
  }
}

export function toStats(startedAt: number, now: number, queues: ReadonlyMap<string, QueueCounters>): WorkerStats {
  return {
    uptime: now - startedAt,
    memory: process.memoryUsage.rss(),
    queues: Object.fromEntries([...queues].map(([name, counters]) => [name, counters.snapshot()])),
  };
}

/** One line that a person reads: `email-sending 120 done, 2 failed, 5 running, 45 ms`. */
export function describeStats(stats: WorkerStats): string {
  const parts = Object.entries(stats.queues).map(([name, queue]) => {
    const said = [`${queue.completed} done`];
    if (queue.failed > 0) said.push(`${queue.failed} failed`);
    if (queue.retried > 0) said.push(`${queue.retried} retried`);
    if (queue.stalled > 0) said.push(`${queue.stalled} stalled`);
    said.push(`${queue.active} running`);
    if (queue.averageDuration !== undefined)
      said.push(`${queue.averageDuration.toFixed(queue.averageDuration < 10 ? 1 : 0)} ms`);
    return `${name} ${said.join(', ')}`;
  });
  return `${parts.join(' | ')} | ${Math.round(stats.memory / 2 ** 20)} MB`;
}
