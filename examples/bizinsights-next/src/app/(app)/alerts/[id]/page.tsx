import type { Alert } from '@bizinsights/jobs-alerts';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { AlertActions, AlertBadges, AlertHistory, languageOf } from '@/components/alert-card';
import { FindingFacts } from '@/components/finding-facts';
import { DriverBars } from '@/components/insights/driver-bars';
import { PartList } from '@/components/insights/part-list';
import { PageHead } from '@/components/page-head';
import { toFinding } from '@/lib/figures/findings';
import { type Formats, formatsOf } from '@/lib/figures/format';
import { may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';
import { memberNames } from '@/lib/store/member-names';
import { store } from '@/lib/store/store';

export const metadata: Metadata = { title: 'An alert' };

export default async function OneAlertPage({ params }: { readonly params: Promise<{ readonly id: string }> }) {
  const { organization, role } = await requirePerson();
  const alert = await store.alerts.get(organization.id, (await params).id);
  if (!alert) notFound();
  const formats = formatsOf(organization);
  return (
    <>
      <PageHead
        title={alert.title}
        {...languageOf(alert, formats)}
        actions={
          <Link className="button" href="/alerts">
            All alerts
          </Link>
        }
      />
      <div className="card stack">
        <AlertBadges alert={alert} />
        <p className="break" {...languageOf(alert, formats)}>
          {alert.message}
        </p>
        <AlertHistory alert={alert} names={await memberNames(organization.id)} formats={formats} />
        {may(role, 'operate') ? <AlertActions alert={alert} /> : null}
      </div>
      <Evidence alert={alert} formats={formats} />
      <Labels alert={alert} />
    </>
  );
}

function Evidence({ alert: { evidence, title }, formats }: { readonly alert: Alert; readonly formats: Formats }) {
  if (evidence === undefined) return null;
  const finding = toFinding(evidence);
  return (
    <section className="section" aria-labelledby="evidence">
      <h2 id="evidence">Figures behind this</h2>
      <div className="card">
        {finding ? (
          <div className="stack">
            <FindingFacts finding={finding} formats={formats} />
            <DriverBars title={title} evidence={finding} formats={formats} />
            <PartList evidence={finding} formats={formats} />
          </div>
        ) : (
          <pre className="code">{JSON.stringify(evidence, undefined, 2)}</pre>
        )}
      </div>
    </section>
  );
}

function Labels({ alert: { source, type, labels } }: { readonly alert: Alert }) {
  return (
    <section className="section" aria-labelledby="labels">
      <h2 id="labels">Where it comes from</h2>
      <dl className="card facts">
        {Object.entries({ source, type, ...labels }).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
