import type { Metadata } from 'next';
import { Empty } from '@/components/empty';
import { PageHead } from '@/components/page-head';
import { requirePerson } from '@/lib/session';

export const metadata: Metadata = { title: 'Insights' };

export default async function InsightsPage() {
  const { organization } = await requirePerson();
  return (
    <>
      <PageHead title="Insights">Of {organization.name}.</PageHead>
      <Empty title="No insights yet">
        <p>Every six hours the figures are looked at. What is far from what was expected appears here, with its evidence.</p>
      </Empty>
    </>
  );
}
