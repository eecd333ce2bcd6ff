/** `/deliveries`: what an operator sees and does. */
import { NotFoundError } from '@bizinsights/jobs-core';
import { defineRoute, type PluginRoutes } from '@bizinsights/jobs-core/http';
import { z } from 'zod';
import type { Deliveries } from './deliveries.js';
import { deliverySchema, VERDICTS } from './delivery.js';

const MAX_PAGE_SIZE = 200;

const listQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(MAX_PAGE_SIZE)
    .optional()
    .describe(`1 to ${MAX_PAGE_SIZE}, by default 50.`),
  platform: z.string().optional(),
  verdict: z.enum(VERDICTS).optional(),
  topic: z.string().optional(),
});

const deliveryView = deliverySchema.extend({
  outcome: z
    .object({
      state: z.string(),
      attempts: z.int(),
      result: z.unknown().optional(),
      failedReason: z.string().optional(),
      finishedAt: z.number().optional(),
    })
    .optional()
    .describe('How far its event is; absent where there is no job, or none any more.'),
  duplicateOf: z.string().optional().describe('The delivery that brought the event first.'),
});

const params = z.object({ id: z.string() });

/**
 * The deliveries of webhooks as routes: `GET /deliveries`, `GET /deliveries/{id}` and `POST /deliveries/{id}?action=replay`.
 * `createWebhookHandler` has them where it is given `authorize`; with this they also stand at `plugins/webhooks/` of the
 * monitoring API. Give `Deliveries` the limits that the handler has.
 *
 * @example
 * ```ts
 * import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
 * import { Deliveries, deliveryRoutes } from '@bizinsights/jobs-webhooks';
 *
 * const plugins = [deliveryRoutes({ deliveries: new Deliveries(jobs) })];
 * const handler = createMonitoringHandler(jobs, { authorize, plugins });
 * ```
 */
export function deliveryRoutes({ deliveries }: { readonly deliveries: Deliveries }): PluginRoutes {
  const list = defineRoute({
    method: 'GET',
    path: '/deliveries',
    summary: 'The deliveries of webhooks, newest first, each with its verdict and the outcome of its job.',
    role: 'viewer',
    wholeStore: true,
    query: listQuery,
    answer: z.object({
      deliveries: z.array(deliveryView),
      cursor: z.string().optional().describe('Asks for the next page; absent on the last.'),
    }),
    run: ({ query }) => deliveries.list(query),
  });
  const one = defineRoute({
    method: 'GET',
    path: '/deliveries/{id}',
    summary: 'One delivery.',
    role: 'viewer',
    wholeStore: true,
    params,
    answer: deliveryView,
    async run({ params: { id } }) {
      const delivery = await deliveries.get(id);
      if (!delivery) throw new NotFoundError(`There is no delivery "${id}" (any more)`);
      return delivery;
    },
  });
  const replay = defineRoute({
    method: 'POST',
    path: '/deliveries/{id}',
    summary: 'Processes the event of a delivery once more, in a job of its own.',
    role: 'operator',
    wholeStore: true,
    params,
    query: z.object({ action: z.literal('replay') }),
    answer: z.object({ deliveryId: z.string(), jobId: z.string() }),
    audit: ({ params: { id } }) => ({ action: 'webhook:replay', target: id }),
    run: ({ params: { id }, principal }) => deliveries.replay(id, principal.actor),
  });
  return { name: 'webhooks', routes: [list, one, replay] };
}
