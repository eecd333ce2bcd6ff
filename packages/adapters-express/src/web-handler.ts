/** Any function from a Web `Request` to a `Response`, as Express calls it. What converts is Hono's own server. */
import type { MonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { getRequestListener } from '@hono/node-server';
import type { Request, RequestHandler } from 'express';

/** Answers a request; `basePath` is where it is mounted. Never rejects. */
export type WebHandler = MonitoringHandler;

/** What was read off the wire before us; undefined when the body is still there. `false`: it was, and can't be had. */
export type ReadBody = (req: Request) => string | Buffer | undefined | false;

/** @param lost answers where `readBody` gives false */
export function toMiddleware(handler: WebHandler, readBody: ReadBody, lost?: RequestHandler): RequestHandler {
  const listener = getRequestListener((request, { incoming }) => {
    const caller = { remoteAddress: incoming.socket.remoteAddress, req: incoming };
    return handler(request, 'baseUrl' in incoming ? { basePath: String(incoming.baseUrl), caller } : { caller });
  }, LISTENER);
  return (req, res, next) => {
    const read = readBody(req);
    if (read === false) return lost?.(req, res, next);
    if (read !== undefined) Object.assign(req, { rawBody: Buffer.from(read) });
    // Express takes off what the router is mounted at; the handler wants to see the whole address.
    req.url = req.baseUrl + req.url;
    return listener(req, res);
  };
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
