/** When a source has its turn. What is reconciled is behaviour: `testing/behaviour/reconciling`. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { EngineUnavailableError } from '../errors.js';
import { silentLogger } from '../logger.js';
import { createMemoryState } from '../testing/memory-state.js';
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
  const check = vi.fn(async () => ({ checked: 0, repaired: [] }));
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
  await vi.waitFor(() => expect(check).toHaveBeenCalledTimes(1));
  reconcile.mockClear();
  return { keeper, reconcile, onError, state };
}

it('a source that was asked for and fails is tried again soon, until it does not', async () => {
  const { keeper, reconcile, onError } = await start();
  reconcile.mockRejectedValueOnce(new Error('no database')).mockRejectedValueOnce(new Error('still none'));
  keeper.refresh('shops');
  await vi.waitFor(() => expect(reconcile).toHaveBeenCalledTimes(3));
  expect(onError).toHaveBeenCalledTimes(2);
  keeper.refresh('shops');
  await vi.waitFor(() => expect(reconcile).toHaveBeenCalledTimes(4));
  expect(onError).toHaveBeenCalledTimes(2);
});

it('what was asked for while the store is away is not forgotten, and not asked for without a pause', async () => {
  const { keeper, reconcile, onError, state } = await start({ retryDelay: 50 });
  const place = vi.spyOn(state, 'setIfAbsent').mockRejectedValue(new EngineUnavailableError('away'));
  keeper.refresh('shops');
  await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(2));
  expect(place).toHaveBeenCalledTimes(2);
  place.mockRestore();
  await vi.waitFor(() => expect(reconcile).toHaveBeenCalledTimes(1));
});
