/** As much of `jobs` as webhooks need. */
import type { Journal, JournalOptions, Logger, QueueHandle } from '@bizinsights/jobs-core';
import type { HttpHost } from '@bizinsights/jobs-core/http';
import type { z } from 'zod';
import type { WebhookQueue } from './queue.js';

/** The answer of `createJobs`, with `webhookQueue` among its queues. */
export interface WebhookJobs extends HttpHost {
  readonly logger: Logger;
  queue(queue: WebhookQueue): QueueHandle<WebhookQueue>;
  journal<Schema extends z.ZodType>(name: string, options: JournalOptions<Schema>): Journal<Schema>;
}
