/** A small plugin that brings routes of its own to the monitoring API. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, NotFoundError } from '../errors.js';
import { defineRoute, type PluginRoutes } from '../http/index.js';
import type { Principal } from '../http/principal.js';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineQueue } from '../queue/definition.js';
import { createTestJobs } from '../testing/index.js';
import { createMonitoringHandler, type MonitoringHandler, type MonitoringOptions } from './app.js';

interface Note {
  readonly id: string;
  readonly tenant: string;
  done: boolean;
}

/** As `alertRoutes({ alerts })` will be: made of what it works with. */
function noteRoutes(notes: readonly Note[]): PluginRoutes {
  const note = z.object({ id: z.string(), tenant: z.string(), done: z.boolean() });
  const visible = ({ tenants }: Principal) => notes.filter(({ tenant }) => tenants?.includes(tenant) ?? true);
  const list = defineRoute({
    method: 'GET',
    path: '/',
    summary: 'The notes.',
    role: 'viewer',
    query: z.object({ done: z.stringbool().optional() }),
    answer: z.object({ notes: z.array(note), at: z.string() }),
    run: ({ query, principal, basePath }) => ({
      notes: visible(principal).filter(({ done }) => query.done === undefined || query.done === done),
      at: basePath,
    }),
  });
  const finish = defineRoute({
    method: 'POST',
    path: '/{id}',
    summary: 'Finishes a note.',
    role: 'operator',
    params: z.object({ id: z.string() }),
    query: z.object({ action: z.literal('finish') }),
    body: z.strictObject({ reason: z.string() }),
    answer: note,
    audit: ({ params }) => ({ action: 'note:finish', target: params.id }),
    run({ params: { id }, principal }) {
      const found = visible(principal).find((one) => one.id === id);
      if (!found) throw new NotFoundError(`There is no note "${id}"`);
      found.done = true;
      return found;
    },
  });
  const clear = defineRoute({
    method: 'DELETE',
    path: '/all/finished',
    summary: 'Takes finished notes away.',
    role: 'admin',
    wholeStore: true,
    answer: z.object({ removed: z.int() }),
    run: () => ({ removed: notes.filter(({ done }) => done).length }),
  });
  // Also the name of a path of the API itself.
  return { name: 'jobs', routes: [list, finish, clear] };
}

const plain = defineQueue({ name: 'plain', schema: z.object({}) });

describe('the routes of a plugin', () => {
  let principal: Principal | null;
  let jobs: ReturnType<typeof open>;
  let handler: MonitoringHandler;
  const open = () =>
    createJobs({
      connection: inject('redisUrl'),
      prefix: `plugins-${process.pid}-${Math.random().toString(36).slice(2)}`,
      queues: [plain],
      logger: silentLogger,
    });

  beforeEach(() => {
    principal = { actor: 'ann', role: 'admin' };
    jobs = open();
    const notes = [
      { id: '1', tenant: 'a', done: false },
      { id: '2', tenant: 'b', done: true },
    ];
    handler = createMonitoringHandler(jobs, { authorize: () => principal, plugins: [noteRoutes(notes)] });
  });
  afterEach(() => jobs.close());

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await handler(
      new Request(`http://localhost/api/jobs${path}`, {
        method,
        headers: { host: 'localhost', ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
    return { status: response.status, ...JSON.parse(await response.text()) };
  }

  it('answer under the name of the plugin, with the envelope of the API', async () => {
    const { status, success, data } = await ask('GET', '/plugins/jobs?done=true');
    expect([status, success]).toEqual([200, true]);
    expect(data).toEqual({ notes: [{ id: '2', tenant: 'b', done: true }], at: '/api/jobs' });
    expect((await ask('GET', '/plugins/jobs/')).data.notes).toHaveLength(2);
    expect(await ask('GET', '/plugins/jobs?done=perhaps')).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
    expect((await ask('GET', '/plugins/others')).error.code).toBe('NOT_FOUND');
    expect((await ask('PUT', '/plugins/jobs', {})).error.code).toBe('METHOD_NOT_ALLOWED');
  });

  it('change something for who may, from where they may, and are audited', async () => {
    const finish = (id: string, headers = {}) =>
      ask('POST', `/plugins/jobs/${id}?action=finish`, { reason: 'done' }, headers);
    expect((await finish('1')).data).toEqual({ id: '1', tenant: 'a', done: true });
    expect((await finish('3')).error.code).toBe('NOT_FOUND');
    expect((await finish('1', { origin: 'https://evil.example' })).error.code).toBe('CROSS_ORIGIN');
    expect((await ask('DELETE', '/plugins/jobs/all/finished')).data).toEqual({ removed: 2 });
    principal = { actor: 'vic', role: 'viewer' };
    expect((await finish('1')).error.code).toBe('FORBIDDEN');
    principal = null;
    expect((await finish('1')).error.code).toBe('UNAUTHORIZED');

    principal = { actor: 'ann', role: 'admin' };
    expect((await ask('GET', '/audit')).data.entries).toMatchObject([
      { actor: 'ann', action: 'DELETE /plugins/jobs/all/finished', outcome: 'done', detail: { removed: 2 } },
      { actor: 'ann', action: 'note:finish', target: '1', outcome: 'done' },
    ]);
    expect((await ask('GET', '/audit?outcome=failed')).data.entries).toMatchObject([
      { actor: 'vic', action: 'note:finish', target: '1' },
      { actor: 'ann', action: 'POST /plugins/jobs/{id}', target: '1' },
      { actor: 'ann', action: 'note:finish', target: '3' },
    ]);
  });

  it('are told whose tenants who asks may see, and are refused where they are about all', async () => {
    principal = { actor: 'shop', role: 'admin', tenants: ['a'] };
    expect((await ask('GET', '/plugins/jobs')).data.notes).toMatchObject([{ id: '1' }]);
    const finish = (id: string) => ask('POST', `/plugins/jobs/${id}?action=finish`, { reason: 'done' });
    expect((await finish('2')).status).toBe(404);
    expect((await finish('1')).status).toBe(200);
    expect((await ask('DELETE', '/plugins/jobs/all/finished')).status).toBe(403);
  });

  it('stand in the OpenAPI document', async () => {
    const response = await handler(new Request('http://localhost/api/jobs/openapi.json'));
    const { paths } = JSON.parse(await response.text());
    expect(paths['/plugins/jobs'].get).toMatchObject({ operationId: 'get_plugins_jobs', summary: 'The notes.' });
    expect(paths['/plugins/jobs/{id}'].post.parameters).toMatchObject([
      { name: 'id', in: 'path' },
      { name: 'action', in: 'query' },
    ]);
    expect(paths['/plugins/jobs/all/finished']).toHaveProperty('delete');
    expect(paths).toHaveProperty('/{queue}');
  });
});

const route = { method: 'GET', path: '/', summary: 'Bells.', role: 'viewer', run: () => ({}) };
const plugin = (name: unknown, ...routes: unknown[]) => ({ name, routes });

it.each<[string, RegExp, unknown[]]>([
  ['two of one name', /plugins\[1\]\.name: is "bells"/, [plugin('bells'), plugin('bells')]],
  ...['', 'Bells', 'the bells', '-bells', 'bells-', 'a--b', 'a/b', 'a.b', '{id}', 'x'.repeat(65), 7, undefined].map(
    (name): [string, RegExp, unknown[]] => [`the name ${JSON.stringify(name)}`, /plugins\[0\]\.name: /, [plugin(name)]],
  ),
  ['no routes', /plugins\[0\]\.routes: /, [{ name: 'bells' }]],
  ['no plugin', /plugins\[0\]: /, ['bells']],
  ['no list', /plugins: /, 'bells' as never],
  ['a path without a slash', /routes\[0\]\.path: must look like/, [plugin('bells', { ...route, path: 'all' })]],
  ['a path of Hono', /routes\[0\]\.path: must look like/, [plugin('bells', { ...route, path: '/:id' })]],
  ...['/.', '/a/..', '/../b'].map((path): [string, RegExp, unknown[]] => [
    `the path ${path}`,
    /routes\[0\]\.path: has a segment/,
    [plugin('bells', { ...route, path })],
  ]),
  ['two parameters of one name', /routes\[0\]\.path: /, [plugin('bells', { ...route, path: '/{id}/{id}' })]],
  ['a role that is none', /routes\[0\]\.role: must be one of/, [plugin('bells', { ...route, role: 'emperor' })]],
  ['no role', /routes\[0\]\.role: must be one of/, [plugin('bells', { ...route, role: undefined })]],
  ['another method', /routes\[0\]\.method: /, [plugin('bells', { ...route, method: 'PATCH' })]],
  ...['params', 'query', 'body', 'answer'].map((part): [string, RegExp, unknown[]] => [
    `${part} that are no schema`,
    new RegExp(`routes\\[0\\]\\.${part}: must be a schema of zod 4`),
    [plugin('bells', { ...route, [part]: { id: 'text', safeParse: () => ({ success: true }) } })],
  ]),
  ['a text for `wholeStore`', /wholeStore: must be/, [plugin('bells', { ...route, wholeStore: 'no' })]],
  ['an `audit` that is none', /audit: must be a function/, [plugin('bells', { ...route, audit: 'ring' })]],
  ['nothing to run', /routes\[0\]\.run: must be a function/, [plugin('bells', { ...route, run: undefined })]],
  [
    'two routes of one method and path',
    /routes\[1\]: is "GET \/\{\}"/,
    [plugin('bells', { ...route, path: '/{id}' }, { ...route, path: '/{name}' })],
  ],
])('a handler is not made with %s', (_what, message, plugins) => {
  const options = { authorize: () => null, plugins } as unknown as MonitoringOptions;
  const make = () => createMonitoringHandler(createTestJobs({ queues: [] }), options);
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(message);
});
