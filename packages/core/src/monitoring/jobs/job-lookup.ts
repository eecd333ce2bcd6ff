/** One job by an id that came from outside. */

import type { Principal } from '../../http/principal.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { QueueHandle } from '../../queue/handle.js';
import type { JobView } from '../../queue/view.js';
import { visibleTo } from '../tenants.js';

/** Undefined also for a job of a tenant that is none of the principal's. */
export async function findVisible(
  handle: QueueHandle<AnyQueueDefinition>,
  id: string,
  principal: Principal,
): Promise<JobView | undefined> {
  const found = await handle.get(id);
  return found && visibleTo(principal)(found) ? found : undefined;
}
