/** What each worker process says of itself every few seconds, so that the monitoring API can list them on any engine. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import type { StateStore } from '../engine/contract.js';
import { ERROR_CODES, toError } from '../errors.js';
import { VERSION } from '../version.js';
import type { Lane } from './lane.js';

/** ms */
const INTERVAL = 10_000;

/** A worker that has not been heard of for so long is gone. ms */
export const WORKER_TTL = 60_000;

/** The list itself goes when no worker has been started for a week. ms */
const LIST_TTL = 7 * 24 * 3_600_000;

const KEY = 'workers';

/** Running jobs that are named; a worker of thousands says how many. */
const NAMED_JOBS = 100;

const queueReport = z.object({
  concurrency: z.int(),
  active: z.int(),
  /** Ids of the first 100 running jobs. */
  running: z.array(z.string()),
  completed: z.int(),
  failed: z.int(),
  retried: z.int(),
  stalled: z.int(),
  /** Completed attempts by their time: one count for each bound of DURATION_BOUNDS, and one above them all. */
  durations: z.array(z.int()),
  /** Sum of the times of completed attempts, ms. */
  durationSum: z.number(),
});

/** What a worker says of itself. Times are epoch ms, sizes bytes. */
export const workerReport = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  /** Of this package. */
  version: z.string(),
  node: z.string(),
  startedAt: z.number(),
  lastSeen: z.number(),
  memory: z.int(),
  /** 99th percentile of how late the event loop was since the last report, ms. */
  eventLoopDelay: z.number(),
  queues: z.record(z.string(), queueReport),
});
export type WorkerReport = z.infer<typeof workerReport>;

export interface HeartbeatOptions {
  readonly state: StateStore;
  readonly lanes: readonly Lane[];
  readonly now: () => number;
  readonly onError: (error: Error) => void;
}

/** Reports at once and then every few seconds; the answered function takes the worker off the list. */
export function startHeartbeat({ state, lanes, now, onError }: HeartbeatOptions): () => Promise<void> {
  const id = randomUUID();
  const startedAt = now();
  const delay = monitorEventLoopDelay();
  delay.enable();
  // That the store is away is told by those who need it; the next report comes by itself.
  const tell = (thrown: unknown) => {
    const error = toError(thrown);
    if (!('code' in error && error.code === ERROR_CODES.EngineUnavailableError)) onError(error);
  };
  let sending: Promise<void> | undefined;
  const send = async () => {
    const eventLoopDelay = Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / 1e6 : 0;
    delay.reset();
    const report: WorkerReport = {
      id,
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      node: process.version,
      startedAt,
      lastSeen: now(),
      memory: process.memoryUsage.rss(),
      eventLoopDelay,
      queues: Object.fromEntries(
        lanes.map(({ name, counters, runner }) => [name, toReport(counters, runner.runningIds)]),
      ),
    };
    await state.setField(KEY, id, JSON.stringify(report), LIST_TTL, false).catch(tell);
    sending = undefined;
  };
  const beat = () => {
    // A store that is slow gets one at a time.
    sending ??= send();
  };
  beat();
  const timer = setInterval(beat, INTERVAL);
  timer.unref();
  return async () => {
    clearInterval(timer);
    delay.disable();
    if (sending) await sending;
    await state.deleteField(KEY, id).catch(tell);
  };
}

function toReport(counters: Lane['counters'], running: readonly string[]): z.infer<typeof queueReport> {
  const { concurrency, completed, failed, retried, stalled, durations, duration } = counters;
  return {
    concurrency,
    active: running.length,
    running: running.slice(0, NAMED_JOBS),
    completed,
    failed,
    retried,
    stalled,
    durations: [...durations],
    durationSum: duration,
  };
}

/** The workers that have been heard of lately, the oldest first. Those that are gone are taken off the list. */
export async function readWorkers(state: StateStore, now: number): Promise<WorkerReport[]> {
  const fields = await state.fields(KEY);
  const reports: WorkerReport[] = [];
  for (const [id, text] of Object.entries(fields)) {
    const report = parseReport(text);
    if (report && now - report.lastSeen <= WORKER_TTL) reports.push(report);
    else await state.deleteField(KEY, id);
  }
  return reports.sort((a, b) => a.startedAt - b.startedAt);
}

/** Undefined for what another version of this package has written in another form. */
function parseReport(text: string): WorkerReport | undefined {
  return workerReport.safeParse(JSON.parse(text)).data;
}
