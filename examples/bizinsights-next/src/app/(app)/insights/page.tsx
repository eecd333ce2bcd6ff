import { defined } from '@bizinsights/jobs-core';
import { INSIGHT_PERIODS } from '@bizinsights/jobs-insights/queue';
import type { Metadata } from 'next';
import Link from 'next/link';
import { ActionForm } from '@/components/action-form';
import { Empty } from '@/components/empty';
import { BandChartLegend } from '@/components/insights/band-chart';
import { InsightCard } from '@/components/insights/insight-card';
import { MutedList } from '@/components/insights/muted-list';
import { PageHead } from '@/components/page-head';
import { Refresh } from '@/components/refresh';
import { formatsOf } from '@/lib/figures/format';
import { may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';
import { store } from '@/lib/store/store';
import { lookAgain } from './actions';

export const metadata: Metadata = { title: 'Insights' };

const PAGE = 20;

const PERIODS: Record<(typeof INSIGHT_PERIODS)[number], string> = {
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  '1y': '1 year',
};

export default async function InsightsPage({
  searchParams,
}: {
  readonly searchParams: Promise<{ readonly cursor?: string | string[] }>;
}) {
  const { organization, member, role } = await requirePerson();
  const { cursor: wanted } = await searchParams;
  const page = defined({ cursor: typeof wanted === 'string' ? wanted : undefined });
  const { insights, cursor } = await store.insights.list(organization.id, { limit: PAGE, person: member.id, ...page });
  const mutes = await store.insights.mutes(organization.id);
  const mayOperate = may(role, 'operate');
  const formats = formatsOf(organization);
  return (
    <>
      <PageHead title="Insights" actions={mayOperate ? <LookAgain /> : null}>
        What stands out in the figures of {organization.name}. Times are of {formats.timeZone}.
      </PageHead>
      <Refresh every={15} />
      {insights.length === 0 ? (
        <Empty title="No insights yet">
          <p>
            Every six hours the figures are looked at. What is far from what was expected appears here, with its
            evidence.
          </p>
        </Empty>
      ) : (
        <>
          <BandChartLegend />
          <ul className="stack">
            {insights.map((insight) => (
              <InsightCard key={insight.id} insight={insight} formats={formats} mayMute={mayOperate} />
            ))}
          </ul>
        </>
      )}
      <MutedList mutes={mutes} mayUnmute={mayOperate} />
      {cursor === undefined ? null : (
        <p className="section row">
          <Link className="button" href={{ pathname: '/insights', query: { cursor } }}>
            Older insights
          </Link>
        </p>
      )}
    </>
  );
}

function LookAgain() {
  return (
    <ActionForm action={lookAgain} label="Look again now" pendingLabel="Asking…" className="row">
      <select name="period" defaultValue="30d" aria-label="Period to look at" className="select-small">
        {INSIGHT_PERIODS.map((period) => (
          <option key={period} value={period}>
            {PERIODS[period]}
          </option>
        ))}
      </select>
    </ActionForm>
  );
}
