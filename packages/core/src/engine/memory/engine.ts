/**
 * The engine of the tests: an engine like the others, with its store in this process.
 *
 * It keeps BullMQ's rules: the states, the order of jobs, deduplication, attempts and backoff, retention. What it does
 * not keep is anything beyond the process. Its clock is given, so that time passes when a test says so.
 */
import { unavailable } from '../connection-error.js';
import type { Engine } from '../contract.js';
import { MemoryEvents } from './events.js';
import type { MemoryJob } from './job.js';
import { MemoryQueue } from './queue.js';
import { createMemorySchedules } from './schedules.js';
import { createMemorySignals } from './signals.js';
import { createMemoryState } from './state.js';
import { MemoryWorker } from './worker.js';

/** What a memory engine is made with. */
export interface MemoryEngineOptions {
  /** The clock, epoch ms. Default `Date.now`. */
  readonly now?: () => number;
  /** 0 to 1, for the jitter of backoffs. Default `Math.random`. */
  readonly random?: () => number;
  /** Workers take jobs by themselves, as in production. Default true; else jobs run by `MemoryEngine.worker…` alone. */
  readonly automatic?: boolean;
}

/** The engine, and what tests ask of it beyond the contract. */
export interface MemoryEngine extends Engine {
  readonly kind: 'memory';
  queue(name: string): MemoryQueue;
  /** Every job that was ever added, oldest first, also those that are removed by now. */
  readonly added: readonly MemoryJob[];
  /** The open workers of a queue. */
  workersOf(queue: string): readonly MemoryWorker[];
  /** The clock has been moved: workers look for jobs. */
  wake(): void;
  /** Forgets all jobs and all shared state. */
  clear(): void;
  /** The same store for workers that do not take its jobs: {@link MemoryEngine.workersOf} knows only them. */
  apart(): MemoryEngine;
}

export function createMemoryEngine(options: MemoryEngineOptions = {}): MemoryEngine {
  const { now = Date.now, random = Math.random, automatic = true } = options;
  const queues = new Map<string, MemoryQueue>();
  const added: MemoryJob[] = [];
  const state = createMemoryState(now, () => assertOpen());
  const schedules = createMemorySchedules(() => assertOpen());
  const signals = createMemorySignals();
  const wakers = new Set<(queue?: string) => void>();
  let isClosed = false;

  const assertOpen = () => {
    if (isClosed) throw unavailable('memory', 'it has been closed');
  };
  const events = new MemoryEvents(assertOpen);
  const wake = (queue?: string) => {
    for (const waker of wakers) waker(queue);
  };
  const queueOf = (name: string): MemoryQueue => {
    let queue = queues.get(name);
    if (!queue) {
      queue = new MemoryQueue({
        name,
        now,
        assertOpen,
        tell: events.teller(name),
        onAdded: (job) => added.push(job),
        onReady: () => wake(name),
      });
      queues.set(name, queue);
    }
    return queue;
  };

  /** The engine with a set of workers of its own. */
  const withWorkers = (takesJobs: boolean): MemoryEngine => {
    const workers = new Set<MemoryWorker>();
    if (takesJobs) {
      wakers.add((name) => {
        for (const worker of workers) if (name === undefined || worker.queue.name === name) worker.wake();
      });
    }
    return {
      kind: 'memory',
      // There is no connection to lose.
      onReconnect: () => () => undefined,
      address: 'memory',
      added,
      state,
      signals,
      schedules,
      async ready() {
        assertOpen();
      },
      queue: queueOf,
      events: (names) => events.feed(names),
      worker(name, run, workerOptions, listener) {
        assertOpen();
        const worker = new MemoryWorker({
          ...workerOptions,
          queue: queueOf(name),
          state,
          now,
          random,
          automatic: automatic && takesJobs,
          run,
          listener,
          onClosed: (closed) => workers.delete(closed),
        });
        workers.add(worker);
        return worker;
      },
      counts: (names) => Promise.all(names.map((name) => queueOf(name).counts())),
      workersOf: (name) => [...workers].filter(({ queue }) => queue.name === name),
      wake,
      clear() {
        for (const queue of queues.values()) queue.clear();
        state.clear();
        schedules.clear();
        added.length = 0;
      },
      apart: () => withWorkers(false),
      async health() {
        return isClosed
          ? { reachable: false, warnings: [], error: 'it has been closed' }
          : { reachable: true, latency: 0, clockSkew: 0, warnings: [] };
      },
      async close() {
        isClosed = true;
        await Promise.all([...queues.values()].map((queue) => queue.close()));
      },
    };
  };
  return withWorkers(true);
}
