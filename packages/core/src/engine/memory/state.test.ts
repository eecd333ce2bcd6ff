import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryState } from './state.js';

let now = 0;
const state = createMemoryState(() => now);
beforeEach(() => {
  now = 0;
  state.clear();
});

describe('state in memory', () => {
  test('ends on the clock', async () => {
    await state.set('a', '1', 100);
    await state.set('b', '1');
    await state.setField('map', 'field', '1', 100, false);
    now = 99;
    expect([await state.get('a'), await state.exists('map')]).toEqual(['1', true]);
    now = 100;
    expect([await state.get('a'), await state.get('b'), await state.exists('map')]).toEqual([undefined, '1', false]);
    expect([await state.delete('a'), await state.delete('b')]).toEqual([false, true]);
  });

  test('locks', async () => {
    expect(await state.setIfAbsent('lock', 'me', 100)).toBe(true);
    expect(await state.setIfAbsent('lock', 'you', 100)).toBe(false);
    expect(await state.extendIfEqual('lock', 'you', 100)).toBe(false);
    now = 50;
    expect(await state.extendIfEqual('lock', 'me', 100)).toBe(true);
    now = 149;
    expect(await state.deleteIfEqual('lock', 'you')).toBe(false);
    expect(await state.deleteIfEqual('lock', 'me')).toBe(true);
    now = 150;
    expect(await state.setIfAbsent('lock', 'you', 100)).toBe(true);
  });

  test('keeps maps, and drops what one had before', async () => {
    await state.setField('map', 'a', '1', 100, false);
    await state.setField('map', 'b', '2', 100, false);
    await state.deleteField('map', 'a');
    expect(await state.fields('map')).toEqual({ b: '2' });
    await state.setField('map', 'c', '3', 100, true);
    expect(await state.fields('map')).toEqual({ c: '3' });
    expect(await state.fields('none')).toEqual({});
  });

  test('keeps the newest entries of a log', async () => {
    for (const entry of ['a', 'b', 'c']) await state.append('log', [entry], 2);
    expect(await state.entries('log', 0, 10)).toEqual(['c', 'b']);
    expect(await state.entries('log', 1, 1)).toEqual(['b']);
  });

  test('deletes by a pattern in which only * and ? mean something', async () => {
    for (const key of ['p:a.b', 'p:a+b', 'p:axb', 'q:a.b', 'p:line\nbreak']) await state.set(key, '1');
    expect(await state.deleteMatching('p:', 'a.b')).toBe(1);
    expect(await state.deleteMatching('p:', 'a?b')).toBe(2);
    expect(await state.deleteMatching('p:', '*')).toBe(1);
    expect(await state.exists('q:a.b')).toBe(true);
  });

  test('lets no window of time have more starts than allowed, and keeps places', async () => {
    const take = (member: string) => state.takeSlot('key', member, 2, 1_000);
    expect([await take('a'), await take('b'), await take('c'), await take('d'), await take('e')]).toEqual([
      0, 0, 1_000, 1_000, 2_000,
    ]);
    now = 400;
    expect([await take('c'), await take('f')]).toEqual([600, 1_600]);
    now = 1_000;
    // The place of c is kept: who comes new goes behind.
    expect([await take('g'), await take('d'), await take('c')]).toEqual([2_000, 0, 0]);
    expect(await state.takeSlot('other', 'g', 2, 1_000)).toBe(0);
  });
});
