import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { defineRoute } from '@bizinsights/jobs-core/http';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { adapterArguments } from '@bizinsights/monitoring-conformance';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { withJobs } from './config.js';
import { toNextHandlers, toNextWebhookHandlers } from './index.js';

const jobs = createJobs({
  // Nothing here asks the store.
  connection: 'redis://127.0.0.1:1',
  queues: [defineQueue({ name: 'plain', schema: z.object({}) })],
  logger: silentLogger,
});
afterAll(() => jobs.close());

const authorize = () => ({ actor: 'ann', role: 'viewer' }) as const;
const ask = (path: string, caught: string[] | undefined) =>
  toNextHandlers(jobs, { authorize }).GET(new Request(`http://localhost${path}`), {
    params: Promise.resolve(caught === undefined ? {} : { path: caught }),
  });

it('finds where it is mounted from what the catch-all has caught', async () => {
  expect((await ask('/api/jobs/openapi.json', ['openapi.json'])).status).toBe(200);
  expect((await ask('/docs/a%20b/openapi.json?x=/y', ['openapi.json'])).status).toBe(200);
  expect(await (await ask('/docs/jobs/openapi.json/', ['openapi.json'])).json()).toMatchObject({
    servers: [{ url: '/docs/jobs' }],
  });
  expect((await ask('/openapi.json', ['openapi.json'])).status).toBe(200);
  expect((await ask('/api/jobs', undefined)).status).toBe(404);
});

it('takes routes of plugins', async () => {
  const ring = defineRoute({
    method: 'POST',
    path: '/{id}',
    summary: 'Rings a bell.',
    role: 'viewer',
    params: z.object({ id: z.string() }),
    answer: z.object({ rung: z.string(), at: z.string() }),
    run: ({ params, basePath }) => ({ rung: params.id, at: basePath }),
  });
  const { POST } = toNextHandlers(createTestJobs({ queues: [] }), {
    authorize,
    plugins: [{ name: 'bells', routes: [ring] }],
  });
  const request = new Request('http://localhost/docs/api/jobs/plugins/bells/a%20b', { method: 'POST' });
  const response = await POST(request, { params: Promise.resolve({ path: ['plugins', 'bells', 'a b'] }) });
  expect(await response.json()).toEqual({ success: true, data: { rung: 'a b', at: '/docs/api/jobs' } });
});

adapterArguments('toNextHandlers', toNextHandlers, async ({ GET }) => ({
  send: (path, init) =>
    GET(new Request(`http://localhost${path}`, init), {
      params: Promise.resolve({ path: [path.split('/').at(-1) ?? ''] }),
    }),
  close: async () => undefined,
}));

it('gives webhooks to their handler, with the place and the body as it was sent', async () => {
  const { POST, GET } = toNextWebhookHandlers(async (request, mount) =>
    Response.json({ method: request.method, mount, body: await request.text() }),
  );
  const url = 'http://localhost/docs/api/webhooks/stripe/int%201';
  const context = { params: Promise.resolve({ path: ['stripe', 'int 1'] }) };
  expect(await (await POST(new Request(url, { method: 'POST', body: '{ "a":1 }' }), context)).json()).toEqual({
    method: 'POST',
    mount: { basePath: '/docs/api/webhooks' },
    body: '{ "a":1 }',
  });
  expect(await (await GET(new Request(url), context)).json()).toMatchObject({ method: 'GET' });
});

it('keeps what a configuration has, and leaves the library to Node.js', () => {
  expect(withJobs({ output: 'standalone', serverExternalPackages: ['sharp', 'pg'] })).toEqual({
    output: 'standalone',
    serverExternalPackages: [
      ...['sharp', 'pg', '@bizinsights/jobs-core', '@bizinsights/jobs-reports'],
      ...['bullmq', 'ioredis', '@electric-sql/pglite'],
    ],
  });
});
