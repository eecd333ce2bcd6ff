/** When a source has its turn. What is reconciled is behaviour: `testing/behaviour/reconciling`. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryState } from '../engine/memory/state.js';
import { EngineUnavailableError } from '../errors.js';
import { silentLogger } from '../logger.js';
import { type KeeperOptions, startKeeper } from './keeper.js';
import type { ReconcileResult } from './reconcile.js';

const NOTHING: ReconcileResult = {
  added: 0,
  changed: 0,
  removed: 0,
  untouched: 0,
  repaired: 0,
  refused: 0,
  problems: [],
};
const HOUR = 3_600_000;

/** A keeper that has been through its start. */
async function start(options: Partial<KeeperOptions> = {}) {
  const reconcile = vi.fn(async () => NOTHING);
  const onError = vi.fn();
  const check = vi.fn(async () => ({ checked: 0, repaired: [], failed: 0, problems: [] }));
  const state = createMemoryState(Date.now, () => undefined);
  const keeper = startKeeper({
    sources: [{ name: 'shops', schedules: () => [] }],
    reconcile,
    check,
    state,
    logger: silentLogger,
    interval: HOUR,
    retryDelay: 20,
    onError,
    ...options,
  });
  onTestFinished(() => keeper.stop());
  await expect.poll(() => check).toHaveBeenCalledTimes(1);
  reconcile.mockClear();
  return { keeper, reconcile, onError, state };
}

it('a source that was asked for and fails is tried again soon, until it does not', async () => {
  const { keeper, reconcile, onError } = await start();
  reconcile.mockRejectedValueOnce(new Error('no database')).mockRejectedValueOnce(new Error('still none'));
  keeper.refresh('shops');
  await expect.poll(() => reconcile).toHaveBeenCalledTimes(3);
  expect(onError).toHaveBeenCalledTimes(2);
  keeper.refresh('shops');
  await expect.poll(() => reconcile).toHaveBeenCalledTimes(4);
  expect(onError).toHaveBeenCalledTimes(2);
});

it('what was asked for while the store is away is not forgotten, and not asked for without a pause', async () => {
  const retryDelay = 50;
  const { keeper, reconcile, onError, state } = await start({ retryDelay });
  const { setIfAbsent } = state;
  const askedAt: number[] = [];
  vi.spyOn(state, 'setIfAbsent').mockImplementation(async (...args) => {
    askedAt.push(performance.now());
    if (askedAt.length <= 2) throw new EngineUnavailableError('away');
    return setIfAbsent(...args);
  });
  keeper.refresh('shops');
  await expect.poll(() => reconcile).toHaveBeenCalledTimes(1);
  expect(onError).toHaveBeenCalledTimes(2);
  const [first = 0, second = 0, third = 0] = askedAt;
  // Timers may be early by their rounding: it is about a pause or none.
  expect(Math.min(second - first, third - second)).toBeGreaterThan(retryDelay / 2);
});

it('of several keepers that lost the same store one looks for what it has lost, and each looks again the next time', async () => {
  const state = createMemoryState(Date.now, () => undefined);
  const listeners = new Set<() => void>();
  const onReconnect = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const keepers = await Promise.all(Array.from({ length: 3 }, () => start({ state, onReconnect })));
  const passes = () => keepers.reduce((sum, { reconcile }) => sum + reconcile.mock.calls.length, 0);
  const reconnect = () => {
    // Each connection of a worker tells of its own.
    for (let n = 0; n < 3; n++) for (const listener of listeners) listener();
  };
  for (const { reconcile } of keepers) reconcile.mockClear();
  reconnect();
  await expect.poll(passes).toBe(1);
  // The store has come back without what it had, and without our marks.
  await state.delete('schedules:kept:shops');
  reconnect();
  await expect.poll(passes, { timeout: 20_000 }).toBe(2);
  await Promise.all(keepers.map(({ keeper }) => keeper.stop()));
  expect(listeners.size).toBe(0);
  expect(passes()).toBe(2);
});

it('a pass after a reconnect that finds the store away is made up for', async () => {
  let reconnect = () => {};
  const onReconnect = (listener: () => void) => {
    reconnect = listener;
    return () => undefined;
  };
  const { reconcile, onError, state } = await start({ onReconnect });
  vi.spyOn(state, 'setIfAbsent').mockRejectedValueOnce(new EngineUnavailableError('away'));
  reconnect();
  await expect.poll(() => reconcile).toHaveBeenCalledTimes(1);
  expect(onError).toHaveBeenCalledTimes(1);
});
