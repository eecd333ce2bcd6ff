/**
 * `@bizinsights/jobs-insights/queue`: the contracts of the queues `insights-generation` and `insight-digests`. A web process
 * imports them without the work.
 *
 * @packageDocumentation
 */
import { defineQueue, QueueName } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

/** The periods that insights are made for. Each ends with the last whole day of the organization. */
export const INSIGHT_PERIODS = ['7d', '30d', '90d', '1y'] as const;
export type InsightPeriod = (typeof INSIGHT_PERIODS)[number];

/**
 * The queue `insights-generation`: looks for what matters in the figures of one organization.
 *
 * @example
 * ```ts
 * await jobs.queue(insightsQueue).add({ organizationId: 'acme', period: '30d' });
 * ```
 */
export const insightsQueue = defineQueue({
  name: QueueName.InsightsGeneration,
  description: 'Looks for what matters in the figures of an organization, and keeps it with its evidence.',
  schema: z.strictObject({
    organizationId: z.string().min(1).max(255),
    period: z.enum(INSIGHT_PERIODS),
    /** Names of metrics. Default: all. */
    metrics: z.array(z.string().min(1).max(100)).min(1).max(50).readonly().optional(),
    /** Also where insights of the organization and period were made within the last hour. Default: false. */
    force: z.boolean().default(false),
  }),
  result: z.union([
    z.strictObject({
      /** Insights of this organization and period were made within the last hour. */
      skipped: z.literal('recent'),
    }),
    z.strictObject({
      /** How many insights are new, have changed, or are over. */
      created: z.number().int(),
      /** How many findings were told before, and nothing has changed. */
      unchanged: z.number().int(),
      /** How many alerts were enqueued. */
      alerts: z.number().int(),
    }),
  ]),
  tenant: ({ organizationId }) => organizationId,
});

export type InsightsQueue = typeof insightsQueue;
/** What the processor gets. */
export type InsightsJob = z.output<InsightsQueue['schema']>;
/** What `add` takes. */
export type InsightsJobInput = z.input<InsightsQueue['schema']>;
export type InsightsResult = z.output<InsightsQueue['result']>;
export {
  type InsightDigestJobInput,
  type InsightDigestQueue,
  type InsightDigestResult,
  insightDigestQueue,
} from './contract/digest-queue.js';
