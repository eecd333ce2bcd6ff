import { type Finding, labelsOf } from '@/lib/figures/findings';
import { type Formats, formatDays, formatDifference } from '@/lib/figures/format';
import { formatFound } from '@/lib/figures/found';

/** A figure beside what it is compared with, and of which days both are. */
export function FindingFacts({ finding, formats }: { readonly finding: Finding; readonly formats: Formats }) {
  const { value, expected, change, before, target } = finding;
  const { from, to } = target?.window ?? finding.window;
  const labels = labelsOf(finding);
  return (
    <dl className="facts">
      <Fact name={labels.value}>{formatFound(value, finding, formats)}</Fact>
      <Fact name={labels.expected}>{formatFound(expected, finding, formats)}</Fact>
      {target === undefined ? null : <Fact name="Outlook">{formatFound(target.outlook, finding, formats)}</Fact>}
      {change === undefined ? null : (
        <Fact name={target ? 'Outlook against target' : 'Difference'}>
          {formatDifference(change, expected, formats)}
        </Fact>
      )}
      <Fact name={from === to ? 'Day' : 'Days'}>{formatDays({ from, to }, formats)}</Fact>
      {before === undefined ? null : <Fact name="Compared with">{formatDays(before, formats)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
