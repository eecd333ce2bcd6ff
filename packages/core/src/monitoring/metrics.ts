/** The metrics: gauges from the queues' numbers, counters and histograms from what the workers report. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueCounts } from '../engine/contract.js';
import type { WorkerReport } from '../worker/heartbeat.js';
import { DURATION_BOUNDS } from '../worker/statistics.js';

export interface Measured {
  /** Epoch ms. */
  readonly now: number;
  readonly queues: readonly MeasuredQueue[];
  readonly workers: readonly WorkerReport[];
}

export interface MeasuredQueue {
  readonly name: string;
  /** Undefined where they could not be read. */
  readonly numbers:
    | {
        readonly counts: QueueCounts;
        /** When the job that waits longest was added, epoch ms. */
        readonly waitingSince: number | undefined;
      }
    | undefined;
}

const DURATIONS = 'bizinsights_jobs_duration_seconds';
const DURATIONS_HELP = 'Time of completed attempts';

const STATES = ['waiting', 'active', 'completed', 'failed', 'delayed', 'paused'] as const;

/** Counters of each worker process: a series ends with its process, as Prometheus expects of a restart. */
const COUNTERS = {
  completed: 'Attempts that completed a job',
  failed: 'Jobs that failed for good',
  retried: 'Attempts that failed and are tried again',
  stalled: 'Jobs whose worker was lost',
} as const;

/** The text of a scrape. Each has a registry of its own: what is gone leaves no old value behind. */
export function collectMetrics({ now, queues, workers }: Measured): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Gauge({
    name: 'bizinsights_jobs',
    help: 'Jobs by queue and state',
    labelNames: ['queue', 'state'],
    registers,
  });
  const age = new Gauge({
    name: 'bizinsights_jobs_oldest_waiting_seconds',
    help: 'How long the job that waits longest has been waiting',
    labelNames: ['queue'],
    registers,
  });
  const errors = new Gauge({
    name: 'bizinsights_jobs_queue_errors',
    help: '1 for a queue whose numbers could not be read, else 0',
    labelNames: ['queue'],
    registers,
  });
  for (const { name, numbers } of queues) {
    errors.set({ queue: name }, numbers ? 0 : 1);
    if (!numbers) continue;
    const { counts, waitingSince } = numbers;
    for (const state of STATES) jobs.set({ queue: name, state }, counts[state]);
    age.set({ queue: name }, waitingSince === undefined ? 0 : Math.max(0, now - waitingSince) / 1_000);
  }

  const up = new Gauge({
    name: 'bizinsights_jobs_worker_up',
    help: '1 for each worker process that has been heard of lately',
    labelNames: ['worker', 'host', 'version'],
    registers,
  });
  const delay = new Gauge({
    name: 'bizinsights_jobs_worker_event_loop_delay_seconds',
    help: '99th percentile of how late the event loop of a worker was',
    labelNames: ['worker'],
    registers,
  });
  for (const { id, host, version, eventLoopDelay } of workers) {
    up.set({ worker: id, host, version }, 1);
    delay.set({ worker: id }, eventLoopDelay / 1_000);
  }
  for (const [key, help] of Object.entries(COUNTERS) as [keyof typeof COUNTERS, string][]) {
    const counter = new Counter({
      name: `bizinsights_jobs_${key}_total`,
      help,
      labelNames: ['queue', 'worker'],
      registers,
    });
    for (const { queue, worker, report } of perQueue(workers)) counter.inc({ queue, worker }, report[key]);
  }
  registry.registerMetric(new ReportedDurations(workers));
  return registry.metrics();
}

function perQueue(workers: readonly WorkerReport[]) {
  return workers.flatMap(({ id, queues }) =>
    Object.entries(queues).map(([queue, report]) => ({ queue, worker: id, report })),
  );
}

/** A histogram whose buckets were counted elsewhere, in the worker processes. prom-client has no other door to them. */
class ReportedDurations extends Histogram<string> {
  readonly #workers: readonly WorkerReport[];

  constructor(workers: readonly WorkerReport[]) {
    super({
      name: DURATIONS,
      help: DURATIONS_HELP,
      labelNames: ['queue', 'worker'],
      buckets: DURATION_BOUNDS.map((bound) => bound / 1_000),
      registers: [],
    });
    this.#workers = workers;
  }

  /** What the registry writes down. */
  async getForPromString() {
    const values = perQueue(this.#workers).flatMap(toSeries);
    return { name: DURATIONS, help: DURATIONS_HELP, type: 'histogram', values };
  }
}

/** The buckets of one queue of one worker: each counts all that took at most so long. */
function toSeries({ queue, worker, report }: ReturnType<typeof perQueue>[number]) {
  let count = 0;
  const buckets = report.durations.map((inBucket, index) => {
    count += inBucket;
    const bound = DURATION_BOUNDS[index];
    const le = bound === undefined ? '+Inf' : bound / 1_000;
    return { metricName: `${DURATIONS}_bucket`, labels: { le, queue, worker }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${DURATIONS}_sum`, labels: { queue, worker }, value: report.durationSum / 1_000 },
    { metricName: `${DURATIONS}_count`, labels: { queue, worker }, value: count },
  ];
}
