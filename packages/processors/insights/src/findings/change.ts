/**
 * The figure of a period against that of the equal period before it, and against the same weekdays a year before.
 *
 * - The test: the difference in standard deviations of its noise, which is that of the days (median absolute deviation of the
 *   differences to the same weekday a week before), more where neighbouring days go together. The p-values of all metrics are
 *   adjusted together (Benjamini and Hochberg, 1995).
 * - The season: where earlier years are known, the change that the same weeks had then is expected, and a change has to be
 *   beyond each of these too. One that comes each year is not told, nor one that came in one of the last years.
 * - The typical day: a sum that one spike has moved is told as that spike. A change is one that the median day has made too.
 */
import { defined } from '@bizinsights/jobs-core/define';
import type { MetricHistory } from '../metric-history.js';
import { divide, type Metric, type Point, rounded } from '../metrics.js';
import { dailyNoise, noiseMemory } from '../robust.js';
import type { Pieces } from '../series/pieces.js';
import { normalTails } from '../series/statistics/distributions.js';
import { falseDiscoveryRates } from '../series/statistics/false-discovery.js';
import { type Finding, impactOf, leastNoise, relativeChange, seriesOf, unitOf } from './finding.js';
import { typicalMove } from './typical-day.js';

/** Of the changes that are told, so many may be noise: three standard deviations for one metric alone. */
const FALSE_CHANGES = 0.003;

/** A smaller change is not told: 0.05 is 5 %. */
const LEAST = 0.05;

/** Where the noise is unknown, a change is told when it is as large as this. */
const LEAST_WITHOUT_NOISE = 0.25;

/** So large a part of the days has to be comparable. */
const COMPARABLE = 0.5;

/** How much of a change the typical day has made, at least. */
const TYPICAL = 0.5;

/** How many days the noise is judged by, at least. */
const NOISE_DAYS = 91;

/** So many days say what a weekday usually is, at least. */
const WEEKDAY_DAYS = 56;

/** 52 weeks: the same weekday a year before. */
const YEAR = 364;

/** So many years before say what the season is. */
const YEARS = [1, 2, 3];

/** No more days go into the evidence. */
const PLOTTED = 365;

/**
 * Compares the last days with as many before them, day by day: a day that is uncertain is left out together with the one that
 * it stands against. Ratios come from the sums. Nothing is concluded where less than half of the days is left.
 */
export function* findChanges(metrics: readonly MetricHistory[]): Pieces<readonly Finding[]> {
  const judged: Judged[] = [];
  for (const one of metrics) {
    const own = judge(one);
    if (own) judged.push(own);
    yield;
  }
  const rates = falseDiscoveryRates(Float64Array.from(judged, ({ p }) => p ?? 1));
  const found: Finding[] = [];
  for (const [index, one] of judged.entries()) {
    const finding = tell(one, rates[index] ?? 1);
    if (finding) found.push(finding);
    yield;
  }
  return found;
}

interface Judged {
  readonly of: MetricHistory;
  readonly compared: Comparison;
  readonly yearBefore?: Comparison;
  /** What the season of each known year makes of the period before. */
  readonly seasonal: readonly number[];
  readonly score?: number;
  /** Undefined where the noise is unknown. */
  readonly p?: number;
}

function judge(of: MetricHistory): Judged | undefined {
  const { metric, points, history } = of;
  const { length } = history;
  const compared = compare(metric, points, length, 0);
  if (!compared) return undefined;
  const { value, expected } = compared;
  // A year's period before is the year before.
  const seasons = length < YEAR ? YEARS.flatMap((years) => seasonOf(of, compared, years) ?? []) : [];
  const scores = [compared, ...seasons].map((one) => scoreOf(value - one.expected, one.noise));
  const least = scores.reduce((one, other) => (Math.abs(other ?? 0) < Math.abs(one ?? 0) ? other : one));
  const isOneWay = seasons.every((season) => value > expected === value > season.expected);
  return {
    of,
    compared,
    seasonal: seasons.map((season) => season.expected),
    ...defined({
      yearBefore: length < YEAR ? compareYears(of) : undefined,
      score: scores[0],
      // All tests have to hold: the largest p is that of all (Berger, 1982).
      p: least === undefined ? undefined : isOneWay ? normalTails(least) : 1,
    }),
  };
}

function tell({ of, compared, yearBefore, seasonal, score, p }: Judged, rate: number): Finding | undefined {
  const { metric, points, history } = of;
  const { length, period, calendar } = history;
  const { value, expected, earlier, later, days } = compared;
  const change = relativeChange(value, expected);
  const excesses = seasonal.map((other) => relativeChange(value, other));
  const size = Math.min(...[change, ...excesses].map((one) => (one === undefined ? 1 : Math.abs(one))));
  const isBeyondNoise = p !== undefined && rate <= FALSE_CHANGES;
  if (value === expected || (p !== undefined && !isBeyondNoise)) return undefined;
  if (size < (isBeyondNoise ? LEAST : LEAST_WITHOUT_NOISE) || !isTypical(of, compared)) return undefined;
  const { unit } = metric;
  const sign = value > expected ? 1 : -1;
  return {
    kind: 'change',
    topic: `change:${metric.name}:${period}`,
    metric,
    impact: impactOf(unit, change === undefined ? undefined : sign * size, isBeyondNoise),
    evidence: {
      method: 'period-before',
      ...unitOf(metric, calendar),
      window: rangeOf(later),
      before: rangeOf(earlier),
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      ...defined({
        change: change === undefined ? undefined : rounded('share', change),
        score: score === undefined ? undefined : rounded('count', score),
        p: p === undefined ? undefined : rounded('share', rate),
        yearBefore: yearBefore && yearBeforeOf(metric, yearBefore),
      }),
      direction: value > expected ? 'up' : 'down',
      days: { compared: days, left: length - days },
      series: seriesOf(unit, points.slice(-2 * length).slice(-PLOTTED)),
    },
  };
}

/** Two groups of as many days. */
interface Comparison {
  readonly earlier: readonly Point[];
  readonly later: readonly Point[];
  /** How many days are in both. */
  readonly days: number;
  readonly value: number;
  readonly expected: number;
  /** The standard deviation of their difference, if they differ by noise alone. Undefined where it is unknown. */
  readonly noise: number | undefined;
}

/** @param ago how many days ago the later days end */
function compare(metric: Metric, points: readonly Point[], length: number, ago: number): Comparison | undefined {
  const until = points.slice(0, Math.max(0, points.length - ago));
  const around = until.slice(-Math.max(2 * length, NOISE_DAYS));
  return compareDays(metric, until.slice(-2 * length, -length), until.slice(-length), around);
}

/** @param around the days that the noise is judged by */
function compareDays(
  metric: Metric,
  earlier: readonly Point[],
  later: readonly Point[],
  around: readonly Point[],
): Comparison | undefined {
  const pairs = later.flatMap((point, index) => {
    const before = earlier[index];
    return before && !before.isUncertain && !point.isUncertain ? [{ point, before }] : [];
  });
  if (earlier.length < later.length || pairs.length === 0 || pairs.length < COMPARABLE * later.length) return undefined;
  const now = sumOf(
    metric,
    pairs.map(({ point }) => point),
  );
  const then = sumOf(
    metric,
    pairs.map(({ before }) => before),
  );
  const [value, expected] = [ratioOf(now), ratioOf(then)];
  // Nothing in either is no figure to judge.
  if (value === undefined || expected === undefined || (value === 0 && expected === 0)) return undefined;
  const noise = noiseOf(metric, around, now, then, pairs.length);
  return { earlier, later, days: pairs.length, value, expected, noise };
}

/** The window and the same weekdays a year before. */
function compareYears(of: MetricHistory): Comparison | undefined {
  const { metric, points, history } = of;
  const then = sinceBegin(of).slice(0, -YEAR);
  return compareDays(metric, then.slice(-history.length), points.slice(-history.length), points.slice(-history.length));
}

/** What the same weeks did some years before, on the period before, and the noise of the difference to that. */
function seasonOf(of: MetricHistory, { expected, noise }: Comparison, years: number) {
  const then = compare(of.metric, sinceBegin(of), of.history.length, years * YEAR);
  if (!then || !(then.value > 0 && then.expected > 0 && expected > 0)) return undefined;
  const factor = then.value / then.expected;
  // Of the quotient of two noisy figures, relative to it: both differences have the noise of two periods.
  const relative = Math.hypot((noise ?? 0) / expected, (then.noise ?? 0) / then.expected);
  return { expected: expected * factor, noise: noise === undefined ? undefined : expected * factor * relative };
}

/** What is before the first figure is unknown, and no year before. */
function sinceBegin({ points, values }: MetricHistory): readonly Point[] {
  const begin = values.findIndex((value) => value !== null);
  return points.map((point, index) => (index < begin ? { ...point, isUncertain: true } : point));
}

/** Undefined where the noise is unknown; infinite where there is none. */
function scoreOf(difference: number, noise: number | undefined): number | undefined {
  if (noise === undefined) return undefined;
  return noise > 0 ? difference / noise : Math.sign(difference) * Number.MAX_SAFE_INTEGER;
}

/** Whether the typical day has moved as the sum has. It can't be asked where most days have nothing. */
function isTypical({ metric, points, history: { length } }: MetricHistory, compared: Comparison): boolean {
  const { value, expected, days, earlier, later } = compared;
  const reference = points.slice(-Math.max(2 * length, WEEKDAY_DAYS)).filter(({ isUncertain }) => !isUncertain);
  if (reference.filter(({ amount }) => amount === 0).length > reference.length / 2) return true;
  const typical = typicalMove(reference, earlier, later);
  const move = (value - expected) / (metric.dividedBy === undefined ? days : 1);
  return typical === undefined || typical / move >= TYPICAL;
}

function yearBeforeOf({ unit }: Metric, { earlier, value, expected }: Comparison) {
  const change = relativeChange(value, expected);
  return {
    ...rangeOf(earlier),
    value: rounded(unit, expected),
    ...(change === undefined ? {} : { change: rounded('share', change) }),
  };
}

/** The amounts of several days, and what they are divided by. */
interface Sum {
  readonly amount: number;
  readonly per: number;
}

function sumOf({ dividedBy }: Metric, points: readonly Point[]): Sum {
  const total = (figure: 'amount' | 'per') => points.reduce((sum, point) => sum + point[figure], 0);
  return { amount: total('amount'), per: dividedBy === undefined ? 1 : total('per') };
}

const ratioOf = ({ amount, per }: Sum) => divide(amount, per);

/**
 * The standard deviation of the difference between two periods that differ by noise alone. Of a ratio by how far each day's
 * amount is from what its denominator lets expect.
 */
function noiseOf(metric: Metric, points: readonly Point[], now: Sum, then: Sum, days: number): number | undefined {
  const ratio = metric.dividedBy === undefined ? 0 : (now.amount + then.amount) / (now.per + then.per);
  const residuals = points.map(({ amount, per, isUncertain }) => (isUncertain ? undefined : amount - ratio * per));
  const daily = dailyNoise(residuals);
  if (daily === undefined) return undefined;
  const least = metric.dividedBy === undefined ? leastNoise(metric.unit, then.amount / days) : 0;
  return Math.max(daily, least) * Math.sqrt(days * noiseMemory(residuals)) * Math.hypot(1 / now.per, 1 / then.per);
}

function rangeOf(points: readonly Point[]) {
  return { from: points[0]?.day ?? '', to: points.at(-1)?.day ?? '' };
}
