/** Who may use the monitoring API: those who are signed in, each for the jobs of the own organization. */
import type { Principal } from '@bizinsights/jobs-core/http';
import { monitoringRole } from './roles';
import { currentPerson } from './session';

/**
 * What is about a whole queue and shows no contents of anybody. The API refuses it to who is bound to a tenant. In this demo
 * the people of an organization may see the numbers, and pause queues, as there is nobody else; a product would leave that to
 * its own staff.
 */
const WHOLE_QUEUES: readonly {
  readonly method: string;
  readonly path: RegExp;
  readonly actions?: readonly string[];
}[] = [
  { method: 'GET', path: /\/monitoring$/ },
  { method: 'GET', path: /\/workers$/ },
  { method: 'GET', path: /\/health$/ },
  { method: 'POST', path: /\/jobs\/[^/]+$/, actions: ['pause', 'resume'] },
];

/** For `toNextHandlers`. The session's cookie says who asks. */
export async function authorizeSession(request: Request): Promise<Principal | null> {
  const person = await currentPerson();
  if (!person) return null;
  const { organization, member, role } = person;
  const principal = { actor: member.email, role: monitoringRole(role) };
  return isAboutWholeQueues(request) ? principal : { ...principal, tenants: [organization.id] };
}

function isAboutWholeQueues(request: Request): boolean {
  const { pathname, searchParams } = new URL(request.url);
  const action = searchParams.get('action') ?? '';
  return WHOLE_QUEUES.some(
    ({ method, path, actions }) =>
      request.method === method && path.test(pathname) && (actions === undefined || actions.includes(action)),
  );
}
