/** Reads the jobs of a page by their ids, as many as have a place on it. */
import type { JobReader } from '../../engine/contract.js';
import type { Principal } from '../../http/principal.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { QueueHandle } from '../../queue/handle.js';
import { readableGroups } from '../../queue/readable-groups.js';
import { type JobView, toJobView } from '../../queue/view.js';
import type { Services } from '../services.js';
import { visibleTo } from '../tenants.js';
import type { BoundedPage } from './bounded-page.js';
import { createBreather } from './bounded-read.js';

/** Where jobs come from, and for whom. */
export interface PageSource {
  readonly services: Services;
  readonly handle: QueueHandle<AnyQueueDefinition>;
  readonly principal: Principal;
}

/**
 * @param present undefined for a job that is not wanted
 * @returns how many of the ids have been looked at: less than all when the page is full
 */
export async function fillPage<Item>(
  { services, handle, principal }: PageSource,
  page: BoundedPage<Item>,
  ids: readonly string[],
  present: (job: JobView) => Item | undefined,
): Promise<number> {
  const queue: JobReader = services.access.engine.queue(handle.name);
  const isVisible = visibleTo(principal);
  const breathe = createBreather();
  let looked = 0;
  for await (const group of readableGroups(queue, ids)) {
    for (const found of await queue.getMany(group.ids)) {
      await breathe();
      // Between the list and the look a job may have gone.
      const job = found && toJobView(handle.definition, found, found.state);
      const item = job && isVisible(job) ? present(job) : undefined;
      if (item !== undefined && !page.add(item)) return looked;
      looked += 1;
    }
    page.read(group.bytes);
    if (page.isFull) break;
  }
  return looked;
}
