/** Events of Stripe's test environment and real ones, through the handler and the processor, into each database. */
import { type Logger, silentLogger } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync';
import { platforms as byId, hmacSha256 } from '@bizinsights/jobs-platforms';
import {
  createWebhookHandler,
  type WebhookIntegrations,
  type WebhookTopicHandler,
  webhookProcessor,
  webhookQueue,
} from '@bizinsights/jobs-webhooks';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { type OpenStore, openOnEmbedded, openOnPostgres, underTest } from './fixtures/open-store.js';

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };
const SECRET = 'whsec_of_the_endpoint';
const DEAUTHORIZED = 'account.application.deauthorized';

describe.each(Object.entries(STORES))('%s', (_name, openStore) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await openStore();
  });
  afterAll(() => opened.close());

  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of cleanUp.splice(0).reverse()) await close();
  });

  /** An integration of Stripe. */
  async function connect(id: string, secretKey: string, account?: string) {
    const { store } = opened;
    const accountId = account === undefined ? {} : { accountId: account };
    const credentials = { secretKey, ...accountId };
    await store.integrations.connect({ id, organizationId: 'acme', platform: 'stripe', credentials });
    if (account !== undefined) await store.webhooks.register(id, { account });
    cleanUp.push(() => store.integrations.remove(id));
  }

  function open(integrations: WebhookIntegrations = opened.store.webhooks) {
    const handled: { readonly topic: string; readonly mode: unknown; readonly ids: readonly string[] }[] = [];
    const handler: WebhookTopicHandler = ({ topic, mode }, _job, for_) =>
      void handled.push({ topic, mode, ids: for_.map(({ id }) => id) });
    const warnings: string[] = [];
    const platforms = Object.values(byId);
    const signed = { platforms, integrations, secrets: { stripe: SECRET }, environment: {} };
    const handlers = { stripe: { 'charge.succeeded': handler, [DEAUTHORIZED]: handler } };
    const processors = [webhookProcessor({ ...signed, sink: opened.store.records, handlers })];
    const logger = loggerInto(warnings);
    const jobs = createTestJobs({ queues: [dataSyncQueue, webhookQueue], processors, logger });
    cleanUp.push(() => jobs.close());
    const take = createWebhookHandler(jobs, signed);
    return {
      handled,
      warnings,
      jobs,
      /** Gives the status, and what became of the event. */
      async send(event: object, path = 'stripe', expected: object = { failed: 0, retried: 0 }) {
        const body = JSON.stringify(event);
        const second = Math.floor(Date.now() / 1_000);
        const signature = hmacSha256(SECRET, `${second}.`, body).toString('hex');
        const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${second},v1=${signature}` };
        const request = new Request(`http://localhost/api/webhooks/${path}`, { method: 'POST', headers, body });
        const { status } = await take(request);
        expect(await jobs.drain()).toMatchObject(expected);
        const done = await jobs.queue(webhookQueue).list({ state: 'completed', limit: 1 });
        return { status, ...done.jobs[0]?.result };
      },
      records: async (id: string) => await underTest(opened.store).records(id),
      statusOf: async (id: string) => (await opened.store.integrations.find(id))?.status,
    };
  }

  test.each([
    ['live', 'sk_live_1', 'test'],
    ['live', 'rk_live_1', 'test'],
    ['test', 'sk_test_1', 'live'],
  ])('a %s integration (%s) takes no event of %s mode', async (own, secretKey, other) => {
    await connect('shop', secretKey);
    const { send, handled, jobs, records, statusOf } = open();
    const reason = `the event is of ${other} mode, and the integration is ${own === 'live' ? 'live' : 'of test mode'}`;
    for (const event of [charge(other), dispute(other), deauthorized(other)]) {
      expect(await send(event, 'stripe/shop')).toEqual({ status: 200, outcome: 'ignored', handled: false, reason });
    }
    expect(await records('shop')).toEqual([]);
    expect(await statusOf('shop')).toBe('active');
    expect(jobs.enqueued(dataSyncQueue)).toEqual([]);
    expect(handled).toEqual([]);
    // The same ids, of its own mode: they are other events.
    expect(await send(charge(own), 'stripe/shop')).toMatchObject({ outcome: 'stored', handled: true });
    expect(await records('shop')).toMatchObject([{ id: 'ch_1', amount: { amount: 10_000 } }]);
    expect(await send(dispute(own), 'stripe/shop')).toMatchObject({ outcome: 'sync' });
    expect(await send(deauthorized(own), 'stripe/shop')).toMatchObject({ outcome: 'access-lost' });
    expect(await statusOf('shop')).toBe('access-lost');
  });

  test('a live endpoint of a Connect platform gives each of both modes to the integrations of it', async () => {
    await connect('real', 'sk_live_1', 'acct_1');
    await connect('trial', 'sk_test_1', 'acct_1');
    const { send, handled, records, statusOf } = open();
    expect(await send({ ...charge('test'), account: 'acct_1' })).toMatchObject({ integrationId: 'trial' });
    expect(await records('real')).toEqual([]);
    expect(await records('trial')).toHaveLength(1);
    expect(await send({ ...charge('live', 'ch_2'), account: 'acct_1' })).toMatchObject({ integrationId: 'real' });
    expect(await records('real')).toMatchObject([{ id: 'ch_2' }]);
    expect(await records('trial')).toMatchObject([{ id: 'ch_1' }]);
    await send({ ...deauthorized('test'), account: 'acct_1' });
    expect([await statusOf('real'), await statusOf('trial')]).toEqual(['active', 'access-lost']);
    expect(handled.map(({ mode, ids }) => [mode, ids])).toEqual([
      ['test', ['trial']],
      ['live', ['real']],
      ['test', ['trial']],
    ]);
  });

  test('two organizations that have connected one account, one of them with a test key, get those of their own mode', async () => {
    const { store } = opened;
    await store.organizations.upsert({ id: 'trials', name: 'Trials', timeZone: 'UTC', currency: 'EUR' });
    const account = 'acct_shared';
    const connectTo = async (organizationId: string, secretKey: string) => {
      const credentials = { secretKey: ` ${secretKey}\n` };
      const { id } = await store.integrations.connect({ organizationId, platform: 'stripe', account, credentials });
      cleanUp.push(() => store.integrations.remove(id));
      return id;
    };
    const real = await connectTo('acme', 'rk_live_1');
    const trial = await connectTo('trials', 'sk_test_1');
    const { send, records, statusOf } = open();
    expect(await send({ ...charge('test'), account })).toMatchObject({ outcome: 'stored', integrationId: trial });
    expect(await send({ ...charge('live', 'ch_2'), account })).toMatchObject({
      outcome: 'stored',
      integrationId: real,
    });
    expect(await records(real)).toMatchObject([{ id: 'ch_2' }]);
    expect(await records(trial)).toMatchObject([{ id: 'ch_1' }]);
    // The seconds of Stripe are whole, and it was connected in this one.
    const later = { created: Math.ceil(Date.now() / 1_000) + 1 };
    expect(await send({ ...deauthorized('test'), ...later, account })).toMatchObject({ outcome: 'access-lost' });
    expect([await statusOf(real), await statusOf(trial)]).toEqual(['active', 'access-lost']);
    // Switched off it takes nothing, and the other one nothing in its place.
    await store.integrations.disable(trial);
    expect(await send({ ...charge('test', 'ch_3'), id: 'evt_3', account })).toMatchObject({ outcome: 'ignored' });
    expect(await records(real)).toHaveLength(1);
    // With a live key of the account it is an integration of real money.
    await connectTo('trials', 'sk_live_2');
    await send({ ...charge('live', 'ch_4'), id: 'evt_4', account });
    expect((await records(trial)).map(({ id }) => id).sort()).toEqual(['ch_1', 'ch_4']);
  });

  test('an event that does not say its mode is for all', async () => {
    await connect('shop', 'sk_live_1');
    const { livemode: _, ...event } = charge('live');
    const { send, records } = open();
    expect(await send(event, 'stripe/shop')).toMatchObject({ outcome: 'stored' });
    expect(await records('shop')).toHaveLength(1);
  });

  test('an integration whose mode nobody knows takes both, and the log tells once', async () => {
    await connect('shop', 'sk_of_a_form_that_is_new');
    const { send, records, warnings } = open();
    expect(await send(charge('test'), 'stripe/shop')).toMatchObject({ outcome: 'stored' });
    expect(await send(charge('live', 'ch_2'), 'stripe/shop')).toMatchObject({ outcome: 'stored' });
    expect(await send(charge('test', 'ch_3'), 'stripe/shop')).toMatchObject({ outcome: 'stored' });
    expect(await records('shop')).toHaveLength(3);
    expect(warnings.filter((line) => line.includes('whose mode is not known'))).toHaveLength(1);
  });

  test('the `mode` of a store that knows it counts, and no credentials are read', async () => {
    await connect('shop', 'sk_test_1');
    const { webhooks } = opened.store;
    const { send, records } = open({
      find: async (address) => {
        const found = await webhooks.find(address);
        return found && { ...found, mode: 'live' };
      },
      accessLost: (...lost) => webhooks.accessLost(...lost),
      credentials: () => Promise.reject(new Error('nobody asks')),
    });
    expect(await send(charge('test'), 'stripe/shop')).toMatchObject({ outcome: 'ignored' });
    expect(await send(charge('live', 'ch_2'), 'stripe/shop')).toMatchObject({ outcome: 'stored' });
    expect(await records('shop')).toMatchObject([{ id: 'ch_2' }]);
  });

  test('where the credentials of one can’t be read, the others get theirs, and the attempt fails', async () => {
    await connect('locked', 'sk_live_1', 'acct_1');
    await connect('real', 'sk_live_2', 'acct_1');
    const { webhooks } = opened.store;
    let isLocked = true;
    const { send, handled, records, jobs } = open({
      find: (address) => webhooks.find(address),
      findAll: (address) => webhooks.findAll(address),
      accessLost: (...lost) => webhooks.accessLost(...lost),
      async credentials(id) {
        if (id === 'locked' && isLocked) throw new Error('there is no key "2025"');
        return await webhooks.credentials(id);
      },
    });
    await send({ ...charge('live'), account: 'acct_1' }, 'stripe', { failed: 0, retried: 1 });
    expect(await records('real')).toHaveLength(1);
    expect(await records('locked')).toEqual([]);
    expect(handled).toEqual([]);
    isLocked = false;
    expect(await jobs.drain({ withDelayed: true })).toMatchObject({ failed: 0, completed: 1 });
    expect(await records('locked')).toHaveLength(1);
    expect(handled.map(({ ids }) => [...ids].sort())).toEqual([['locked', 'real']]);
  });

  test('an event of nobody that we know is for the host’s handler, with its mode', async () => {
    const { send, handled } = open();
    expect(await send({ ...charge('test'), account: 'acct_9' })).toMatchObject({ outcome: 'handled', handled: true });
    expect(handled).toEqual([{ topic: 'charge.succeeded', mode: 'test', ids: [] }]);
  });

  test('thin events are answered 200 and ignored, and come once', async () => {
    await connect('shop', 'sk_live_1');
    const { send, records, jobs } = open();
    const thin = {
      id: 'evt_thin',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      livemode: true,
      created: '2026-11-24T12:00:00.330Z',
      context: 'acct_1',
      related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
      reason: null,
    };
    for (const path of ['stripe', 'stripe/shop', 'stripe/shop']) {
      expect(await send(thin, path)).toMatchObject({ status: 200, outcome: 'ignored' });
    }
    expect(await send({ id: 'evt_x', type: 'charge.captured' }, 'stripe/shop')).toMatchObject({
      status: 200,
      outcome: 'ignored',
    });
    expect(await records('shop')).toEqual([]);
    expect((await jobs.queue(webhookQueue).list({ state: 'completed' })).jobs).toHaveLength(3);
  });

  test('secrets are kept without the white space around them', async () => {
    await connect('shop', ' sk_live_1\n');
    await opened.store.webhooks.register('shop', { secrets: [` ${SECRET}\n`, '  '] });
    const address = { platform: 'stripe', integrationId: 'shop' };
    expect(await opened.store.webhooks.find(address)).toMatchObject({ webhookSecrets: [SECRET] });
    const { send } = open();
    expect(await send(charge('live'), 'stripe/shop')).toMatchObject({ status: 200, outcome: 'stored' });
    expect(await send(charge('test', 'ch_2'), 'stripe/shop')).toMatchObject({ status: 200, outcome: 'ignored' });
    await opened.store.webhooks.register('shop', { secrets: [' \n'] });
    expect(await opened.store.webhooks.find(address)).toMatchObject({ webhookSecrets: [] });
  });
});

const eventOf = (id: string, type: string, mode: string, object: object) => ({
  id,
  object: 'event',
  type,
  created: Math.floor(Date.now() / 1_000),
  livemode: mode === 'live',
  data: { object },
});

function charge(mode: string, id = 'ch_1') {
  return eventOf(`evt_${id}`, 'charge.succeeded', mode, {
    id,
    object: 'charge',
    amount: 10_000,
    amount_captured: 10_000,
    amount_refunded: 0,
    captured: true,
    created: Math.floor(Date.now() / 1_000),
    currency: 'eur',
    customer: null,
    disputed: false,
    livemode: mode === 'live',
    status: 'succeeded',
  });
}

const dispute = (mode: string) =>
  eventOf('evt_dispute', 'charge.dispute.created', mode, { id: 'du_1', charge: 'ch_1' });

/** Behind the moment in which the integration was connected. */
const deauthorized = (mode: string) => ({
  ...eventOf('evt_gone', DEAUTHORIZED, mode, { id: 'ca_1', object: 'application' }),
  created: Math.floor(Date.now() / 1_000) + 60,
});

/** Keeps the warnings. */
function loggerInto(warnings: string[]): Logger {
  const warn = (...words: readonly unknown[]) => void warnings.push(words.map(String).join(' '));
  const logger: Logger = { ...silentLogger, warn, child: () => logger };
  return logger;
}
