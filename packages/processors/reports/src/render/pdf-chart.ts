/** A bar for each day, or for several days where there are many. */
import type { ReportChart } from '../report-content.js';
import { type Canvas, COLORS, MARGIN } from './canvas.js';
import type { Page } from './page.js';

const HEIGHT = 110;
const MOST_BARS = 92;
/** Room for the numbers of the axis. */
const AXIS = 52;

interface Bar {
  readonly from: string;
  readonly to: string;
  readonly value: number | undefined;
}

export function drawChart(canvas: Canvas, { title, points }: ReportChart, { format }: Page): void {
  const bars = barsOf(points);
  const highest = Math.max(0, ...bars.map(({ value = 0 }) => value));
  if (highest === 0) return;
  if (!canvas.fits(HEIGHT + 50)) canvas.newPage();
  canvas.line(title, MARGIN, canvas.y, { size: 11, isBold: true, color: COLORS.ink, width: canvas.width });
  const top = canvas.y + 24;
  const bottom = top + HEIGHT;
  const [left, width] = [MARGIN + AXIS, canvas.width - AXIS];
  const scale = niceMaximum(highest);
  for (const part of [0, 0.5, 1]) {
    const y = bottom - part * HEIGHT;
    canvas.rule(left, y, width);
    const label = { size: 7, color: COLORS.muted, align: 'right', width: AXIS - 6 } as const;
    canvas.line(format.shortMoney(scale * part), MARGIN, y - 4, label);
  }
  const step = width / bars.length;
  for (const [index, { value }] of bars.entries()) {
    const x = left + index * step + step * 0.14;
    const height = value === undefined ? 2 : (Math.max(0, value) / scale) * HEIGHT;
    if (height > 0)
      canvas.box(x, bottom - height, step * 0.72, height, value === undefined ? COLORS.line : COLORS.accent);
  }
  const [first, last] = [bars[0], bars.at(-1)];
  const label = { size: 7, color: COLORS.muted, width: width / 2 };
  if (first) canvas.line(format.day(first.from), left, bottom + 5, label);
  if (last && bars.length > 1)
    canvas.line(format.day(last.to), left + width / 2, bottom + 5, { ...label, align: 'right' });
  canvas.y = bottom + 32;
}

function barsOf(points: ReportChart['points']): Bar[] {
  const size = Math.ceil(points.length / MOST_BARS);
  const bars: Bar[] = [];
  for (let index = 0; index < points.length; index += size) {
    const days = points.slice(index, index + size);
    const known = days.flatMap(({ value }) => (value === undefined ? [] : [value]));
    bars.push({
      from: days[0]?.day ?? '',
      to: days.at(-1)?.day ?? '',
      value: known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0),
    });
  }
  return bars;
}

/** A round number that is not far above. */
function niceMaximum(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 4, 5, 6, 8].find((factor) => factor * power >= value) ?? 10) * power;
}
