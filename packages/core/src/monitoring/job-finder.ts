/** Jobs by a search and, where one is asked for, by state, which the index does not know. */
import { z } from 'zod';
import type { AnyQueueDefinition } from '../queue/definition.js';
import type { QueueHandle } from '../queue/handle.js';
import type { JobState, JobView } from '../queue/view.js';
import { findVisible } from './job-lookup.js';
import { parseCursor } from './job-pages.js';
import type { Principal } from './principal.js';
import type { Place, SearchQuery } from './search/job-search.js';
import type { Services } from './services.js';

/** Jobs of the search that are looked at together for those of a state, and for one answer. */
const LOOK = { together: 200, most: 2_000 } as const;

const placeSchema = z.object({ timestamp: z.number(), id: z.string() });

export interface JobQuery extends Pick<SearchQuery, 'text' | 'from' | 'to' | 'limit'> {
  readonly state?: JobState | undefined;
  readonly tenant?: string | undefined;
  readonly cursor?: string | undefined;
}

export interface FoundJobs {
  readonly jobs: JobView[];
  readonly cursor?: string;
  /** False: there may be more, and no cursor leads to all of it. */
  readonly isComplete: boolean;
  /** Jobs of all tenants that the index has read. */
  readonly searched: number;
}

/** @throws {ApiError} REQUEST_INVALID for a cursor that no answer has given */
export async function findJobs(
  { search }: Services,
  handle: QueueHandle<AnyQueueDefinition>,
  query: JobQuery,
  principal: Principal,
): Promise<FoundJobs> {
  const { text, from, to, limit, state, cursor } = query;
  const wanted = { text, from, to, tenants: tenantsOf(query, principal) };
  const jobs: JobView[] = [];
  let before = cursor === undefined ? undefined : parseCursor(cursor, placeSchema);
  for (let looked = 0; ; ) {
    const found = await search.search(handle.name, {
      ...wanted,
      before,
      limit: state === undefined ? limit : LOOK.together,
    });
    const { searched } = found;
    for (const job of await Promise.all(found.ids.map((id) => findVisible(handle, id, principal)))) {
      // Between the search and the look a job may have gone.
      if (!job || (state !== undefined && job.state !== state)) continue;
      const last = jobs.at(-1);
      if (last && jobs.length === limit) return { jobs, searched, isComplete: true, cursor: write(toPlace(last)) };
      jobs.push(job);
    }
    before = found.next;
    looked += found.ids.length;
    if (!before) return { jobs, searched, isComplete: found.isComplete };
    const isFull = jobs.length === limit || state === undefined;
    if (isFull) return { jobs, searched, isComplete: found.isComplete, cursor: write(before) };
    const isCutShort = !found.isComplete || looked >= LOOK.most;
    if (isCutShort) return { jobs, searched, isComplete: false, cursor: write(before) };
  }
}

function tenantsOf({ tenant }: JobQuery, { tenants }: Principal): readonly string[] | undefined {
  if (tenant === undefined) return tenants;
  return tenants === undefined || tenants.includes(tenant) ? [tenant] : [];
}

function toPlace({ createdAt: timestamp, id }: JobView): Place {
  return { timestamp, id };
}

function write(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}
