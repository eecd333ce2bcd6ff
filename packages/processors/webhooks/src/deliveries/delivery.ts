/** One delivery of a webhook, as the journal keeps it: what came, what was thought of it, what was answered. */
import type { JobState } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { WebhookResult } from '../queue.js';

/** `ping`: it came unsigned, and means nothing. */
export const VERDICTS = ['verified', 'refused', 'ping'] as const;

/** Times are epoch ms. */
export const deliverySchema = z.object({
  id: z.string(),
  receivedAt: z.number(),
  platform: z.string(),
  integrationId: z.string().optional(),
  verdict: z.enum(VERDICTS),
  /** Why it was refused. */
  reason: z.string().optional(),
  topic: z.string().optional(),
  account: z.string().optional(),
  eventId: z.string().optional(),
  /** Without secrets and signatures. */
  headers: z.record(z.string(), z.string()),
  /** Of the event: other deliveries of the same one have the same job. */
  jobId: z.string().optional(),
  /** What the sender was answered. */
  status: z.number(),
  /** The delivery that this one repeats, and who has asked for it. */
  replayOf: z.string().optional(),
  actor: z.string().optional(),
});
export type Delivery = z.output<typeof deliverySchema>;

/** How far the event of a delivery is. */
export interface DeliveryOutcome {
  readonly state: JobState;
  readonly attempts: number;
  readonly result?: WebhookResult;
  /** Why the last attempt failed. */
  readonly failedReason?: string;
  readonly finishedAt?: number;
}

/** A delivery as it is listed. */
export interface DeliveryView extends Delivery {
  /** Absent where there is no job, or none any more. */
  readonly outcome?: DeliveryOutcome;
  /** The delivery that brought the event first. */
  readonly duplicateOf?: string;
}
