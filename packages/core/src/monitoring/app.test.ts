import type {} from '@bizinsights/test-servers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { createMonitoringHandler, type MonitoringHandler } from './app.js';
import type { Principal } from './authorize.js';

const mails = defineQueue({
  name: 'mails',
  schema: z.object({ shop: z.string(), to: z.string() }),
  tenant: ({ shop }) => shop,
  redact: ['to'],
  defaults: { attempts: 1 },
});
const plain = defineQueue({ name: 'plain', schema: z.object({}) });

let prefix = 0;
function open() {
  const jobs = createJobs({
    connection: inject('redisUrl'),
    prefix: `monitoring-${process.pid}-${prefix++}`,
    queues: [mails, plain],
    logger: silentLogger,
  });
  jobs.registerProcessor(
    defineProcessor({
      queue: mails,
      process({ data }) {
        throw new Error(`no mailbox ${data.to}`);
      },
    }),
  );
  return jobs;
}

let jobs: ReturnType<typeof open>;
let principal: Principal | null;
let handler: MonitoringHandler;

beforeEach(() => {
  jobs = open();
  principal = { actor: 'ann', role: 'admin' };
  handler = createMonitoringHandler(jobs, { authorize: () => principal });
});
afterEach(() => jobs.close());

/** What the tests look at in an answer; what it holds is said by each. */
interface Envelope {
  readonly success: boolean;
  readonly data: Record<string, unknown>;
  readonly error: Record<string, unknown>;
}

async function ask(method: string, path: string, init: { body?: unknown; headers?: Record<string, string> } = {}) {
  const request = new Request(`http://localhost/api/jobs${path}`, {
    method,
    headers: {
      host: 'localhost',
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    ...(init.body === undefined ? {} : { body: typeof init.body === 'string' ? init.body : JSON.stringify(init.body) }),
  });
  const response = await handler(request);
  const body = (await response.json()) as Envelope;
  return { status: response.status, headers: response.headers, body };
}

/** Adds mails and lets a worker fail them all. */
async function failed(...shops: string[]) {
  const done = new Set<string>();
  const all = new Promise<void>((resolve) => {
    jobs.events.on('job:exhausted', ({ id }) => {
      done.add(id);
      if (done.size === shops.length) resolve();
    });
  });
  const added = await jobs.queue(mails).addMany(shops.map((shop) => ({ data: { shop, to: `${shop}@example.com` } })));
  const worker = await jobs.startWorker({ handleSignals: false });
  await all;
  await worker.close();
  return added.map(({ id }) => id);
}

describe('the first five routes', () => {
  it('GET /monitoring answers the numbers of all queues and their totals', async () => {
    await jobs
      .queue(plain)
      .addMany([{ data: {} }, { data: {}, options: { delay: 60_000 } }, { data: {}, options: { priority: 1 } }]);
    await jobs.queue(plain).pause();
    await failed('a', 'b');
    expect((await ask('GET', '/monitoring')).body).toEqual({
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
    await failed('a');
    const { body } = await ask('GET', '/mails');
    expect(body.data).toMatchObject({ queue: 'mails', failed: 1, isPaused: false });
    expect(body.data.failedJobs).toMatchObject([
      { failedReason: 'no mailbox [redacted]', attemptsMade: 1, data: { shop: 'a', to: '[redacted]' } },
    ]);
  });

  it('POST /monitoring/retry retries one, some or all, and answers how many', async () => {
    const ids = await failed('a', 'b', 'c');
    expect(
      (await ask('POST', '/monitoring/retry', { body: { queue: 'mails', jobIds: [ids[0], 'gone'] } })).body.data,
    ).toEqual({
      retried: 1,
      queues: { mails: 1 },
    });
    expect((await ask('POST', '/monitoring/retry', { body: { limit: 1 } })).body.data.retried).toBe(1);
    expect((await ask('POST', '/monitoring/retry')).body.data.retried).toBe(1);
    expect(await jobs.queue(mails).counts()).toMatchObject({ waiting: 3, failed: 0 });
  });

  it('POST /:queue?action= pauses, resumes, empties and cleans, and answers how many went', async () => {
    await failed('a', 'b');
    expect((await ask('POST', '/mails?action=pause')).body.data).toEqual({ queue: 'mails', isPaused: true });
    await jobs.queue(mails).addMany(['c', 'd', 'e'].map((shop) => ({ data: { shop, to: '' } })));
    expect((await ask('POST', '/mails?action=empty')).body.data).toEqual({ queue: 'mails', removed: 3 });
    expect((await ask('POST', '/mails?action=clean', { body: { state: 'failed' } })).body.data.removed).toBe(2);
    expect((await ask('POST', '/mails?action=resume')).body.data).toEqual({ queue: 'mails', isPaused: false });
  });
});

describe('who may', () => {
  it('nobody is let in without a principal, also to paths that there are not', async () => {
    principal = null;
    for (const path of ['/monitoring', '/mails', '/no/such/path']) {
      expect(await ask('GET', path)).toMatchObject({
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
    principal = { actor: 'bob', role };
    for (const [action, status] of Object.entries(expected)) {
      expect((await ask('POST', `/plain?action=${action}`)).status, action).toBe(status);
    }
    expect((await ask('POST', '/monitoring/retry')).status).toBe(role === 'viewer' ? 403 : 200);
  });

  it('a principal of some tenants sees and touches their jobs alone', async () => {
    await failed('a', 'b', 'b');
    principal = { actor: 'shop b', role: 'operator', tenants: ['b'] };
    const { body } = await ask('GET', '/mails');
    expect(body.data.failedJobs).toMatchObject([{ data: { shop: 'b' } }, { data: { shop: 'b' } }]);
    expect(body.data).not.toHaveProperty('failed');
    expect((await ask('GET', '/monitoring')).status).toBe(403);
    expect((await ask('POST', '/mails?action=pause')).status).toBe(403);
    expect((await ask('POST', '/monitoring/retry')).body.data.retried).toBe(2);
    expect(await jobs.queue(mails).counts()).toMatchObject({ failed: 1 });
  });

  it('a change from another site is refused, one from the same site or from no browser is done', async () => {
    const from = (headers: Record<string, string>) => ask('POST', '/plain?action=pause', { headers });
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
    const { status, body } = await ask('GET', '/nope');
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ code: 'QUEUE_UNKNOWN', message: expect.stringContaining('"mails", "plain"') });
  });

  it('an unknown action, bad JSON and wrong fields are 400 with the issues', async () => {
    expect(await ask('POST', '/mails?action=explode')).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID', issues: [{ path: ['query', 'action'] }] } },
    });
    expect((await ask('POST', '/monitoring/retry', { body: '{' })).status).toBe(400);
    expect(await ask('POST', '/monitoring/retry', { body: { limit: -1, more: 1, jobIds: ['1'] } })).toMatchObject({
      status: 400,
      body: { error: { issues: expect.arrayContaining([expect.objectContaining({ path: ['body', 'limit'] })]) } },
    });
  });

  it('a body that is no JSON is 415, one that is too large 413, and another method 405', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await ask('POST', '/monitoring/retry', { body: 'limit=1', headers: form })).status).toBe(415);
    expect((await ask('POST', '/monitoring/retry', { body: { jobIds: ['x'.repeat(70_000)] } })).status).toBe(413);
    expect((await ask('DELETE', '/monitoring')).status).toBe(405);
    expect((await ask('GET', '/mails/no/such/thing')).status).toBe(404);
  });

  it('a store that is away is 503 with the time to ask again, and says nothing of where it is', async () => {
    const away = createJobs({ connection: 'redis://user:secret@127.0.0.1:1', queues: [plain], logger: silentLogger });
    handler = createMonitoringHandler(away, { authorize: () => principal });
    const { status, headers, body } = await ask('GET', '/monitoring');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('5');
    expect(body.error.code).toBe('ENGINE_UNAVAILABLE');
    expect(JSON.stringify(body)).not.toMatch(/secret|127\.0\.0\.1/);
    await away.close();
  });

  it('an error of `authorize` itself is 500 and stays inside', async () => {
    handler = createMonitoringHandler(jobs, {
      authorize: () => {
        throw new Error('postgres://user:secret@db');
      },
    });
    const { status, body } = await ask('GET', '/monitoring');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});
