import { afterEach, describe, expect, test } from 'vitest';
import type { ActiveJob, Engine, EngineWorkerListener, Outcome } from '../contract.js';
import { createMemoryEngine, type MemoryEngine } from './engine.js';

const silent: EngineWorkerListener = { completed() {}, failed() {}, lost() {}, stalled() {}, error() {} };
const WORKER = {
  concurrency: 2,
  lockDuration: 30_000,
  stalledInterval: 30_000,
  completed: false,
  failed: false,
} as const;

const opened: { close(): Promise<void> }[] = [];
function open(now: () => number): MemoryEngine {
  const engine = createMemoryEngine({ now });
  opened.push(engine);
  return engine;
}
function work(engine: Engine, run: (active: ActiveJob) => Promise<Outcome>, listener = silent) {
  const worker = engine.worker('queue', run, WORKER, listener);
  opened.unshift(worker);
  return worker;
}
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

describe('the memory engine', () => {
  test('runs delayed jobs when its clock has been moved', async () => {
    let now = 0;
    const engine = open(() => now);
    const seen: string[] = [];
    const worker = work(engine, async ({ job }) => {
      seen.push(String(job.id));
      return { kind: 'completed', value: null };
    });
    await worker.ready();
    await engine.queue('queue').add({ id: 'later', data: {}, options: { delay: 1_000_000 } });
    await engine.queue('queue').add({ id: 'now', data: {}, options: {} });
    await expect.poll(() => seen).toEqual(['now']);
    now = 1_000_000;
    engine.wake();
    await expect.poll(() => seen).toEqual(['now', 'later']);
  });

  test('tells of an error that a listener throws, and goes on', async () => {
    const errors: Error[] = [];
    const engine = open(Date.now);
    const worker = work(engine, async () => ({ kind: 'completed', value: null }), {
      ...silent,
      completed() {
        throw new Error('the host’s own');
      },
      error: (error) => errors.push(error),
    });
    await worker.ready();
    for (const id of ['a', 'b']) await engine.queue('queue').add({ id, data: {}, options: {} });
    await expect.poll(() => errors).toHaveLength(2);
    expect(await engine.counts(['queue', 'other'])).toMatchObject([{ completed: 2 }, { completed: 0 }]);
  });

  test('fails a job whose result JSON has no word for', async () => {
    const engine = open(Date.now);
    const failed: string[] = [];
    const worker = work(engine, async () => ({ kind: 'completed', value: 1n }), {
      ...silent,
      failed: (_active, error) => failed.push(error.message),
    });
    await worker.ready();
    await engine.queue('queue').add({ id: 'a', data: {}, options: {} });
    await expect.poll(() => failed).toEqual([expect.stringContaining('BigInt')]);
    expect(await engine.queue('queue').state('a')).toBe('failed');
  });

  test('drops the end of an attempt whose job another worker has by then', async () => {
    let now = 0;
    const engine = open(() => now);
    const queue = engine.queue('queue');
    let end: (outcome: Outcome) => void = () => {};
    const first = engine.worker('queue', () => new Promise((resolve) => (end = resolve)), WORKER, silent);
    await first.ready();
    await queue.add({ id: 'a', data: {}, options: {} });
    await expect.poll(() => queue.state('a')).toBe('active');
    await first.close(true);
    expect(await queue.state('a')).toBe('active');

    const stalled: string[] = [];
    const second = engine.worker(
      'queue',
      async () => ({ kind: 'completed', value: 'second' }),
      { ...WORKER, stalledInterval: 5 },
      { ...silent, stalled: (id) => stalled.push(id) },
    );
    opened.unshift(second);
    await second.ready();
    now = WORKER.lockDuration;
    await expect.poll(() => queue.state('a')).toBe('completed');
    end({ kind: 'completed', value: 'first' });
    await new Promise(setImmediate);
    expect(await queue.get('a')).toMatchObject({ returnvalue: 'second', stalledCounter: 1, attemptsStarted: 2 });
    expect(stalled).toEqual(['a']);
  });

  test('gives events from one on that a listener has seen', async () => {
    const engine = open(Date.now);
    const queue = engine.queue('queue');
    const seen: string[] = [];
    await queue.add({ id: 'a', data: {}, options: {} });
    const feed = engine.events(['queue'], () => undefined);
    const last = await feed.now();
    await queue.add({ id: 'b', data: {}, options: { delay: 1_000 } });
    const stop = await feed.follow(last, ({ kind, jobId }) => seen.push(`${kind} ${jobId}`));
    await queue.remove('a');
    await expect.poll(() => seen).toEqual(['added b', 'delayed b', 'removed a']);
    await stop();
    await queue.remove('b');
    await new Promise(setImmediate);
    expect(seen).toHaveLength(3);
  });

  test('refuses everything once it is closed', async () => {
    const engine = open(Date.now);
    await engine.close();
    const add = engine.queue('queue').add({ id: 'a', data: {}, options: {} });
    await expect(add).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await expect(engine.ready()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await engine.health()).toMatchObject({ reachable: false });
  });
});
