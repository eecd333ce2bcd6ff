import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { KEYS, type OpenStore, openOnPostgres } from '../fixtures/open-store.js';
import { createStore } from '../store.js';

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
const withKeys = (keys: string) => createStore({ pool: opened.pool, keys });

test('a new key takes over from the old one, which can then go, whatever can’t be opened on the way', async () => {
  const credentials = { accessToken: 'shpat_secret' };
  const ids = ['1', '2', '3'];
  for (const id of ids) {
    await opened.store.integrations.connect({ id, organizationId: 'acme', platform: 'shopify', credentials });
    await opened.store.webhooks.register(id, { account: `${id}.myshopify.com`, secrets: [`secret ${id}`] });
  }
  const [alone, both] = [withKeys(key('2027', 9)), withKeys(`${key('2027', 9)},${KEYS}`)];
  await expect(alone.integrations.credentials('1')).rejects.toThrow(/no key "2026"/);
  expect(await alone.rotateKeys()).toMatchObject({ rotated: 0, failed: { length: 6 } });

  // One was changed by hand, and the key of another has been gone for long.
  await opened.pool.query("UPDATE bizinsights.integrations SET credentials = credentials || 'AAAA' WHERE id = '2'");
  await withKeys(key('2020', 1)).webhooks.register('1', { account: '1.myshopify.com', secrets: ['old'] });
  const failed = [
    { id: '2', part: 'credentials', reason: expect.stringMatching(/key "2026" does not open/) },
    { id: '1', part: 'webhook-secrets', reason: expect.stringMatching(/no key "2020"/) },
  ];
  expect(await both.rotateKeys()).toEqual({ rotated: 4, failed });
  expect(await both.rotateKeys()).toEqual({ rotated: 0, failed });

  for (const id of ['1', '3']) expect(await alone.integrations.credentials(id)).toEqual(credentials);
  for (const id of ['2', '3']) {
    const found = await alone.webhooks.find({ platform: 'shopify', account: `${id}.myshopify.com` });
    expect(found).toMatchObject({ webhookSecrets: [`secret ${id}`] });
  }
});

test('without keys there is nothing to rotate with', async () => {
  await expect(createStore({ pool: opened.pool, environment: {} }).rotateKeys()).rejects.toThrow(/INTEGRATION_KEYS/);
});
