import { expect, it } from 'vitest';
import { roomOfEach } from './room.js';

it.each([
  { wanted: [], most: 1_000, each: 1_000 },
  { wanted: [5_000], most: 1_000, each: 1_000 },
  { wanted: [400, 600], most: 1_000, each: 1_000 },
  { wanted: [5_000, 200], most: 1_000, each: 800 },
  { wanted: [5_000, 200, 400, 500], most: 1_000, each: 266 },
  { wanted: Array.from({ length: 500 }, () => 5_000), most: 1_000, each: 100 },
])('gives each of $wanted no more than $each of $most', ({ wanted, most, each }) => {
  expect(roomOfEach(wanted, most)).toBe(each);
});
