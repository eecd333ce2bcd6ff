/** A small chart without a script: the days that are judged are marked, and days that are not known are gaps. */
const WIDTH = 600;
const HEIGHT = 120;
const EDGE = 6;

interface SparkLineProps {
  readonly label: string;
  readonly series: readonly { readonly day: string; readonly value: number | null }[];
  readonly window: { readonly from: string; readonly to: string };
  /** Drawn as a dashed line. */
  readonly expected: number | undefined;
}

export function SparkLine({ label, series, window, expected }: SparkLineProps) {
  const known = series.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return null;
  const lowest = Math.min(0, ...known, expected ?? 0);
  const span = Math.max(...known, expected ?? 0) - lowest || 1;
  const step = (WIDTH - 2 * EDGE) / Math.max(1, series.length - 1);
  const x = (index: number) => EDGE + index * step;
  const y = (value: number) => HEIGHT - EDGE - ((value - lowest) / span) * (HEIGHT - 2 * EDGE);
  const judged = series.flatMap(({ day }, index) => (day >= window.from && day <= window.to ? [index] : []));
  const first = judged[0];
  return (
    <svg className="spark-line" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {first === undefined ? null : (
        <rect
          className="spark-line-window"
          x={Math.max(0, x(first) - EDGE)}
          y={0}
          width={(judged.length - 1) * step + 2 * EDGE}
          height={HEIGHT}
        />
      )}
      {expected === undefined ? null : (
        <line className="spark-line-expected" x1={0} x2={WIDTH} y1={y(expected)} y2={y(expected)} />
      )}
      <path
        className="spark-line-path"
        d={series
          .map(({ value }, index) => {
            if (value === null) return '';
            const isBehindGap = (series[index - 1]?.value ?? null) === null;
            // A day between two gaps is a dot.
            return `${isBehindGap ? 'M' : 'L'}${x(index)} ${y(value)}${isBehindGap ? 'h0.01' : ''}`;
          })
          .join('')}
      />
    </svg>
  );
}
