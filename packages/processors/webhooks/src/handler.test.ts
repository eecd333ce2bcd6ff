// The door: which requests come in, and what each is answered.
import { createJobs, defined, type Logger, silentLogger } from '@bizinsights/jobs-core';
import { PlatformResponseError } from '@bizinsights/jobs-platforms';
import type {} from '@bizinsights/test-servers';
import { afterAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { answerOf, type BellEvent, bell, bellRequest, openDoor, openJobs, SECRET } from './fixtures/door.js';
import { MemoryStore } from './fixtures/memory-store.js';
import { createWebhookHandler } from './handler.js';
import { webhookQueue } from './queue.js';

const lines: string[] = [];
const keep = (first: unknown, second?: unknown) => lines.push(String(typeof first === 'string' ? first : second));
const logger: Logger = { ...silentLogger, error: keep, warn: keep, child: () => logger };

const jobs = openJobs(inject('redisUrl'), logger);
afterAll(() => jobs.close());
beforeEach(() => {
  lines.length = 0;
});

const door = openDoor(jobs);
const queue = jobs.queue(webhookQueue);
let count = 0;
const event = (more: Partial<BellEvent> = {}): BellEvent => ({ id: `e${count++}`, topic: 'made', ...more });
const waiting = async () => (await queue.counts()).waiting;
const raw = (init: RequestInit, path = '/bell') => new Request(`http://localhost/api/webhooks${path}`, init);

/** A verified request with something about it changed. */
async function changed(headers: Record<string, string | null>, body?: string | Uint8Array): Promise<Request> {
  const request = bellRequest(event());
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) request.headers.delete(name);
    else request.headers.set(name, value);
  }
  return raw({ method: 'POST', headers: request.headers, body: body ?? (await request.text()) });
}

describe('a verified webhook', () => {
  it('is in the queue when it is answered, byte by byte, with what is needed to verify it again', async () => {
    const sent = event({ account: 'tower', at: 5 });
    const { status, headers } = await door(bellRequest(sent, { path: '/bell/int_1' }));
    expect(status).toBe(200);
    const {
      jobs: [job],
    } = await queue.list({ state: 'waiting', limit: 1 });
    expect(job?.data).toEqual({
      platform: 'bell',
      integrationId: 'int_1',
      deliveryId: headers.get('x-delivery-id'),
      eventId: sent.id,
      topic: 'made',
      account: 'tower',
      receivedAt: expect.any(Number),
      headers: { 'bell-signature': expect.any(String) },
      body: JSON.stringify(sent),
      encoding: 'utf8',
    });
  });

  it('is one job however often it comes, and another one for another integration or account', async () => {
    const before = await waiting();
    const sent = event();
    for (let index = 0; index < 3; index++) expect((await door(bellRequest(sent))).status).toBe(200);
    expect(await waiting()).toBe(before + 1);
    await door(bellRequest(sent, { path: '/bell/int_1' }));
    await door(bellRequest(sent, { path: '/bell/int_2' }));
    await door(bellRequest({ ...sent, account: 'tower' }));
    expect(await waiting()).toBe(before + 4);
  });

  it('may come with a slash at the end, encoded, and under the place that an adapter tells', async () => {
    expect((await door(bellRequest(event(), { path: '/bell/' }))).status).toBe(200);
    expect((await door(bellRequest(event(), { path: '/bell/a%20b%2Fc' }))).status).toBe(200);
    const { jobs: found } = await queue.list({ state: 'waiting', limit: 1 });
    expect(found[0]?.data.integrationId).toBe('a b/c');
    expect((await door(bellRequest(event()), { basePath: '/api' })).status).toBe(404);
    expect((await door(bellRequest(event()), { basePath: '/api/webhooks/' })).status).toBe(200);
    const other = openDoor(jobs, { basePath: '/hooks' });
    expect((await other(bellRequest(event()))).status).toBe(404);
  });
});

describe('what is refused, and leaves nothing in the queue', () => {
  it.each<[string, number, string, () => Promise<Request> | Request]>([
    ['a changed body', 401, 'UNAUTHORIZED', () => changed({}, '{"id":"x","topic":"made"}')],
    ['a wrong secret', 401, 'UNAUTHORIZED', () => bellRequest(event(), { secret: 'another' })],
    ['a missing header', 401, 'UNAUTHORIZED', () => changed({ 'bell-signature': null })],
    ['another encoding', 401, 'UNAUTHORIZED', () => changed({}, Buffer.from('{"id":"é","topic":"made"}', 'utf16le'))],
    ['another charset', 415, 'BODY_NOT_JSON', () => changed({ 'content-type': 'application/json; charset=utf-16' })],
    ['a compressed body', 415, 'BODY_NOT_JSON', () => changed({ 'content-encoding': 'gzip' })],
    ['a wrong content type', 415, 'BODY_NOT_JSON', () => changed({ 'content-type': 'text/plain' })],
    ['no content type', 415, 'BODY_NOT_JSON', () => changed({ 'content-type': null }, new Uint8Array(2))],
    ['an event without an id', 400, 'REQUEST_INVALID', () => bellRequest(event({ id: '' }))],
    ['an unknown platform', 404, 'NOT_FOUND', () => bellRequest(event(), { path: '/gong' })],
    ['a longer path', 404, 'NOT_FOUND', () => bellRequest(event(), { path: '/bell/1/2' })],
    ['a path that cannot be decoded', 404, 'NOT_FOUND', () => bellRequest(event(), { path: '/bell/%ff' })],
    ['no integration behind the slash', 404, 'NOT_FOUND', () => bellRequest(event(), { path: '/bell//' })],
    ['an integration with a control character', 404, 'NOT_FOUND', () => bellRequest(event(), { path: '/bell/a%00' })],
    [
      'an integration that is too long',
      404,
      'NOT_FOUND',
      () => bellRequest(event(), { path: `/bell/${'a'.repeat(256)}` }),
    ],
    ['a name of every object', 404, 'NOT_FOUND', () => bellRequest(event(), { path: '/constructor' })],
    ['GET', 405, 'METHOD_NOT_ALLOWED', () => raw({ method: 'GET' })],
    ['deliveries without authorize', 404, 'NOT_FOUND', () => raw({ method: 'GET' }, '/deliveries')],
  ])('%s', async (_name, status, code, request) => {
    const before = await waiting();
    const answer = await answerOf(door(await request()));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ success: false, error: { code, message: expect.any(String) } });
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    expect(await waiting()).toBe(before);
  });

  it('a body that is larger than allowed, whether its length is told or not, without reading it to the end', async () => {
    const small = openDoor(jobs, { maxBytes: 1_000 });
    expect((await answerOf(small(await changed({}, 'a'.repeat(1_001))))).body.error).toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(600));
      },
    });
    const headers = { 'content-type': 'application/json', 'bell-signature': 'abc' };
    const request = raw({ method: 'POST', headers, body: endless, duplex: 'half' });
    expect((await small(request)).status).toBe(413);
    expect(pulled).toBeLessThan(5);
    expect((await small(await changed({}, 'a'.repeat(1_000)))).status).toBe(401);
  });

  it.each([{}, { 'content-length': '100' }])(
    'an upload that is cut off, with no line in the log (%j)',
    async (length) => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Buffer.from('{"id":')),
        pull: (controller) => controller.error(new Error('aborted')),
      });
      const headers = { 'content-type': 'application/json', ...length };
      const { status, body: answer } = await answerOf(door(raw({ method: 'POST', headers, body, duplex: 'half' })));
      expect(status).toBe(400);
      expect(answer.error).toEqual({ code: 'REQUEST_INVALID', message: 'The body ended before it was whole' });
      expect(lines).toEqual([]);
    },
  );

  it('a body that the host has read, with a log line that says so', async () => {
    const request = bellRequest(event());
    await request.text();
    expect((await door(request)).status).toBe(500);
    expect(lines).toEqual([expect.stringContaining('hand the request on unread')]);
  });

  it('an integration that cannot be one, before any is looked for', async () => {
    const find = () => Promise.reject(new Error('never asked'));
    const asking = openDoor(jobs, { integrations: { find, accessLost: async () => false } });
    expect((await asking(bellRequest(event(), { path: '/bell/a%00' }))).status).toBe(404);
    expect(lines).toEqual([]);
  });

  it('a body that the platform does not send, although it is signed', async () => {
    const read = () => {
      throw new PlatformResponseError("Bell's webhook: a body that does not fit");
    };
    const picky = openDoor(jobs, { platforms: [{ id: 'bell', webhook: { ...bell, read } }] });
    const { status, body } = await answerOf(picky(bellRequest(event())));
    expect(status).toBe(400);
    expect(body.error).toEqual({ code: 'REQUEST_INVALID', message: "Bell's webhook: a body that does not fit" });
  });

  it('everything, with 500 and a log line, where the scheme itself fails', async () => {
    const { status, body } = await answerOf(door(await changed({}, 'no JSON')));
    expect(status).toBe(401);
    const broken = openDoor(jobs, { platforms: [{ id: 'bell', webhook: { ...bell, read: () => JSON.parse('{') } }] });
    const answer = await answerOf(broken(bellRequest(event())));
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } });
    expect(lines).toEqual([expect.stringContaining('a webhook could not be taken')]);
    expect(body.success).toBe(false);
  });
});

describe('a ping', () => {
  it('gets 200, leaves no job, and needs no signature where the platform says so', async () => {
    const before = await waiting();
    const webhook = {
      ...bell,
      isPing: ({ body }: { body: Uint8Array }) => body.byteLength === 4,
      read: () => undefined,
    };
    const pinged = openDoor(jobs, { platforms: [{ id: 'bell', webhook }], secrets: {} });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await pinged(raw({ method: 'POST', headers: form, body: 'ping' }))).status).toBe(200);
    const signed = openDoor(jobs, { platforms: [{ id: 'bell', webhook }] });
    expect((await signed(bellRequest(event()))).status).toBe(200);
    expect(await waiting()).toBe(before);
  });
});

describe('content of another type', () => {
  it('is taken from a platform that names it', async () => {
    const xml = openDoor(jobs, { platforms: [{ id: 'bell', webhook: bell, contentTypes: ['application/xml'] }] });
    expect((await xml(await changed({ 'content-type': 'application/xml; charset=utf-8' }))).status).toBe(200);
    expect((await answerOf(xml(bellRequest(event())))).body.error).toMatchObject({
      message: 'The body must be application/xml',
    });
  });
});

describe('secrets', () => {
  const store = new MemoryStore();
  store.integrations.push(
    { id: 'int_1', platform: 'bell', webhookSecrets: ['own', 'old'] },
    { id: 'int_2', platform: 'bell' },
  );
  const statusOf = async (handler: ReturnType<typeof openDoor>, secret: string, path?: string) =>
    (await handler(bellRequest(event(), { secret, ...defined({ path }) }))).status;

  it('may be several while one is replaced', async () => {
    const rotating = openDoor(jobs, { secrets: { bell: ['new', 'old', ''] } });
    expect([await statusOf(rotating, 'new'), await statusOf(rotating, 'old')]).toEqual([200, 200]);
    expect(await statusOf(rotating, '')).toBe(401);
  });

  it('count without the white space around them, wherever they come from', async () => {
    const spaced = new MemoryStore();
    spaced.integrations.push(
      { id: 'int_1', platform: 'bell', webhookSecrets: [' own\n'] },
      { id: 'int_2', platform: 'bell', webhookSecrets: [' '] },
    );
    const own = openDoor(jobs, { secrets: { bell: [' given\r\n', '\t'] }, integrations: spaced });
    expect(await statusOf(own, 'own', '/bell/int_1')).toBe(200);
    expect(await statusOf(own, 'given', '/bell/int_1')).toBe(200);
    expect(await statusOf(own, 'given')).toBe(200);
    expect(await statusOf(own, ' ', '/bell/int_2')).toBe(401);
    const none = openDoor(jobs, { secrets: { bell: ' \n' }, integrations: spaced });
    expect(await statusOf(none, ' ')).toBe(503);
    expect(await statusOf(none, ' ', '/bell/int_2')).toBe(503);
    // White space sets nothing, so the environment's counts.
    const variables = {
      environment: { STRIPE_WEBHOOK_SECRET: ' shared\n' },
      platforms: [{ id: 'stripe', webhook: bell }],
    };
    const shared = openDoor(jobs, { ...variables, secrets: { stripe: ' ' } });
    expect(await statusOf(shared, 'shared', '/stripe')).toBe(200);
  });

  it('are the integration’s own where it has some, beside those that are given', async () => {
    const own = openDoor(jobs, { secrets: {}, integrations: store });
    expect(await statusOf(own, 'own', '/bell/int_1')).toBe(200);
    expect(await statusOf(own, 'old', '/bell/int_1')).toBe(200);
    expect(await statusOf(own, SECRET, '/bell/int_1')).toBe(401);
    expect(await statusOf(own, 'own', '/bell/int_2')).toBe(503);
    expect(await statusOf(own, 'own', '/bell/int_3')).toBe(401);
    const given = openDoor(jobs, { integrations: store });
    expect(await statusOf(given, 'own', '/bell/int_1')).toBe(200);
    expect(await statusOf(given, SECRET, '/bell/int_1')).toBe(200);
    expect(await statusOf(given, 'own', '/bell/int_2')).toBe(401);
    expect(await statusOf(given, SECRET, '/bell/int_3')).toBe(401);
  });

  it.each(['own', 'none of them', SECRET])(
    'tell nobody by %j whether an integration is there: the answers are alike, and operators see the difference',
    async (secret) => {
      const door = openDoor(jobs, { integrations: store, authorize: () => ({ actor: 'ann', role: 'viewer' }) });
      const answers = [];
      for (const path of ['/bell/int_1', '/bell/int_2', '/bell/int_3', '/bell/another']) {
        const request = bellRequest(event(), { secret, path });
        const isKnown = secret !== 'none of them' && path !== '/bell/int_3' && path !== '/bell/another';
        // Signed rightly it is let in where it is known, and there alone.
        if (isKnown && (secret === SECRET || path === '/bell/int_1')) continue;
        const { status, headers, body } = await answerOf(door(request));
        answers.push(JSON.stringify([status, [...headers], body]));
      }
      expect(answers.length).toBeGreaterThan(1);
      expect(new Set(answers).size).toBe(1);
      expect(JSON.parse(answers[0] ?? '')).toMatchObject([401, expect.anything(), { error: { code: 'UNAUTHORIZED' } }]);
      await vi.waitFor(async () => {
        const list = new Request('http://localhost/api/webhooks/deliveries?limit=1', {
          headers: { host: 'localhost' },
        });
        const { deliveries } = (await answerOf(door(list))).body.data;
        expect(deliveries).toMatchObject([
          { integrationId: 'another', reason: expect.stringContaining('no such integration') },
        ]);
      });
    },
  );

  it('are looked at alike where the signature is missing, and where a scheme takes any', async () => {
    const open = { ...bell, verify: () => ({ verified: true }) as const };
    const trusting = openDoor(jobs, { integrations: store, platforms: [{ id: 'bell', webhook: open }] });
    expect(await statusOf(trusting, SECRET, '/bell/int_3')).toBe(401);
    const door = openDoor(jobs, { integrations: store });
    const unsigned = async (path: string) => {
      const { url, headers, body } = bellRequest(event(), { path });
      headers.delete('bell-signature');
      const sent = new Request(url, { method: 'POST', headers, body: await new Response(body).arrayBuffer() });
      const answer = await answerOf(door(sent));
      return JSON.stringify([answer.status, [...answer.headers], answer.body]);
    };
    expect(await unsigned('/bell/int_3')).toBe(await unsigned('/bell/int_1'));
  });

  it('of the environment do not count where the integration has its own', async () => {
    const stripe = new MemoryStore();
    stripe.integrations.push({ id: 'int_1', platform: 'stripe', webhookSecrets: ['own'] });
    const shared = openDoor(jobs, {
      platforms: [{ id: 'stripe', webhook: bell }],
      secrets: {},
      integrations: stripe,
      environment: { STRIPE_WEBHOOK_SECRET: 'shared' },
    });
    expect(await statusOf(shared, 'shared', '/stripe/int_1')).toBe(401);
    expect(await statusOf(shared, 'own', '/stripe/int_1')).toBe(200);
    expect(await statusOf(shared, 'shared', '/stripe')).toBe(200);
  });

  it('that can’t be asked for give 500, so that the platform sends again', async () => {
    const find = () => Promise.reject(new Error('The database is away'));
    let now = 0;
    const integrations = { find, accessLost: async () => false };
    const away = openDoor(jobs, { secrets: {}, integrations, now: () => now });
    for (const id of ['int_1', 'int_1', 'int_2']) expect(await statusOf(away, 'own', `/bell/${id}`)).toBe(500);
    expect(lines).toEqual(['a webhook could not be taken: The database is away']);
    now = 60_000;
    await statusOf(away, 'own', '/bell/int_1');
    expect(lines).toHaveLength(2);
  });

  it.each([
    ['shopify', 'SHOPIFY_WEBHOOK_SECRET'],
    ['stripe', 'STRIPE_WEBHOOK_SECRET'],
    ['facebook-ads', 'FACEBOOK_APP_SECRET'],
    ['woocommerce', 'WOOCOMMERCE_WEBHOOK_SECRET'],
    ['resend', 'RESEND_WEBHOOK_SECRET'],
  ])('of %s come from %s, and without any nothing is accepted', async (id, variable) => {
    const platforms = [{ id, webhook: bell }];
    const set = openDoor(jobs, { platforms, secrets: {}, environment: { [variable]: ' new, old ' } });
    expect([await statusOf(set, 'new', `/${id}`), await statusOf(set, 'old', `/${id}`)]).toEqual([200, 200]);
    let now = 0;
    const unset = openDoor(jobs, { platforms, secrets: {}, environment: { [variable]: ' ' }, now: () => now });
    for (const secret of ['', ' ', 'new']) expect(await statusOf(unset, secret, `/${id}`)).toBe(503);
    expect(lines).toEqual([expect.stringContaining(`set ${variable}, or give \`secrets`)]);
    now = 60_000;
    const { headers, body } = await answerOf(unset(bellRequest(event(), { path: `/${id}` })));
    expect(headers.get('retry-after')).toBe('5');
    expect(JSON.stringify(body)).not.toContain(variable);
    expect(lines).toHaveLength(2);
  });
});

describe('the handshake of Facebook', () => {
  const open = (environment: Record<string, string>) =>
    openDoor(jobs, {
      platforms: [
        { id: 'facebook-ads', webhook: bell },
        { id: 'bell', webhook: bell },
      ],
      environment,
    });
  const shake = (query: string, environment: Record<string, string> = { FACEBOOK_VERIFY_TOKEN: 'let me in' }) =>
    open(environment)(raw({ method: 'GET' }, `/facebook-ads${query}`));

  it('echoes the challenge, as plain text, to who knows the token', async () => {
    const answer = await shake('?hub.mode=subscribe&hub.verify_token=let%20me%20in&hub.challenge=1158201444');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('1158201444');
    expect((await shake('/int_1?hub.mode=subscribe&hub.verify_token=let%20me%20in&hub.challenge=1')).status).toBe(200);
  });

  it.each([
    ['a wrong token', 403, '?hub.mode=subscribe&hub.verify_token=please&hub.challenge=1'],
    ['no token', 403, '?hub.mode=subscribe&hub.challenge=1'],
    ['no challenge', 400, '?hub.mode=subscribe&hub.verify_token=let%20me%20in'],
    [
      'a challenge that is a page',
      400,
      '?hub.mode=subscribe&hub.verify_token=let%20me%20in&hub.challenge=%3Cscript%3E',
    ],
    ['another mode', 400, '?hub.mode=unsubscribe&hub.verify_token=let%20me%20in&hub.challenge=1'],
    ['no query', 400, ''],
  ])('refuses %s', async (_name, status, query) => {
    expect((await shake(query)).status).toBe(status);
  });

  it('is refused while no token is set', async () => {
    expect((await shake('?hub.mode=subscribe&hub.verify_token=&hub.challenge=1', {})).status).toBe(503);
  });
});

describe('createWebhookHandler refuses', () => {
  it.each([
    ['a base path that is none', { basePath: 'api' }, /basePath/],
    ['a limit that is none', { maxBytes: 0 }, /maxBytes/],
    ['a platform that an operator’s path hides', { platforms: [{ id: 'deliveries', webhook: bell }] }, /cannot stand/],
    ['an id that cannot stand in an address', { platforms: [{ id: 'a/b', webhook: bell }] }, /cannot stand/],
    ['two platforms of one id', { platforms: [1, 2].map(() => ({ id: 'bell', webhook: bell })) }, /two platforms/],
  ])('%s', (_name, options, message) => {
    expect(() => openDoor(jobs, options)).toThrow(message);
  });

  it('jobs without the queue', async () => {
    const others = createJobs({ connection: 'redis://127.0.0.1:1', queues: [], logger: silentLogger });
    expect(() => createWebhookHandler(others, { platforms: [] })).toThrow(/"webhook-processing" is not registered/);
    await others.close();
  });
});
