import { describe, expect, test } from 'vitest';
import { detectAnomalies } from '../detect-anomalies.js';
import { type Random, random } from '../fixtures/random.js';
import { oneOfEachRun, runsIn } from './runs.js';

const WEEK = [1, 1.05, 1.1, 1.1, 1.2, 0.85, 0.7];

const NOISES: ReadonlyMap<string, (mean: number, source: Random) => number> = new Map([
  ['normal', (mean, source) => mean * (1 + 0.06 * source.normal())],
  ['lognormal', (mean, source) => mean * Math.exp(0.06 * source.normal())],
  ['Poisson', (mean, source) => source.count(mean)],
  ['negative binomial', (mean, source) => source.count(mean, 800)],
]);

interface Shop {
  readonly days: number;
  readonly noise?: string;
  /** What a day has in these days, as a share of what is usual. */
  readonly event?: { readonly first: number; readonly length: number; readonly times: number };
  readonly hasWeek?: boolean;
}

/** About 300 orders a day. */
function ordersOf(seed: number, { days, noise = 'normal', event, hasWeek = false }: Shop): number[] {
  const source = random(seed);
  const noisy = NOISES.get(noise) ?? ((mean) => mean);
  return Array.from({ length: days }, (_, day) => {
    const isIn = event !== undefined && day >= event.first && day < event.first + event.length;
    return noisy(300 * (hasWeek ? (WEEK[day % 7] ?? 1) : 1) * (isIn ? event.times : 1), source);
  });
}

/** In how many of the shops something is found in its days, and how much is found outside of them. */
function foundIn(
  seeds: readonly number[],
  shop: Required<Pick<Shop, 'event'>> & Shop,
): [found: number, outside: number] {
  const { first, length, times } = shop.event;
  let found = 0;
  let outside = 0;
  for (const seed of seeds) {
    const all = detectAnomalies(ordersOf(seed, shop));
    const within = all.filter(({ index }) => index >= first - 1 && index <= first + length);
    if (within.some(({ kind }) => kind === 'shift' || (kind === 'spike') === times > 1)) found += 1;
    outside += all.length - within.length;
  }
  return [found, outside];
}

const SEEDS = [1, 2, 3, 4];

describe.each([-1, 1])('days in a row are found (direction %d)', (sign) => {
  // What is just visible beside the noise of a day is an event where enough days show what is usual.
  test.each([
    [2, 0.5, 60],
    [3, 0.3, 200],
    [5, 0.5, 60],
    [7, 0.3, 200],
    [7, 0.67, 40],
    [10, 0.5, 60],
    [10, 0.75, 60],
    [14, 0.5, 150],
    [14, 0.75, 150],
  ])('%d days by %d, in series from %d values on', (length, depth, from) => {
    for (const days of [40, 60, 90, 150, 250].filter((one) => one >= from)) {
      const first = Math.floor(days / 2) - 3;
      const [found, outside] = foundIn(SEEDS, { days, event: { first, length, times: 1 + sign * depth } });
      expect(found, `of ${days} values`).toBeGreaterThanOrEqual(SEEDS.length - 1);
      expect(outside, `of ${days} values`).toBeLessThanOrEqual(1);
    }
  });

  test.each([...NOISES.keys()])('a week by two thirds, noise %s, with a season of a week', (noise) => {
    for (const days of [60, 90, 150, 365]) {
      const event = { first: Math.floor(days / 2), length: 7, times: 1 + sign * 0.67 };
      const [found] = foundIn(SEEDS, { days, noise, event, hasWeek: true });
      expect(found, `of ${days} values`).toBeGreaterThanOrEqual(SEEDS.length - 1);
    }
  });

  test('two weeks in half a year', () => {
    const event = { first: 90, length: 14, times: 1 + sign * 0.67 };
    expect(foundIn(SEEDS, { days: 180, event })[0]).toBeGreaterThanOrEqual(SEEDS.length - 1);
  });
});

test('the same series without events have few', () => {
  const all = [...NOISES.keys()].flatMap((noise) =>
    [40, 60, 90, 150, 250].flatMap((days) => SEEDS.map((seed) => detectAnomalies(ordersOf(seed, { days, noise })))),
  );
  expect(all.filter((found) => found.length > 0).length).toBeLessThanOrEqual(all.length / 15);
});

test('of days that are far off in one direction one is kept, and days between them part them', () => {
  const usual = [0.5, -0.5, 1, -1, 0.7, -0.7, 0.9, -0.9];
  const rest = [...usual, 8, 9, 7, 1, 6, -6, ...usual];
  expect([...oneOfEachRun(Float64Array.from(rest))]).toEqual([...usual, 8, 1, 6, -6, ...usual]);
  const places = Float64Array.from(rest, (_, index) => index);
  const inRuns = [...runsIn(Float64Array.from(rest), places)].flatMap((isIn, index) => (isIn === 1 ? [index] : []));
  expect(inRuns).toEqual([8, 9, 10]);
});
