import type { StoredInsight } from '@bizinsights/jobs-store';
import { mute } from '@/app/(app)/insights/actions';
import { metricLabel } from '@/lib/figures/findings';
import { type Formats, formatDay, formatTime, wordsLanguage } from '@/lib/figures/format';
import { formatFound } from '@/lib/figures/found';
import { ActionForm } from '../action-form';
import { FindingFacts } from '../finding-facts';
import { BandChart } from './band-chart';
import { DriverBars } from './driver-bars';
import { Feedback } from './feedback';
import { PartList } from './part-list';
import { KINDS, Why } from './why';

const IMPACTS: Record<StoredInsight['impact'], string> = { high: 'badge-bad', medium: 'badge-warn', low: '' };

const STATUSES: Record<StoredInsight['status'], string | undefined> = {
  new: undefined,
  changed: 'changed',
  over: 'over',
};

/** What was found, in words, and the figures that it was found in. */
export function InsightCard({
  insight,
  formats,
  mayMute,
}: {
  readonly insight: StoredInsight;
  readonly formats: Formats;
  readonly mayMute: boolean;
}) {
  const { id, impact, status, kind, title, text, evidence, createdAt } = insight;
  const statusLabel = STATUSES[status];
  return (
    <li id={id} className="card chart-card stack-small">
      <p className="row">
        <span className={`badge ${IMPACTS[impact]}`}>{impact} impact</span>
        <span className="badge">{KINDS[kind]}</span>
        {statusLabel === undefined ? null : <span className="badge badge-accent">{statusLabel}</span>}
        <span className="quiet small">{formatTime(createdAt, formats)}</span>
      </p>
      <h2 lang={wordsLanguage(formats)}>{title}</h2>
      <p className="break" lang={wordsLanguage(formats)}>
        {text}
      </p>
      {kind === 'missing-data' ? null : <FindingFacts finding={evidence} formats={formats} />}
      <BandChart
        label={`${title}, day by day; the table below has the figures`}
        evidence={evidence}
        formats={formats}
      />
      <DriverBars title={title} evidence={evidence} formats={formats} />
      <PartList evidence={evidence} formats={formats} />
      <Why insight={insight} formats={formats} />
      <FigureTable insight={insight} formats={formats} />
      <div className="row">
        <Feedback id={id} title={title} own={insight.vote} />
        {mayMute ? <Mute insight={insight} /> : null}
      </div>
    </li>
  );
}

function Mute({ insight: { kind, metric, title } }: { readonly insight: StoredInsight }) {
  return (
    <ActionForm
      action={mute}
      label="Mute"
      accessibleLabel={`Mute such insights: ${title}`}
      confirm={`Show no more insights of the kind "${KINDS[kind]}" for ${metricLabel(metric)}?`}
      values={{ kind, metric }}
      className="row"
    />
  );
}

function FigureTable({ insight, formats }: { readonly insight: StoredInsight; readonly formats: Formats }) {
  const { title, evidence } = insight;
  const points = [...evidence.series, ...(evidence.ahead ?? [])];
  // Of days without data there is neither a chart nor a table.
  if (points.every(({ value, expected }) => value === null && expected === undefined)) return null;
  const hasExpected = points.some(({ expected }) => expected !== undefined);
  return (
    <details className="chart-table">
      <summary>Figures behind this</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="table-scroll" tabIndex={0} aria-label={`${title}, by day`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col" className="number">
                Figure
              </th>
              {hasExpected ? (
                <>
                  <th scope="col" className="number">
                    Expected
                  </th>
                  <th scope="col" className="number">
                    Usual
                  </th>
                </>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {points.map(({ day, value, expected, lower, upper }) => (
              <tr key={day}>
                <th scope="row">{formatDay(day, formats)}</th>
                <td className="number">{formatFound(value, evidence, formats)}</td>
                {hasExpected ? (
                  <>
                    <td className="number">{formatFound(expected ?? null, evidence, formats)}</td>
                    <td className="number">
                      {lower === undefined || upper === undefined
                        ? '–'
                        : `${formatFound(lower, evidence, formats)} to ${formatFound(upper, evidence, formats)}`}
                    </td>
                  </>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p className="quiet small">– not known, or not final.</p>
    </details>
  );
}
