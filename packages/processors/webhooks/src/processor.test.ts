// What becomes of verified events. On the engine in memory, whose clock the test sets.
import { PermanentError } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { hmacSha256 } from '@bizinsights/jobs-platforms';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BellEvent, bell, bellRequest, openDoor, SECRET } from './fixtures/door.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { type WebhookProcessorOptions, webhookProcessor } from './processor.js';
import { type WebhookJob, webhookQueue } from './queue.js';

const platforms = [{ id: 'bell', webhook: bell }];
let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
  store.integrations.push({ id: 'int_1', platform: 'bell', account: 'tower', organizationId: 'acme' });
});

function open(options: Partial<WebhookProcessorOptions> = {}) {
  const processor = webhookProcessor({
    platforms,
    integrations: store,
    sink: store,
    secrets: { bell: SECRET },
    environment: {},
    now: () => jobs.clock.now(),
    ...options,
  });
  const jobs = createTestJobs({ queues: [webhookQueue, dataSyncQueue], processors: [processor] });
  const door = openDoor(jobs, { now: () => jobs.clock.now() });
  const queue = jobs.queue(webhookQueue);
  return {
    jobs,
    queue,
    /** Delivers, processes, and gives the jobs of the queue, the newest first. */
    async send(event: BellEvent, path?: string) {
      expect((await door(bellRequest(event, path === undefined ? {} : { path }))).status).toBe(200);
      await jobs.drain({ withDelayed: true });
      const { jobs: done } = await queue.list({ state: 'completed' });
      return done.find(({ data }) => data.eventId === event.id)?.result;
    },
    async failed() {
      return (await queue.list({ state: 'failed' })).jobs[0]?.failedReason;
    },
  };
}

function jobOf(event: BellEvent, changes: Partial<WebhookJob> = {}): WebhookJob {
  const body = JSON.stringify(event);
  return {
    platform: 'bell',
    deliveryId: 'd1',
    eventId: event.id,
    topic: event.topic,
    receivedAt: 1_000,
    headers: { 'bell-signature': hmacSha256(SECRET, body).toString('hex') },
    body,
    encoding: 'utf8',
    ...changes,
  };
}

describe('records', () => {
  it('go to the sink, for the integration of the account or of the address', async () => {
    const { send } = open();
    const made = { topic: 'made', account: 'tower', bell: 'b1' };
    expect(await send({ id: '1', at: 10, ...made })).toEqual({
      outcome: 'stored',
      handled: false,
      integrationId: 'int_1',
      records: { written: 1, unchanged: 0, rejected: 0, deleted: 0 },
    });
    expect(await send({ id: '2', at: 20, topic: 'made', bell: 'b2' }, '/bell/int_1')).toMatchObject({
      outcome: 'stored',
    });
    expect([...store.records.keys()]).toEqual(['int_1 product b1', 'int_1 product b2']);
  });

  it('that are older than what is stored change nothing, in whatever order they come', async () => {
    const { send } = open();
    const of = (id: string, at: number, topic = 'made') => send({ id, at, topic, account: 'tower', bell: 'b1' });
    await of('1', 20);
    expect(await of('2', 10)).toMatchObject({ records: { written: 0, unchanged: 1 } });
    await of('3', 30, 'melted');
    expect(await of('4', 25)).toMatchObject({ records: { written: 0, unchanged: 1 } });
    expect(store.records.get('int_1 product b1')).toEqual({ deletedAt: 30 });
  });

  it('of one time, of which the last to come need not be the last to happen, have the platform asked', async () => {
    const { send, jobs } = open();
    const at = jobs.clock.now();
    const of = (id: string, title: string) => send({ id, at, topic: 'made', account: 'tower', bell: 'b1', title });
    expect(await of('1', 'paid')).not.toHaveProperty('syncJobId');
    expect(await of('2', 'paid')).toMatchObject({ records: { written: 0, unchanged: 1 } });
    expect(jobs.enqueued(dataSyncQueue)).toEqual([]);
    const result = await of('3', 'pending');
    expect(store.records.get('int_1 product b1')).toMatchObject({ title: 'pending' });
    const [sync, ...more] = jobs.enqueued(dataSyncQueue);
    expect(more).toEqual([]);
    expect(sync?.data).toEqual({
      integrationId: 'int_1',
      organizationId: 'acme',
      streams: ['bells'],
      mode: 'incremental',
    });
    expect(result).toMatchObject({ outcome: 'stored', records: { written: 1 }, syncJobId: sync?.id });
  });

  it('of one time, of which one comes late, leave what is stored: a sync may have read it since then', async () => {
    const { send, jobs } = open();
    const at = jobs.clock.now();
    const of = (id: string, title: string) => send({ id, at, topic: 'made', account: 'tower', bell: 'b1', title });
    await of('1', 'paid');
    jobs.clock.advance(3_600_000);
    const result = await of('2', 'pending');
    expect(store.records.get('int_1 product b1')).toMatchObject({ title: 'paid' });
    const [sync] = jobs.enqueued(dataSyncQueue);
    expect(result).toMatchObject({ outcome: 'stored', records: { unchanged: 1 }, syncJobId: sync?.id });
  });

  it.each([
    ['right before the last to come is written', 'paid and sent', 'paid and sent'],
    ['right behind it', undefined, 'pending'],
  ])('of one time have the platform asked also where an attempt is cut off %s', async (_when, answer, stands) => {
    let isCut = false;
    const { send, jobs } = open({
      sink: {
        write: async (batch) => {
          const isLast = batch.onTie === 'replace' && !isCut;
          if (isLast) isCut = true;
          const [record] = batch.records;
          // As the sync does, which the attempt has asked for and the next one comes after.
          if (isLast && answer !== undefined && record?.kind === 'product') {
            store.records.set('int_1 product b1', { ...record, title: answer });
            throw new Error('cut off');
          }
          const written = await store.write(batch);
          if (isLast) throw new Error('cut off');
          return written;
        },
      },
    });
    const at = jobs.clock.now();
    const of = (id: string, title: string) => send({ id, at, topic: 'made', account: 'tower', bell: 'b1', title });
    await of('1', 'paid');
    expect(await of('2', 'pending')).toMatchObject({ outcome: 'stored' });
    expect(isCut).toBe(true);
    expect(jobs.enqueued(dataSyncQueue)).toHaveLength(1);
    expect(store.records.get('int_1 product b1')).toMatchObject({ title: stands });
  });

  it('that the platform has not dated are of when the event came first, also when it is replayed', async () => {
    const { send, jobs, queue } = open();
    const came = jobs.clock.now();
    await send({ id: '1', topic: 'melted', account: 'tower', bell: 'b1' });
    expect(store.records.get('int_1 product b1')).toEqual({ deletedAt: came });
    await send({ id: '2', topic: 'made', account: 'tower', bell: 'b1', at: came + 5 });
    const [first] = (await queue.list({ state: 'completed' })).jobs.filter(({ data }) => data.eventId === '1');
    if (!first) throw new Error('no job');
    jobs.clock.advance(60_000);
    await queue.add({ ...first.data, replayOf: first.data.deliveryId }, { id: 'again' });
    await jobs.drain();
    expect(store.records.get('int_1 product b1')).toMatchObject({ updatedAt: came + 5 });
  });

  it('are tried again while the database is away', async () => {
    const { send } = open();
    store.failing = 3;
    expect(await send({ id: '1', topic: 'made', account: 'tower', at: 1 })).toMatchObject({ outcome: 'stored' });
    expect(store.writes).toBe(1);
  });
});

describe('an event without data', () => {
  it('starts a sync of what it is about, one for many that come within some seconds', async () => {
    const { send, jobs } = open({ syncDelay: 5_000 });
    const door = openDoor(jobs);
    for (const id of ['1', '2', '3']) await door(bellRequest({ id, topic: 'rung', account: 'tower' }));
    const added = jobs.clock.now();
    await jobs.drain();
    const syncs = jobs.enqueued(dataSyncQueue);
    expect(syncs.map(({ data }) => data)).toEqual([
      { integrationId: 'int_1', organizationId: 'acme', streams: ['bells', 'rings'], mode: 'incremental' },
    ]);
    const job = await jobs.queue(dataSyncQueue).get(syncs[0]?.id ?? '');
    expect((job?.createdAt ?? 0) + (job?.delay ?? 0)).toBeGreaterThanOrEqual(added + 5_000);
    jobs.clock.advance(5_000);
    expect(await send({ id: '4', topic: 'rung', account: 'tower' })).toMatchObject({ outcome: 'sync' });
    expect(jobs.enqueued(dataSyncQueue)).toHaveLength(2);
  });
});

describe('an event of several accounts', () => {
  const accounts = ['tower', 'church', 'school', 'chapel'];
  beforeEach(() => {
    store.integrations.push(
      { id: 'int_2', platform: 'bell', account: 'school' },
      { id: 'int_1', platform: 'bell', account: 'chapel', organizationId: 'acme' },
    );
  });

  it('starts a sync for each integration that is known, once also when it is tried again', async () => {
    let attempts = 0;
    const { send, jobs } = open({
      handlers: {
        bell: {
          rung: () => {
            attempts += 1;
            if (attempts === 1) throw new Error('not yet');
          },
        },
      },
      syncDelay: 1,
    });
    const result = await send({ id: '1', topic: 'rung', accounts });
    const syncs = jobs.enqueued(dataSyncQueue);
    expect(syncs.map(({ data }) => data.integrationId)).toEqual(['int_1', 'int_2']);
    expect(result).toMatchObject({ outcome: 'sync', syncJobId: syncs[0]?.id });
    expect(attempts).toBe(2);
  });

  it('starts only that of the integration in the address, if it has one of them', async () => {
    const { send, jobs } = open();
    await send({ id: '1', topic: 'rung', accounts }, '/bell/int_2');
    expect(jobs.enqueued(dataSyncQueue).map(({ data }) => data.integrationId)).toEqual(['int_2']);
    expect(await send({ id: '2', topic: 'rung', accounts: ['tower', 'church'] }, '/bell/int_2')).toMatchObject({
      outcome: 'ignored',
      reason: 'there is no active integration "int_2" of any of its 2 accounts',
    });
  });

  it('tells of each that has lost access', async () => {
    const { send } = open();
    expect(await send({ id: '1', topic: 'sold', accounts, at: 7 })).toMatchObject({ outcome: 'access-lost' });
    expect(store.lost.map(({ id }) => id)).toEqual(['int_1', 'int_2']);
  });
});

describe('an account that several integrations have', () => {
  const two = { id: 'int_2', platform: 'bell', account: 'tower', organizationId: 'umbrella' };

  it('has what an event says done for each of them', async () => {
    store.integrations.push(two);
    const { send, jobs } = open();
    expect(await send({ id: '1', topic: 'made', account: 'tower', at: 1 })).toMatchObject({ integrationId: 'int_1' });
    expect([...store.records.keys()]).toEqual(['int_1 product 1', 'int_2 product 1']);
    await send({ id: '2', topic: 'rung', account: 'tower' });
    expect(jobs.enqueued(dataSyncQueue).map(({ data }) => data.organizationId)).toEqual(['acme', 'umbrella']);
  });

  it.each([
    ['again and again', new Error('one that cannot be reached'), 7],
    ['for good', new PermanentError('one that is gone'), 0],
  ])(
    'has it done for the others also where one fails %s, and the job fails with that',
    async (_how, error, retried) => {
      store.integrations.push(two);
      const { jobs, queue, failed } = open({
        sink: {
          write: async (batch) => {
            if (batch.integrationId === 'int_1') throw error;
            return store.write(batch);
          },
        },
      });
      await queue.add(jobOf({ id: '1', topic: 'made', account: 'tower', at: 1 }));
      expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 1, retried });
      expect([...store.records.keys()]).toEqual(['int_2 product 1']);
      expect(await failed()).toBe(error.message);
    },
  );

  it('has it done for the one in the address only', async () => {
    store.integrations.push(two);
    const { send } = open();
    await send({ id: '1', topic: 'made', account: 'tower', at: 1 }, '/bell/int_2');
    expect([...store.records.keys()]).toEqual(['int_2 product 1']);
  });

  it('has it done for that of `find` by a host that has no `findAll`', async () => {
    store.integrations.push(two);
    const { send } = open({
      integrations: { find: (address) => store.find(address), accessLost: (...lost) => store.accessLost(...lost) },
    });
    await send({ id: '1', topic: 'made', account: 'tower', at: 1 });
    expect([...store.records.keys()]).toEqual(['int_1 product 1']);
  });
});

describe('lost access', () => {
  it('is told to the host, with the time of the event', async () => {
    const { jobs, send } = open();
    const told: unknown[] = [];
    jobs.events.on('integration:access-lost', (event) => void told.push(event));
    expect(await send({ id: '1', topic: 'sold', account: 'tower', at: 7 })).toMatchObject({ outcome: 'access-lost' });
    const reason = 'The bell was sold';
    expect(store.lost).toEqual([{ id: 'int_1', reason, at: 7 }]);
    expect(told).toEqual([expect.objectContaining({ integrationId: 'int_1', platform: 'bell', reason })]);
  });

  it('of an account that was connected anew since then is ignored', async () => {
    const { jobs, send } = open();
    const told: unknown[] = [];
    jobs.events.on('integration:access-lost', (event) => void told.push(event));
    store.connectedAt = 8;
    expect(await send({ id: '1', topic: 'sold', account: 'tower', at: 7 })).toMatchObject({
      outcome: 'ignored',
      reason: expect.stringContaining('connected anew'),
    });
    expect(told).toEqual([]);
  });
});

describe('what is ignored, and says why', () => {
  it.each<[string, BellEvent, string | undefined, RegExp]>([
    ['an unknown topic', { id: '1', topic: 'polished', account: 'tower' }, undefined, /topic "polished" changes no/],
    ['an unknown account', { id: '1', topic: 'made', account: 'church' }, undefined, /account "church"/],
    ['an unknown integration', { id: '1', topic: 'made' }, '/bell/int_9', /integration "int_9"/],
    [
      'an integration of another account',
      { id: '1', topic: 'made', account: 'church' },
      '/bell/int_1',
      /"int_1" of the/,
    ],
    [
      'unknown accounts',
      { id: '1', topic: 'made', accounts: ['church', 'chapel'] },
      undefined,
      /any of its 2 accounts/,
    ],
    ['an event of nobody', { id: '1', topic: 'made' }, undefined, /names no account: let bell send to an address with/],
  ])('%s', async (_name, event, path, reason) => {
    const result = await open().send(event, path);
    expect(result).toMatchObject({ outcome: 'ignored', handled: false, reason: expect.stringMatching(reason) });
    expect(store.writes).toBe(0);
  });
});

describe('what fails for good', () => {
  it.each<[string, WebhookJob, RegExp]>([
    [
      'a job that nobody has signed',
      jobOf({ id: '1', topic: 'made' }, { headers: {} }),
      /is not signed by bell: the sig/,
    ],
    ['a changed body', { ...jobOf({ id: '1', topic: 'made' }), body: '{"id":"2","topic":"made"}' }, /is not signed/],
    ['an unknown platform', jobOf({ id: '1', topic: 'made' }, { platform: 'gong' }), /"gong" is no platform/],
    ['a body that cannot be read', jobOf({ id: '1', topic: 'broken', account: 'tower' }), /a bell that cannot be read/],
  ])('%s', async (_name, data, reason) => {
    const { jobs, queue, failed } = open();
    await queue.add(data);
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 1, retried: 0 });
    expect(await failed()).toMatch(reason);
    expect(store.writes).toBe(0);
  });

  it('everything of a platform whose secret was replaced', async () => {
    const { jobs, queue, failed } = open({ secrets: { bell: 'another' } });
    await queue.add(jobOf({ id: '1', topic: 'made', account: 'tower' }));
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 1, retried: 0 });
    expect(await failed()).toMatch(/is not signed/);
  });
});

describe('secrets', () => {
  it('that nobody has set are waited for, and the failure says what to set', async () => {
    const { jobs, queue, failed } = open({ secrets: {} });
    await queue.add(jobOf({ id: '1', topic: 'made', account: 'tower' }));
    await jobs.drain();
    expect(await queue.counts()).toMatchObject({ delayed: 1, failed: 0 });
    await jobs.drain({ withDelayed: true });
    expect(await failed()).toMatch(/worker verifies again, but webhooks of "bell" cannot be verified.*give `secrets/);
  });

  it.each(['own', 'given', 'shared'])(
    'may be %s: an event may have come in before the others were set',
    async (signed) => {
      const { jobs, queue } = open({
        platforms: [{ id: 'stripe', webhook: bell }],
        secrets: { stripe: 'given' },
        environment: { STRIPE_WEBHOOK_SECRET: 'shared' },
      });
      store.integrations.push({ id: 'int_2', platform: 'stripe', webhookSecrets: ['own'] });
      const event = { id: '1', topic: 'made', at: 1 };
      const signature = hmacSha256(signed, JSON.stringify(event)).toString('hex');
      await queue.add(
        jobOf(event, { platform: 'stripe', integrationId: 'int_2', headers: { 'bell-signature': signature } }),
      );
      await jobs.drain();
      expect((await queue.list({ state: 'completed' })).jobs).toMatchObject([{ result: { outcome: 'stored' } }]);
    },
  );
});

describe('an integration that was removed, or switched off, after its webhook had come in', () => {
  it.each<[string, Partial<WebhookProcessorOptions>]>([
    ['its own secrets', { secrets: {} }],
    ['secrets that are given', {}],
  ])('has it ignored at once, with %s', async (_name, options) => {
    const handled: string[] = [];
    const handlers = { bell: { made: ({ id }: { id: string }) => void handled.push(id) } };
    const { jobs, queue } = open({ handlers, ...options });
    store.integrations.push({ id: 'int_2', platform: 'bell', webhookSecrets: [SECRET] });
    const door = openDoor(jobs, { integrations: store });
    expect((await door(bellRequest({ id: '1', topic: 'made' }, { path: '/bell/int_2' }))).status).toBe(200);
    store.integrations.pop();
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ completed: 1, retried: 0, failed: 0 });
    expect((await queue.list({ state: 'completed' })).jobs).toMatchObject([
      { result: { outcome: 'ignored', handled: false, reason: 'there is no active integration "int_2"' } },
    ]);
    expect(handled).toEqual([]);
  });
});

describe('once', () => {
  it('is how often an event is processed, also when it comes again after its job is gone', async () => {
    const { send, queue, jobs } = open();
    const event = { id: '1', topic: 'made', account: 'tower', at: 1 };
    await send(event);
    await queue.clean({ state: 'completed' });
    expect(await send(event)).toMatchObject({
      outcome: 'duplicate',
      reason: expect.stringMatching(/came with delivery/),
    });
    expect(store.writes).toBe(1);
    jobs.clock.advance(7 * 86_400_000 + 1);
    await queue.clean({ state: 'completed' });
    expect(await send(event)).toMatchObject({ outcome: 'stored', records: { unchanged: 1 } });
  });

  it('more is what an operator may ask for', async () => {
    const { send, queue, jobs } = open();
    await send({ id: '1', topic: 'made', account: 'tower', at: 1 });
    const [job] = (await queue.list({ state: 'completed' })).jobs;
    if (!job) throw new Error('no job');
    await queue.add({ ...job.data, deliveryId: 'd2', replayOf: job.data.deliveryId });
    await jobs.drain();
    expect(store.writes).toBe(2);
  });
});

describe('handlers of the host', () => {
  it('run by platform and topic, after the records, with all integrations of the account and no secret', async () => {
    store.integrations.push({ id: 'int_2', platform: 'bell', account: 'tower', webhookSecrets: ['own'] });
    const seen: unknown[] = [];
    const { send } = open({
      handlers: {
        bell: {
          made: (event, job, integrations) => {
            seen.push([event.id, event.payload, job.data.topic, integrations, store.writes]);
          },
          polished: ({ topic }, _job, integrations) => {
            seen.push([topic, integrations]);
          },
        },
      },
    });
    const event = { id: '1', topic: 'made', account: 'tower', at: 1 };
    expect(await send(event)).toMatchObject({ outcome: 'stored', handled: true });
    expect(await send({ id: '2', topic: 'polished' })).toMatchObject({ outcome: 'handled', handled: true });
    expect(await send({ id: '3', topic: 'constructor' })).toMatchObject({ outcome: 'ignored', handled: false });
    expect(seen).toEqual([
      ['1', event, 'made', [{ id: 'int_1', organizationId: 'acme' }, { id: 'int_2' }], 2],
      ['polished', []],
    ]);
  });

  it('that fail are tried again, and run no more when they have ended', async () => {
    let calls = 0;
    const { send, failed } = open({
      handlers: {
        bell: {
          made: () => {
            calls += 1;
            if (calls === 1) throw new Error('not yet');
          },
          sold: () => {
            throw new PermanentError('never');
          },
        },
      },
    });
    expect(await send({ id: '1', topic: 'made', account: 'tower', at: 1 })).toMatchObject({ handled: true });
    expect(calls).toBe(2);
    await send({ id: '2', topic: 'sold', account: 'tower' });
    expect(await failed()).toBe('never');
  });

  it('of a platform that is not there are refused', () => {
    expect(() => open({ handlers: { gong: {} } })).toThrow(/`handlers` names "gong"/);
  });
});
