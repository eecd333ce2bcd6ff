import { describe, expect, it, vi } from 'vitest';
import { createMemoryState } from '../engine/memory/state.js';
import { EngineUnavailableError } from '../errors.js';
import { Lease } from './lease.js';

/** Short, so that a renewal comes soon. ms */
const TTL = 60;

function open(now: () => number = Date.now) {
  const state = createMemoryState(now);
  const leaseOf = (holder: string, ttl = TTL) => new Lease({ state, key: 'place', holder, ttl });
  return { state, leaseOf };
}

describe('a lease', () => {
  it('has one holder at a time, and another one when it is given back', async () => {
    const { leaseOf } = open();
    const [ann, bob] = [leaseOf('ann', 60_000), leaseOf('bob', 60_000)];
    expect(await ann.take()).toBe(true);
    expect(await bob.take()).toBe(false);
    await ann.release();
    expect(await bob.take()).toBe(true);
  });

  it('is taken once more by its holder', async () => {
    const { leaseOf } = open();
    expect(await leaseOf('ann', 60_000).take()).toBe(true);
    expect(await leaseOf('ann', 60_000).take()).toBe(true);
  });

  it('is taken over from a holder that may be replaced', async () => {
    const { state, leaseOf } = open();
    await leaseOf('ann:1', 60_000).take();
    const other = vi.spyOn(state, 'setIfAbsent');
    expect(await leaseOf('bob:1', 60_000).take((holder) => holder.startsWith('bob'))).toBe(false);
    expect(await leaseOf('ann:2', 60_000).take((holder) => holder.startsWith('ann'))).toBe(true);
    expect(await state.get('place')).toBe('ann:2');
    // It was never free meanwhile.
    expect(other.mock.settledResults.map(({ value }) => value)).toEqual([false, false]);
  });

  it('outlives its time while it is kept, and says for how long it is sure', async () => {
    let now = 0;
    const { state, leaseOf } = open(() => now);
    const lease = leaseOf('ann', 600);
    expect(lease.sureFor).toBe(0);
    await lease.take();
    expect(lease.sureFor).toBeLessThanOrEqual(600);
    const renewed = vi.spyOn(state, 'extendIfEqual');
    lease.keep();
    for (let nth = 1; nth <= 3; nth++) {
      now += 500;
      const before = renewed.mock.calls.length;
      await vi.waitFor(() => expect(renewed.mock.calls.length).toBeGreaterThan(before), 30_000);
    }
    expect(await state.get('place')).toBe('ann');
    await lease.release();
    expect(await state.exists('place')).toBe(false);
    expect(lease.sureFor).toBe(0);
  });

  it('runs out by itself once it is left', async () => {
    const { state, leaseOf } = open();
    const lease = leaseOf('ann');
    await lease.take();
    lease.keep();
    lease.leave();
    await expect.poll(() => state.exists('place')).toBe(false);
  });

  it('tells its holder once when it is lost, and leaves the new one alone', async () => {
    const { state, leaseOf } = open();
    const lease = leaseOf('ann');
    await lease.take();
    const lost = vi.fn();
    await new Promise<void>((resolve) => {
      lease.keep(() => {
        lost();
        resolve();
      });
      void state.set('place', 'bob', 60_000);
    });
    await lease.release();
    expect(await state.get('place')).toBe('bob');
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('is not lost by a store that does not answer', async () => {
    const { state, leaseOf } = open(() => 0);
    const lease = leaseOf('ann', 90);
    await lease.take();
    const lost = vi.fn();
    const renewed = vi.spyOn(state, 'extendIfEqual').mockRejectedValueOnce(new EngineUnavailableError('away'));
    lease.keep(lost);
    await vi.waitFor(() => expect(renewed.mock.calls.length).toBeGreaterThanOrEqual(2), 30_000);
    await lease.release();
    expect(lost).not.toHaveBeenCalled();
  });
});
