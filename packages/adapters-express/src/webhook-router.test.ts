// The bytes that were sent come to the handler as they were sent, or not at all.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express4 from 'express4';
import express5 from 'express5';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebHandler, webhookRouter } from './index.js';

type Express = typeof express5;
type App = ReturnType<Express>;

const seen: { url: string; basePath: string | undefined; body: string }[] = [];
/** Answers with what it has got. */
const handler: WebHandler = async (request, mount) => {
  const body = Buffer.from(await request.arrayBuffer()).toString('latin1');
  seen.push({ url: request.url, basePath: mount?.basePath, body });
  return new Response(Buffer.from(body, 'latin1'));
};

const BODY = '{"a":  1, "b": "\u00ff"}\r\n';
const bytes = Buffer.from(BODY, 'latin1');

let close: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
  seen.length = 0;
});

async function serve(express: Express, prepare: (app: App) => void = () => undefined, at = '/api/webhooks') {
  const app = express();
  prepare(app);
  app.use(at, webhookRouter(handler));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return async (path: string, init: RequestInit = {}) => {
    const headers = { 'content-type': 'application/json', ...init.headers };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: bytes, ...init, headers });
    return { status: response.status, text: Buffer.from(await response.arrayBuffer()).toString('latin1') };
  };
}

describe.each<[string, Express]>([
  ['Express 5', express5],
  ['Express 4', express4],
])('%s', (_name, express) => {
  it('gives the bytes as they were sent, and the place', async () => {
    const send = await serve(express);
    expect(await send('/api/webhooks/stripe/int%201?x=1')).toEqual({ status: 200, text: BODY });
    expect(seen[0]).toMatchObject({ basePath: '/api/webhooks', body: BODY });
    expect(seen[0]?.url).toMatch(/\/api\/webhooks\/stripe\/int%201\?x=1$/);
  });

  it('gives GET to the handler too', async () => {
    const send = await serve(express);
    expect(await send('/api/webhooks/facebook-ads', { method: 'GET', body: null })).toEqual({ status: 200, text: '' });
  });

  it.each<[string, (app: App) => void]>([
    ['express.raw()', (app) => app.use(express.raw({ type: '*/*' }))],
    [
      'express.json() that keeps the bytes',
      (app) => app.use(express.json({ verify: (req, _res, body) => Object.assign(req, { rawBody: body }) })),
    ],
    ['express.json(), for what it does not read', (app) => app.use(express.json({ type: 'application/vnd.other' }))],
  ])('gives the bytes behind %s', async (_parser, prepare) => {
    const send = await serve(express, prepare);
    const text = Buffer.from('{"a":  1}');
    expect(await send('/api/webhooks/stripe', { body: text })).toEqual({ status: 200, text: '{"a":  1}' });
  });

  it.each<[string, (app: App) => void, Record<string, string>]>([
    ['express.json()', (app) => app.use(express.json()), {}],
    ['express.text()', (app) => app.use(express.text({ type: '*/*' })), {}],
    [
      'express.urlencoded()',
      (app) => app.use(express.urlencoded({ extended: false })),
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ])('never takes for the body what %s has made of it, and says how to mount it', async (_parser, prepare, headers) => {
    const send = await serve(express, prepare);
    const { status, text } = await send('/api/webhooks/stripe', { body: Buffer.from('{"a":1}'), headers });
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({
      success: false,
      error: { code: 'INTERNAL', message: expect.stringContaining('mount webhookRouter() before express.json()') },
    });
    expect(seen).toEqual([]);
  });

  it('works at a path with parameters, and at the root', async () => {
    const send = await serve(express, undefined, '/teams/:team/hooks');
    expect((await send('/teams/a%20b/hooks/stripe')).status).toBe(200);
    expect(seen[0]).toMatchObject({ basePath: '/teams/a%20b/hooks' });
    await close?.();
    const atRoot = await serve(express, undefined, '/');
    expect((await atRoot('/stripe')).status).toBe(200);
    expect(seen[1]).toMatchObject({ basePath: '' });
  });
});
