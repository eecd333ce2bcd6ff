/** The contract of the queue `insight-digests`: the week's insights of an organization, by mail. */
import { defineQueue } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

/**
 * The queue `insight-digests`: mails the insights of the last seven days to an organization's owners and admins.
 *
 * @example
 * ```ts
 * await jobs.queue(insightDigestQueue).add({ organizationId: 'acme' });
 * ```
 */
export const insightDigestQueue = defineQueue({
  name: 'insight-digests',
  description: 'Mails the most important insights of a week to the owners and admins of an organization.',
  schema: z.strictObject({ organizationId: z.string().min(1).max(255) }),
  result: z.union([
    z.strictObject({
      /** `nothing`: the week has no insights. `no-recipients`: no owner or admin has an address that mail can be sent to. */
      skipped: z.enum(['nothing', 'no-recipients']),
    }),
    z.strictObject({
      /** How many insights are in the mail. */
      insights: z.number().int(),
      /** To how many people it goes: a mail of the same week and address is sent once. */
      mails: z.number().int(),
    }),
  ]),
  tenant: ({ organizationId }) => organizationId,
});

export type InsightDigestQueue = typeof insightDigestQueue;
/** What `add` takes. */
export type InsightDigestJobInput = z.input<InsightDigestQueue['schema']>;
export type InsightDigestResult = z.output<InsightDigestQueue['result']>;
