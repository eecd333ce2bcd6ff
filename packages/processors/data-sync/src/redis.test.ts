/** What needs workers side by side: on a real Redis. */
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import type { PlatformHttp } from '@bizinsights/jobs-platforms';
import type {} from '@bizinsights/test-servers';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { LedgerServer, ledger } from './fixtures/ledger.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { scheduleImmediateSync } from './immediate.js';
import { type DataSyncProcessorOptions, dataSyncProcessor } from './processor.js';
import { dataSyncQueue } from './queue.js';
import { syncScheduleKey } from './schedules.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
});

const PATIENT = { timeout: 20_000, interval: 10 };
let prefixes = 0;

/** An account, and a worker that syncs it. Whoever gives the `prefix` of another one works beside it. */
function open({ prefix = newPrefix(), ...options }: Partial<DataSyncProcessorOptions> & { prefix?: string } = {}) {
  const server = new LedgerServer();
  server.fill('large', 25);
  const store = new MemoryStore();
  store.add('large');
  const jobs = createJobs({
    connection: inject('redisUrl'),
    prefix,
    queues: [dataSyncQueue],
    logger: silentLogger,
    environment: {},
  });
  cleanUp.push(() => jobs.close());
  jobs.registerProcessor(
    dataSyncProcessor({ platforms: [ledger], integrations: store, sink: store, http: server, ...options }),
  );
  const start = (concurrency = 5) =>
    jobs.startWorker({ concurrency: { 'data-sync': concurrency }, handleSignals: false, shutdownTimeout: 0 });
  return { server, store, jobs, queue: jobs.queue(dataSyncQueue), start };
}

function newPrefix(): string {
  return `data-sync-${process.pid}-${Date.now()}-${++prefixes}`;
}

test('two syncs of one integration never run at once, and the second one uses up no attempt', async () => {
  const { server, store, queue, start } = open();
  server.fail(/large/, 'hang');
  await start();
  const first = await queue.add({ integrationId: 'large' });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1), PATIENT);
  const second = await queue.add({ integrationId: 'large', mode: 'full' });
  await vi.waitFor(async () => {
    expect(await queue.get(second.id)).toMatchObject({ state: 'delayed', attemptsMade: 0 });
  }, PATIENT);
  expect(server.requests).toHaveLength(1);
  await queue.cancel(first.id);
  // Not after five seconds, as it would come back by itself.
  await queue.promote(second.id);
  await queue.waitFor(second.id, { timeout: 20_000 });
  expect((await queue.get(second.id))?.attemptsMade).toBe(1);
  expect(store.records.size).toBe(50);
});

test('two workers share the budget of an account', async () => {
  const server = new LedgerServer();
  server.fill('large', 25);
  const store = new MemoryStore();
  store.add('large');
  // Another integration of the same account.
  store.add('twin', {}, store.secrets.get('large'));
  let asked = 0;
  const http: PlatformHttp = {
    async send(request) {
      asked += 1;
      // Each works on one job at a time: two that ask are two workers.
      await vi.waitUntil(() => asked >= 2, PATIENT);
      return await server.send(request);
    },
  };
  const budgets = { ledger: { account: { requests: 5, per: 600_000 } } };
  const shared = { prefix: newPrefix(), integrations: store, sink: store, http, budgets, schedules: false } as const;
  const [{ queue, start }, other] = [open(shared), open(shared)];
  const added = [await queue.add({ integrationId: 'large' }), await queue.add({ integrationId: 'twin' })];
  await Promise.all([start(1), other.start(1)]);
  await vi.waitFor(async () => {
    const states = await Promise.all(added.map(async ({ id }) => (await queue.get(id))?.state));
    expect(states).toEqual(['delayed', 'delayed']);
  }, PATIENT);
  expect(server.requests).toHaveLength(5);
});

test('an immediate sync finds the one that waits, and the one that runs, whoever has added it', async () => {
  const { server, jobs, queue, start } = open();
  server.fail(/large/, 'hang');
  // As a schedule adds it.
  const scheduled = await queue.add({ integrationId: 'large' });
  await start();
  await vi.waitFor(() => expect(server.requests).toHaveLength(1), PATIENT);
  const found = { queue: 'data-sync', id: scheduled.id, deduplicated: true };
  expect(await scheduleImmediateSync(jobs, 'large')).toEqual(found);
  // One that asks for more is another one.
  const full = await scheduleImmediateSync(jobs, 'large', { mode: 'full' });
  expect(full).toMatchObject({ deduplicated: false });
  expect(await scheduleImmediateSync(jobs, 'large', { mode: 'full' })).toMatchObject({
    id: full.id,
    deduplicated: true,
  });
  await queue.cancel(scheduled.id);
  await vi.waitFor(async () => expect((await queue.get(scheduled.id))?.state).toBe('failed'), PATIENT);

  const next = await scheduleImmediateSync(jobs, 'large', { organizationId: 'acme', priority: 1 });
  expect(next.deduplicated).toBe(false);
  await queue.waitFor(next.id, { timeout: 20_000 });
  expect(await queue.get(next.id)).toMatchObject({ data: { organizationId: 'acme', mode: 'incremental' } });
});

test('of a thousand that are asked for at once, one is added', async () => {
  const { jobs, queue } = open();
  const added = await Promise.all(Array.from({ length: 1_000 }, () => scheduleImmediateSync(jobs, 'large')));
  expect(new Set(added.map(({ id }) => id)).size).toBe(1);
  expect(await queue.counts()).toMatchObject({ waiting: 1 });
});

test('the schedule of an integration that loses its access is paused at once, and resumed by a sync that ends well', async () => {
  const { server, jobs, queue, start } = open();
  await start();
  const isPaused = async () => (await jobs.scheduler.get(syncScheduleKey('large')))?.paused;
  await vi.waitFor(async () => expect(await isPaused()).toBe(false), PATIENT);
  server.fail(/large/, 'no-access');
  const { id } = await scheduleImmediateSync(jobs, 'large');
  await vi.waitFor(async () => expect(await isPaused()).toBe(true), PATIENT);
  expect(await queue.get(id)).toMatchObject({ state: 'failed' });
  const { id: next } = await scheduleImmediateSync(jobs, 'large');
  await queue.waitFor(next, { timeout: 20_000 });
  await vi.waitFor(async () => expect(await isPaused()).toBe(false), PATIENT);
});

test('a worker keeps a schedule for each integration; without access it is paused', async () => {
  const { store, jobs, start } = open();
  store.add('lost', { status: 'access-lost' });
  await start();
  await vi.waitFor(async () => {
    const schedules = await Promise.all(['large', 'lost'].map((id) => jobs.scheduler.get(syncScheduleKey(id))));
    expect(schedules).toMatchObject([
      { queue: 'data-sync', data: { integrationId: 'large', organizationId: 'acme' }, paused: false },
      { queue: 'data-sync', data: { integrationId: 'lost', organizationId: 'acme' }, paused: true, next: undefined },
    ]);
  }, PATIENT);
});
