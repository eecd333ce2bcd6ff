import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { KEYS, type OpenStore, openOnPostgres } from '../fixtures/open-store.js';
import { createStore, type Store } from '../store.js';
import type { NewConnection } from './integrations.js';

let opened: OpenStore;
let store: Store;
let now = 1_000_000;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
  store = createStore({ pool: opened.pool, keys: KEYS, now: () => now });
});
afterAll(() => opened.close());

let id = '';
let count = 0;
let account = '';
beforeEach(async () => {
  now += 1_000;
  account = `shop-${count++}.myshopify.com`;
  const credentials = { accessToken: 'shpat_secret' };
  ({ id } = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials }));
});

test('an integration is found by its account, or by its id and, where an event names one, its account', async () => {
  expect(await store.webhooks.find({ platform: 'shopify', account })).toBeUndefined();
  await store.webhooks.register(id, { account });
  const found = { id, organizationId: 'acme', webhookSecrets: [] };
  expect(await store.webhooks.find({ platform: 'shopify', account })).toEqual(found);
  expect(await store.webhooks.find({ platform: 'shopify', integrationId: id })).toEqual(found);
  expect(await store.webhooks.find({ platform: 'shopify', integrationId: id, account })).toEqual(found);
  expect(await store.webhooks.find({ platform: 'shopify', integrationId: id, account: 'other' })).toBeUndefined();
  expect(await store.webhooks.find({ platform: 'stripe', integrationId: id })).toBeUndefined();
  expect(await store.webhooks.find({ platform: 'stripe', account })).toBeUndefined();
  expect(await store.webhooks.find({ platform: 'shopify' })).toBeUndefined();
  await store.integrations.disable(id);
  expect(await store.webhooks.find({ platform: 'shopify', account })).toBeUndefined();
});

test('one that was never registered, or names no account, takes any that comes to its address', async () => {
  expect(await store.webhooks.find({ platform: 'shopify', integrationId: id, account })).toMatchObject({ id });
  await store.webhooks.register(id, { secrets: ['a'] });
  expect(await store.webhooks.find({ platform: 'shopify', integrationId: id, account })).toMatchObject({ id });
});

test('white space around an account that is registered does not count, and one that cannot be is refused', async () => {
  await store.webhooks.register(id, { account: ` ${account}\n` });
  expect(await store.webhooks.findAll({ platform: 'shopify', account })).toMatchObject([{ id }]);
  expect(await store.privacy.findAccount({ platform: 'shopify', account })).toMatchObject([{ id }]);
  for (const odd of ['', ' ', 'x'.repeat(4_000), 'a\0b']) {
    await expect(store.webhooks.register(id, { account: odd })).rejects.toThrow(/account: /);
  }
  expect(await store.webhooks.findAll({ platform: 'shopify', account })).toMatchObject([{ id }]);
});

test('secrets are kept encrypted', async () => {
  await store.webhooks.register(id, { account, secrets: ['new-secret', 'old-secret'] });
  const webhookSecrets = ['new-secret', 'old-secret'];
  expect(await store.webhooks.find({ platform: 'shopify', account })).toMatchObject({ webhookSecrets });
  const { rows } = await opened.pool.query<{ row: string }>(
    'SELECT row_to_json(a)::text AS row FROM bizinsights.webhook_accounts AS a WHERE integration_id = $1',
    [id],
  );
  expect(rows[0]?.row).not.toMatch(/new-secret|old-secret/);
});

test('of several integrations of one account, the one that was registered last comes first', async () => {
  await store.webhooks.register(id, { account });
  const other = await store.integrations.connect({ organizationId: 'acme', platform: 'shopify', credentials: {} });
  now += 1;
  await store.webhooks.register(other.id, { account });
  expect(await store.webhooks.find({ platform: 'shopify', account })).toMatchObject({ id: other.id });
  const all = await store.webhooks.findAll({ platform: 'shopify', account });
  expect(all.map((one) => one.id)).toEqual([other.id, id]);
  await store.integrations.disable(other.id);
  expect(await store.webhooks.findAll({ platform: 'shopify', account })).toMatchObject([{ id }]);
});

test('those of an account are found without the key that their secrets were encrypted with', async () => {
  await store.webhooks.register(id, { account, secrets: ['a'] });
  const keyless = createStore({ pool: opened.pool, keys: `k9:${'A'.repeat(43)}=` });
  expect(await keyless.webhooks.findAll({ platform: 'shopify', account })).toEqual([{ id, organizationId: 'acme' }]);
  await expect(keyless.webhooks.find({ platform: 'shopify', account })).rejects.toThrow(/key/);
});

test('lost access is kept with its reason, unless the account was connected anew since then', async () => {
  await store.webhooks.register(id, { account });
  expect(await store.webhooks.accessLost(id, 'long ago', now - 1)).toBe(false);
  expect(await store.integrations.find(id)).toMatchObject({ status: 'active' });
  now += 10;
  expect(await store.webhooks.accessLost(id, 'The app was uninstalled', now)).toBe(true);
  expect(await store.integrations.find(id)).toMatchObject({
    status: 'access-lost',
    statusReason: 'The app was uninstalled',
    lastFailedAt: now,
  });
  await store.integrations.disable(id);
  expect(await store.webhooks.accessLost(id, 'again', now)).toBe(false);
  expect(await store.integrations.find(id)).toMatchObject({ status: 'disabled' });
});

test('removing an integration removes what is known of its webhooks', async () => {
  await store.webhooks.register(id, { account });
  await store.integrations.remove(id);
  expect(await store.webhooks.find({ platform: 'shopify', account })).toBeUndefined();
  const { rows } = await opened.pool.query('SELECT 1 FROM bizinsights.webhook_accounts WHERE integration_id = $1', [
    id,
  ]);
  expect(rows).toEqual([]);
});

describe('without being registered', () => {
  const connect = (changes: Partial<NewConnection> = {}) =>
    store.integrations.connect({ organizationId: 'acme', platform: 'shopify', account, credentials: {}, ...changes });

  test('an integration is found by the account that it was connected with', async () => {
    const connected = await connect();
    const found = { id: connected.id, organizationId: 'acme', webhookSecrets: [] };
    expect(await store.webhooks.find({ platform: 'shopify', account })).toEqual(found);
    expect(await store.webhooks.find({ platform: 'shopify', integrationId: connected.id, account })).toEqual(found);
    const other = { platform: 'shopify', integrationId: connected.id, account: 'other.myshopify.com' };
    expect(await store.webhooks.find(other)).toBeUndefined();
    expect(await store.webhooks.find({ platform: 'stripe', account })).toBeUndefined();
    await store.integrations.disable(connected.id);
    expect(await store.webhooks.findAll({ platform: 'shopify', account })).toEqual([]);
  });

  test('its secrets can be registered alone', async () => {
    const connected = await connect();
    await store.webhooks.register(connected.id, { secrets: ['a'] });
    const found = { id: connected.id, webhookSecrets: ['a'] };
    expect(await store.webhooks.find({ platform: 'shopify', account })).toMatchObject(found);
    // Which prove whose webhooks they are, whatever account these name.
    const named = { platform: 'shopify', integrationId: connected.id, account: 'other.myshopify.com' };
    expect(await store.webhooks.find(named)).toMatchObject(found);
  });

  test('what was registered wins', async () => {
    const connected = await connect();
    await store.webhooks.register(connected.id, { account: `other-${account}` });
    expect(await store.webhooks.find({ platform: 'shopify', account })).toBeUndefined();
    expect(await store.webhooks.find({ platform: 'shopify', account: `other-${account}` })).toMatchObject({
      id: connected.id,
    });
    // Both of one account: the registered one comes first.
    await store.webhooks.register(id, { account });
    const second = await connect({ account: `second-${account}` });
    await store.webhooks.register(id, { account: `second-${account}` });
    const all = await store.webhooks.findAll({ platform: 'shopify', account: `second-${account}` });
    expect(all.map((one) => one.id)).toEqual([id, second.id]);
  });

  test('an account that does not hold for the credentials any more is not its address', async () => {
    const connected = await connect();
    await connect({ id: connected.id, account: undefined });
    expect(await store.webhooks.find({ platform: 'shopify', account })).toBeUndefined();
    expect(await store.webhooks.find({ platform: 'shopify', integrationId: connected.id, account })).toBeDefined();
  });

  test('what an account said before it was connected anew is of the connection before', async () => {
    const connected = await connect();
    now += 10;
    const uninstalledAt = now;
    now += 10;
    await connect();
    expect(await store.webhooks.accessLost(connected.id, 'The app was uninstalled', uninstalledAt)).toBe(false);
    expect(await store.integrations.find(connected.id)).toMatchObject({ status: 'active' });
    expect(await store.webhooks.accessLost(connected.id, 'The app was uninstalled', now)).toBe(true);
  });
});
