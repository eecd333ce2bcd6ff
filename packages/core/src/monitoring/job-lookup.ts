/** One job by an id that came from outside. */
import { toError } from '../errors.js';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';
import type { JobView } from '../queue/view.js';
import type { Principal } from './authorize.js';
import { visibleTo } from './tenants.js';

/**
 * On Redis a job is kept under a key that ends in its id, beside the queue's own keys: `events`, `wait`, `7:logs`. An id
 * that names one of those finds something that is no job, and Redis says so.
 */
const NO_JOB = /^WRONGTYPE /;

export async function findJob(handle: QueueHandle<AnyQueueDefinition>, id: string): Promise<JobView | undefined> {
  try {
    return await handle.get(id);
  } catch (thrown) {
    if (NO_JOB.test(toError(thrown).message)) return undefined;
    throw thrown;
  }
}

/** Undefined also for a job of a tenant that is none of the principal's. */
export async function findVisible(
  handle: QueueHandle<AnyQueueDefinition>,
  id: string,
  principal: Principal,
): Promise<JobView | undefined> {
  const found = await findJob(handle, id);
  return found && visibleTo(principal, handle.definition)(found) ? found : undefined;
}
