import type { Metadata } from 'next';
import { JobsBoard } from '@/components/jobs/jobs-board';
import { PageHead } from '@/components/page-head';
import { formatsOf } from '@/lib/figures/format';
import { scheduleNames } from '@/lib/integrations/schedule-names';
import { may } from '@/lib/sign-in/roles';
import { requirePerson } from '@/lib/sign-in/session';

export const metadata: Metadata = { title: 'Jobs' };

export default async function JobsPage() {
  const { organization, role } = await requirePerson();
  return (
    <>
      <PageHead title="Jobs">
        What works behind the pages, live. Jobs and schedules are those of {organization.name}; the numbers of queues
        are of all organizations.
      </PageHead>
      <JobsBoard
        formats={formatsOf(organization)}
        mayOperate={may(role, 'operate')}
        scheduleNames={await scheduleNames(organization.id)}
      />
    </>
  );
}
