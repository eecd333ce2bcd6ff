import { expect, it } from 'vitest';
import { FloodGate } from './flood-gate.js';

it('lets so many of each kind through in a time, and says behind it how many it has held back', () => {
  let now = 1_000;
  const gate = new FloodGate({ max: 2, per: 100 }, () => now);
  const pass = (kind: string, times: number) => Array.from({ length: times }, () => gate.pass(kind));
  expect(pass('a', 5)).toEqual([0, 0, undefined, undefined, undefined]);
  expect(pass('b', 1)).toEqual([0]);
  now += 100;
  expect(pass('a', 2)).toEqual([3, 0]);
  // A clock that was set back holds nobody back for longer.
  now -= 10_000;
  expect(pass('a', 1)).toEqual([0]);
});

it('remembers a bounded number of kinds', () => {
  const gate = new FloodGate({ max: 1, per: 100 }, () => 0);
  expect(gate.pass('first')).toBe(0);
  for (let nth = 0; nth < 1_000; nth++) gate.pass(`kind ${nth}`);
  expect(gate.pass('first')).toBe(0);
});
