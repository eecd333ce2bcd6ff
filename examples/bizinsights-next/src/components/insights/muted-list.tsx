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
        {mutes.map(({ kind, metric }) => (
          <li key={`${kind} ${metric}`} className="row">
            <span>{[kind && KINDS[kind], metric && metricLabel(metric)].filter(Boolean).join(', ')}</span>
            {mayUnmute ? (
              <ActionForm
                action={unmute}
                label="Show again"
                values={{ ...(kind && { kind }), ...(metric && { metric }) }}
                className="row"
              />
            ) : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
