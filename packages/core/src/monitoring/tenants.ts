/** Which jobs a principal may see. */

import { maySeeTenant } from '../http/authorize.js';
import type { Principal } from '../http/principal.js';
import type { JobView } from '../queue/view.js';

/** A test for jobs that the principal may see and touch. */
export function visibleTo(principal: Principal): (job: Pick<JobView, 'tenant'>) => boolean {
  return ({ tenant }) => maySeeTenant(principal, tenant);
}
