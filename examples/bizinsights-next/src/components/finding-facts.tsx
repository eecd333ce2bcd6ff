import { type Finding, formatFound } from '@/lib/figures/findings';
import { type Formats, formatChange, formatDay } from '@/lib/figures/format';

/** A figure beside what was expected, and of which days both are. */
export function FindingFacts({ finding, formats }: { readonly finding: Finding; readonly formats: Formats }) {
  const { value, expected, change, window, before } = finding;
  return (
    <dl className="facts">
      <div>
        <dt>Figure</dt>
        <dd>{formatFound(value, finding, formats)}</dd>
      </div>
      <div>
        <dt>Expected</dt>
        <dd>{formatFound(expected, finding, formats)}</dd>
      </div>
      {change === undefined ? null : (
        <div>
          <dt>Difference</dt>
          <dd>{formatChange(change, formats)}</dd>
        </div>
      )}
      <div>
        <dt>{window.from === window.to ? 'Day' : 'Days'}</dt>
        <dd>{formatDays(window, formats)}</dd>
      </div>
      {before === undefined ? null : (
        <div>
          <dt>Compared with</dt>
          <dd>{formatDays(before, formats)}</dd>
        </div>
      )}
    </dl>
  );
}

function formatDays({ from, to }: Finding['window'], formats: Formats): string {
  return from === to ? formatDay(from, formats) : `${formatDay(from, formats)} – ${formatDay(to, formats)}`;
}
