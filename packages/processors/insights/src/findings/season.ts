/**
 * What repeats each week and each year: the pattern of robust STL (Cleveland, Cleveland, McRae and Terpenning, Journal of
 * Official Statistics 6, 1990), each day's as a part of its trend. Told of one metric, where it is strong and has been the same
 * in both halves of the time.
 */
import type { InsightEvidence } from '../evidence.js';
import type { MetricHistory } from '../metric-history.js';
import { rounded } from '../metrics.js';
import { median } from '../robust.js';
import { decomposeInPieces } from '../series/decompose.js';
import type { Pieces } from '../series/pieces.js';
import { type Finding, seriesOf, unitOf } from './finding.js';
import { isNearZero, leadingMetrics } from './leading.js';
import { weekdayOf } from './typical-day.js';

/** How far from their mean the highest or lowest weekday or month has to be: 0.2 is 20 %. */
const STRONG = 0.2;

interface Cycle {
  readonly of: 'week' | 'year';
  /** The days that are looked at: the last of the history. */
  readonly least: number;
  readonly most: number;
  readonly seasons: readonly number[];
  /** Of the seasons. */
  readonly place: number;
  readonly partOf: (day: string) => number;
  readonly plotted: number;
}

const CYCLES: readonly Cycle[] = [
  { of: 'week', least: 12 * 7, most: 52 * 7, seasons: [7], place: 0, partOf: weekdayOf, plotted: 56 },
  {
    of: 'year',
    // Half of it has to be a year.
    least: 2 * 365,
    most: 3 * 365,
    seasons: [7, 365.25],
    place: 1,
    partOf: (day) => new Date(day).getUTCMonth() + 1,
    plotted: 365,
  },
];

/** The week and the year of the first of the leading metrics that is known for long enough. */
export function* findSeasons(metrics: readonly MetricHistory[]): Pieces<readonly Finding[]> {
  const found: Finding[] = [];
  for (const cycle of CYCLES) {
    const [leading] = leadingMetrics(metrics, cycle.least).filter((metric) => !isNearZero(metric));
    if (leading) found.push(...(yield* seasonOf(leading, cycle)));
    yield;
  }
  return found;
}

function* seasonOf({ metric, points, values, history }: MetricHistory, cycle: Cycle): Pieces<readonly Finding[]> {
  const begin = Math.max(
    values.findIndex((value) => value !== null),
    values.length - cycle.most,
  );
  const days = points.slice(begin);
  const { trend, seasonal, residual } = yield* decomposeInPieces(values.slice(begin), { seasons: cycle.seasons });
  yield;
  const known = days.flatMap(({ day }, index) => {
    const [level, season] = [trend[index] ?? 0, seasonal[cycle.place]?.[index] ?? 0];
    if (values[begin + index] === null || level <= 0) return [];
    // The pattern is the same in each half where it is smooth: with what is left, it has to prove itself there.
    return [
      {
        index,
        part: cycle.partOf(day),
        factor: 1 + season / level,
        own: 1 + (season + (residual[index] ?? 0)) / level,
      },
    ];
  });
  const all = patternOf(known);
  const middle = days.length >> 1;
  const proved = known.map((one) => ({ ...one, factor: one.own }));
  const halves = [
    patternOf(proved.filter(({ index }) => index < middle)),
    patternOf(proved.filter(({ index }) => index >= middle)),
  ];
  if (!all || !isStrong(all) || !halves.every((one) => one && isAlike(one, all))) return [];
  const level = median(trend.filter((value) => value > 0)) ?? 0;
  const { unit } = metric;
  const finding: Finding = {
    kind: 'season',
    topic: `season:${metric.name}:${cycle.of}`,
    metric,
    impact: 'low',
    evidence: {
      method: 'seasonal-pattern',
      ...unitOf(metric, history.calendar),
      window: { from: days[0]?.day ?? '', to: days.at(-1)?.day ?? '' },
      value: rounded(unit, level * all.high.factor),
      expected: rounded(unit, level),
      change: rounded('share', all.high.factor - 1),
      season: { of: cycle.of, ...all },
      series: seriesOf(unit, points.slice(-cycle.plotted)),
    },
  };
  return [finding];
}

type Pattern = Pick<NonNullable<InsightEvidence['season']>, 'high' | 'low'>;

/** The highest and lowest weekday or month, against the mean of all. Undefined where one of them is unknown. */
function patternOf(days: readonly { readonly part: number; readonly factor: number }[]): Pattern | undefined {
  const factors = [...new Set(days.map(({ part }) => part))].map((at) => {
    const own = days.filter(({ part }) => part === at).map(({ factor }) => factor);
    return { at, factor: median(own) ?? 1 };
  });
  const mean = factors.reduce((sum, { factor }) => sum + factor, 0) / factors.length;
  const sorted = factors
    .map(({ at, factor }) => ({ at, factor: rounded('factor', factor / mean) }))
    .sort((a, b) => b.factor - a.factor);
  const [high, low] = [sorted[0], sorted.at(-1)];
  return high && low && mean > 0 ? { high, low } : undefined;
}

function isStrong({ high, low }: Pattern): boolean {
  return high.factor >= 1 + STRONG || low.factor <= 1 - STRONG;
}

/** The same weekday or month is the highest, or the lowest, and as strong. */
function isAlike(half: Pattern, all: Pattern): boolean {
  const isSame = (side: 'high' | 'low') =>
    half[side].at === all[side].at && Math.abs(half[side].factor - 1) >= 0.8 * STRONG;
  return (all.high.factor >= 1 + STRONG && isSame('high')) || (all.low.factor <= 1 - STRONG && isSame('low'));
}
