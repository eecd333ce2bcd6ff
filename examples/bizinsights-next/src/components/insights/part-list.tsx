import { type Finding, metricLabel } from '@/lib/figures/findings';
import { type Formats, formatDifference } from '@/lib/figures/format';
import { formatFound } from '@/lib/figures/found';

/** What else moved for the same cause. */
export function PartList({
  evidence,
  formats,
}: {
  readonly evidence: Pick<Finding, 'parts'>;
  readonly formats: Formats;
}) {
  const { parts = [] } = evidence;
  if (parts.length === 0) return null;
  return (
    <section className="stack-small">
      <h3>What moved with it</h3>
      <ul className="parts">
        {parts.map((part) => (
          <li key={`${part.kind} ${part.metric} ${part.window.from}`}>
            {metricLabel(part.metric)}: {formatFound(part.value, part, formats)}
            {part.change === undefined ? '' : ` (${formatDifference(part.change, part.expected, formats)})`}{' '}
            <span className="quiet small">
              {part.kind === 'change' ? 'before' : 'expected'} {formatFound(part.expected, part, formats)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
