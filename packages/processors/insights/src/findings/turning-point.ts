/**
 * Where the direction of a period has changed: two Theil–Sen lines, with the break where they leave the least absolute distance
 * (least absolute deviation, as in the broken lines of Bai, Econometric Theory 11, 1995). It is told where both intervals
 * exclude 0 on opposite sides, both movements are large, and the two lines fit much better than one, or than a step. Only
 * against earlier years: without them, the end of a season looks the same.
 */
import type { MetricHistory } from '../metric-history.js';
import type { Series } from '../series/input.js';
import { type Deseasonalized, deseasonalized } from './deseasonalized.js';
import { lineEvidence, movementOf } from './direction.js';
import { type Finding, impactOf } from './finding.js';
import { isNearZero } from './leading.js';
import { type Line, lineDistance, lineOf, mediansOf, partOf, stepDistance } from './lines.js';

/** A smaller movement before or after is not told: 0.1 is 10 %. */
const LEAST = 0.1;

/** In shorter periods two directions are noise. */
const LEAST_DAYS = 60;

/** The days on each side of the break, at least. */
const LEAST_SIDE = 28;

/** The two lines may leave so much of the distance that one line, or a step, does. */
const BETTER = 0.7;

/** A jump at the break, as part of the smaller movement: a larger one is a level shift. */
const JUMP = 0.5;

/** Days in a row of which the break is looked for in the median. */
const WIDTH = 3;

export function findTurningPoint(of: MetricHistory): readonly Finding[] {
  if (of.history.length < LEAST_DAYS || isNearZero(of)) return [];
  const views = deseasonalized(of);
  const view = views.find(({ hasYear }) => hasYear);
  const turn = view && turnOf(view);
  if (!view || !turn) return [];
  // The days alone have to show it too.
  const isEverywhere = views.every((other) => {
    const [before, after] = splitAt(other.series, turn.index);
    return before && after && isTurn(before, after, other);
  });
  return isEverywhere ? [tell(of, turn)] : [];
}

interface Turn {
  /** Of the first value of the new direction. */
  readonly index: number;
  readonly before: Line;
  readonly after: Line;
  readonly view: Deseasonalized;
}

function turnOf(view: Deseasonalized): Turn | undefined {
  const { series, days } = view;
  const width = days === 1 ? WIDTH : 1;
  const least = Math.ceil(LEAST_SIDE / days);
  const coarse = mediansOf(series, width);
  const places = [...coarse.values.keys()].filter(
    (place) => place * width >= least && series.values.length - place * width >= least,
  );
  const breaks = places.map((place) => ({ place, distance: distanceOf(coarse, place) }));
  const best = breaks.toSorted((a, b) => a.distance - b.distance)[0];
  const one = lineOf(coarse);
  if (!best || !one) return undefined;
  const others = Math.min(one.distance, stepDistance(coarse, 2));
  if (!(best.distance <= BETTER * others)) return undefined;
  const index = best.place * width;
  const [before, after] = splitAt(series, index);
  if (!before || !after || !isTurn(before, after, view)) return undefined;
  const jump = Math.abs(after.first - before.last);
  const smaller = Math.min(...[before, after].map((line) => Math.abs(line.last - line.first)));
  return jump <= JUMP * smaller ? { index, before, after, view } : undefined;
}

function splitAt(series: Series, place: number): readonly [Line | undefined, Line | undefined] {
  const [before, after] = partsAt(series, place);
  return [lineOf(before), lineOf(after)];
}

function partsAt(series: Series, place: number): readonly [Series, Series] {
  return [partOf(series, 0, place), partOf(series, place, series.values.length)];
}

/** Of all values from two lines, on the average. Infinite where too few are known on a side. */
function distanceOf(series: Series, place: number): number {
  const [before, after] = partsAt(series, place).map(lineDistance);
  if (before === undefined || after === undefined) return Number.POSITIVE_INFINITY;
  return (before * place + after * (series.values.length - place)) / series.values.length;
}

function isTurn(before: Line, after: Line, view: Deseasonalized): boolean {
  const isSure = [before, after].every(({ lower, upper }) => lower * upper > 0);
  const isLarge = [before, after].every((line) => Math.abs(movementOf(line, view)) >= LEAST);
  return isSure && isLarge && before.slope > 0 !== after.slope > 0;
}

function tell(of: MetricHistory, { index, after, view }: Turn): Finding {
  const { metric, points, history } = of;
  const { series, days } = view;
  const window = points.slice(-series.values.length * days);
  const evidence = lineEvidence(of, after, view, window.slice(index * days), window);
  return {
    kind: 'turning-point',
    topic: `turning-point:${metric.name}:${history.period}`,
    metric,
    impact: impactOf(metric.unit, evidence.change, true) === 'low' ? 'low' : 'medium',
    evidence,
  };
}
