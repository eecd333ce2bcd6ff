/** What BullMQ's worker keeps to itself, and ours has to end. */
import { Queue } from 'bullmq';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { uniqueName } from '../../testing/behaviour/test-bed.js';
import type { EngineWorkerListener } from '../contract.js';
import { parseRedisUrl } from '../redis/connection/connection.js';
import { createRedisEngine } from '../redis/engine.js';
import { bullPrefix } from '../redis/keys.js';

/** Of nothing else. ms */
const STALLED_INTERVAL = 123_457;

/** BullMQ's worker waits so long for the end of a limit, and then asks again. ms */
const LONGEST_LIMIT = 30_000;

const PREFIX = 'worker-end';

const settings = {
  concurrency: 1,
  lockDuration: 30_000,
  stalledInterval: STALLED_INTERVAL,
  completed: { count: 10 },
  failed: { count: 10 },
} as const;

function open() {
  const name = uniqueName('worker-end');
  const engine = createRedisEngine(parseRedisUrl(inject('redisUrl')), { prefix: PREFIX, onError: () => undefined });
  onTestFinished(() => engine.close());
  const queue = new Queue(name, { connection: { url: inject('redisUrl') }, prefix: bullPrefix(PREFIX) });
  onTestFinished(() => queue.close());
  const none = () => undefined;
  const listener: EngineWorkerListener = { completed: none, failed: none, lost: none, stalled: none, error: none };
  const work = () => engine.worker(name, async () => ({ kind: 'completed', value: null }), settings, listener);
  return { queue, work };
}

/** The timers of a length. `left`: those that have not been cleared. */
function watchTimers(length: number) {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cleared = vi.spyOn(globalThis, 'clearTimeout');
  onTestFinished(() => void vi.restoreAllMocks());
  const all = () => set.mock.results.filter((_, n) => set.mock.calls[n]?.[1] === length).map(({ value }) => value);
  return {
    all,
    left() {
      const ended = new Set<unknown>(cleared.mock.calls.map(([timer]) => timer));
      return all().filter((timer) => !ended.has(timer));
    },
  };
}

it('leaves no timer of the look for lost jobs', async () => {
  const timers = watchTimers(STALLED_INTERVAL);
  const worker = open().work();
  await worker.ready();
  await vi.waitUntil(() => timers.all().length > 0);
  await worker.close();
  expect(timers.left()).toEqual([]);
});

// Its own limit of time is what it fails by.
it('waits for the end of no rate limit that a host has given the queue by BullMQ', { timeout: 20_000 }, async () => {
  const timers = watchTimers(LONGEST_LIMIT);
  const { queue, work } = open();
  await queue.setGlobalRateLimit(1, 3_600_000);
  await queue.addBulk([1, 2].map((n) => ({ name: 'job', data: { n } })));
  const worker = work();
  await vi.waitUntil(() => timers.all().length > 0);
  await worker.close();
  expect(await queue.getJobCounts('completed', 'waiting', 'active')).toEqual({ completed: 1, waiting: 1, active: 0 });
});
