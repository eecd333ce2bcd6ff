import type { Metadata } from 'next';
import { Empty } from '@/components/empty';
import { PageHead } from '@/components/page-head';
import { requirePerson } from '@/lib/session';

export const metadata: Metadata = { title: 'Alerts' };

export default async function AlertsPage() {
  const { organization } = await requirePerson();
  return (
    <>
      <PageHead title="Alerts">Of {organization.name}.</PageHead>
      <Empty title="No alerts">
        <p>What needs somebody appears here: a figure that has fallen far, or a platform that no longer lets us in.</p>
      </Empty>
    </>
  );
}
