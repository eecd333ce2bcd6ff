import { expect, it, vi } from 'vitest';
import { EngineUnavailableError } from '../errors.js';
import type { Engine } from './contract.js';
import { lazyEngine } from './lazy-engine.js';
import { createMemoryEngine } from './memory/engine.js';

const known = { kind: 'memory', address: 'memory' } as const;

function open(create: () => Promise<Engine> = async () => createMemoryEngine()) {
  const load = vi.fn(create);
  return { load, engine: lazyEngine(known, load) };
}

it('is loaded by the first operation, and once for all that come at the same time', async () => {
  const { engine, load } = open();
  const queue = engine.queue('work');
  expect(queue.name).toBe('work');
  expect(load).not.toHaveBeenCalled();

  const [id] = await Promise.all([
    queue.add({ id: 'one', data: { n: 1 }, options: {} }),
    engine.state.set('key', 'value'),
    engine.ready(),
  ]);
  expect(id).toBe('one');
  expect(load).toHaveBeenCalledTimes(1);
  expect(await queue.get('one')).toMatchObject({ id: 'one' });
  expect(await engine.queue('work').state('one')).toBe('waiting');
  expect(await engine.state.get('key')).toBe('value');
  expect(await engine.schedules.count('all')).toBe(0);
  await engine.close();
});

it('tells an operation why it could not be loaded, and tries again with the next one', async () => {
  const problem = new Error('Cannot find package "bullmq"');
  const { engine, load } = open();
  load.mockRejectedValueOnce(problem).mockRejectedValueOnce(problem);
  await expect(engine.state.get('key')).rejects.toBe(problem);
  expect(await engine.health()).toMatchObject({ reachable: false, error: problem.message });
  await engine.ready();
  expect(await engine.health()).toMatchObject({ reachable: true });
  await engine.close();
});

it('that is closed before its first operation is never loaded', async () => {
  const { engine, load } = open();
  await Promise.all([engine.close(), engine.close()]);
  await expect(engine.ready()).rejects.toThrow(EngineUnavailableError);
  await expect(engine.queue('work').pause()).rejects.toThrow('jobs.close() has been called');
  expect(await engine.health()).toMatchObject({ reachable: false });
  expect(load).not.toHaveBeenCalled();
});

it('that is closed while it is loaded is closed when it is there', async () => {
  const memory = createMemoryEngine();
  const close = vi.spyOn(memory, 'close');
  const { engine } = open(async () => memory);
  await Promise.all([engine.ready(), engine.close()]);
  expect(close).toHaveBeenCalledTimes(1);
});

it('has no worker before it has been opened', async () => {
  const { engine } = open();
  const settings = {
    concurrency: 1,
    lockDuration: 1_000,
    stalledInterval: 1_000,
    completed: { count: 1 },
    failed: { count: 1 },
  };
  const listener = { completed() {}, failed() {}, lost() {}, stalled() {}, error() {} };
  const start = () => engine.worker('work', async () => ({ kind: 'lost' }), settings, listener);
  expect(start).toThrow(EngineUnavailableError);
  await engine.ready();
  await start().close();
  await engine.close();
});

it('calls the listeners to its reconnects that came before it, without those that have gone', async () => {
  const memory = createMemoryEngine();
  const listeners = new Set<() => void>();
  vi.spyOn(memory, 'onReconnect').mockImplementation((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  });
  const { engine } = open(async () => memory);
  const [stays, goes] = [vi.fn(), vi.fn()];
  const end = engine.onReconnect(stays);
  engine.onReconnect(goes)();
  await engine.ready();
  expect([...listeners]).toEqual([stays]);
  end();
  expect([...listeners]).toEqual([]);
  await engine.close();
});

it('has parts that a promise can end with, and JSON can be made of', async () => {
  const { engine, load } = open();
  expect((await Promise.resolve(engine.queue('work'))).name).toBe('work');
  await Promise.resolve(engine.state);
  expect(JSON.stringify(engine.queue('work'))).toBe('{"name":"work"}');
  expect(load).not.toHaveBeenCalled();
});
