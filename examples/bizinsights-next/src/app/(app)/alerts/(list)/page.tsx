import type { AlertStatus } from '@bizinsights/jobs-alerts';
import { defined } from '@bizinsights/jobs-core';
import type { Metadata } from 'next';
import Link from 'next/link';
import { AlertCard } from '@/components/alert-card';
import { Empty } from '@/components/empty';
import { PageHead } from '@/components/page-head';
import { Refresh } from '@/components/refresh';
import { formatsOf } from '@/lib/figures/format';
import { may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';
import { memberNames } from '@/lib/store/member-names';
import { store } from '@/lib/store/store';

export const metadata: Metadata = { title: 'Alerts' };

/** Statuses in the order in which the page lists them: open alerts come first. */
const STATUSES: readonly AlertStatus[] = ['open', 'acknowledged', 'resolved'];

const PAGE = 50;

interface Search {
  readonly status?: string | string[];
  readonly cursor?: string | string[];
}

export default async function AlertsPage({ searchParams }: { readonly searchParams: Promise<Search> }) {
  const { organization, role } = await requirePerson();
  const { status: wanted, cursor } = await searchParams;
  const status = STATUSES.find((one) => one === wanted);
  const [groups, names] = await Promise.all([
    status === undefined
      ? Promise.all(STATUSES.map((one) => readAlerts(organization.id, one)))
      : [await readAlerts(organization.id, status, typeof cursor === 'string' ? cursor : undefined)],
    memberNames(organization.id),
  ]);
  const alerts = groups.flatMap((group) => group.alerts);
  const formats = formatsOf(organization);
  return (
    <>
      <PageHead title="Alerts" actions={<StatusLinks current={status} />}>
        What needs somebody at {organization.name}. Times are of {formats.timeZone}.
      </PageHead>
      <Refresh every={15} />
      {alerts.length === 0 ? (
        <Empty title={status === undefined ? 'No alerts' : `No alerts that are ${status}`}>
          <p>
            What needs somebody appears here: a figure that has fallen far, or a platform that no longer lets us in.
          </p>
        </Empty>
      ) : (
        <ul className="stack">
          {alerts.map((alert) => (
            <AlertCard key={alert.id} alert={alert} names={names} formats={formats} mayAct={may(role, 'operate')} />
          ))}
        </ul>
      )}
      <p className="section row">
        {groups.map((group) =>
          group.cursor === undefined ? null : (
            <Link
              key={group.status}
              className="button"
              href={{ pathname: '/alerts', query: { status: group.status, cursor: group.cursor } }}
            >
              Older that are {group.status}
            </Link>
          ),
        )}
      </p>
    </>
  );
}

function StatusLinks({ current }: { readonly current: AlertStatus | undefined }) {
  return (
    <nav className="segments" aria-label="Status">
      <Link href="/alerts" aria-current={current === undefined ? 'true' : undefined}>
        All
      </Link>
      {STATUSES.map((status) => (
        <Link key={status} href={`/alerts?status=${status}`} aria-current={status === current ? 'true' : undefined}>
          {status[0]?.toUpperCase()}
          {status.slice(1)}
        </Link>
      ))}
    </nav>
  );
}

async function readAlerts(organizationId: string, status: AlertStatus, cursor?: string) {
  return { status, ...(await store.alerts.list(organizationId, { status, limit: PAGE, ...defined({ cursor }) })) };
}
