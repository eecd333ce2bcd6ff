/** Jobs by a search and, where one is asked for, by state, which the index does not know. */
import { z } from 'zod';
import { cursorCodec } from '../../coordination/cursor.js';
import type { Principal } from '../../http/principal.js';
import type { JobState, JobView } from '../../queue/view.js';
import type { SearchQuery } from '../search/job-search.js';
import { BoundedPage } from './bounded-page.js';
import { fillPage, type PageSource } from './fill-page.js';
import { readCursor } from './job-pages.js';

/** Jobs of the search that are looked at together for those of a state, and for one answer. */
const LOOK = { together: 200, most: 2_000 } as const;

/** The last job of a page. */
const place = z.object({ timestamp: z.number(), id: z.string() });

export interface JobQuery extends Pick<SearchQuery, 'text' | 'from' | 'to' | 'limit'> {
  readonly state?: JobState | undefined;
  readonly tenant?: string | undefined;
  readonly cursor?: string | undefined;
}

export interface FoundJobs<Item> {
  readonly jobs: Item[];
  readonly cursor?: string;
  /** False: there may be more, and no cursor leads to all of it. */
  readonly isComplete: boolean;
  /** Jobs of all tenants that the index has read. */
  readonly searched: number;
}

/** @throws {ApiError} REQUEST_INVALID for a cursor that no answer has given */
export async function findJobs<Item>(
  source: PageSource,
  query: JobQuery,
  present: (job: JobView) => Item,
): Promise<FoundJobs<Item>> {
  const { text, from, to, limit, state, cursor } = query;
  const wanted = { text, from, to, tenants: tenantsOf(query, source.principal) };
  const page = new BoundedPage<Item>(limit);
  const jobs = page.items;
  const cursors = cursorCodec(`found-jobs ${source.handle.name}`, place);
  let before = cursor === undefined ? undefined : readCursor(cursors, cursor);
  for (let looked = 0; ; ) {
    const answer = await source.services.search.search(source.handle.name, {
      ...wanted,
      before,
      limit: state === undefined ? limit : LOOK.together,
    });
    const { found, searched } = answer;
    const ids = found.map(({ id }) => id);
    const seen = await fillPage(source, page, ids, (job) =>
      state === undefined || job.state === state ? present(job) : undefined,
    );
    before = found[seen - 1] ?? before;
    if (seen < ids.length)
      return { jobs, searched, isComplete: true, ...(before ? { cursor: cursors.write(before) } : {}) };
    before = answer.next;
    looked += ids.length;
    const { isComplete } = answer;
    if (!before) return { jobs, searched, isComplete };
    const isFull = jobs.length === limit || state === undefined || page.isFull;
    if (isFull) return { jobs, searched, isComplete, cursor: cursors.write(before) };
    const isCutShort = !isComplete || looked >= LOOK.most;
    if (isCutShort) return { jobs, searched, isComplete: false, cursor: cursors.write(before) };
  }
}

function tenantsOf({ tenant }: JobQuery, { tenants }: Principal): readonly string[] | undefined {
  if (tenant === undefined) return tenants;
  return tenants === undefined || tenants.includes(tenant) ? [tenant] : [];
}
