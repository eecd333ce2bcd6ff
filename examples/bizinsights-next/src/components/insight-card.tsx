import type { StoredInsight } from '@bizinsights/jobs-store';
import { formatFound } from '@/lib/figures/findings';
import { type Formats, formatDay, formatTime } from '@/lib/figures/format';
import { FindingFacts } from './finding-facts';
import { SparkLine } from './spark-line';

const IMPACTS: Record<StoredInsight['impact'], string> = { high: 'badge-bad', medium: 'badge-warn', low: '' };

/** What was found, in words, and the figures that it was found in. */
export function InsightCard({ insight, formats }: { readonly insight: StoredInsight; readonly formats: Formats }) {
  const { id, impact, title, text, evidence, createdAt } = insight;
  return (
    <li id={id} className="card chart-card stack-small">
      <p className="row">
        <span className={`badge ${IMPACTS[impact]}`}>{impact} impact</span>
        <span className="quiet small">{formatTime(createdAt, formats)}</span>
      </p>
      <h2>{title}</h2>
      <p className="break">{text}</p>
      <FindingFacts finding={evidence} formats={formats} />
      <SparkLine
        label={`${title}, day by day; the table below has the figures`}
        series={evidence.series}
        window={evidence.window}
        // What is expected of a whole period is no figure of a day.
        expected={evidence.method === 'weekday-median' ? evidence.expected : undefined}
      />
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
              </tr>
            </thead>
            <tbody>
              {evidence.series.map(({ day, value }) => (
                <tr key={day}>
                  <th scope="row">{formatDay(day, formats)}</th>
                  <td className="number">{formatFound(value, evidence, formats)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <p className="quiet small">– not known, or not final.</p>
      </details>
    </li>
  );
}
