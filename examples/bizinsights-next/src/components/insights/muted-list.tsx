import type { InsightMute } from '@bizinsights/jobs-insights';
import { unmute } from '@/app/(app)/insights/actions';
import { metricLabel } from '@/lib/figures/findings';
import { ActionForm } from '../action-form';
import { KINDS } from './why';

/** What is not told, and how to hear of it again. */
export function MutedList({
  mutes,
  mayUnmute,
}: {
  readonly mutes: readonly InsightMute[];
  readonly mayUnmute: boolean;
}) {
  if (mutes.length === 0) return null;
  return (
    <details className="section chart-table">
      <summary>Muted insights ({mutes.length})</summary>
      <ul className="stack-small">
        {mutes.map((mute) => (
          <li key={nameOf(mute)} className="row">
            <span>{nameOf(mute)}</span>
            {mayUnmute ? (
              <ActionForm
                action={unmute}
                label="Show again"
                accessibleLabel={`Show again: ${nameOf(mute)}`}
                values={{ ...(mute.kind && { kind: mute.kind }), ...(mute.metric && { metric: mute.metric }) }}
                className="row"
              />
            ) : null}
          </li>
        ))}
      </ul>
    </details>
  );
}

function nameOf({ kind, metric }: InsightMute): string {
  return [...(kind ? [KINDS[kind]] : []), ...(metric === undefined ? [] : [metricLabel(metric)])].join(', ');
}
