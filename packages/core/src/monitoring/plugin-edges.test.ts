/** What a plugin's routes may do that no route of ours does, and where the API may be mounted. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ConflictError } from '../errors.js';
import { ApiError, defineRoute, failure, type PluginRoutes } from '../http/index.js';
import type { Principal } from '../http/principal.js';
import { CapturedLog } from '../testing/behaviour/captured-log.js';
import { createTestJobs } from '../testing/index.js';
import { createMonitoringHandler, type MonitoringHandler } from './app.js';

const say = (text: string) => () => new Response(text);

/** As a plugin sees the kit whose host has loaded the other build of it. */
async function anotherCopy() {
  vi.resetModules();
  const [errors, envelope] = await Promise.all([import('../errors.js'), import('../http/envelope.js')]);
  expect(errors.ConflictError).not.toBe(ConflictError);
  expect(envelope.ApiError).not.toBe(ApiError);
  return { ...errors, ...envelope };
}

let principal: Principal | null;
let log: CapturedLog;
let cancelled: unknown[];

function bells(name = 'bells', thrown: () => unknown = () => undefined): PluginRoutes {
  const get = (path: string, run: () => Response | Promise<Response>) =>
    defineRoute({ method: 'GET', path, summary: path, role: 'viewer', run });
  return {
    name,
    routes: [
      get('/{id}', say(`${name} one`)),
      get('/all', say(`${name} all`)),
      get('/{id}/notes', say(`${name} notes`)),
      get('/all/{note}', say(`${name} note of all`)),
      get('/v1.0/~a-b_c', say(`${name} odd`)),
      get('/thrown/error', () => {
        throw thrown();
      }),
      get('/broken', () => {
        const body = new ReadableStream({
          start: (stream) => stream.enqueue(new TextEncoder().encode('ding')),
          pull: (stream) => stream.error(new Error('of 10.0.0.7')),
        });
        return new Response(body);
      }),
      get('/used', async () => {
        const response = new Response('once');
        await response.text();
        return response;
      }),
      get('/no-status', () => Response.error()),
      get('/nothing', () => JSON.parse('{}').response),
      get('/stream', () => {
        const body = new ReadableStream({
          start: (stream) => stream.enqueue(new TextEncoder().encode('ding')),
          cancel: (reason) => void cancelled.push(reason),
        });
        return new Response(body, { headers: { 'content-type': 'text/x-bell' } });
      }),
      defineRoute({
        method: 'POST',
        path: '/{id}',
        summary: 'Rings.',
        role: 'operator',
        query: z.object({ action: z.string() }),
        audit: ({ query }) => ({ action: query.action }),
        run({ query: { action } }) {
          if (action === 'refuse') return failure(new ApiError('CONFLICT', 'It rings already'));
          if (action === 'elsewhere') return Response.redirect('http://localhost/elsewhere', 303);
          return new Response(null, { status: 204 });
        },
      }),
      defineRoute({
        method: 'PUT',
        path: '/',
        summary: 'Takes all.',
        role: 'operator',
        body: z.json(),
        run: say('taken'),
      }),
    ],
  };
}

beforeEach(() => {
  principal = { actor: 'ann', role: 'admin' };
  log = new CapturedLog();
  cancelled = [];
});

function open(plugins: readonly PluginRoutes[], basePath?: string): MonitoringHandler {
  const jobs = createTestJobs({ queues: [], logger: log.logger });
  return createMonitoringHandler(jobs, {
    authorize: () => principal,
    plugins,
    ...(basePath === undefined ? {} : { basePath }),
  });
}

async function ask(handler: MonitoringHandler, method: string, path: string, body?: string) {
  const headers = { host: 'localhost', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const response = await handler(new Request(`http://localhost${path}`, init));
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a route of a plugin', () => {
  const at = '/api/jobs/plugins/bells';

  it('is found by its fixed names before the parameters, in each plugin its own', async () => {
    const handler = open([bells(), bells('gongs'), bells('1-2-3')]);
    for (const name of ['bells', 'gongs', '1-2-3']) {
      const found = async (path: string) => (await ask(handler, 'GET', `/api/jobs/plugins/${name}${path}`)).text;
      expect(await found('/all')).toBe(`${name} all`);
      expect(await found('/other')).toBe(`${name} one`);
      expect(await found('/all/notes')).toBe(`${name} note of all`);
      expect(await found('/other/notes')).toBe(`${name} notes`);
      expect(await found('/v1.0/~a-b_c')).toBe(`${name} odd`);
      // A dot is no wildcard.
      expect(await found('/v1x0/~a-b_c')).toContain('NOT_FOUND');
    }
    const { paths } = JSON.parse((await ask(handler, 'GET', '/api/jobs/openapi.json')).text);
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path as Record<string, { operationId: string }>),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it.each<[string, () => unknown, number, string]>([
    ['an error', () => new Error('of 10.0.0.7'), 500, 'INTERNAL'],
    ['a text', () => 'of 10.0.0.7', 500, 'INTERNAL'],
    ['undefined', () => undefined, 500, 'INTERNAL'],
    ['a response', () => new Response('of 10.0.0.7', { status: 402 }), 500, 'INTERNAL'],
    [
      'an error with a code of ours',
      () => Object.assign(new Error('of 10.0.0.7'), { code: 'CONFLICT' }),
      500,
      'INTERNAL',
    ],
    ['an error of the library', () => new ConflictError('rings already'), 409, 'CONFLICT'],
    ['a refusal', () => new ApiError('NOT_FOUND', 'no such bell'), 404, 'NOT_FOUND'],
  ])('that throws %s is answered with %#', async (_what, thrown, status, code) => {
    const answer = await ask(open([bells('bells', thrown)]), 'GET', `${at}/thrown/error`);
    expect(answer).toMatchObject({ status, text: expect.stringContaining(`"code":"${code}"`) });
    expect(answer.text).not.toContain('10.0.0.7');
    expect(log.lines.length > 0).toBe(status === 500);
  });

  it('may throw the errors of another copy of the library', async () => {
    const other = await anotherCopy();
    const thrown = async (error: unknown) => {
      const { status, text } = await ask(open([bells('bells', () => error)]), 'GET', `${at}/thrown/error`);
      return { status, ...JSON.parse(text).error };
    };
    expect(await thrown(new other.ConflictError('rings already'))).toEqual({
      status: 409,
      code: 'CONFLICT',
      message: 'rings already',
    });
    expect(await thrown(new other.ApiError('FORBIDDEN', 'not at night'))).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect(await thrown(new other.EngineUnavailableError('redis://10.0.0.7'))).toMatchObject({
      status: 503,
      message: 'The job store cannot be reached; try again soon',
    });
    expect(await thrown(new other.EngineError('redis://10.0.0.7'))).toMatchObject({
      status: 500,
      message: 'Something went wrong; the log says what',
    });
  });

  it('may answer a stream, which a HEAD request ends', async () => {
    const handler = open([bells()]);
    const url = `http://localhost${at}/stream`;
    const response = await handler(new Request(url));
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('ding');
    expect(cancelled).toEqual([]);
    await reader?.cancel('enough');
    expect(cancelled).toEqual(['enough']);

    const head = await handler(new Request(url, { method: 'HEAD' }));
    expect([head.status, head.headers.get('content-type'), head.body]).toEqual([200, 'text/x-bell', null]);
    expect(cancelled).toHaveLength(2);
  });

  it('logs why its stream breaks off, and hides the error from the client', async () => {
    const response = await open([bells()])(new Request(`http://localhost${at}/broken`));
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('ding');
    await expect(reader?.read()).rejects.toThrow(/^The answer has broken off$/);
    expect(log.find('of 10.0.0.7')).toMatchObject({ level: 'error', err: expect.any(Error) });
  });

  it.each(['/used', '/no-status'])('that answers what cannot be sent is a 500: %s', async (path) => {
    const { status, text } = await ask(open([bells()]), 'GET', at + path);
    expect([status, JSON.parse(text).error.code]).toEqual([500, 'INTERNAL']);
    expect(log.find('A route has returned')).toBeDefined();
  });

  it('that answers nothing has the envelope all the same', async () => {
    expect(JSON.parse((await ask(open([bells()]), 'GET', `${at}/nothing`)).text)).toEqual({
      success: true,
      data: null,
    });
  });

  it('that answers a refusal by itself is audited as failed', async () => {
    const handler = open([bells()]);
    const statuses = [];
    for (const action of ['ring', 'elsewhere', 'refuse']) {
      statuses.push((await ask(handler, 'POST', `${at}/great?action=${action}`)).status);
    }
    expect(statuses).toEqual([204, 303, 409]);
    const entries = async (outcome: string) =>
      JSON.parse((await ask(handler, 'GET', `/api/jobs/audit?outcome=${outcome}`)).text).data.entries;
    expect(await entries('done')).toMatchObject([{ action: 'elsewhere' }, { action: 'ring' }]);
    expect(await entries('failed')).toMatchObject([{ action: 'refuse', detail: { status: 409 } }]);
  });

  it('takes other methods with 405, who asks comes first', async () => {
    const handler = open([bells()]);
    for (const method of ['OPTIONS', 'PATCH', 'DELETE']) {
      const { status, headers } = await ask(handler, method, `${at}/great`);
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    }
    principal = null;
    for (const method of ['OPTIONS', 'PATCH', 'HEAD', 'POST']) {
      const { status, headers } = await ask(handler, method, `${at}/great`);
      expect([status, headers.get('allow')]).toEqual([401, null]);
    }
  });

  it('gets no body that is nested too deep for what checks it', async () => {
    const handler = open([bells()]);
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(await ask(handler, 'PUT', at, nested(500))).toMatchObject({ status: 200, text: 'taken' });
    for (const depth of [1_001, 30_000]) {
      const { status, text } = await ask(handler, 'PUT', at, nested(depth));
      expect([status, JSON.parse(text).error.code]).toEqual([400, 'REQUEST_INVALID']);
    }
    const deepData = `{"a":{"data":"\\u0000"}}`;
    expect((await ask(handler, 'PUT', at, deepData)).status).toBe(400);
  });
});

it.each(['/', '', '/api/jobs', '/api/jobs/', '/a.b/~c'])('is mounted at %j', async (basePath) => {
  const handler = open([bells()], basePath);
  const prefix = basePath.replace(/\/$/, '');
  for (const path of ['/plugins/bells/all', '/plugins/bells/all/']) {
    expect((await ask(handler, 'GET', prefix + path)).text).toBe('bells all');
  }
  expect(JSON.parse((await ask(handler, 'GET', `${prefix}/monitoring`)).text).success).toBe(true);
  for (const path of [
    prefix || '/',
    `${prefix}/`,
    `${prefix}/plugins`,
    `${prefix}//monitoring`,
    '/elsewhere/monitoring',
  ]) {
    expect((await ask(handler, 'GET', path)).status, path).toBe(404);
  }
  principal = null;
  expect((await ask(handler, 'GET', prefix || '/')).status).toBe(401);
});
