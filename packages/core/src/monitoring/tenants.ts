/** Which jobs a principal may see. */
import type { JobView } from '../queue/view.js';
import { maySeeTenant } from './authorize.js';
import type { Principal } from './principal.js';

/** A test for jobs that the principal may see and touch. */
export function visibleTo(principal: Principal): (job: Pick<JobView, 'tenant'>) => boolean {
  return ({ tenant }) => maySeeTenant(principal, tenant);
}
