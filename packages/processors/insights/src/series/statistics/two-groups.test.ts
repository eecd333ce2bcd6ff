import { expect, test } from 'vitest';
import { random } from '../fixtures/random.js';
import { twoGroupsOf } from './two-groups.js';

type Draw = (source: ReturnType<typeof random>) => number;

const normal: Draw = (source) => source.normal();
const laplace: Draw = (source) => -Math.log(1 - source.uniform()) * (source.uniform() < 0.5 ? -1 : 1);

function noiseOf(draw: Draw, count = 730, seed = 5): Float64Array {
  const source = random(seed);
  return Float64Array.from({ length: count }, () => draw(source));
}

const medianDistance = (values: Float64Array) => values.map(Math.abs).sort()[values.length >> 1] ?? 0;

test('an event has to stand out of the tail of its noise', () => {
  const far = ([normal, laplace, (source) => source.student(3)] as Draw[]).map((draw) => {
    const noise = noiseOf(draw);
    return twoGroupsOf(noise).reach(1) / medianDistance(noise);
  });
  const [ofNormal = 0, ofLaplace = 0, ofStudent = 0] = far;
  expect(ofNormal).toBeGreaterThan(5);
  expect(ofNormal).toBeLessThan(8);
  expect(ofLaplace).toBeGreaterThan(1.3 * ofNormal);
  expect(ofStudent).toBeGreaterThan(1.3 * ofNormal);
});

test('a few events are found and do not make the tails heavy', () => {
  const noise = noiseOf(normal);
  for (const index of [50, 200, 400, 650]) noise[index] = 8;
  const { noise: chance, reach } = twoGroupsOf(noise);
  expect(chance(8)).toBeLessThan(0.01);
  expect(chance(2)).toBeGreaterThan(0.99);
  expect(reach(1)).toBeLessThan(6);
});

test('each side has its own tail', () => {
  const noise = noiseOf((source) => Math.exp(0.6 * source.normal()) - 1);
  const { reach } = twoGroupsOf(noise);
  expect(reach(1)).toBeGreaterThan(1.5 * reach(-1));
});

test('what is farther is never more likely noise, and the reach is where both are as likely', () => {
  const { noise, reach } = twoGroupsOf(noiseOf((source) => source.student(2)));
  let last = 1;
  for (let distance = 0.01; distance < 1e7; distance *= 1.3) {
    const chance = noise(distance);
    expect(chance).toBeLessThanOrEqual(last);
    last = chance;
  }
  for (const sign of [1, -1] as const) expect(noise(sign * reach(sign))).toBeCloseTo(0.5, 6);
});

test('of values that are mostly as expected, and of none', () => {
  const values = new Float64Array(200);
  values[120] = 50;
  expect(twoGroupsOf(values).noise(50)).toBeLessThan(0.5);
  expect(twoGroupsOf(values).noise(0)).toBeGreaterThan(0.9);
  expect(twoGroupsOf(new Float64Array(20)).noise(1)).toBe(1);
  expect(twoGroupsOf(new Float64Array(0)).reach(1)).toBe(0);
});
