/** `/monitoring`: all queues at a glance, and retrying failed jobs over all of them. */

import { z } from 'zod';
import { defined } from '../../defined.js';
import { EngineUnavailableError } from '../../errors.js';
import { shownError } from '../../http/envelope.js';
import type { AnyQueueDefinition } from '../../queue/definition.js';
import type { QueueHandle } from '../../queue/handle.js';
import type { JobView } from '../../queue/view.js';
import { readCounts } from '../queue-numbers.js';
import { defineRoute } from '../route.js';
import { numbers } from '../schemas.js';
import { visibleTo } from '../tenants.js';

/** How many are retried when nothing is said, over all queues. */
const RETRY_LIMIT = 1_000;
const MAX_RETRY_LIMIT = 100_000;

/** What is shown of a queue whose numbers could not be read. */
const unreadable = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export const monitoring = defineRoute({
  method: 'GET',
  path: '/monitoring',
  summary: 'The numbers of all queues, and their totals.',
  role: 'viewer',
  wholeStore: true,
  answer: z.object({
    queues: z.record(z.string(), z.union([numbers.extend({ isPaused: z.boolean() }), unreadable])),
    totals: numbers.describe('Without the queues whose numbers could not be read.'),
  }),
  async run({ services: { access, reads } }) {
    const counts = await reads.share('counts', () => readCounts(access));
    const totals = { waiting: 0, active: 0, completed: 0, failed: 0, delayed: 0, paused: 0 };
    const queues = access.queues.map(({ name }, index) => {
      const read = counts[index] ?? { value: EMPTY };
      if ('error' in read) {
        access.logger.error({ err: read.error, queue: name }, `the numbers of queue "${name}" could not be read`);
        return [name, { error: shownError(read.error) }] as const;
      }
      for (const key of KEYS) totals[key] += read.value[key];
      return [name, read.value] as const;
    });
    return { queues: Object.fromEntries(queues), totals };
  },
});

const KEYS = ['waiting', 'active', 'completed', 'failed', 'delayed', 'paused'] as const;
const EMPTY = { waiting: 0, active: 0, completed: 0, failed: 0, delayed: 0, paused: 0, isPaused: false };

const retryBody = z
  .strictObject({
    queue: z.string().optional().describe('Default: all queues.'),
    jobIds: z.array(z.string()).min(1).max(1_000).optional().describe('These and no other; needs `queue`.'),
    limit: z.int().min(1).max(MAX_RETRY_LIMIT).optional().describe(`Default ${RETRY_LIMIT}, over all queues.`),
  })
  .refine(({ queue, jobIds }) => jobIds === undefined || queue !== undefined, {
    path: ['queue'],
    message: 'is needed with `jobIds`: an id is of one queue',
  })
  .default({});

export const retryFailed = defineRoute({
  method: 'POST',
  path: '/monitoring/retry',
  summary: 'Takes failed jobs back into their queues with all their attempts, oldest first, and answers how many.',
  role: 'operator',
  body: retryBody,
  answer: z.object({
    retried: z.int(),
    queues: z.record(z.string(), z.int()),
    errors: z
      .record(z.string(), unreadable.shape.error)
      .optional()
      .describe('Queues whose jobs could not be retried, or not all of them; absent when all could.'),
  }),
  audit: ({ body: { queue, jobIds } = {} }) => ({
    action: 'retry',
    ...defined({ queue }),
    ...(jobIds === undefined ? {} : { target: jobIds.join(',') }),
  }),
  async run({ body, principal, services: { access } }) {
    const names = body.queue === undefined ? access.queues.map(({ name }) => name) : [body.queue];
    const queues: Record<string, number> = {};
    const errors: Record<string, { code: string; message: string }> = {};
    let left = body.limit ?? RETRY_LIMIT;
    for (const name of names) {
      if (left <= 0) break;
      const handle = access.queue(name);
      const mayTouch = visibleTo(principal);
      try {
        const retried = body.jobIds
          ? await retryEach(handle, body.jobIds.slice(0, left), mayTouch)
          : await handle.retryFailed({ limit: left, ...(principal.tenants ? { filter: mayTouch } : {}) });
        queues[name] = retried;
        left -= retried;
      } catch (error) {
        // One queue that is damaged takes nothing away from the others. A store that is away is away for all.
        if (body.queue !== undefined || error instanceof EngineUnavailableError) throw error;
        access.logger.error({ err: error, queue: name }, `the failed jobs of queue "${name}" could not be retried`);
        errors[name] = shownError(error);
      }
    }
    const retried = Object.values(queues).reduce((sum, count) => sum + count, 0);
    return { retried, queues, ...(Object.keys(errors).length > 0 ? { errors } : {}) };
  },
});

async function retryEach(
  handle: QueueHandle<AnyQueueDefinition>,
  ids: readonly string[],
  mayTouch: (job: JobView) => boolean,
): Promise<number> {
  const jobs = await handle.getMany(ids);
  const retried = await Promise.all(
    ids.map(async (id, index) => {
      const job = jobs[index];
      return job !== undefined && mayTouch(job) && (await handle.retry(id));
    }),
  );
  return retried.filter(Boolean).length;
}
