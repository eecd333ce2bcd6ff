/** What a line through the days of a metric says, in the metric's own unit. */
import type { InsightEvidence } from '../evidence.js';
import type { MetricHistory } from '../metric-history.js';
import { type Point, rounded } from '../metrics.js';
import { median } from '../robust.js';
import type { Deseasonalized } from './deseasonalized.js';
import { seriesOf, unitOf } from './finding.js';
import type { Line } from './lines.js';

/** Standard deviations to the bound of the interval of 95 %. */
const REACH = 1.96;

/** From the beginning of a line to its end, relative to the beginning. */
export function movementOf({ first, last }: Line, { isRelative }: Deseasonalized): number {
  if (isRelative) return Math.expm1(last - first);
  return first === 0 ? 0 : (last - first) / Math.abs(first);
}

/** Of the slope, in standard deviations. */
export function deviationOf({ lower, upper }: Line): number {
  return (upper - lower) / (2 * REACH);
}

/**
 * The line as evidence: from the level at its beginning (`expected`) to that at its end (`value`).
 *
 * @param days those of the line
 * @param plotted these, and those before them that are plotted too
 */
export function lineEvidence(
  { metric, history }: MetricHistory,
  line: Line,
  view: Deseasonalized,
  days: readonly Point[],
  plotted: readonly Point[],
): InsightEvidence {
  const { unit } = metric;
  const change = movementOf(line, view);
  const level =
    median(days.flatMap(({ value, isUncertain }) => (value === undefined || isUncertain ? [] : [value]))) ?? 0;
  const half = Math.sqrt(1 + change);
  const [from, to] = view.isRelative ? [level / half, level * half] : [line.first, line.last];
  // From a relative change of a day or week to one of a day in units, at the level of these days.
  const scale = (view.isRelative ? level : 1) / view.days;
  const perDay = (slope: number) => Number((slope * scale).toPrecision(6));
  const deviation = deviationOf(line);
  return {
    method: 'theil-sen',
    ...unitOf(metric, history.calendar),
    window: { from: days[0]?.day ?? '', to: days.at(-1)?.day ?? '' },
    value: rounded(unit, to),
    expected: rounded(unit, from),
    change: rounded('share', change),
    direction: line.slope > 0 ? 'up' : 'down',
    ...(deviation > 0 ? { score: rounded('count', line.slope / deviation) } : {}),
    slope: { perDay: perDay(line.slope), lower: perDay(line.lower), upper: perDay(line.upper) },
    series: seriesOf(unit, plotted),
  };
}
