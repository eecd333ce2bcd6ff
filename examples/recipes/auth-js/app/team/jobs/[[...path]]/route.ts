// app/team/jobs/[[...path]]/route.ts: the monitoring API for people who have signed in.
import type { Authorize } from '@bizinsights/jobs-core/monitoring';
import { toNextHandlers } from '@bizinsights/jobs-next';
import { auth } from '@/auth';
import { jobs } from '@/jobs';
import { findMember } from '@/members';

const ROLES = { owner: 'admin', admin: 'operator', member: 'viewer' } as const;

const authorize: Authorize = async () => {
  const session = await auth();
  // Read with each request, so that a change of role takes effect at once.
  const member = await findMember(session?.user?.id);
  if (!member) return null;
  const principal = { actor: member.email, role: ROLES[member.role] };
  // Your own staff see the jobs of all organizations, customers only their own.
  return member.organizationId === undefined ? principal : { ...principal, tenants: [member.organizationId] };
};

export const { GET, POST, PUT, DELETE } = toNextHandlers(jobs, { authorize });
