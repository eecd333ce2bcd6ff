/** One queue whose keys are damaged takes nothing away from the others. */
import type {} from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { unavailable } from '../engine/connection-error.js';
import { createMemoryEngine } from '../engine/memory/engine.js';
import { JobsError, QueueDamagedError } from '../errors.js';
import { createJobs, createJobsOn } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { MONITORING, type MonitoredJobs } from './access.js';
import { createMonitoringHandler } from './app.js';
import { mails, plain } from './fixtures/api.js';

const NUMBERS = { waiting: 1, active: 0, completed: 0, failed: 0, delayed: 0, paused: 0 };
const BROKEN = { error: { code: 'QUEUE_DAMAGED', message: expect.stringContaining('"mails"') } };

function openApi(jobs: MonitoredJobs) {
  const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
  const send = (path: string, init?: RequestInit) => handler(new Request(`http://localhost/api/jobs${path}`, init));
  return {
    send,
    async json(path: string, init?: RequestInit) {
      const response = await send(path, init);
      return { status: response.status, body: await response.json() };
    },
    text: async (path: string) => (await send(path)).text(),
  };
}

describe('on Redis', () => {
  let redis: Redis;
  let prefix: string;
  let jobs: ReturnType<typeof open>;
  const open = () =>
    createJobs({ connection: inject('redisUrl'), prefix, queues: [mails, plain], logger: silentLogger });

  beforeEach(async () => {
    prefix = `broken-${Math.random().toString(36).slice(2)}`;
    redis = new Redis(inject('redisUrl'));
    jobs = open();
    await jobs.queue(plain).add({}, { id: 'good' });
  });
  afterEach(async () => {
    await jobs.close();
    redis.disconnect();
  });

  it.each(['wait', 'active', 'prioritized', 'completed', 'failed', 'delayed', 'meta'])(
    'gives the numbers of the others while `%s` of one queue holds something else',
    async (key) => {
      const api = openApi(jobs);
      await redis.set(`${prefix}:mails:${key}`, 'x');
      expect(await api.json('/monitoring')).toEqual({
        status: 200,
        body: {
          success: true,
          data: { queues: { mails: BROKEN, plain: { ...NUMBERS, isPaused: false } }, totals: NUMBERS },
        },
      });
      const metrics = await api.text('/metrics');
      expect(metrics).toContain('bizinsights_jobs{queue="plain",state="waiting"} 1');
      expect(metrics).toContain('bizinsights_jobs_queue_errors{queue="plain"} 0');
      expect(metrics).toContain('bizinsights_jobs_queue_errors{queue="mails"} 1');
      expect(metrics.match(/queue="mails"/g)).toHaveLength(1);
      for (const path of ['/plain', '/workers', '/health', '/plain/jobs/good', '/openapi.json', '/schedules'])
        expect((await api.send(path)).status, path).toBe(200);

      await redis.del(`${prefix}:mails:${key}`);
      expect(await api.json('/monitoring')).toMatchObject({ body: { data: { queues: { mails: { waiting: 0 } } } } });
      expect(await api.text('/metrics')).toContain('bizinsights_jobs_queue_errors{queue="mails"} 0');
    },
  );

  it.each(['wait', 'active', 'prioritized', 'completed', 'failed', 'delayed', 'meta'])(
    'answers for a queue whose `%s` is damaged what is wrong, and each of its methods rejects with an error of ours',
    async (key) => {
      const api = openApi(jobs);
      await redis.set(`${prefix}:mails:${key}`, 'x');
      const { status, body } = await api.json('/mails');
      expect(status).toBe(500);
      expect(body).toEqual({ success: false, ...BROKEN });
      expect(JSON.stringify(body)).not.toMatch(/WRONGTYPE| at /);

      const queue = jobs.queue(mails);
      const data = { shop: 'a', to: 'b' };
      const calls: (() => Promise<unknown>)[] = [
        () => queue.add(data),
        () => queue.addMany([{ data }, { data }]),
        () => queue.get('any'),
        () => queue.list({ state: 'waiting' }),
        () => queue.list({ state: 'failed' }),
        () => queue.counts(),
        () => queue.pause(),
        () => queue.resume(),
        () => queue.empty(),
        () => queue.clean({ state: 'failed' }),
        () => queue.retryFailed(),
        () => queue.retry('any'),
        () => queue.promote('any'),
        () => queue.remove('any'),
        () => queue.cancel('any'),
        () => queue.logs('any'),
        () => queue.waitFor('any', { timeout: 50 }),
      ];
      for (const [index, call] of calls.entries()) {
        const error = await call().catch((thrown: unknown) => thrown);
        if (error instanceof Error) expect(error, `${index}: ${error}`).toBeInstanceOf(JobsError);
      }
      expect(await queue.counts().catch((thrown: unknown) => thrown)).toBeInstanceOf(QueueDamagedError);
    },
  );

  it('retries the failed jobs of the other queues, and says which one it could not read', async () => {
    const api = openApi(jobs);
    await redis.set(`${prefix}:mails:failed`, 'x');
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expect(await api.json('/monitoring/retry', init)).toEqual({
      status: 200,
      body: { success: true, data: { retried: 0, queues: { plain: 0 }, errors: { mails: BROKEN.error } } },
    });
    const one = { ...init, body: JSON.stringify({ queue: 'mails' }) };
    expect(await api.json('/monitoring/retry', one)).toMatchObject({ status: 500, body: BROKEN });
  });

  it('leaves the oldest job out of the metrics when it cannot be read', async () => {
    await jobs.queue(mails).add({ shop: 'a', to: 'b' }, { id: 'first' });
    await redis.del(`${prefix}:mails:first`);
    await redis.set(`${prefix}:mails:first`, 'x');
    const metrics = await openApi(jobs).text('/metrics');
    expect(metrics).toContain('bizinsights_jobs_queue_errors{queue="mails"} 1');
    expect(metrics).toContain('bizinsights_jobs{queue="plain",state="waiting"} 1');
  });

  it('streams the events of the others', async () => {
    await redis.set(`${prefix}:mails:events`, 'x');
    const abort = new AbortController();
    const { status, body } = await openApi(jobs).send('/events', { signal: abort.signal });
    expect(status).toBe(200);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    await jobs.queue(plain).add({}, { id: 'seen' });
    let text = '';
    while (!text.includes('"jobId":"seen"')) text += (await reader?.read())?.value ?? expect.fail(text);
    abort.abort();
  });
});

it('answers 503 when the store as a whole is away', async () => {
  const engine = createMemoryEngine();
  const jobs = createJobsOn({ queues: [mails, plain], logger: silentLogger }, { engine });
  const api = openApi(jobs);
  await engine.close();
  for (const path of ['/monitoring', '/metrics']) {
    expect(await api.json(path)).toMatchObject({ status: 503, body: { error: { code: 'ENGINE_UNAVAILABLE' } } });
  }
});

it('says of an error of the library what it is, and of another one nothing', async () => {
  const engine = createMemoryEngine();
  const jobs = createJobsOn({ queues: [mails, plain], logger: silentLogger }, { engine });
  const access = jobs[MONITORING];
  const failing = (error: Error): MonitoredJobs => ({
    [MONITORING]: {
      ...access,
      engine: {
        ...engine,
        counts: () => Promise.reject(error),
        queue: (name) =>
          Object.assign(Object.create(engine.queue(name)), {
            counts: () => (name === 'mails' ? Promise.reject(error) : engine.queue(name).counts()),
          }),
      },
    },
  });
  const { body } = await openApi(failing(new Error('secret'))).json('/monitoring');
  expect(body).toMatchObject({ data: { queues: { mails: { error: { code: 'INTERNAL' } }, plain: { waiting: 0 } } } });
  expect(JSON.stringify(body)).not.toContain('secret');
  expect(await openApi(failing(unavailable('there', 'gone'))).json('/monitoring')).toMatchObject({ status: 503 });
  await jobs.close();
});
