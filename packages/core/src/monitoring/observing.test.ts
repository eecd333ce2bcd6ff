import type {} from '@bizinsights/test-servers';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { shortName } from '../engine/redis/events/place.js';
import { defineProcessor } from '../processor/definition.js';
import { createTestJobs } from '../testing/index.js';
import { createMonitoringHandler } from './app.js';
import { type Api, mails, openApi, plain } from './fixtures/api.js';

/** The servers of tests keep nothing on disk. */
const IN_MEMORY = expect.stringContaining('appendonly is "no"');

let api: Api;
beforeEach(() => {
  api = openApi(inject('redisUrl'));
});
afterEach(() => api.jobs.close());

describe('GET /workers', () => {
  it('lists who runs what, and forgets a worker that has been closed', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    api.jobs.registerProcessor(
      defineProcessor({
        queue: plain,
        async process() {
          await gate;
          return { done: true };
        },
      }),
    );
    const { id } = await api.jobs.queue(plain).add({});
    const worker = await api.jobs.startWorker({ handleSignals: false, concurrency: { plain: 3 } });
    await expect
      .poll(async () => (await api.ask('GET', '/workers')).body.data)
      .toMatchObject({
        workers: [{ pid: process.pid, version: expect.stringMatching(/^\d/), queues: { plain: { concurrency: 3 } } }],
      });
    expect(await api.jobs.queue(plain).get(id)).toMatchObject({ state: 'active' });
    open();
    await worker.close();
    expect((await api.ask('GET', '/workers')).body.data).toEqual({ workers: [] });
  });
});

describe('GET /health', () => {
  it('says that the store answers', async () => {
    const { status, body } = await api.ask('GET', '/health');
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      engine: 'redis',
      reachable: true,
      warnings: [IN_MEMORY],
      version: expect.any(String),
    });
  });
});

describe('the probes', () => {
  it('answer yes or no without a body to any caller', async () => {
    api.as(null);
    const statusOf = async (method: string, path: string) => {
      const response = await api.send(method, path);
      expect(await response.text()).toBe('');
      return response.status;
    };
    expect(await statusOf('GET', '/health/live')).toBe(200);
    expect(await statusOf('GET', '/health/ready')).toBe(200);
    expect(await statusOf('HEAD', '/health/ready')).toBe(200);
    expect((await api.ask('GET', '/health')).status).toBe(401);
    expect((await api.ask('POST', '/health/ready')).status).toBe(401);
    await api.jobs.close();
    // An answer is given again for a second.
    await expect.poll(() => statusOf('GET', '/health/ready'), { timeout: 10_000 }).toBe(503);
    expect(await statusOf('GET', '/health/live')).toBe(200);
  });
});

describe('GET /metrics', () => {
  it('speaks the text format of Prometheus', async () => {
    await api.failed('a', 'b');
    await api.jobs.queue(plain).add({});
    const response = await api.send('GET', '/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('# TYPE bizinsights_jobs gauge');
    expect(text).toContain('bizinsights_jobs{queue="mails",state="failed"} 2');
    expect(text).toContain('bizinsights_jobs{queue="plain",state="waiting"} 1');
    expect(text).toMatch(/bizinsights_jobs_oldest_waiting_seconds\{queue="plain"\} \d/);
    expect(text).toContain('# TYPE bizinsights_jobs_duration_seconds histogram');
  });

  it('tells how long the job waits that waits longest, also behind more urgent ones, and not before it is due', async () => {
    const jobs = createTestJobs({ queues: [plain, mails] });
    const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'viewer' }) });
    const waits = async (queue: string) => {
      const request = new Request('http://localhost/api/jobs/metrics', { headers: { host: 'localhost' } });
      const text = await (await handler(request)).text();
      return Number(new RegExp(`oldest_waiting_seconds\\{queue="${queue}"\\} (.+)`).exec(text)?.[1]);
    };
    await jobs.queue(plain).add({}, { priority: 10 });
    const { id } = await jobs.queue(mails).add({ shop: 'a', to: '' }, { delay: 120_000 });
    await jobs.queue(mails).promote(id);
    jobs.clock.advance(60_000);
    await jobs.queue(plain).add({}, { priority: 1 });
    expect([await waits('plain'), await waits('mails')]).toEqual([60, 0]);
    jobs.clock.advance(65_000);
    expect([await waits('plain'), await waits('mails')]).toEqual([125, 5]);
  });

  it('has the times of each worker as a histogram', async () => {
    api.jobs.registerProcessor(defineProcessor({ queue: plain, process: () => ({ done: true }) }));
    const worker = await api.jobs.startWorker({ handleSignals: false });
    const metrics = async () => (await api.send('GET', '/metrics')).text();
    await expect
      .poll(metrics)
      .toMatch(/bizinsights_jobs_duration_seconds_bucket\{le="\+Inf",queue="plain",worker="[^"]+"\} 0/);
    const text = await metrics();
    expect(text).toContain('bizinsights_jobs_worker_up');
    expect(text).toMatch(/bizinsights_jobs_completed_total\{queue="plain",worker="[^"]+"\} 0/);
    await worker.close();
  });
});

describe('GET /audit', () => {
  it('has every change with who, what, which, when and how it ended, the newest first', async () => {
    const [id = ''] = await api.failed('a');
    await api.ask('POST', '/mails?action=pause');
    api.as({ actor: 'bob', role: 'operator' });
    await api.ask('POST', `/mails/jobs/${id}?action=retry`);
    await api.ask('POST', `/mails/jobs/${id}?action=promote`);
    const { body } = await api.ask('GET', '/audit?limit=1');
    expect(body.data).toMatchObject({
      entries: [{ actor: 'bob', action: 'retry', outcome: 'done', detail: { outcome: 'retried' } }],
      cursor: expect.any(String),
    });
    expect((await api.ask('GET', '/audit?outcome=failed')).body.data).toMatchObject({
      entries: [
        { actor: 'bob', action: 'promote', queue: 'mails', target: id, outcome: 'failed', at: expect.any(Number) },
      ],
    });
    const next = await api.ask('GET', `/audit?limit=2&cursor=${String(body.data.cursor)}`);
    expect(next.body.data).toMatchObject({ entries: [{ actor: 'ann', action: 'pause', outcome: 'done' }] });
    expect(next.body.data).not.toHaveProperty('cursor');
  });
});

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI document of every route', async () => {
    const document: unknown = await (await api.send('GET', '/openapi.json')).json();
    const { valid, errors } = await new Validator().validate(structuredClone(document) as Record<string, unknown>);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document).toMatchObject({
      servers: [{ url: '/api/jobs' }],
      paths: {
        '/health/ready': { get: {} },
        '/{queue}/jobs/{id}': { get: {}, post: {} },
        '/monitoring': { get: {} },
        '/events': { get: {} },
      },
    });
  });
});

describe('GET /events', () => {
  /** Reads a stream until `enough` is satisfied with what came, and acts when `first` has come. */
  async function read(
    headers: Record<string, string>,
    enough: (text: string) => boolean,
    act: () => Promise<unknown>,
    first = '',
  ) {
    const abort = new AbortController();
    const response = await api.send('GET', '/events', { headers, signal: abort.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let hasActed = false;
    while (!enough(text)) {
      if (!hasActed && text.includes(first)) {
        hasActed = true;
        await act();
      }
      const next = await reader?.read();
      if (!next || next.done) break;
      text += next.value;
    }
    abort.abort();
    return text;
  }
  const idOf = (text: string) => [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '';

  it('tells what happens in all queues, and goes on from the last event that was had', async () => {
    const first = await read(
      {},
      (text) => text.includes('event: added'),
      () => api.jobs.queue(plain).add({}, { id: 'one' }),
    );
    expect(first).toContain('data: {"queue":"plain","jobId":"one"}');
    await api.jobs.queue(mails).add({ shop: 'a', to: '' }, { id: 'between' });
    const second = await read(
      { 'last-event-id': idOf(first) },
      (text) => text.includes('"jobId":"after"') && text.includes('"jobId":"between"'),
      () => api.jobs.queue(plain).add({}, { id: 'after' }),
    );
    expect(second).not.toContain('"jobId":"one"}\n\nevent: added');
    expect(second).not.toContain('event: missed');
  });

  it.each([
    // The queue `plain`, after the year 5138.
    ['a queue has never given', `r${(99_999_999_999_999).toString(36)}.${shortName('plain')}1-0`],
    ['no queue can give', 'r1.x'],
    ['an older release has given', Buffer.from('["events",{"plain":"1-0"}]').toString('base64url')],
  ])('says that something may have been missed behind an id that %s, and goes on', async (_what, place) => {
    const text = await read(
      { 'last-event-id': place },
      (all) => all.includes('"jobId":"next"'),
      () => api.jobs.queue(plain).add({}, { id: 'next' }),
      'event: missed',
    );
    expect(text).toContain('event: missed\ndata: {}');
  });

  it('tells a principal of some tenants of their jobs alone', async () => {
    api.as({ actor: 'shop b', role: 'viewer', tenants: ['b'] });
    const text = await read(
      {},
      (read) => read.includes('"jobId":"b"'),
      async () => {
        await api.jobs.queue(mails).add({ shop: 'a', to: '' }, { id: 'a' });
        await api.jobs.queue(mails).add({ shop: 'b', to: '' }, { id: 'b' });
      },
    );
    expect(text).not.toContain('"jobId":"a"');
  });
});
