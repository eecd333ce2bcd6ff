import type { Metadata } from 'next';
import { ActionForm } from '@/components/action-form';
import { SyncProgress, SyncsProvider } from '@/components/jobs/sync-progress';
import { PageHead } from '@/components/page-head';
import { type Formats, formatsOf, formatTime } from '@/lib/figures/format';
import { type ConnectedAccount, type PlatformCard, readPlatformCards } from '@/lib/integrations/integrations';
import { type MemberRole, may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';
import { connect, disconnect, syncNow } from './actions';

export const metadata: Metadata = { title: 'Integrations' };

export default async function IntegrationsPage() {
  const { organization, role } = await requirePerson();
  const cards = await readPlatformCards(organization.id);
  const formats = formatsOf(organization);
  return (
    <>
      <PageHead title="Integrations">The platforms that bring the data of {organization.name}.</PageHead>
      <SyncsProvider>
        <ul className="columns">
          {cards.map((card) => (
            <li key={card.id} className="card stack">
              <div>
                <h2>{card.name}</h2>
                <p className="quiet small">{card.brings}</p>
              </div>
              {card.integrations.length === 0 ? (
                <NotConnected card={card} role={role} />
              ) : (
                card.integrations.map((account) => (
                  <Account key={account.id} card={card} account={account} formats={formats} role={role} />
                ))
              )}
            </li>
          ))}
        </ul>
      </SyncsProvider>
    </>
  );
}

function NotConnected({ card, role }: { readonly card: PlatformCard; readonly role: MemberRole }) {
  return (
    <>
      <p>
        <span className="badge">not connected</span>
      </p>
      {may(role, 'operate') ? (
        <ActionForm
          action={connect}
          label="Connect"
          pendingLabel="Connecting…"
          tone="primary"
          accessibleLabel={`Connect ${card.name}`}
          values={{ platform: card.id }}
        />
      ) : (
        <p className="quiet small">An owner or an admin can connect it.</p>
      )}
    </>
  );
}

const STATUSES: Record<ConnectedAccount['status'], { readonly label: string; readonly badge: string }> = {
  active: { label: 'connected', badge: 'badge-good' },
  error: { label: 'last sync failed', badge: 'badge-warn' },
  'access-lost': { label: 'access lost', badge: 'badge-bad' },
  disabled: { label: 'switched off', badge: '' },
};

function Account({
  card,
  account,
  formats,
  role,
}: {
  readonly card: PlatformCard;
  readonly account: ConnectedAccount;
  readonly formats: Formats;
  readonly role: MemberRole;
}) {
  const { id, status, lastSyncedAt, nextSyncAt, rhythm } = account;
  const { label, badge } = STATUSES[status];
  return (
    <div className="stack">
      <p className="row">
        <span className={`badge ${badge}`}>{label}</span>
        <span className="quiet small break">{account.account}</span>
      </p>
      <Trouble card={card} account={account} formats={formats} mayReconnect={may(role, 'operate')} />
      <dl className="facts">
        <div>
          <dt>Last sync</dt>
          <dd>{lastSyncedAt === undefined ? 'none yet' : formatTime(lastSyncedAt, formats)}</dd>
        </div>
        <div>
          <dt>Next sync</dt>
          <dd>
            {nextSyncAt === undefined
              ? status === 'access-lost'
                ? 'when it is connected again'
                : 'not planned yet'
              : formatTime(nextSyncAt, formats)}
          </dd>
        </div>
        <div>
          <dt>Rhythm</dt>
          <dd>{rhythm ?? '–'}</dd>
        </div>
      </dl>
      <SyncProgress integrationId={id} name={card.name} />
      <div className="row">
        {may(role, 'operate') && status !== 'access-lost' ? (
          <ActionForm
            action={syncNow}
            label="Sync now"
            pendingLabel="Asking…"
            accessibleLabel={`Sync now: ${card.name}`}
            values={{ id }}
          />
        ) : null}
        {may(role, 'administer') ? (
          <ActionForm
            action={disconnect}
            label="Disconnect"
            pendingLabel="Disconnecting…"
            tone="danger"
            accessibleLabel={`Disconnect ${card.name}`}
            confirm={`Disconnect ${card.name}? All of its records and their figures are removed.`}
            values={{ id }}
          />
        ) : null}
      </div>
    </div>
  );
}

/** What is wrong, in plain words, and what to do about it. */
function Trouble({
  card,
  account,
  formats,
  mayReconnect,
}: {
  readonly card: PlatformCard;
  readonly account: ConnectedAccount;
  readonly formats: Formats;
  readonly mayReconnect: boolean;
}) {
  const { status, statusReason, lastError, lastFailedAt } = account;
  if (status === 'access-lost') {
    return (
      <div className="notice notice-bad stack-small" role="status">
        <p>
          <strong>{card.name} no longer lets us read this account.</strong> Nothing new comes in until it is connected
          again. What was read before stays.
        </p>
        <p className="small">
          {card.name} says: {statusReason ?? 'nothing'}
        </p>
        {mayReconnect ? (
          <ActionForm
            action={connect}
            label="Connect again"
            pendingLabel="Connecting…"
            tone="primary"
            accessibleLabel={`Connect again: ${card.name}`}
            values={{ platform: card.id }}
          />
        ) : (
          <p className="small">Ask an owner or an admin to connect it again.</p>
        )}
      </div>
    );
  }
  if (status !== 'error') return null;
  return (
    <div className="notice notice-warn" role="status">
      <p>
        The last sync failed{lastFailedAt === undefined ? '' : ` on ${formatTime(lastFailedAt, formats)}`}. The next one
        tries again by itself.
      </p>
      <p className="small">{lastError}</p>
    </div>
  );
}
