/** Any function from a Web `Request` to a `Response`, as Express calls it. What converts is Hono's own server. */
import type { MonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { getRequestListener } from '@hono/node-server';
import { type Request as ExpressRequest, Router } from 'express';

/** Answers a request; `basePath` is where it is mounted. Never rejects. */
export type WebHandler = MonitoringHandler;

/** What was read off the wire before us; undefined when the body is still there. */
export type ReadBody = (req: ExpressRequest) => string | Buffer | undefined;

/** @param readBody may answer for itself, by what it throws */
export function mount(handler: WebHandler, readBody: ReadBody): Router {
  const router = Router();
  router.use((req, res) => {
    const { baseUrl } = req;
    const read = readBody(req);
    if (read !== undefined) Object.assign(req, { rawBody: Buffer.from(read) });
    // Express takes off what the router is mounted at; the handler wants to see the whole address.
    req.url = baseUrl + req.url;
    return getRequestListener((request) => handler(request, { basePath: baseUrl }), LISTENER)(req, res);
  });
  return router;
}

const LISTENER = {
  // The globals are the host's.
  overrideGlobalObjects: false,
  // The handler never rejects: what comes here is a `Host` or an address that makes no URL.
  errorHandler: () =>
    Response.json(
      { success: false, error: { code: 'REQUEST_INVALID', message: 'The address of the request is not right' } },
      { status: 400 },
    ),
} as const;
