/** `/{queue}/jobs`: jobs listed and searched, one of them whole, and what can be done to it. */
import { z } from 'zod';
import { JobNotFoundError } from '../../errors.js';
import { ApiError } from '../../http/envelope.js';
import type { Principal } from '../../http/principal.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { QueueHandle } from '../../queue/handle.js';
import type { JobView } from '../../queue/view.js';
import { createPresenter, JOB_STATES, jobDetail, jobSummary } from '../jobs/job-detail.js';
import { findJobs } from '../jobs/job-finder.js';
import { findVisible } from '../jobs/job-lookup.js';
import { listState } from '../jobs/job-pages.js';
import { defineRoute } from '../route.js';
import { limit, queueParams } from '../schemas.js';

const time = z.coerce.number<string>().int().min(0);

const filters = z.object({
  state: z.enum(JOB_STATES).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
  id: z.string().optional(),
  tenant: z.string().optional(),
  text: z
    .string()
    .max(200)
    .optional()
    .describe('Whole words of the data or the error; fields that are redacted are not found.'),
  from: time.optional().describe('Added at this time or later, epoch ms.'),
  to: time.optional(),
  cursor: z.string().optional(),
  limit,
});
type JobsQuery = z.output<typeof filters>;

/** Without a state all jobs are looked at, by the index. */
function isSearch({ state, tenant, text, from, to }: JobsQuery): boolean {
  return state === undefined || [tenant, text, from, to].some((filter) => filter !== undefined);
}

/** The index goes from the newest to the oldest. */
function onlyNewest(): ApiError {
  const message = 'can be "oldest" only for a state without a search, and for who may see all tenants';
  return new ApiError('REQUEST_INVALID', 'The order is not right', [{ path: ['query', 'order'], message }]);
}

export const listJobs = defineRoute({
  method: 'GET',
  path: '/{queue}/jobs',
  summary:
    'Jobs by state, or by a search over all of them: id, tenant, text, time. Page by page; a page is 1 MB at most and may end before its limit.',
  role: 'viewer',
  params: queueParams,
  query: filters,
  answer: z.object({
    jobs: z.array(jobSummary),
    cursor: z.string().optional().describe('Asks for the next page; absent on the last.'),
    isComplete: z.boolean().describe('False when a search was cut short: there may be more than is shown.'),
    searched: z.int().optional().describe('Jobs that a search could look at so far.'),
  }),
  async run({ params, query, principal, services }) {
    const handle = services.access.queue(params.queue);
    const { summary } = createPresenter(handle.definition);
    if (query.id !== undefined) {
      const found = await findVisible(handle, query.id, principal);
      return { jobs: found ? [summary(found)] : [], isComplete: true };
    }
    const { state } = query;
    if (state === undefined || isSearch(query) || principal.tenants) {
      if (query.order === 'oldest') throw onlyNewest();
      const { searched, ...page } = await findJobs({ services, handle, principal }, query, summary);
      // How many jobs the others have is none of a bound principal's business.
      return { ...page, ...(principal.tenants ? {} : { searched }) };
    }
    return { ...(await listState({ services, handle, principal }, { ...query, state }, summary)), isComplete: true };
  },
});

const jobParams = queueParams.extend({ id: z.string() });

export const job = defineRoute({
  method: 'GET',
  path: '/{queue}/jobs/{id}',
  summary:
    'One job: data, result, failed attempts, log lines, progress, timings, worker. 1 MB at most; `truncated` names what is not shown whole.',
  role: 'viewer',
  params: jobParams,
  answer: jobDetail,
  async run({ params, principal, services: { access } }) {
    const handle = access.queue(params.queue);
    return createPresenter(handle.definition).detail(handle, await getVisible(handle, params.id, principal));
  },
});

/** Who may do what to one job. */
const ACTIONS = { retry: 'operator', promote: 'operator', cancel: 'operator', remove: 'admin' } as const;

export const actOnJob = defineRoute({
  method: 'POST',
  path: '/{queue}/jobs/{id}',
  summary:
    'Acts on one job: `retry` a failed one, `promote` a delayed one, `cancel` one wherever it is, `remove` one that does not run.',
  role: ({ action }) => ACTIONS[action],
  params: jobParams,
  query: z.object({ action: z.enum(['retry', 'promote', 'remove', 'cancel']) }),
  body: z.strictObject({}).default({}),
  answer: z.object({ id: z.string(), outcome: z.string() }),
  audit: ({ params, query }) => ({ action: query.action, queue: params.queue, target: params.id }),
  async run({ params, query, principal, services: { access } }) {
    const handle = access.queue(params.queue);
    const { id, state } = await getVisible(handle, params.id, principal);
    const refuse = (wanted: string): never => {
      throw new ApiError('CONFLICT', `The job is ${state}, and only ${wanted} can be asked for this`);
    };
    switch (query.action) {
      case 'retry':
        return (await handle.retry(id)) ? { id, outcome: 'retried' } : refuse('a failed one');
      case 'promote':
        return (await handle.promote(id)) ? { id, outcome: 'promoted' } : refuse('a delayed one');
      case 'remove':
        return (await handle.remove(id)) ? { id, outcome: 'removed' } : refuse('one that does not run');
      case 'cancel': {
        const outcome = await handle.cancel(id);
        return outcome === 'finished' || outcome === 'not-found' ? refuse('one that has not ended') : { id, outcome };
      }
    }
  },
});

/** @throws {JobNotFoundError} also for a job of another tenant: that it exists is not told */
async function getVisible(handle: QueueHandle<AnyQueueDefinition>, id: string, principal: Principal): Promise<JobView> {
  const found = await findVisible(handle, id, principal);
  if (!found) throw new JobNotFoundError(`Queue "${handle.name}" has no job "${id}"`);
  return found;
}
