import { expect, test, vi } from 'vitest';
import { createMemoryState } from '../engine/memory/state.js';
import { EngineUnavailableError } from '../errors.js';
import { HeldLocks } from './locks.js';

/** Short, so that a renewal comes soon. ms */
const TTL = 60;

const owner = { queue: 'syncs', id: '1', start: 1 };

test('a lock outlives its time as long as its holder lives, and is gone when it is given back', async () => {
  let now = 0;
  const state = createMemoryState(() => now);
  const lost = vi.fn();
  const locks = new HeldLocks(state, owner, lost, TTL);
  const renewed = vi.spyOn(state, 'extendIfEqual');
  await locks.take('shop', 1);
  for (let nth = 1; nth <= 3; nth++) {
    now += TTL - 10;
    const before = renewed.mock.calls.length;
    await vi.waitFor(() => expect(renewed.mock.calls.length).toBeGreaterThan(before), 30_000);
  }
  expect(await state.exists('lock:shop')).toBe(true);
  await locks.release();
  expect(await state.exists('lock:shop')).toBe(false);
  expect(lost).not.toHaveBeenCalled();
});

test('who has lost a lock is told, and takes nothing from the new holder', async () => {
  const state = createMemoryState(Date.now);
  const told = new Promise<Error>((resolve) => {
    const locks = new HeldLocks(state, owner, resolve, TTL);
    void locks.take('shop', 1).then(() => state.set('lock:shop', 'another', 60_000));
  });
  expect((await told).message).toContain('"shop" was lost');
  expect(await state.get('lock:shop')).toBe('another');
});

test('a lock that is left runs out by itself', async () => {
  const state = createMemoryState(Date.now);
  const locks = new HeldLocks(state, owner, vi.fn(), TTL);
  await locks.take('shop', 1);
  locks.leave();
  expect(await state.exists('lock:shop')).toBe(true);
  await expect.poll(() => state.exists('lock:shop')).toBe(false);
});

test('neither another job nor an earlier attempt of the same one gets it', async () => {
  const state = createMemoryState(Date.now);
  await new HeldLocks(state, { ...owner, start: 2 }, vi.fn()).take('shop', 1);
  for (const other of [{ ...owner, id: '2', start: 9 }, owner, { ...owner, queue: 'others', start: 9 }]) {
    await expect(new HeldLocks(state, other, vi.fn()).take('shop', 7)).rejects.toMatchObject({ delay: 7 });
  }
  await new HeldLocks(state, { ...owner, start: 3 }, vi.fn()).take('shop', 1);
});

test('a holder that stood still is not sure of its locks until the store has said so', async () => {
  const state = createMemoryState(Date.now);
  const lost = vi.fn();
  const locks = new HeldLocks(state, owner, lost, TTL);
  expect(locks.isSure).toBe(true);
  await locks.take('shop', 1);
  expect(locks.isSure).toBe(true);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * TTL);
  expect(locks.isSure).toBe(false);
  const away = vi.spyOn(state, 'extendIfEqual').mockRejectedValueOnce(new EngineUnavailableError('away'));
  await expect(locks.confirm()).rejects.toThrow('away');
  expect(locks.isSure).toBe(false);
  expect(lost).not.toHaveBeenCalled();
  away.mockRestore();
  await locks.confirm();
  expect(lost).toHaveBeenCalledTimes(1);
});

test('a lock that is asked for twice at once is kept once, and given back as one', async () => {
  const state = createMemoryState(Date.now);
  const lost = vi.fn();
  const locks = new HeldLocks(state, owner, lost, TTL);
  await Promise.all([locks.take('shop', 1), locks.take('shop', 1)]);
  await locks.release();
  const renewed = vi.spyOn(state, 'extendIfEqual').mockResolvedValue(true);
  expect(await state.exists('lock:shop')).toBe(false);
  // A lease of another attempt is renewed three times in each TTL: so long, none of ours was.
  const other = new HeldLocks(state, { ...owner, id: '2' }, vi.fn(), TTL);
  await other.take('shop', 1);
  await vi.waitFor(() => expect(renewed.mock.calls.length).toBeGreaterThan(3), 30_000);
  expect(new Set(renewed.mock.calls.map(([, holder]) => holder)).size).toBe(1);
  expect(lost).not.toHaveBeenCalled();
  await other.release();
});
