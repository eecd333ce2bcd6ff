// What operators see and do.
import type { Principal } from '@bizinsights/jobs-core/monitoring';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import type { WebhookRequest } from '@bizinsights/jobs-platforms';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { answerOf, type BellEvent, bell, bellRequest, openDoor, SECRET } from '../fixtures/door.js';
import { MemoryStore } from '../fixtures/memory-store.js';
import { webhookProcessor } from '../processor.js';
import { webhookQueue } from '../queue.js';

let store: MemoryStore;
let jobs: ReturnType<typeof openJobs>;
let door: ReturnType<typeof openDoor>;
let principal: Principal | null;

function openJobs() {
  const processor = webhookProcessor({
    platforms: [{ id: 'bell', webhook: bell }],
    integrations: store,
    sink: store,
    secrets: { bell: SECRET },
    handlers: { bell: { repaired: () => undefined } },
    environment: {},
  });
  return createTestJobs({ queues: [webhookQueue, dataSyncQueue], processors: [processor] });
}

beforeEach(() => {
  store = new MemoryStore();
  store.integrations.push({ id: 'int_1', platform: 'bell', account: 'tower' });
  jobs = openJobs();
  principal = { actor: 'ann', role: 'operator' };
  door = openDoor(jobs, {
    authorize: () => principal,
    now: () => jobs.clock.now(),
    allowedOrigins: ['https://admin.example.com'],
  });
});

const ask = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
  answerOf(
    door(
      new Request(`http://localhost/api/webhooks/deliveries${path}`, {
        method,
        headers: { host: 'localhost', ...headers },
      }),
    ),
  );

/** Delivers, a second later than the last, and answers the delivery's id. */
async function deliver(event: BellEvent, options?: Parameters<typeof bellRequest>[1]): Promise<string> {
  jobs.clock.advance(1_000);
  const request = bellRequest(event, options);
  request.headers.set('authorization', 'Bearer hidden');
  request.headers.set('user-agent', 'Bell/1.0');
  return (await door(request)).headers.get('x-delivery-id') ?? '';
}

async function list(query = ''): Promise<{ deliveries: Record<string, unknown>[]; cursor?: string }> {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return JSON.parse(JSON.stringify(body.data));
}

const made = { id: '1', topic: 'made', account: 'tower', at: 1 };

it('shows every delivery with its verdict, answer, job and outcome, without secrets and signatures', async () => {
  const first = await deliver(made);
  const again = await deliver(made);
  await deliver({ id: '2', topic: 'made' }, { secret: 'wrong', path: '/bell/int_1' });
  await deliver({ id: '3', topic: 'polished' });
  await deliver({ id: '4', topic: 'repaired' });
  await jobs.drain();
  const { deliveries, cursor } = await list();
  expect(cursor).toBeUndefined();
  expect(deliveries).toMatchObject([
    { platform: 'bell', topic: 'repaired', verdict: 'verified', outcome: { result: { outcome: 'handled' } } },
    { platform: 'bell', topic: 'polished', verdict: 'verified', outcome: { result: { outcome: 'ignored' } } },
    {
      platform: 'bell',
      integrationId: 'int_1',
      verdict: 'refused',
      reason: 'the signature is of none of the secrets',
      status: 401,
    },
    { id: again, verdict: 'verified', status: 200, duplicateOf: first, outcome: { state: 'completed' } },
    {
      id: first,
      receivedAt: expect.any(Number),
      topic: 'made',
      eventId: '1',
      account: 'tower',
      jobId: expect.stringMatching(/^event-/),
      headers: { 'content-type': 'application/json', 'user-agent': 'Bell/1.0' },
      outcome: { state: 'completed', attempts: 1, result: { outcome: 'stored' }, finishedAt: expect.any(Number) },
    },
  ]);
  expect(deliveries[4]).not.toHaveProperty('duplicateOf');
  expect(JSON.stringify(deliveries)).not.toMatch(/hidden|bell-signature/);
  expect((await ask(`/${first}`)).body.data).toEqual(deliveries[4]);
});

it('shows why an event could not be processed', async () => {
  await deliver({ id: '1', topic: 'broken', account: 'tower' });
  await jobs.drain();
  expect((await list()).deliveries).toMatchObject([
    { outcome: { state: 'failed', failedReason: 'a bell that cannot be read' } },
  ]);
});

it('pages and filters, newest first, while new ones come', async () => {
  for (let index = 0; index < 9; index++) {
    await deliver(
      { id: `e${index}`, topic: index % 2 === 0 ? 'made' : 'polished' },
      index % 3 === 2 ? { secret: 'no' } : {},
    );
  }
  const topics = (page: { deliveries: Record<string, unknown>[] }) =>
    page.deliveries.map(({ eventId, verdict }) => eventId ?? verdict);
  const first = await list('?limit=4');
  expect(topics(first)).toEqual(['refused', 'e7', 'e6', 'refused']);
  await deliver({ id: 'new', topic: 'made' });
  await deliver({ id: 'worse', topic: 'made' }, { secret: 'no' });
  const second = await list(`?limit=4&cursor=${first.cursor}`);
  expect(topics(second)).toEqual(['e4', 'e3', 'refused', 'e1']);
  const third = await list(`?limit=4&cursor=${second.cursor}`);
  expect(topics(third)).toEqual(['e0']);
  expect(third.cursor).toBeUndefined();
  expect(topics(await list('?topic=polished'))).toEqual(['e7', 'e3', 'e1']);
  expect(topics(await list('?verdict=refused'))).toHaveLength(4);
  expect((await list('?platform=gong')).deliveries).toEqual([]);
});

it('reads the jobs of a page together', async () => {
  for (let index = 0; index < 30; index++) await deliver({ id: `e${index}`, topic: 'made' });
  const queue = jobs.queue(webhookQueue);
  const [one, many] = [vi.spyOn(queue, 'get'), vi.spyOn(queue, 'getMany')];
  const { deliveries } = await list();
  expect(deliveries.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 30 }, () => expect.any(Object)));
  expect([one.mock.calls.length, many.mock.calls.length]).toEqual([0, 2]);
});

it('shows nothing that has come since the page before', async () => {
  await deliver({ id: 'old', topic: 'made' });
  await deliver({ id: 'new', topic: 'made' });
  const first = await list('?limit=1');
  await deliver({ id: 'worse', topic: 'made' }, { secret: 'no' });
  const second = await list(`?limit=2&cursor=${first.cursor}`);
  expect([...first.deliveries, ...second.deliveries].map(({ eventId }) => eventId)).toEqual(['new', 'old']);
});

it('keeps as many as it is told, and lets neither pings nor refused ones push out the verified', async () => {
  const webhook = { ...bell, isPing: ({ headers }: WebhookRequest) => headers.has('x-ping') };
  door = openDoor(jobs, {
    platforms: [{ id: 'bell', webhook }],
    authorize: () => principal,
    now: () => jobs.clock.now(),
    deliveries: { verified: 2, others: 2 },
  });
  for (const id of ['a', 'b', 'c']) await deliver({ id, topic: 'made' });
  for (let index = 0; index < 3; index++) {
    await deliver({ id: 'x', topic: 'made' }, { secret: 'no' });
    const ping = bellRequest({ id: 'x', topic: 'made' }, { secret: 'no' });
    ping.headers.set('x-ping', '1');
    expect((await door(ping)).status).toBe(200);
  }
  const { deliveries } = await list();
  expect(deliveries.map(({ eventId, verdict }) => eventId ?? verdict).sort()).toEqual(['b', 'c', 'ping', 'refused']);
  // Their jobs too, without which there is nothing to replay.
  await jobs.drain();
  const done = await jobs.queue(webhookQueue).list({ state: 'completed' });
  expect(done.jobs.map(({ data }) => data.eventId).sort()).toEqual(['b', 'c']);
  // The jobs that are kept are counted when one is done: a replay counts them as the others do.
  const [newest] = deliveries.filter(({ eventId }) => eventId === 'c');
  expect((await ask(`/${String(newest?.id)}?action=replay`, 'POST')).status).toBe(200);
  await jobs.drain();
  expect((await jobs.queue(webhookQueue).list({ state: 'completed' })).jobs).toHaveLength(2);
});

it('lets no event that is sent again and again push out the others', async () => {
  door = openDoor(jobs, {
    authorize: () => principal,
    now: () => jobs.clock.now(),
    deliveries: { verified: 3, others: 2 },
  });
  for (const id of ['a', 'b']) await deliver({ id, topic: 'made' });
  for (let index = 0; index < 10; index++) await deliver({ id: 'a', topic: 'made' });
  const { deliveries } = await list();
  expect(deliveries.map(({ eventId }) => eventId)).toEqual(['a', 'a', 'b', 'a']);
  const first = deliveries.at(-1);
  expect(deliveries.map(({ duplicateOf }) => duplicateOf)).toEqual([first?.id, first?.id, undefined, undefined]);
});

it('leaves out a delivery that cannot be read', async () => {
  const first = await deliver(made);
  const journal = jobs.journal('webhooks', { schema: z.unknown(), keep: 100 });
  await journal.append({ id: 7 });
  await journal.append(null);
  expect((await list()).deliveries).toMatchObject([{ id: first }]);
});

describe('a replay', () => {
  it('processes the event once more in a job of its own, and is written down with who has asked for it', async () => {
    const id = await deliver(made);
    await jobs.drain();
    const { status, body } = await ask(`/${id}?action=replay`, 'POST');
    expect(status).toBe(200);
    await jobs.drain();
    expect(store.writes).toBe(2);
    const { deliveries } = await list();
    expect(deliveries).toMatchObject([
      {
        id: body.data.deliveryId,
        jobId: body.data.jobId,
        replayOf: id,
        actor: 'ann',
        verdict: 'verified',
        outcome: { state: 'completed', result: { outcome: 'stored', records: { unchanged: 1 } } },
      },
      { id },
    ]);
    const again = await ask(`/${String(body.data.deliveryId)}?action=replay`, 'POST');
    expect(again.status).toBe(200);
    await jobs.drain();
    expect(store.writes).toBe(3);
  });

  it('of an event that has failed brings it to its end when the trouble is over', async () => {
    store.failing = 100;
    const id = await deliver(made);
    await jobs.drain({ withDelayed: true });
    expect((await ask(`/${id}`)).body.data).toMatchObject({ outcome: { state: 'failed', attempts: 8 } });
    store.failing = 0;
    await ask(`/${id}?action=replay`, 'POST');
    await jobs.drain();
    expect(store.writes).toBe(1);
  });

  it('is refused where there is nothing to replay', async () => {
    await deliver(made, { secret: 'wrong' });
    const [refused] = (await list()).deliveries;
    expect(await ask(`/${String(refused?.id)}?action=replay`, 'POST')).toMatchObject({
      status: 409,
      body: { error: { code: 'CONFLICT', message: expect.stringMatching(/was not accepted/) } },
    });
    const id = await deliver(made);
    await jobs.drain();
    await jobs.queue(webhookQueue).clean();
    expect(await ask(`/${id}?action=replay`, 'POST')).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringMatching(/its job is not kept any more/) } },
    });
    expect((await ask('/none?action=replay', 'POST')).status).toBe(404);
    expect((await ask(`/${id}?action=delete`, 'POST')).status).toBe(400);
    expect((await ask(`/${id}`, 'POST')).status).toBe(400);
  });
});

describe('who may', () => {
  it.each<[string, Principal | null, string, string, number]>([
    ['nobody reads', null, '', 'GET', 401],
    ['nobody replays', null, '/x?action=replay', 'POST', 401],
    ['a viewer reads', { actor: 'v', role: 'viewer' }, '', 'GET', 200],
    ['a viewer does not replay', { actor: 'v', role: 'viewer' }, '/x?action=replay', 'POST', 403],
    ['who sees some tenants sees nothing', { actor: 't', role: 'admin', tenants: ['acme'] }, '', 'GET', 403],
    [
      'who sees some tenants replays nothing',
      { actor: 't', role: 'admin', tenants: [] },
      '/x?action=replay',
      'POST',
      403,
    ],
    ['an admin replays', { actor: 'a', role: 'admin' }, '/x?action=replay', 'POST', 404],
  ])('%s', async (_name, who, path, method, status) => {
    principal = who;
    expect((await ask(path, method)).status).toBe(status);
  });

  it.each<[string, unknown]>([
    ['tenants that are null', { actor: 'ann', role: 'operator', tenants: null }],
    ['a number as actor', { actor: 7, role: 'operator' }],
    ['no role', { actor: 'ann' }],
    ['true', true],
  ])('an answer that is no principal is a fault of the host, with nothing done: %s', async (_what, answer) => {
    const id = await deliver(made);
    await jobs.drain();
    principal = answer as Principal;
    expect((await ask(`/${id}?action=replay`, 'POST')).status).toBe(500);
    expect((await ask('')).status).toBe(500);
    principal = { actor: 'ann', role: 'operator' };
    expect((await list()).deliveries).toHaveLength(1);
    expect((await jobs.queue(webhookQueue).list({ state: 'waiting' })).jobs).toEqual([]);
  });

  it('no other origin', async () => {
    const send = (headers: Record<string, string>) => ask('/x?action=replay', 'POST', headers);
    expect((await send({ origin: 'https://evil.example' })).body.error).toMatchObject({ code: 'CROSS_ORIGIN' });
    expect((await send({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send({ origin: 'https://admin.example.com' })).status).toBe(404);
    expect((await send({ origin: 'http://localhost' })).status).toBe(404);
  });
});

it.each([
  ['a limit that is none', '?limit=0', 'GET', 400],
  ['a verdict that is none', '?verdict=good', 'GET', 400],
  ['a cursor that is none', '?cursor=abc', 'GET', 400],
  ['a delivery that is not there', '/none', 'GET', 404],
  ['another method', '', 'DELETE', 405],
  ['a change of all', '?action=replay', 'POST', 405],
])('refuses %s', async (_name, path, method, status) => {
  expect((await ask(path, method)).status).toBe(status);
});
