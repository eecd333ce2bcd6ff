/** What needs workers side by side: on a real Redis. */
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import type {} from '@bizinsights/test-servers';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { LedgerServer, ledger } from './fixtures/ledger.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { scheduleImmediateSync } from './immediate.js';
import { dataSyncProcessor } from './processor.js';
import { dataSyncQueue } from './queue.js';
import { syncScheduleKey } from './schedules.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
});

const PATIENT = { timeout: 20_000, interval: 10 };
let prefixes = 0;

/** A worker on one account, whose first request hangs until the server is closed to it. */
function open() {
  const server = new LedgerServer();
  server.fill('large', 25);
  const store = new MemoryStore();
  store.add('large');
  const jobs = createJobs({
    connection: inject('redisUrl'),
    prefix: `data-sync-${process.pid}-${Date.now()}-${++prefixes}`,
    queues: [dataSyncQueue],
    logger: silentLogger,
    environment: {},
  });
  cleanUp.push(() => jobs.close());
  jobs.registerProcessor(dataSyncProcessor({ platforms: [ledger], integrations: store, sink: store, http: server }));
  const start = () => jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
  return { server, store, jobs, queue: jobs.queue(dataSyncQueue), start };
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
