/** The contract of the queue `data-sync`: what a sync is asked for, and what it answers. Imports zod and core only. */
import { defineQueue, QueueName } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

const count = z.number().int();

const streamCounts = z.object({
  pages: count,
  /** Records that the platform sent and that fit. */
  records: count,
  /** What did not fit, or what the sink could not store: kept aside with its reason. */
  rejected: count,
  /** What the platform said to be gone. */
  deleted: count,
});
export type StreamCounts = z.output<typeof streamCounts>;

/** See `Caveat` of `@bizinsights/jobs-platforms`. */
export const streamCaveats = z.array(z.enum(['sampled', 'thresholded', 'other-row']));

/** Records that a full read has not met, and that are not marked as gone. */
export const keptBack = z.object({
  /**
   * Why. `too-many`: more than `maxGone`. `fewer-streams`,
   * `fewer-scopes`: the connection offered less than it did to a read before, or the platform did not say
   * which scopes the credentials have. `unknown-ids`: the read has met records that
   * do not fit and whose id could not be read. `inexact`: the platform has left rows out of the report (`sampled`,
   * `thresholded`). `shared-kind`: another stream of the platform has records of this kind, so it is not known which of them
   * the read should have met.
   */
  reason: z.enum(['too-many', 'fewer-streams', 'fewer-scopes', 'unknown-ids', 'inexact', 'shared-kind']),
  /** How many were not met. 0 for `shared-kind`. */
  missing: count,
  /** Of how many that the read could have met. */
  of: count,
});
export type KeptBack = z.output<typeof keptBack>;

const streamResult = streamCounts.extend({
  /** Why figures are less than exact, where the platform says so. Absent: they are exact. */
  caveats: streamCaveats.optional(),
  /** What a full read has not met, and that is marked as gone. Absent: no full read, or the sink cannot tell. */
  gone: count.optional(),
  /** Absent: nothing was kept back. */
  keptBack: keptBack.optional(),
});
/** What became of one stream. */
export type StreamResult = z.output<typeof streamResult>;

/**
 * The queue `data-sync`: imports the records of one integration.
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
    streams: z.record(z.string(), streamResult),
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
