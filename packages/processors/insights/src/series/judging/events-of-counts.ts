/**
 * Which counts near zero are events: as of measures, two groups, noise and events. Here the law of the noise is Poisson's or the
 * negative binomial's, and how much it varies is weighed: estimated by all counts it is too much, since the events are among them.
 */
import { at } from '../at.js';
import { logGamma } from '../statistics/distributions.js';
import { eventsWithin, SHARES } from '../statistics/noise-laws.js';
import { NOISE } from '../statistics/two-groups.js';

export interface CountEvents {
  /** The chance that a count is noise beside this mean. */
  noise(count: number, mean: number): number;
  /** The counts that are more likely noise. */
  usual(mean: number): { readonly lower: number; readonly upper: number };
}

/** The size of the negative binomial distribution, times what it was estimated to be: the larger, the less it varies. */
const SIZES = [0.6, 1, 1.6, 2.5, 5, Number.POSITIVE_INFINITY];
/** From here on it is nearly Poisson's. */
const LARGE = 300;
const LEAST_MEAN = 0.01;
/** Of a distance. */
const WIDE = 1e-9;
/** Counts beside a mean. */
const ONE_BY_ONE = 100;

/** @param size that was estimated */
export function eventsOfCounts(counts: Float64Array, means: Float64Array, size: number): CountEvents {
  const sizes = new Set(SIZES.map((times) => (times * size > LARGE ? Number.POSITIVE_INFINITY : times * size)));
  const laws = [...sizes].map(lawOf);
  const own = laws.map(({ noise, event }) => ({
    noise: counts.map((count, index) => noise(count, at(means, index))),
    event: counts.map((count, index) => event(count, at(means, index))),
  }));
  const likelihoods = own.flatMap(({ noise, event }) =>
    SHARES.map((share) => noise.reduce((sum, one, index) => sum + Math.log(mixed(share, one, at(event, index))), 0)),
  );
  const most = Math.max(...likelihoods);
  const weights = likelihoods.map((one) => Math.exp(one - most));
  const total = weights.reduce((sum, one) => sum + one, 0);
  const chance = (count: number, mean: number) => {
    let sum = 0;
    let order = 0;
    for (const law of laws) {
      const [noise, event] = [law.noise(count, mean), law.event(count, mean)];
      for (const share of SHARES) sum += ((weights[order++] ?? 0) * (1 - share) * noise) / mixed(share, noise, event);
    }
    return sum / total;
  };
  return {
    noise: chance,
    usual: (mean) => {
      const isUsual = (count: number) => count >= 0 && chance(count, mean) >= NOISE;
      return { lower: lastFrom(Math.floor(mean), -1, isUsual), upper: lastFrom(Math.ceil(mean), 1, isUsual) };
    },
  };
}

/**
 * The last count from one on of which something holds. So many are looked at one by one, and what is farther away by doubled and
 * halved steps: a million visits among two a day took seconds, and beyond 2^53 the next count is the same number.
 */
function lastFrom(count: number, sign: 1 | -1, holds: (count: number) => boolean): number {
  let last = count;
  for (let steps = 0; steps < ONE_BY_ONE; steps++) {
    if (!holds(last + sign)) return last;
    last += sign;
  }
  let step = 1;
  for (; Number.isFinite(step) && holds(last + sign * step); step *= 2) last += sign * step;
  for (; step >= 1; step /= 2) if (holds(last + sign * step)) last += sign * step;
  return last;
}

function mixed(share: number, noise: number, event: number): number {
  return (1 - share) * noise + share * event + Number.MIN_VALUE;
}

interface CountLaw {
  noise(count: number, mean: number): number;
  event(count: number, mean: number): number;
}

function lawOf(size: number): CountLaw {
  // Most counts are one of few.
  const known = new Map<number, number>();
  const waysOf = (count: number) => {
    const ways = known.get(count) ?? logWays(count, size);
    known.set(count, ways);
    return ways;
  };
  return {
    noise: (count, mean) => Math.exp(logShare(count, Math.max(mean, LEAST_MEAN), size, waysOf(count))),
    event: (count, mean) => {
      const own = Math.max(mean, LEAST_MEAN);
      const distance = Math.abs(count - own);
      const reach = reachOf(own, size, count > own ? 1 : -1);
      // Of a larger count the shares of its neighbours are the same to all digits: a wider part, and of it as much as one count has.
      const half = Math.max(0.5, distance * WIDE);
      const share = eventsWithin((distance + half) / reach) - eventsWithin((distance - half) / reach);
      return (share * 0.5) / half;
    },
  };
}

/** What the logarithm of the share of a count has whatever the mean is. */
function logWays(count: number, size: number): number {
  if (size === Number.POSITIVE_INFINITY) return -logGamma(count + 1);
  return logGamma(count + size) - logGamma(size) - logGamma(count + 1);
}

/** The logarithm of the share of one count. */
function logShare(count: number, mean: number, size: number, ways: number): number {
  if (size === Number.POSITIVE_INFINITY) return count * Math.log(mean) - mean + ways;
  return ways + size * Math.log(size / (size + mean)) + count * Math.log(mean / (size + mean));
}

/** Of the normal distribution, what is beyond it once in a thousand values; and what a skewness of 1 adds to it (Cornish and Fisher, 1938). */
const NORMAL_REACH = 3.09;
const SKEWED = (NORMAL_REACH ** 2 - 1) / 6;

/** How far from the mean noise is once in a thousand counts. */
function reachOf(mean: number, size: number, sign: 1 | -1): number {
  const deviation = Math.sqrt(mean + mean ** 2 / size);
  return Math.max(deviation, NORMAL_REACH * deviation + sign * SKEWED * (1 + (2 * mean) / size));
}
