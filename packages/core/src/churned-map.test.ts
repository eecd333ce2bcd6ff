import { expect, it } from 'vitest';
import { ChurnedMap } from './churned-map.js';

it('holds what a Map holds, however many entries come and go', () => {
  const [ours, theirs] = [new ChurnedMap<string, number>(), new Map<string, number>()];
  for (let n = 0; n < 5_000; n++) {
    // Up to 300 at a time, and none now and then.
    for (const map of [ours, theirs]) map.set(`key ${n}`, n);
    const gone = n % 1_000 === 999 ? [...theirs.keys()] : n >= 300 ? [`key ${n - 300}`, 'never there'] : [];
    for (const key of gone) for (const map of [ours, theirs]) map.delete(key);
    if (n % 3 === 0) for (const map of [ours, theirs]) map.set(`key ${n - 7}`, -n);
    if (n % 97 > 0) continue;
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    expect([...ours.values()]).toEqual([...theirs.values()]);
    expect([ours.size, ours.get(`key ${n}`)]).toEqual([theirs.size, theirs.get(`key ${n}`)]);
  }
});

it('can be changed while its values are gone through', () => {
  const map = new ChurnedMap<number, number>();
  for (let n = 0; n < 400; n++) map.set(n, n);
  const seen: number[] = [];
  for (const value of map.values()) {
    seen.push(value);
    map.delete(value);
  }
  expect(seen).toHaveLength(400);
  expect(map.size).toBe(0);
});
