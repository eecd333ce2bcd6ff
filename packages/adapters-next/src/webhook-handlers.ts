/** A webhook handler in a catch-all route of the App Router. Next.js leaves the body as it was sent. */
import type { MonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { mountOf, type NextHandler } from './mount.js';

/** Answers a request; `basePath` is where it is mounted. Never rejects. */
export type WebHandler = MonitoringHandler;

export type NextWebhookHandlers = Readonly<Record<'GET' | 'POST', NextHandler>>;

/**
 * The handlers of `app/api/webhooks/[...path]/route.ts`, or of a catch-all route anywhere else.
 *
 * @param handler of `createWebhookHandler`
 * @example
 * ```ts
 * // app/api/webhooks/[...path]/route.ts
 * import { toNextWebhookHandlers } from '@bizinsights/jobs-next';
 * import { platforms } from '@bizinsights/jobs-platforms';
 * import { createWebhookHandler } from '@bizinsights/jobs-webhooks';
 * import { jobs } from '../../../../jobs';
 *
 * const handler = createWebhookHandler(jobs, { platforms: Object.values(platforms) });
 * export const { GET, POST } = toNextWebhookHandlers(handler);
 * ```
 */
export function toNextWebhookHandlers(handler: WebHandler): NextWebhookHandlers {
  const handle: NextHandler = async (request, context) =>
    handler(request, { basePath: await mountOf(request, context) });
  return { GET: handle, POST: handle };
}
