/** Whose job it is, and whether a principal may see it. */
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { JobView } from '../queue/view.js';
import { maySeeTenant } from './authorize.js';
import type { Principal } from './principal.js';

/** The tenant of stored data; undefined where the queue has none, or the data (of an older version) tells none. */
export function tenantOf(queue: AnyQueueDefinition, data: unknown): string | undefined {
  if (!queue.tenant) return undefined;
  try {
    const tenant: unknown = queue.tenant(data);
    return typeof tenant === 'string' ? tenant : undefined;
  } catch {
    // `tenant` was written for today's data. A job that it can't read belongs to nobody who is bound to tenants.
    return undefined;
  }
}

/** A test for jobs that the principal may see and touch. */
export function visibleTo(principal: Principal, queue: AnyQueueDefinition): (job: Pick<JobView, 'data'>) => boolean {
  return ({ data }) => principal.tenants === undefined || maySeeTenant(principal, tenantOf(queue, data));
}
