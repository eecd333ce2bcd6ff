/** Mounts a webhook handler in Express. A signature is over the bytes as they were sent, so those are what it gets. */
import type { RequestHandler } from 'express';
import { type ReadBody, toMiddleware, type WebHandler } from './web-handler.js';

/**
 * Answers webhooks wherever it is mounted: before any parser of bodies, or behind `express.raw()`, or behind
 * a parser that keeps the bytes as `req.rawBody`. Behind another one each request is answered with 500 and a message that
 * says so: of a parsed body nobody can tell what was signed.
 *
 * @param handler of `createWebhookHandler`
 * @example
 * ```ts
 * import { webhookRouter } from '@bizinsights/jobs-express';
 * import { platforms } from '@bizinsights/jobs-platforms';
 * import { createWebhookHandler } from '@bizinsights/jobs-webhooks';
 * import express from 'express';
 *
 * app.use('/api/webhooks', webhookRouter(createWebhookHandler(jobs, { platforms: Object.values(platforms) })));
 * app.use(express.json());
 * ```
 */
export function webhookRouter(handler: WebHandler): RequestHandler {
  return toMiddleware(handler, bytesOf, (_req, res) => {
    res.status(500).json({ success: false, error: { code: 'INTERNAL', message: PARSED } });
  });
}

const PARSED =
  'A parser has read the body before the webhooks could see it, so no signature can be verified: mount webhookRouter() before express.json()';

/** The bytes that were kept; false where they were read and not kept. */
const bytesOf: ReadBody = (req) => {
  if (!req.readableDidRead && !req.readableEnded) return undefined;
  const kept: unknown = 'rawBody' in req ? req.rawBody : undefined;
  if (Buffer.isBuffer(kept)) return kept;
  const body: unknown = req.body;
  return Buffer.isBuffer(body) && body;
};
