import { processorSourceName, silentLogger } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { expect, test } from 'vitest';
import { ledger } from './fixtures/ledger.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { dataSyncQueue } from './queue.js';
import { dataSyncSchedules, planSync, syncScheduleKey } from './schedules.js';

test('each integration has a schedule in its platform’s rhythm or its own; without access it is paused', async () => {
  const store = new MemoryStore();
  store.add('plain');
  store.add('often', { rhythm: { every: 600_000 } });
  store.add('nightly', { rhythm: { cron: '0 3 * * *', timezone: 'Europe/Berlin' }, status: 'error' });
  store.add('lost', { status: 'access-lost' });
  store.add('off', { status: 'disabled' });
  store.add('foreign', { platform: 'abacus' });
  store.add('silent', { platform: 'mailer' });
  const schedules = [];
  for await (const { key, paused, data, queue: _, overlap, catchUp, tags, ...timing } of dataSyncSchedules(store, [
    ledger,
    { id: 'mailer' }, // which only sends webhooks
  ])) {
    expect({ overlap, catchUp, tags }).toEqual({ overlap: 'skip', catchUp: 'one', tags: ['ledger'] });
    schedules.push([key, data.integrationId, data.organizationId, paused, timing]);
  }
  expect(schedules).toEqual([
    ['data-sync:plain', 'plain', 'acme', false, { every: 7_200_000, jitter: 7_200_000 }],
    ['data-sync:often', 'often', 'acme', false, { every: 600_000, jitter: 600_000 }],
    ['data-sync:nightly', 'nightly', 'acme', false, { cron: '0 3 * * *', timezone: 'Europe/Berlin' }],
    ['data-sync:lost', 'lost', 'acme', true, { every: 7_200_000, jitter: 7_200_000 }],
  ]);
});

test('a rhythm that cannot be is told, its integration synced in its platform’s, and the others in theirs', async () => {
  const store = new MemoryStore();
  store.add('hasty', { rhythm: { every: 1_000 } });
  store.add('never', { rhythm: { cron: '0 25 * * *', timezone: 'Europe/Berlin' } });
  // As a database gives it that anybody can write to.
  store.add('odd', JSON.parse('{ "rhythm": "hourly" }'));
  store.add('empty', JSON.parse('{ "rhythm": null }'));
  store.add('often', { rhythm: { every: 600_000 } });
  const warnings: string[] = [];
  const warn = (_fields: object | string, message = '') => void warnings.push(message);
  const rhythms = [];
  for await (const { every } of dataSyncSchedules(store, [ledger], { warn })) rhythms.push(every);
  expect(rhythms).toEqual([7_200_000, 7_200_000, 7_200_000, 7_200_000, 600_000]);
  expect(warnings).toEqual(['hasty', 'never', 'odd'].map((id) => expect.stringContaining(`"${id}"`)));
});

test('plans the sync of one integration at once, as the workers would, and leaves the others alone', async () => {
  const store = new MemoryStore();
  for (const id of ['first', 'second']) store.add(id);
  store.add('off', { status: 'disabled' });
  const jobs = createTestJobs({ queues: [dataSyncQueue] });
  const options = { integrations: store, platforms: [ledger] };
  for (const id of ['first', 'second', 'off', 'nobody']) await planSync(jobs, id, options);
  expect((await jobs.scheduler.get(syncScheduleKey('first')))?.next).toBeGreaterThan(Date.now());
  expect((await jobs.scheduler.list()).schedules.map(({ key }) => key)).toEqual([
    'data-sync:first',
    'data-sync:second',
  ]);
  const asTheWorkers = {
    name: processorSourceName(dataSyncQueue),
    schedules: () => dataSyncSchedules(store, [ledger], silentLogger),
  };
  expect(await jobs.scheduler.reconcile(asTheWorkers)).toMatchObject({
    untouched: 2,
    added: 0,
    changed: 0,
    removed: 0,
  });
  await jobs.scheduler.remove(syncScheduleKey('first'));
  const key = syncScheduleKey('first');
  await jobs.scheduler.upsert({ key, queue: dataSyncQueue, data: { integrationId: 'first' }, every: 60_000 });
  await expect(planSync(jobs, 'first', options)).rejects.toThrow('belongs to the host');
  await jobs.close();
});
