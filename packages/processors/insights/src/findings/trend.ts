/**
 * The direction of a period: Theil and Sen's slope of the days without their season, with the interval of Kendall's tau (Sen,
 * 1968), wider where noise has a memory (Hamed and Rao, 1998). It is told where the interval excludes 0, the movement over the
 * period is large, and no step, which is a level shift, fits the days better than the line. Where earlier years are known, it has to
 * be a trend against their same weeks too.
 */
import type { MetricHistory } from '../metric-history.js';
import { type Deseasonalized, deseasonalized } from './deseasonalized.js';
import { deviationOf, lineEvidence, movementOf } from './direction.js';
import { type Finding, impactOf } from './finding.js';
import { isNearZero } from './leading.js';
import { type Line, lineOf, stepDistance } from './lines.js';

/** A smaller movement over the period is not told: 0.1 is 10 %. */
const LEAST = 0.1;

/** A week shows no trend. */
const LEAST_DAYS = 28;

/** On each side of a step. */
const LEAST_SIDE = 5;

/** A step that leaves less than this part of the line's distance fits better: it has its place to choose, and so a start. */
const STEP = 0.93;

/** The movement has to be larger than the noise of a day, in its standard deviations. */
const BEYOND_NOISE = 1;

/** The slope has to be so many of its standard deviations from 0: of many metrics in each run, one in twenty is too many. */
const SURE = 3;

/** Standard deviations in the mean distance of normal noise. */
const PER_DISTANCE = 1.25;

export function findTrend(of: MetricHistory): readonly Finding[] {
  const { metric, points, history } = of;
  const { length, period } = history;
  if (length < LEAST_DAYS || isNearZero(of)) return [];
  const trends = deseasonalized(of).map((view) => ({ view, line: trendOf(view) }));
  const lines = trends.flatMap(({ view, line }) =>
    line ? [{ view, line, size: Math.abs(movementOf(line, view)) }] : [],
  );
  // The smallest movement is that which the days show in each way.
  const [least] = lines.toSorted((a, b) => a.size - b.size);
  if (!least || lines.length < trends.length) return [];
  if (lines.some(({ line }) => line.slope > 0 !== least.line.slope > 0)) return [];
  const window = points.slice(-length);
  const evidence = lineEvidence(of, least.line, least.view, window, window);
  const impact = impactOf(metric.unit, evidence.change, true);
  // A direction is no alarm: what it has led to is one.
  return [
    {
      kind: 'trend',
      topic: `trend:${metric.name}:${period}`,
      metric,
      impact: impact === 'low' ? 'low' : 'medium',
      evidence,
    },
  ];
}

/** Undefined where there is no line, or none that is sure and large. */
function trendOf(view: Deseasonalized): Line | undefined {
  const line = lineOf(view.series);
  if (!line || !isSure(line) || Math.abs(movementOf(line, view)) < LEAST) return undefined;
  const isBeyondNoise = Math.abs(line.last - line.first) > BEYOND_NOISE * line.distance * PER_DISTANCE;
  return isBeyondNoise && stepDistance(view.series, LEAST_SIDE) >= STEP * line.distance ? line : undefined;
}

function isSure(line: Line): boolean {
  return line.lower * line.upper > 0 && Math.abs(line.slope) >= SURE * deviationOf(line);
}
