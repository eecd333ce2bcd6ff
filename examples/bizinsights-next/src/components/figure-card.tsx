import { type Formats, formatChange, formatDay, formatFigure } from '@/lib/figures/format';
import type { Figure } from '@/lib/figures/overview';
import { LineChart } from './line-chart';

/** One figure over time: its chart, and the table behind it. */
export function FigureCard({
  figure,
  formats,
  per,
}: {
  readonly figure: Figure;
  readonly formats: Formats;
  readonly per: string;
}) {
  const { key, label, unit, hint, value, points } = figure;
  return (
    <section className="card chart-card" id={key} aria-labelledby={`${key}-title`}>
      <div className="card-head">
        <div>
          <h2 id={`${key}-title`}>{label}</h2>
          <p className="quiet small">{hint}</p>
        </div>
        <p className="row">
          <span className="figure-value">{formatFigure(value, unit, formats)}</span>
          <Change figure={figure} formats={formats} />
        </p>
      </div>
      {points.some((point) => point.value !== null || point.valueBefore !== null) ? (
        <LineChart label={label} unit={unit} points={points} formats={formats} />
      ) : (
        <p className="chart chart-empty quiet">Nothing is known yet: connect a platform that brings it.</p>
      )}
      <details className="chart-table">
        <summary>Table of {label.toLowerCase()}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section className="table-scroll" tabIndex={0} aria-label={`${label} by ${per}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{per === 'week' ? 'Week from' : 'Day'}</th>
                <th scope="col" className="number">
                  {label}
                </th>
                <th scope="col">{per === 'week' ? 'Week before from' : 'Day before'}</th>
                <th scope="col" className="number">
                  Period before
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map((point) => (
                <tr key={point.day}>
                  <th scope="row">
                    {formatDay(point.day, formats)} {point.isProvisional ? <abbr title="provisional">*</abbr> : null}
                  </th>
                  <td className="number">{formatFigure(point.value, unit, formats)}</td>
                  <td className="quiet">{formatDay(point.dayBefore, formats)}</td>
                  <td className="number">{formatFigure(point.valueBefore, unit, formats)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <p className="quiet small">* provisional: it may still change. – not known.</p>
      </details>
    </section>
  );
}

/** A figure at a glance; leads to its chart. */
export function Tile({ figure, formats }: { readonly figure: Figure; readonly formats: Formats }) {
  const { key, label, unit, value, before } = figure;
  return (
    <a className="tile" href={`#${key}`}>
      <span className="tile-label">{label}</span>
      <span className="tile-value">{formatFigure(value, unit, formats)}</span>
      <span className="tile-change">
        <Change figure={figure} formats={formats} />
        <span>before: {formatFigure(before, unit, formats)}</span>
      </span>
    </a>
  );
}

function Change({ figure, formats }: { readonly figure: Figure; readonly formats: Formats }) {
  const { change, isGoodUp } = figure;
  if (change === undefined) return null;
  // What is written as 0 % is neither good nor bad.
  const isFlat = Math.abs(change) < 0.0005;
  const tone = isFlat || isGoodUp === undefined ? '' : change > 0 === isGoodUp ? 'change-good' : 'change-bad';
  return (
    <span className={`change ${tone}`}>
      <span aria-hidden="true">{isFlat ? '' : change > 0 ? '▲ ' : '▼ '}</span>
      {formatChange(change, formats)}
    </span>
  );
}
