/** A small API made of the kit alone: no jobs, no store. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConflictError, NotFoundError } from '../errors.js';
import { CapturedLog } from '../testing/behaviour/captured-log.js';
import type { AuditEntry } from './audit-log.js';
import { ApiError } from './envelope.js';
import { withOpenApi } from './openapi.js';
import type { Principal } from './principal.js';
import type { Probe } from './probe.js';
import { type Route, routeDefiner } from './route.js';
import { createRouter, type HttpHandler } from './router.js';

interface Bells {
  readonly bells: Map<string, number>;
}
const defineRoute = routeDefiner<Bells>();

const params = z.object({ id: z.string() });
const routes: readonly Route<Bells>[] = [
  // Parameters first: the order of the table does not matter.
  defineRoute({
    method: 'GET',
    path: '/{id}',
    summary: 'One bell.',
    role: 'viewer',
    params,
    answer: z.object({ id: z.string(), rung: z.int() }),
    run({ params: { id }, bells }) {
      const rung = bells.get(id);
      if (rung === undefined) throw new NotFoundError(`There is no bell "${id}"`);
      return { id, rung };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/{bell}',
    summary: 'Rings a bell.',
    role: 'operator',
    params: z.object({ bell: z.string() }),
    body: z.strictObject({ times: z.int().min(1).optional() }).default({}),
    answer: z.object({ rung: z.int() }),
    audit: ({ params: { bell } }) => ({ action: 'bell:ring', target: bell }),
    run({ params: { bell }, body: { times = 1 }, bells }) {
      const rung = bells.get(bell);
      if (rung === undefined) throw new ConflictError(`"${bell}" hangs nowhere`);
      bells.set(bell, rung + times);
      return { rung: rung + times };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/all',
    summary: 'All bells.',
    role: 'viewer',
    wholeStore: true,
    answer: z.object({ bells: z.array(z.string()) }),
    run: ({ bells }) => ({ bells: [...bells.keys()] }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/bells/{id}',
    summary: 'Melts a bell.',
    role: 'admin',
    params,
    run() {
      throw new Error('the oven of 10.0.0.7 is cold');
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/bells/{id}',
    summary: 'Casts a bell.',
    role: 'operator',
    // What a plugin without types can do.
    audit: () => ({ action: 7 }) as never,
    run: () => new Response(null, { status: 204 }),
  }),
  defineRoute({
    method: 'GET',
    path: '/secret',
    summary: 'Nobody has this role.',
    role: () => 'emperor' as never,
    run: () => new Response('seen'),
  }),
];

const probes: readonly Probe<Bells>[] = [
  {
    path: '/bells/hang',
    summary: 'Whether any bell hangs.',
    isUp({ bells }) {
      if (bells.has('cracked')) throw new Error('the bell of 10.0.0.7 is cracked');
      return bells.size > 0;
    },
  },
];

let principal: Principal | null;
let log: CapturedLog;
let entries: AuditEntry[];
let handler: HttpHandler;
const bells = new Map<string, number>();

beforeEach(() => {
  principal = { actor: 'ann', role: 'admin' };
  log = new CapturedLog();
  entries = [];
  bells.clear();
  bells.set('great', 0);
  handler = open(async (entry) => {
    entries.push(entry);
  });
});

const open = (append: (entry: AuditEntry) => Promise<void>) =>
  createRouter({
    subject: 'the bells',
    routes: withOpenApi('Bells', routes, probes),
    probes,
    context: { bells },
    authorize: () => principal,
    allowedOrigins: ['https://tower.example'],
    basePath: '/bells',
    audit: { append },
    logger: log.logger,
    now: () => 1_000,
  });

async function ask(method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) {
  const headers = { host: 'localhost', ...(init.body ? { 'content-type': 'application/json' } : {}), ...init.headers };
  const response = await handler(new Request(`http://localhost/bells${path}`, { method, ...init, headers }));
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

describe('a path', () => {
  it('of fixed names wins over one with parameters, wherever it stands in the table', async () => {
    expect((await ask('GET', '/all')).body).toEqual({ success: true, data: { bells: ['great'] } });
    expect((await ask('GET', '/great')).body).toEqual({ success: true, data: { id: 'great', rung: 0 } });
  });

  it('may name its parameters in another way for each method', async () => {
    expect((await ask('POST', '/great', { body: '{"times":2}' })).body).toEqual({ success: true, data: { rung: 2 } });
    const { status, headers } = await ask('DELETE', '/great');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('that is fixed takes its own methods alone', async () => {
    expect((await ask('POST', '/all')).status).toBe(405);
  });

  it('is looked for where the request was mounted', async () => {
    const request = new Request('http://localhost/a%20b/great');
    expect((await handler(request.clone(), { basePath: '/a%20b' })).status).toBe(200);
    expect((await handler(request)).status).toBe(404);
  });

  it('tells nothing to who is not known', async () => {
    principal = null;
    for (const path of ['/great', '/no/such/path', '/openapi.json']) expect((await ask('GET', path)).status).toBe(401);
    expect((await ask('DELETE', '/great')).status).toBe(401);
  });
});

describe('a probe', () => {
  it('says yes or no to any caller, and nothing else', async () => {
    principal = null;
    expect(await ask('GET', '/bells/hang')).toMatchObject({ status: 200, body: undefined });
    expect((await ask('DELETE', '/bells/hang')).status).toBe(401);
    bells.clear();
    expect(await ask('GET', '/bells/hang')).toMatchObject({ status: 503, body: undefined });
    bells.set('cracked', 0);
    expect(await ask('GET', '/bells/hang')).toMatchObject({ status: 503, body: undefined });
    expect(log.find('the bells: the bell of 10.0.0.7 is cracked')).toBeDefined();
  });
});

describe('a change', () => {
  it('is written down with who, what, which and the answer', async () => {
    await ask('POST', '/great');
    expect(entries).toEqual([
      {
        ...{ at: 1_000, actor: 'ann', role: 'admin', action: 'bell:ring', target: 'great', outcome: 'done' },
        detail: { rung: 1 },
      },
    ]);
  });

  it.each([
    ['of another origin', 403, 'CROSS_ORIGIN', 'great', { origin: 'https://evil.example' }, ''],
    ['with a body that is not right', 400, 'REQUEST_INVALID', 'great', {}, '{"times":0}'],
    ['that is no JSON', 415, 'BODY_NOT_JSON', 'great', { 'content-type': 'text/plain' }, 'times=1'],
    ['of what does not allow it', 409, 'CONFLICT', 'small', {}, ''],
  ])('%s is refused with %i, and written down as failed', async (_what, status, code, id, headers, body) => {
    const answer = await ask('POST', `/${id}`, { headers, ...(body === '' ? {} : { body }) });
    expect(answer).toMatchObject({ status, body: { success: false, error: { code } } });
    expect(entries.map(({ outcome }) => outcome)).toEqual(['failed']);
    expect(bells.get('great')).toBe(0);
  });

  it('is taken from an origin that is allowed', async () => {
    expect((await ask('POST', '/great', { headers: { origin: 'https://tower.example' } })).status).toBe(200);
  });

  it('that fails with an unknown error says nothing of it, but in the log', async () => {
    const { status, body } = await ask('DELETE', '/bells/great');
    expect([status, body.error.code]).toEqual([500, 'INTERNAL']);
    expect(JSON.stringify([body, entries])).not.toContain('10.0.0.7');
    expect(log.find('the bells: the oven of 10.0.0.7 is cold')).toBeDefined();
    expect(entries).toMatchObject([{ action: 'DELETE /bells/{id}', target: 'great', outcome: 'failed' }]);
  });

  it('is written down by its route where `audit` does not return what it should', async () => {
    expect((await ask('PUT', '/bells/great')).status).toBe(204);
    expect(entries).toMatchObject([{ action: 'PUT /bells/{id}', target: 'great', outcome: 'done' }]);
    expect(log.find('`audit` of the route PUT /bells/{id} has failed')).toBeDefined();
  });

  it('is done and told in the log where the audit log takes no entry', async () => {
    handler = open(() => Promise.reject(new Error('away')));
    expect((await ask('POST', '/great')).status).toBe(200);
    expect(log.find('the audit entry could not be written')).toMatchObject({ actor: 'ann', target: 'great' });
  });
});

describe('who may', () => {
  it('is said by the role of a route', async () => {
    principal = { actor: 'vic', role: 'viewer' };
    expect((await ask('GET', '/great')).status).toBe(200);
    expect((await ask('POST', '/great')).status).toBe(403);
    principal = { actor: 'oz', role: 'operator' };
    expect((await ask('POST', '/great')).status).toBe(200);
    expect((await ask('DELETE', '/bells/great')).status).toBe(403);
  });

  it('is nobody where the role is none', async () => {
    expect((await ask('GET', '/secret')).status).toBe(403);
  });

  it('is nobody who is bound to tenants, where all of them are shown', async () => {
    principal = { actor: 'shop', role: 'admin', tenants: ['a'] };
    expect((await ask('GET', '/all')).status).toBe(403);
    expect((await ask('GET', '/great')).status).toBe(200);
  });
});

it('describes its routes and itself', async () => {
  const { body } = await ask('GET', '/openapi.json');
  expect(await new Validator().validate(structuredClone(body))).toMatchObject({ valid: true });
  expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Bells' }, servers: [{ url: '/bells' }] });
  expect(Object.keys(body.paths).sort()).toEqual([
    '/all',
    '/bells/hang',
    '/bells/{id}',
    '/openapi.json',
    '/secret',
    '/{bell}',
    '/{id}',
  ]);
});

it('has a route at its root, wherever that is', async () => {
  const root = defineRoute({
    method: 'GET',
    path: '/',
    summary: 'The tower.',
    role: 'viewer',
    run: () => Response.json({}),
  });
  for (const [basePath, paths] of [
    ['/tower', ['/tower', '/tower/']],
    ['/tower/', ['/tower', '/tower/']],
    ['/', ['/']],
    ['', ['/']],
  ] as const) {
    const tower = createRouter({
      subject: 'the tower',
      routes: [root],
      context: { bells },
      authorize: () => principal,
      basePath,
      audit: { append: async () => undefined },
      logger: log.logger,
    });
    const status = async (path: string) => (await tower(new Request(`http://localhost${path}`))).status;
    for (const path of paths) expect(await status(path), `${path} at "${basePath}"`).toBe(200);
    expect(await status('/towers')).toBe(404);
    expect(await status('/elsewhere/tower')).toBe(404);
  }
});

it('keeps the codes of the library’s errors and those of the API', async () => {
  expect((await ask('GET', '/none')).body.error).toEqual({ code: 'NOT_FOUND', message: 'There is no bell "none"' });
  expect(new ApiError('NOT_FOUND', '').code).toBe(new NotFoundError('').code);
  expect(new ApiError('CONFLICT', '').code).toBe(new ConflictError('').code);
});
