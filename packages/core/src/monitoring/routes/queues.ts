/** `/{queue}`: one queue with its failed jobs, and what can be done to it as a whole. */

import { z } from 'zod';
import { defined } from '../../defined.js';
import { createPresenter, failedJob } from '../jobs/job-detail.js';
import { findJobs } from '../jobs/job-finder.js';
import { listState } from '../jobs/job-pages.js';
import { defineRoute } from '../route.js';
import { numbers, queueParams } from '../schemas.js';

/** Failed jobs shown with a queue; `/{queue}/jobs?state=failed` pages through all. */
const FAILED_SHOWN = 50;

/** What `clean` removes at the most in one request; asking again removes the next. */
const CLEAN_LIMIT = 10_000;

/** Who may do what to a whole queue. */
const ACTIONS = { pause: 'operator', resume: 'operator', empty: 'admin', clean: 'admin' } as const;

export const queue = defineRoute({
  method: 'GET',
  path: '/{queue}',
  summary: 'One queue: its numbers, and its failed jobs with their reasons, newest first.',
  role: 'viewer',
  params: queueParams,
  answer: numbers
    .extend({ isPaused: z.boolean() })
    .partial()
    .extend({
      queue: z.string(),
      description: z.string().optional(),
      failedJobs: z.array(failedJob),
    })
    .describe('The numbers are about all tenants: a principal that is bound to some gets none.'),
  async run({ params, principal, services }) {
    const { access, reads } = services;
    const handle = access.queue(params.queue);
    const { definition, name } = handle;
    const { failed } = createPresenter(definition);
    const source = { services, handle, principal };
    const wanted = { state: 'failed', order: 'newest', limit: FAILED_SHOWN } as const;
    const [counts, { jobs: failedJobs }] = await Promise.all([
      principal.tenants ? undefined : reads.share(`counts:${name}`, () => handle.counts()),
      principal.tenants
        ? findJobs(source, wanted, failed)
        : reads.share(`failed:${name}`, () => listState(source, wanted, failed)),
    ]);
    const { description } = definition;
    return { queue: name, ...defined({ description }), ...counts, failedJobs };
  },
});

export const actOnQueue = defineRoute({
  method: 'POST',
  path: '/{queue}',
  summary:
    'Acts on a whole queue: `pause` and `resume` its workers, `empty` it of jobs that wait or are delayed, `clean` finished ones.',
  role: ({ action }) => ACTIONS[action],
  wholeStore: true,
  params: queueParams,
  query: z.object({ action: z.enum(['pause', 'resume', 'empty', 'clean']) }),
  body: z
    .strictObject({
      state: z
        .enum(['completed', 'failed', 'waiting', 'delayed'])
        .optional()
        .describe('For `clean`. Default: completed.'),
      olderThan: z.int().min(0).optional().describe('For `clean`: at least so many ms old. Default 0.'),
      limit: z.int().min(1).max(CLEAN_LIMIT).optional().describe(`For \`clean\`. Default ${CLEAN_LIMIT}.`),
    })
    .default({}),
  answer: z.object({ queue: z.string(), isPaused: z.boolean().optional(), removed: z.int().optional() }),
  audit: ({ params, query }) => ({ action: query.action, queue: params.queue }),
  async run({ params, query, body, services: { access } }) {
    const handle = access.queue(params.queue);
    const { name } = handle;
    switch (query.action) {
      case 'pause':
        await handle.pause();
        return { queue: name, isPaused: true };
      case 'resume':
        await handle.resume();
        return { queue: name, isPaused: false };
      case 'empty':
        return { queue: name, removed: await handle.empty() };
      case 'clean': {
        const { state = 'completed', olderThan = 0, limit = CLEAN_LIMIT } = body;
        return { queue: name, removed: await handle.clean({ state, olderThan, limit }) };
      }
    }
  },
});
