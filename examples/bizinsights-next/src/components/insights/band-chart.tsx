'use client';

/**
 * The days of an insight, drawn without a script: what was usual as a band, what was expected as a dashed line, and the days
 * that it is about marked. What is forecast follows behind them. Days that are not known are gaps.
 *
 * A client component: React streams parts of a server component's `svg` in wrappers with a style inline, which the page's
 * policy refuses.
 */
import type { InsightEvidence, InsightPoint } from '@bizinsights/jobs-insights';
import { type Formats, formatDay } from '@/lib/figures/format';
import { formatFound } from '@/lib/figures/found';

const WIDTH = 600;
const HEIGHT = 140;
const EDGE = 6;

interface BandChartProps {
  readonly label: string;
  readonly evidence: InsightEvidence;
  readonly formats: Formats;
}

export function BandChart({ label, evidence, formats }: BandChartProps) {
  const { series, ahead = [], window } = evidence;
  const points = [...series, ...ahead];
  const heights = points.flatMap(heightsOf);
  const [first, last] = [points[0], points.at(-1)];
  if (heights.length === 0 || !first || !last) return null;
  const lowest = Math.min(0, ...heights);
  const highest = Math.max(...heights);
  const step = (WIDTH - 2 * EDGE) / Math.max(1, points.length - 1);
  const scale: Scale = {
    x: (index) => EDGE + index * step,
    y: (value) => HEIGHT - EDGE - ((value - lowest) / (highest - lowest || 1)) * (HEIGHT - 2 * EDGE),
  };
  const marked = series.flatMap(({ day, value }, index) =>
    day >= window.from && day <= window.to ? [{ day, value, index }] : [],
  );
  const isShort = marked.length <= MARKED_BY_DOTS;
  // Where all days are meant, none stands out.
  const shaded = marked.length === points.length ? undefined : marked[0];
  return (
    <figure className="band-chart">
      <figcaption className="band-chart-edge">{formatFound(highest, evidence, formats)}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {shaded === undefined ? null : (
          <rect
            className="band-chart-window"
            x={Math.max(0, scale.x(shaded.index) - EDGE)}
            y={0}
            width={(marked.length - 1) * step + 2 * EDGE}
            height={HEIGHT}
          />
        )}
        {runsOf(points, hasBand).map((run) => (
          <path key={run.from} className="band-chart-band" d={bandOf(run, scale)} />
        ))}
        <path className="band-chart-expected" d={lineOf(points, ({ expected }) => expected, scale)} />
        <path className="band-chart-line" d={lineOf(points, ({ value }) => value ?? undefined, scale)} />
        {isShort
          ? marked.flatMap(({ day, value, index }) =>
              value === null
                ? []
                : [<circle key={day} className="band-chart-mark" cx={scale.x(index)} cy={scale.y(value)} r={4.5} />],
            )
          : null}
      </svg>
      <p className="band-chart-edge band-chart-days">
        <span>{formatDay(first.day, formats)}</span>
        <span>{formatDay(last.day, formats)}</span>
      </p>
    </figure>
  );
}

/** What the lines and areas of all charts of the page mean. */
export function BandChartLegend() {
  return (
    <ul className="legend legend-insights">
      <li>
        <span className="legend-key" /> the figure of a day
      </li>
      <li>
        <span className="legend-key legend-before" /> expected
      </li>
      <li>
        <span className="legend-key legend-band" /> usual range
      </li>
      <li>
        <span className="legend-key legend-window" /> the days that it is about
      </li>
    </ul>
  );
}

/** More days are shown by their background alone. */
const MARKED_BY_DOTS = 7;

interface Scale {
  x(index: number): number;
  y(value: number): number;
}

function heightsOf({ value, expected, lower, upper }: InsightPoint): number[] {
  return [value, expected, lower, upper].filter((one): one is number => typeof one === 'number');
}

interface BandPoint extends InsightPoint {
  readonly lower: number;
  readonly upper: number;
}

const hasBand = (point: InsightPoint): point is BandPoint => point.lower !== undefined && point.upper !== undefined;

interface Run {
  readonly from: number;
  readonly points: BandPoint[];
}

/** The stretches without a gap. */
function runsOf(points: readonly InsightPoint[], isIn: (point: InsightPoint) => point is BandPoint): Run[] {
  const runs: Run[] = [];
  points.forEach((point, index) => {
    if (!isIn(point)) return;
    const before = runs.at(-1);
    if (before && before.from + before.points.length === index) before.points.push(point);
    else runs.push({ from: index, points: [point] });
  });
  return runs;
}

function bandOf({ from, points }: Run, { x, y }: Scale): string {
  const above = points.map(({ upper }, index) => `${x(from + index)} ${y(upper)}`);
  const below = points.map(({ lower }, index) => `${x(from + index)} ${y(lower)}`);
  return `M${[...above, ...below.toReversed()].join('L')}Z`;
}

/** A day between two gaps is a dot. */
function lineOf(
  points: readonly InsightPoint[],
  heightOf: (point: InsightPoint) => number | undefined,
  { x, y }: Scale,
): string {
  let isDrawing = false;
  return points
    .map((point, index) => {
      const value = heightOf(point);
      const [command, dot] = isDrawing ? ['L', ''] : ['M', 'h0.01'];
      isDrawing = value !== undefined;
      return value === undefined ? '' : `${command}${x(index)} ${y(value)}${dot}`;
    })
    .join('');
}
