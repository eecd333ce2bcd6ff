import type { Alert } from '@bizinsights/jobs-alerts';
import Link from 'next/link';
import { acknowledge, resolve } from '@/app/(app)/alerts/actions';
import { type Formats, formatTime, wordsLanguage } from '@/lib/figures/format';
import { ActionForm } from './action-form';

const SEVERITIES: Record<Alert['severity'], { readonly label: string; readonly badge: string }> = {
  CRITICAL: { label: 'critical', badge: 'badge-bad' },
  HIGH: { label: 'high', badge: 'badge-bad' },
  MEDIUM: { label: 'medium', badge: 'badge-warn' },
  LOW: { label: 'low', badge: '' },
};

const STATUSES: Record<Alert['status'], string> = { open: 'badge-accent', acknowledged: '', resolved: 'badge-good' };

/** How grave it is, and whether somebody looks after it: in words, and in colours. */
export function AlertBadges({ alert: { severity, status } }: { readonly alert: Alert }) {
  const { label, badge } = SEVERITIES[severity];
  return (
    <p className="row">
      <span className={`badge ${badge}`}>{label}</span>
      <span className={`badge ${STATUSES[status]}`}>{status}</span>
    </p>
  );
}

/** Of its title and message: those of insights are in the organization's language. */
export function languageOf({ source }: Alert, formats: Formats): { readonly lang?: string } {
  return source === 'insights' ? { lang: wordsLanguage(formats) } : {};
}

/** One alert in the list. Its id is its anchor. */
export function AlertCard({
  alert,
  names,
  formats,
  mayAct,
}: {
  readonly alert: Alert;
  readonly names: ReadonlyMap<string, string>;
  readonly formats: Formats;
  readonly mayAct: boolean;
}) {
  return (
    <li id={alert.id} className="card chart-card stack-small">
      <AlertBadges alert={alert} />
      <h2 {...languageOf(alert, formats)}>
        <Link href={`/alerts/${encodeURIComponent(alert.id)}`}>{alert.title}</Link>
      </h2>
      <p className="break" {...languageOf(alert, formats)}>
        {alert.message}
      </p>
      <AlertHistory alert={alert} names={names} formats={formats} />
      {mayAct ? <AlertActions alert={alert} /> : null}
    </li>
  );
}

/** When it was seen and how often, and who has done something about it. */
export function AlertHistory({
  alert,
  names,
  formats,
}: {
  readonly alert: Alert;
  /** Of the members, by their ids. */
  readonly names: ReadonlyMap<string, string>;
  readonly formats: Formats;
}) {
  const { openedAt, lastSeenAt, occurrences, acknowledgedBy, acknowledgedAt, resolvedBy, resolvedAt } = alert;
  const nameOf = (id = 'somebody') => names.get(id) ?? id;
  const seen =
    occurrences === 1 ? 'Seen once' : `Seen ${occurrences} times, last on ${formatTime(lastSeenAt, formats)}`;
  return (
    <ul className="quiet small">
      <li>
        Since {formatTime(openedAt, formats)}. {seen}.
      </li>
      {acknowledgedAt === undefined ? null : (
        <li>
          Acknowledged by {nameOf(acknowledgedBy)} on {formatTime(acknowledgedAt, formats)}
        </li>
      )}
      {resolvedAt === undefined ? null : (
        <li>
          Resolved by {nameOf(resolvedBy)} on {formatTime(resolvedAt, formats)}
        </li>
      )}
    </ul>
  );
}

/** For those who may operate. */
export function AlertActions({ alert: { id, status, title } }: { readonly alert: Alert }) {
  if (status === 'resolved') return null;
  return (
    <div className="row">
      {status === 'open' ? (
        <ActionForm
          action={acknowledge}
          label="Acknowledge"
          tone="primary"
          accessibleLabel={`Acknowledge: ${title}`}
          values={{ id }}
        />
      ) : null}
      <ActionForm action={resolve} label="Resolve" accessibleLabel={`Resolve: ${title}`} values={{ id }} />
    </div>
  );
}
