import type { Metadata } from 'next';
import { Empty } from '@/components/empty';
import { PageHead } from '@/components/page-head';
import { requirePerson } from '@/lib/session';

export const metadata: Metadata = { title: 'Reports' };

export default async function ReportsPage() {
  const { organization } = await requirePerson();
  return (
    <>
      <PageHead title="Reports">Of {organization.name}.</PageHead>
      <Empty title="No reports yet">
        <p>A report of sales as PDF, Excel or CSV, made by a job and kept for 90 days.</p>
      </Empty>
    </>
  );
}
