/** The contract of the queue `data-sync`: what a sync is asked for, and what it answers. Imports zod and core only. */
import { defineQueue, QueueName } from '@bizinsights/jobs-core';
import { z } from 'zod';

const count = z.number().int();

const streamCounts = z.object({
  pages: count,
  /** Records that the platform sent and that fit. */
  records: count,
  /** What did not fit, kept aside with its reason. */
  rejected: count,
  /** What the platform said to be gone. */
  deleted: count,
});
export type StreamCounts = z.output<typeof streamCounts>;

/**
 * The queue `data-sync`: brings the records of one integration home.
 *
 * @example
 * ```ts
 * await jobs.queue(dataSyncQueue).add({ integrationId, mode: 'full', streams: ['orders'] });
 * ```
 */
export const dataSyncQueue = defineQueue({
  name: QueueName.DataSync,
  description: 'Reads what is new in an account on a platform, and stores it.',
  schema: z.strictObject({
    integrationId: z.string().min(1).max(255),
    /** Whose integration it is: the job's tenant. */
    organizationId: z.string().min(1).max(255).optional(),
    /** Default: all of the platform's. */
    streams: z.array(z.string().min(1)).min(1).max(50).optional(),
    /** `incremental`: what is new or changed since the last sync. `full`: everything. */
    mode: z.enum(['incremental', 'full']).default('incremental'),
    /** Reads (again) what has changed since then, wherever the last sync ended. ISO 8601, or epoch ms. */
    since: z.union([z.iso.datetime({ offset: true }), z.number().int().nonnegative()]).optional(),
  }),
  result: z.object({
    /** By the name of the stream. */
    streams: z.record(z.string(), streamCounts),
  }),
  tenant: ({ organizationId = '' }) => organizationId,
  // A first sync of a large account is put off by the platform's limits again and again, for days. 7 days in ms.
  maxRetryAfter: 7 * 24 * 3_600_000,
  // A platform that is down is seldom back within seconds: tried again after 10 s, 20 s, 40 s, 80 s.
  defaults: { attempts: 5, backoff: { type: 'exponential', delay: 10_000, jitter: 0.2 } },
});

export type DataSyncQueue = typeof dataSyncQueue;
/** What the processor gets. */
export type DataSyncJob = z.output<DataSyncQueue['schema']>;
/** What `add` takes. */
export type DataSyncJobInput = z.input<DataSyncQueue['schema']>;
export type DataSyncResult = z.output<DataSyncQueue['result']>;
