import type { Report } from '@bizinsights/jobs-reports';
import { cancelReport } from '@/app/(app)/reports/actions';
import { type Formats, formatBytes, formatDay, formatTime } from '@/lib/figures/format';
import { ActionForm } from './action-form';

const STATUSES: Record<Report['status'], { readonly label: string; readonly badge: string }> = {
  pending: { label: 'waits', badge: 'badge-accent' },
  generating: { label: 'being made', badge: 'badge-accent' },
  ready: { label: 'ready', badge: 'badge-good' },
  failed: { label: 'failed', badge: 'badge-bad' },
  cancelled: { label: 'cancelled', badge: '' },
  expired: { label: 'expired', badge: '' },
};

export function isBeingMade({ status }: Report): boolean {
  return status === 'pending' || status === 'generating';
}

/** One report: how far it is, and its file. */
export function ReportCard({
  report,
  formats,
  mayCancel,
}: {
  readonly report: Report;
  readonly formats: Formats;
  readonly mayCancel: boolean;
}) {
  const { id, template, format, period, status, progress, bytes, error, createdAt, expiresAt } = report;
  const { label, badge } = STATUSES[status];
  const name = `${template}, ${formatDay(period.from, formats)} – ${formatDay(period.to, formats)}, ${format}`;
  return (
    <li className="card stack-small">
      <p className="row">
        <span className={`badge ${badge}`}>{label}</span>
        <span className="badge">{format}</span>
        {bytes === undefined ? null : <span className="quiet small">{formatBytes(bytes, formats)}</span>}
      </p>
      <h3>
        {template === 'sales' ? 'Sales' : template}, {formatDay(period.from, formats)} – {formatDay(period.to, formats)}
      </h3>
      <p className="quiet small">
        Asked for on {formatTime(createdAt, formats)}
        {status === 'ready' && expiresAt !== undefined ? `, kept until ${formatTime(expiresAt, formats)}` : ''}
      </p>
      {isBeingMade(report) ? <progress value={progress} max={100} aria-label={`Progress of ${name}`} /> : null}
      {error === undefined ? null : <p className="notice break">{error}</p>}
      <div className="row">
        {status === 'ready' ? (
          <a className="button" href={`/reports/${encodeURIComponent(id)}/file`} aria-label={`Download ${name}`}>
            Download
          </a>
        ) : null}
        {mayCancel && isBeingMade(report) ? (
          <ActionForm action={cancelReport} label="Cancel" accessibleLabel={`Cancel ${name}`} values={{ id }} />
        ) : null}
      </div>
    </li>
  );
}
