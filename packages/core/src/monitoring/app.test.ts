import type {} from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { defined } from '../defined.js';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { createMonitoringHandler } from './app.js';
import { type Api, mails, openApi, plain } from './fixtures/api.js';

let api: Api;
beforeEach(() => {
  api = openApi(inject('redisUrl'));
});
afterEach(() => api.jobs.close());

describe('the first five routes', () => {
  it('GET /monitoring answers the numbers of all queues and their totals', async () => {
    await api.jobs
      .queue(plain)
      .addMany([{ data: {} }, { data: {}, options: { delay: 60_000 } }, { data: {}, options: { priority: 1 } }]);
    await api.jobs.queue(plain).pause();
    await api.failed('a', 'b');
    expect((await api.ask('GET', '/monitoring')).body).toEqual({
      success: true,
      data: {
        queues: {
          mails: { waiting: 0, active: 0, completed: 0, failed: 2, delayed: 0, paused: 0, isPaused: false },
          plain: { waiting: 0, active: 0, completed: 0, failed: 0, delayed: 1, paused: 2, isPaused: true },
        },
        totals: { waiting: 0, active: 0, completed: 0, failed: 2, delayed: 1, paused: 2 },
      },
    });
  });

  it('GET /:queue answers its failed jobs with their reasons, without what is redacted', async () => {
    await api.failed('a');
    const { body } = await api.ask('GET', '/mails');
    expect(body.data).toMatchObject({ queue: 'mails', failed: 1, isPaused: false });
    expect(body.data.failedJobs).toMatchObject([
      { failedReason: 'no mailbox [redacted]', attemptsMade: 1, data: { shop: 'a', to: '[redacted]' } },
    ]);
  });

  it('POST /monitoring/retry retries one, some or all, and answers how many', async () => {
    const ids = await api.failed('a', 'b', 'c');
    expect(
      (await api.ask('POST', '/monitoring/retry', { body: { queue: 'mails', jobIds: [ids[0], 'gone'] } })).body.data,
    ).toEqual({
      retried: 1,
      queues: { mails: 1 },
    });
    expect((await api.ask('POST', '/monitoring/retry', { body: { limit: 1 } })).body.data.retried).toBe(1);
    expect((await api.ask('POST', '/monitoring/retry')).body.data.retried).toBe(1);
    expect(await api.jobs.queue(mails).counts()).toMatchObject({ waiting: 3, failed: 0 });
  });

  it('POST /:queue?action= pauses, resumes, empties and cleans, and answers how many went', async () => {
    await api.failed('a', 'b');
    expect((await api.ask('POST', '/mails?action=pause')).body.data).toEqual({ queue: 'mails', isPaused: true });
    await api.jobs.queue(mails).addMany(['c', 'd', 'e'].map((shop) => ({ data: { shop, to: '' } })));
    expect((await api.ask('POST', '/mails?action=empty')).body.data).toEqual({ queue: 'mails', removed: 3 });
    expect((await api.ask('POST', '/mails?action=clean', { body: { state: 'failed' } })).body.data.removed).toBe(2);
    expect((await api.ask('POST', '/mails?action=resume')).body.data).toEqual({ queue: 'mails', isPaused: false });
  });
});

describe('who may', () => {
  it('nobody is let in without a principal, also to paths that there are not', async () => {
    api.as(null);
    for (const path of ['/monitoring', '/mails', '/no/such/path']) {
      expect(await api.ask('GET', path)).toMatchObject({
        status: 401,
        body: { success: false, error: { code: 'UNAUTHORIZED' } },
      });
    }
  });

  it.each([
    ['viewer', { pause: 403, resume: 403, empty: 403, clean: 403 }],
    ['operator', { pause: 200, resume: 200, empty: 403, clean: 403 }],
    ['admin', { pause: 200, resume: 200, empty: 200, clean: 200 }],
  ] as const)('a %s may do what the role allows', async (role, expected) => {
    api.as({ actor: 'bob', role });
    for (const [action, status] of Object.entries(expected)) {
      expect((await api.ask('POST', `/plain?action=${action}`)).status, action).toBe(status);
    }
    expect((await api.ask('POST', '/monitoring/retry')).status).toBe(role === 'viewer' ? 403 : 200);
  });

  it('a principal of some tenants sees and touches their jobs alone', async () => {
    await api.failed('a', 'b', 'b');
    api.as({ actor: 'shop b', role: 'operator', tenants: ['b'] });
    const { body } = await api.ask('GET', '/mails');
    expect(body.data.failedJobs).toMatchObject([{ data: { shop: 'b' } }, { data: { shop: 'b' } }]);
    expect(body.data).not.toHaveProperty('failed');
    expect((await api.ask('GET', '/monitoring')).status).toBe(403);
    expect((await api.ask('POST', '/mails?action=pause')).status).toBe(403);
    expect((await api.ask('POST', '/monitoring/retry')).body.data.retried).toBe(2);
    expect(await api.jobs.queue(mails).counts()).toMatchObject({ failed: 1 });
  });

  it('a change from another site is refused, one from the same site or from no browser is done', async () => {
    const from = (headers: Record<string, string>) => api.ask('POST', '/plain?action=pause', { headers });
    expect(await from({ origin: 'http://evil.example' })).toMatchObject({
      status: 403,
      body: { error: { code: 'CROSS_ORIGIN' } },
    });
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await from({ origin: 'null' })).status).toBe(403);
    expect((await from({ origin: 'https://localhost', 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await from({})).status).toBe(200);
  });
});

describe('what is wrong is said', () => {
  it('an unknown queue is 404, with the names that there are', async () => {
    const { status, body } = await api.ask('GET', '/nope');
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ code: 'QUEUE_UNKNOWN', message: expect.stringContaining('"mails", "plain"') });
  });

  it('an unknown action, bad JSON and wrong fields are 400 with the issues', async () => {
    expect(await api.ask('POST', '/mails?action=explode')).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID', issues: [{ path: ['query', 'action'] }] } },
    });
    expect((await api.ask('POST', '/monitoring/retry', { body: '{' })).status).toBe(400);
    expect(await api.ask('POST', '/monitoring/retry', { body: { limit: -1, more: 1, jobIds: ['1'] } })).toMatchObject({
      status: 400,
      body: { error: { issues: expect.arrayContaining([expect.objectContaining({ path: ['body', 'limit'] })]) } },
    });
  });

  it('a body that is no JSON is 415, one that is too large 413, and another method 405', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await api.ask('POST', '/monitoring/retry', { body: 'limit=1', headers: form })).status).toBe(415);
    expect((await api.ask('POST', '/monitoring/retry', { body: { jobIds: ['x'.repeat(70_000)] } })).status).toBe(413);
    const other = await api.ask('DELETE', '/monitoring');
    expect(other.status).toBe(405);
    expect(other.headers.get('allow')).toBe('GET, HEAD');
    expect((await api.ask('GET', '/mails/no/such/thing')).status).toBe(404);
  });

  it('a store that is away is 503 with the time to ask again, and says nothing of where it is', async () => {
    const away = createJobs({ connection: 'redis://user:secret@127.0.0.1:1', queues: [plain], logger: silentLogger });
    const handler = createMonitoringHandler(away, { authorize: () => ({ actor: 'ann', role: 'viewer' }) });
    const response = await handler(new Request('http://localhost/api/jobs/monitoring'));
    const { status, headers } = response;
    const body: unknown = await response.json();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(body).toMatchObject({ error: { code: 'ENGINE_UNAVAILABLE' } });
    expect(JSON.stringify(body)).not.toMatch(/secret|127\.0\.0\.1/);
    await away.close();
  });

  it('an error of `authorize` itself is 500 and stays inside', async () => {
    const handler = createMonitoringHandler(api.jobs, {
      authorize: () => {
        throw new Error('postgres://user:secret@db');
      },
    });
    const response = await handler(new Request('http://localhost/api/jobs/monitoring'));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });
});

describe('where it is mounted', () => {
  const authorize = () => ({ actor: 'ann', role: 'viewer' }) as const;
  const at = (path: string) => new Request(`http://localhost${path}`);

  it.each([undefined, '/', '/admin/jobs', '/admin/jobs/'])('the base path %s', async (basePath) => {
    const handler = createMonitoringHandler(api.jobs, { authorize, ...defined({ basePath }) });
    const prefix = (basePath ?? '/api/jobs').replace(/\/$/, '');
    expect((await handler(at(`${prefix}/monitoring`))).status).toBe(200);
    expect((await handler(at(`${prefix}/monitoring/`))).status).toBe(200);
    const document: unknown = await (await handler(at(`${prefix}/openapi.json`))).json();
    expect(document).toMatchObject({ servers: [{ url: prefix || '/' }] });
    for (const path of ['/else/monitoring', `${prefix || '/api'}x/monitoring`, `${prefix}/`, prefix || '/else']) {
      expect((await handler(at(path))).status, path).toBe(404);
    }
  });

  it('an adapter that is told by its server says it with each request', async () => {
    const handler = createMonitoringHandler(api.jobs, { authorize });
    expect((await handler(at('/t/caf%C3%A9/plain'), { basePath: '/t/caf%C3%A9' })).status).toBe(200);
    expect((await handler(at('/api/jobs/plain'), { basePath: '/t' })).status).toBe(404);
    expect((await handler(at('/plain'), { basePath: '' })).status).toBe(200);
  });

  it('HEAD answers as GET does, without a body', async () => {
    const head = await api.send('HEAD', '/events');
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toContain('text/event-stream');
    expect(head.body).toBeNull();
  });
});
