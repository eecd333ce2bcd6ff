// The recipe docs/recipes/from-bullmq.md on a Redis of its own: what plain BullMQ has left is read, run and shown.
import { createJobs } from '@bizinsights/jobs-core';
import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { type RedisServer, startRedis } from '@bizinsights/test-servers';
import type { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import commandsOf5 from './bullmq-5.json' with { type: 'json' };

let server: RedisServer;
/** The two apps are modules that connect when they are loaded, as a reader has them. */
let before: typeof import('./before.js');
let after: typeof import('./jobs.js') & typeof import('./queues.js');
let plainWorker: Worker;

beforeAll(async () => {
  server = await startRedis({ appendOnly: true });
  vi.stubEnv('REDIS_URL', server.url);
  vi.stubEnv('LOG_LEVEL', 'silent');
  before = await import('./before.js');
  after = { ...(await import('./jobs.js')), ...(await import('./queues.js')) };
});
afterAll(async () => {
  await plainWorker.close();
  await before.images.close();
  await after.jobs.close();
  vi.unstubAllEnvs();
  await server.stop();
});

const Envelope = z.object({ data: z.looseObject({ jobs: z.array(z.object({ name: z.string() })).optional() }) });

const queue = () => after.jobs.queue(after.imageQueue);

async function ask(path: string, method = 'GET') {
  const handle = createMonitoringHandler(after.jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
  const response = await handle(new Request(`http://localhost/api/jobs${path}`, { method }));
  return Envelope.parse(await response.json()).data;
}

it('reads, shows and runs what BullMQ alone has left, and keeps what does not fit with its reason', async () => {
  const { images } = before;
  plainWorker = before.startWorker();
  const completed = await images.add('resize', { imageId: 'first', width: 1 });
  const failed = await images.add('resize', { imageId: 'broken', width: 64 });
  await expect.poll(() => failed.getState()).toBe('failed');
  await expect.poll(() => completed.getState()).toBe('completed');
  await plainWorker.close();

  await before.addImages();
  const urgent = await images.add('resize', { imageId: 'urgent', width: 8 }, { priority: 1 });
  const [misfit, unknown] = await images.addBulk([
    { name: 'resize', data: { imageId: 'misfit', width: 'wide' } },
    { name: 'rotate', data: { imageId: 'unknown' } },
  ]);
  if (!misfit?.id || !unknown?.id || !completed.id || !failed.id || !urgent.id) expect.fail('BullMQ gives no ids');

  // They are read and shown as they are.
  expect(await queue().counts()).toMatchObject({ waiting: 4, delayed: 2, failed: 1, completed: 1 });
  expect(await queue().get(completed.id)).toMatchObject({ name: 'resize', result: 'resize first by BullMQ' });
  expect(await ask(`/images/jobs/${failed.id}`)).toMatchObject({
    name: 'resize',
    state: 'failed',
    failedReason: 'no such image',
    data: { imageId: 'broken', width: 64 },
  });
  const { jobs: delayed } = await ask('/images/jobs?state=delayed');
  expect(delayed?.map(({ name }) => name).sort()).toEqual(['crop', 'resize']);

  // They run.
  await after.jobs.startWorker({ handleSignals: false });
  expect(await queue().waitFor(urgent.id)).toBe('urgent is 8 wide');
  await expect.poll(async () => (await queue().counts()).waiting).toBe(0);
  // An operator retries the one that had failed, and promotes the delayed one.
  await ask(`/images/jobs/${failed.id}?action=retry`, 'POST');
  expect(await queue().waitFor(failed.id)).toBe('broken is 64 wide');
  const crop = (await queue().list({ state: 'delayed' })).jobs.find(({ name }) => name === 'crop');
  await queue().promote(crop?.id ?? '');
  expect(await queue().waitFor(crop?.id ?? '')).toBe('dog is cropped');

  // What does not fit has failed for good at its first attempt.
  await expect.poll(async () => (await queue().counts()).failed).toBe(2);
  expect(await queue().get(misfit.id)).toMatchObject({
    state: 'failed',
    attemptsMade: 1,
    failedReason: expect.stringContaining('width'),
    data: { imageId: 'misfit', width: 'wide' },
  });
  expect(await queue().get(unknown.id)).toMatchObject({
    name: 'rotate',
    failedReason: expect.stringContaining('kind'),
  });
});

it('plans the next run of a scheduler of BullMQ when it has taken one', async () => {
  const [planned] = (await queue().list({ state: 'delayed' })).jobs;
  expect(planned).toMatchObject({ id: expect.stringMatching(/^repeat:nightly:/), name: 'resize' });
  await queue().promote(planned?.id ?? '');
  expect(await queue().waitFor(planned?.id ?? '')).toBe('hero is 1280 wide');
  const next = async () => (await queue().list({ state: 'delayed' })).jobs.map(({ id }) => id);
  await expect.poll(next).toEqual([expect.stringMatching(/^repeat:nightly:/)]);
  // It is BullMQ's: the list of schedules does not have it until it was moved.
  expect((await after.jobs.scheduler.list()).schedules).toEqual([]);
  await (await import('./schedules.js')).moveSchedules();
  expect((await after.jobs.scheduler.list()).schedules).toMatchObject([{ key: 'nightly', cron: '0 3 * * *' }]);
  expect(await before.images.getJobSchedulersCount()).toBe(1);
  expect(await next()).toEqual([expect.stringContaining('nightly')]);
});

it('works beside BullMQ: each job runs once, whichever app has added it and whichever takes it', async () => {
  plainWorker = before.startWorker();
  const ids = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const image = { imageId: `image-${n}`, width: n + 1 };
      if (n % 2 === 0) return (await before.images.add('resize', image)).id ?? expect.fail('it has no id');
      return (await queue().add({ kind: 'resize', ...image })).id;
    }),
  );
  const results = await Promise.all(ids.map((id) => queue().waitFor(id)));
  for (const [n, result] of results.entries())
    expect([`image-${n} is ${n + 1} wide`, `resize image-${n} by BullMQ`, `images image-${n} by BullMQ`]).toContain(
      result,
    );
  for (const id of ids) expect(await queue().get(id)).toMatchObject({ state: 'completed', attemptsMade: 1 });
});

it('reads and runs what BullMQ 5.8 has left, also the planned run of a `repeat`', async () => {
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  for (const [command = '', key = '', ...rest] of commandsOf5)
    await redis.call(command, key.replace(/^bull:/, 'old:'), ...rest);
  const jobs = createJobs({
    connection: server.url,
    prefix: 'old',
    queues: [after.imageQueue],
    processors: [after.imageProcessor],
  });
  onTestFinished(() => jobs.close());
  const old = jobs.queue(after.imageQueue);
  expect(await old.counts()).toMatchObject({ waiting: 2, delayed: 2, failed: 1, completed: 1 });
  expect(await old.get('2')).toMatchObject({ name: 'resize', attemptsMade: 1, failedReason: 'no such image' });
  expect(await old.get('1')).toMatchObject({ result: 'done', attemptsMade: 1, maxAttempts: 1 });
  expect(await old.retry('2')).toBe(true);

  // The planned run was due on November 30, 2026: a worker would take it at once.
  const { jobs: delayed } = await old.list({ state: 'delayed' });
  for (const { id } of delayed) expect(await old.promote(id)).toBe(true);
  await jobs.startWorker({ handleSignals: false });
  for (const [id, result] of [
    ['2', 'broken is 64 wide'],
    ['3', 'cat is 320 wide'],
    ['4', 'dog is cropped'],
    ['5', 'urgent is 8 wide'],
    [delayed.find(({ name }) => name === 'resize')?.id ?? '', 'hero is 1280 wide'],
  ] as const)
    expect(await old.waitFor(id), id).toBe(result);
  // BullMQ 6 plans no run behind that of a `repeat`.
  expect(await old.counts()).toMatchObject({ waiting: 0, delayed: 0, active: 0 });
});
