/** Mounts a webhook handler in Express. A signature is over the bytes as they were sent, so those are what it gets. */
import { type Request, Router } from 'express';
import { mount, type WebHandler } from './web-handler.js';

/**
 * A router that answers webhooks wherever it is mounted: before any parser of bodies, or behind `express.raw()`, or behind
 * a parser that keeps the bytes as `req.rawBody`. Behind another one each request is answered with 500 and a message that
 * says so: of a parsed body nobody can tell what was signed.
 *
 * @param handler of `createWebhookHandler`
 * @example
 * ```ts
 * import { webhookRouter } from '@bizinsights/jobs-express';
 * import { createWebhookHandler } from '@bizinsights/jobs-webhooks';
 *
 * app.use('/api/webhooks', webhookRouter(createWebhookHandler(jobs, { platforms: Object.values(platforms) })));
 * app.use(express.json());
 * ```
 */
export function webhookRouter(handler: WebHandler): Router {
  const router = Router();
  router.use((req, res, next) => {
    if (!wasRead(req) || bytesOf(req) !== undefined) return next();
    res.status(500).json({ success: false, error: { code: 'INTERNAL', message: PARSED } });
  });
  router.use(mount(handler, bytesOf));
  return router;
}

const PARSED =
  'A parser has read the body before the webhooks could see it, so no signature can be verified: mount webhookRouter() before express.json()';

function wasRead(req: Request): boolean {
  return req.readableDidRead || req.readableEnded;
}

/** The bytes that were kept; undefined where none were, or none were read. */
function bytesOf(req: Request): Buffer | undefined {
  if (!wasRead(req)) return undefined;
  const kept: unknown = 'rawBody' in req ? req.rawBody : undefined;
  if (Buffer.isBuffer(kept)) return kept;
  const body: unknown = req.body;
  return Buffer.isBuffer(body) ? body : undefined;
}
