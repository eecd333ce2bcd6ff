/** One account of one organization is one integration, on each database. */
import { ArgumentError, ConflictError } from '@bizinsights/jobs-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KEYS, type OpenStore, openOnEmbedded, openOnPostgres } from '../fixtures/open-store.js';
import { createStore } from '../store.js';
import type { Integrations, NewConnection } from './integrations.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore;
  let integrations: Integrations;
  beforeAll(async () => {
    opened = await open();
    ({ integrations } = opened.store);
    await opened.store.organizations.upsert({ id: 'rival', name: 'Rival', timeZone: 'UTC', currency: 'EUR' });
  }, OPENING);
  afterAll(() => opened?.close());

  let count = 0;
  /** An account that nobody else has. */
  const fresh = () => `shop-${count++}.myshopify.com`;
  const connect = (account: string | undefined, changes: Partial<NewConnection> = {}) =>
    integrations.connect({
      organizationId: 'acme',
      platform: 'shopify',
      account,
      credentials: { accessToken: `token-${count++}` },
      ...changes,
    });
  const ofAccount = async (account: string) =>
    (await opened.pool.query('SELECT id FROM bizinsights.integrations WHERE account = $1', [account])).rows.length;

  test('an account that is connected again has its credentials renewed, and keeps all else', async () => {
    const { records } = opened.store;
    const account = fresh();
    const first = await connect(account, { rhythm: { every: 600_000 } });
    expect(first).toMatchObject({ reconnected: false, account, status: 'active' });
    const customer = { kind: 'customer', id: '1', updatedAt: 1, createdAt: 1 } as const;
    const batch = { integrationId: first.id, stream: 'customers', rejected: [], deleted: [] };
    await records.write({ ...batch, records: [customer], cursor: { after: 1 } });
    const again = await connect(account, { credentials: { accessToken: 'new' } });
    const { id, organizationId, platform, createdAt, rhythm } = first;
    expect(again).toMatchObject({ id, organizationId, platform, createdAt, rhythm, account, reconnected: true });
    expect(again.connection).not.toBe(first.connection);
    expect(await integrations.credentials(id)).toEqual({ accessToken: 'new' });
    expect(await integrations.cursor(id, 'customers')).toEqual({ after: 1 });
    expect(await records.count({ integrationId: id, kind: 'customer' })).toBe(1);
    const { reconnected: _, ...stored } = again;
    expect(await integrations.find(id)).toEqual(stored);
  });

  test.each([
    ['disabled', (id: string) => integrations.disable(id)],
    ['access-lost', (id: string) => opened.store.webhooks.accessLost(id, 'The app was uninstalled')],
  ])('one that is %s is active again', async (status, change) => {
    const account = fresh();
    const { id } = await connect(account);
    await change(id);
    expect(await integrations.find(id)).toMatchObject({ status });
    const active = { id, reconnected: true, status: 'active', statusReason: undefined, lastError: undefined };
    expect(await connect(account)).toMatchObject(active);
  });

  test('ten callbacks that come at once connect it once', async () => {
    for (let round = 0; round < 10; round++) {
      const account = fresh();
      const withIds = round % 2 === 1;
      const calls = Array.from({ length: 10 }, (_, call) =>
        connect(account, withIds ? { id: `${account} ${call}` } : {}),
      );
      const connected = await Promise.all(calls);
      expect(new Set(connected.map(({ id }) => id)).size).toBe(1);
      expect(connected.filter(({ reconnected }) => !reconnected)).toHaveLength(1);
      expect(await ofAccount(account)).toBe(1);
      // The credentials are those of one of them, and can be read.
      expect(await integrations.credentials(connected[0]?.id ?? '')).toMatchObject({
        accessToken: expect.stringMatching(/token/),
      });
    }
  });

  test('ten that come at once for accounts, organizations and platforms of their own are ten', async () => {
    const account = fresh();
    const calls = ['acme', 'rival'].flatMap((organizationId) =>
      ['shopify', 'stripe', 'woocommerce', 'etsy', 'counter'].map((platform) =>
        connect(account, { organizationId, platform }),
      ),
    );
    const connected = await Promise.all(calls);
    expect(connected.every(({ reconnected }) => !reconnected)).toBe(true);
    expect(await ofAccount(account)).toBe(10);
  });

  test('of two organizations that take one id at once, one gets it', async () => {
    const id = fresh();
    const calls = ['acme', 'rival'].map((organizationId) => connect(undefined, { id, organizationId }));
    const ended = await Promise.allSettled(calls);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = ended.find((one) => one.status === 'rejected');
    expect(String(refused?.reason)).toMatch(/another organization or platform/);
  });

  test('the same account in another organization is another integration', async () => {
    const account = fresh();
    const [ours, theirs] = [await connect(account), await connect(account, { organizationId: 'rival' })];
    expect(theirs).toMatchObject({ reconnected: false, organizationId: 'rival', account });
    expect(theirs.id).not.toBe(ours.id);
    expect(await connect(account, { organizationId: 'rival' })).toMatchObject({ id: theirs.id, reconnected: true });
  });

  test('one that was removed is a new one', async () => {
    const account = fresh();
    const first = await connect(account);
    await integrations.remove(first.id);
    const second = await connect(account);
    expect(second).toMatchObject({ reconnected: false, account });
    expect(second.id).not.toBe(first.id);
  });

  test('one that is removed while it is connected is there once, or not at all', async () => {
    for (let round = 0; round < 10; round++) {
      const account = fresh();
      const { id } = await connect(account);
      const [again] = await Promise.all([connect(account), integrations.remove(id)]);
      const isThere = (await integrations.find(again.id)) !== undefined;
      expect(await ofAccount(account)).toBe(isThere ? 1 : 0);
      // What is new was made after the removal.
      if (!again.reconnected) expect(isThere).toBe(true);
    }
  });

  describe('with an id', () => {
    test('that is not known, the account’s integration is found', async () => {
      const account = fresh();
      const { id } = await connect(account, { id: `mine ${account}` });
      expect(id).toBe(`mine ${account}`);
      expect(await connect(account, { id: 'unknown' })).toMatchObject({ id, reconnected: true });
      expect(await integrations.find('unknown')).toBeUndefined();
      // Encrypted for the id that it has.
      expect(await integrations.credentials(id)).toMatchObject({ accessToken: expect.stringMatching(/token/) });
    });

    test('of an integration of no account, this one takes it over', async () => {
      const account = fresh();
      const { id } = await connect(undefined);
      expect(await connect(account, { id })).toMatchObject({ id, account, reconnected: true });
      expect(await connect(account)).toMatchObject({ id, reconnected: true });
    });

    test('and its own account, it is connected anew', async () => {
      const account = fresh();
      const { id } = await connect(account);
      expect(await connect(account, { id })).toMatchObject({ id, account, reconnected: true });
    });

    test('of another account, it is refused and stays as it is', async () => {
      const { id } = await connect(fresh());
      const [before, credentials] = [await integrations.find(id), await integrations.credentials(id)];
      const other = fresh();
      const attempt = connect(other, { id });
      await expect(attempt).rejects.toThrow(ConflictError);
      await expect(attempt).rejects.toThrow(/account: .*of another account.*would be mixed.*without an id/);
      expect(await integrations.find(id)).toEqual(before);
      expect(await integrations.credentials(id)).toEqual(credentials);
      expect(await ofAccount(other)).toBe(0);
    });

    test('of another integration than the account’s, it is refused', async () => {
      const account = fresh();
      const { id } = await connect(account);
      for (const other of [await connect(fresh()), await connect(undefined)]) {
        const attempt = connect(account, { id: other.id });
        await expect(attempt).rejects.toThrow(ConflictError);
        await expect(attempt).rejects.toThrow(`"${other.id}" is not the integration of this account, which is "${id}"`);
      }
    });

    test('of another organization or platform, it is refused whatever the account', async () => {
      const account = fresh();
      const { id } = await connect(account);
      for (const other of [{ organizationId: 'rival' }, { platform: 'stripe' }]) {
        for (const named of [account, fresh(), undefined]) {
          const attempt = connect(named, { id, ...other });
          await expect(attempt).rejects.toThrow(ConflictError);
          await expect(attempt).rejects.toThrow(/another organization or platform/);
        }
      }
    });

    test('at once by id and by account there is one', async () => {
      const account = fresh();
      const { id } = await connect(undefined);
      const ended = await Promise.allSettled([connect(account), connect(account, { id }), connect(account)]);
      // Who came first decides whether it is the given id or a new one; with a new one the id is refused.
      const ids = new Set(ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : [])));
      expect(ids.size).toBe(1);
      expect(await ofAccount(account)).toBe(1);
    });
  });

  test('without an account it is as if there were none: each is new, or found by its id', async () => {
    const [first, second] = [await connect(undefined), await connect(undefined)];
    expect([first.reconnected, second.reconnected]).toEqual([false, false]);
    expect(second.id).not.toBe(first.id);
    expect(await connect(undefined, { id: first.id })).toMatchObject({ id: first.id, reconnected: true });
    const id = fresh();
    expect(await connect(undefined, { id })).toMatchObject({ id, reconnected: false, account: undefined });
  });

  test('an account does not hold for credentials that come without one, until they come with it again', async () => {
    const account = fresh();
    const { id } = await connect(account);
    expect(await connect(undefined, { id })).toMatchObject({ reconnected: true, account: undefined });
    expect(await integrations.find(id)).toMatchObject({ account: undefined });
    // It is found all the same.
    expect(await connect(account)).toMatchObject({ id, account, reconnected: true });
    await connect(undefined, { id });
    // Nobody knows of which account it is by now: who says it is believed.
    const other = fresh();
    expect(await connect(other, { id })).toMatchObject({ id, account: other, reconnected: true });
  });

  test('the name of an account is checked', async () => {
    const account = fresh();
    const { id } = await connect(`  ${account}\n`);
    expect(await integrations.find(id)).toMatchObject({ account });
    expect(await connect(account)).toMatchObject({ id, reconnected: true });
    expect(await connect('ä'.repeat(512))).toMatchObject({ reconnected: false });
    const before = (await integrations.list('acme')).length;
    for (const [odd, said] of [
      ['', 'is empty'],
      [' \t', 'is empty'],
      ['x'.repeat(513), 'has 513 characters, and may have 512'],
      ['a\0b', 'has the character NUL or half of a surrogate pair'],
      ['half \ud83d', 'has the character NUL or half of a surrogate pair'],
      [7, 'must be a text'],
      [null, 'must be a text'],
    ] as const) {
      // As a host hands it on that is not typed.
      const attempt = connect(undefined, JSON.parse(JSON.stringify({ account: odd })));
      await expect(attempt).rejects.toThrow(ArgumentError);
      await expect(attempt).rejects.toThrow(`account: ${said}`);
    }
    expect((await integrations.list('acme')).length).toBe(before);
  });

  test('an id that cannot be used is refused, and the reason says what is wrong with it', async () => {
    const before = (await integrations.list('acme')).length;
    for (const [path, odd, said] of [
      ['id', '', 'is empty'],
      ['id', 'x'.repeat(4_000), 'has 4000 characters, and may have 255'],
      ['id', 'a\0b', 'has the character NUL'],
      ['id', null, 'must be a text'],
      ['organizationId', 'x'.repeat(256), 'has 256 characters, and may have 255'],
      ['platform', '', 'is empty'],
      ['platform', 'x'.repeat(4_000), 'has 4000 characters'],
      ['credentials', null, 'must be an object'],
      ['credentials', 'shpat_1', 'must be an object'],
    ] as const) {
      // As a host hands it on that is not typed.
      const attempt = connect(fresh(), JSON.parse(JSON.stringify({ [path]: odd })));
      await expect(attempt).rejects.toThrow(ArgumentError);
      await expect(attempt).rejects.toThrow(`${path}: ${said}`);
    }
    expect((await integrations.list('acme')).length).toBe(before);
    const id = 'ä'.repeat(255);
    expect(await connect('名'.repeat(512), { id })).toMatchObject({ id, reconnected: false });
    for (const odd of ['', 'x'.repeat(4_000)]) {
      const organization = { id: odd, name: 'Odd', timeZone: 'UTC', currency: 'EUR' };
      await expect(opened.store.organizations.upsert(organization)).rejects.toThrow(ArgumentError);
    }
  });

  test('an organization that does not exist connects nothing, and the next one can', async () => {
    const account = fresh();
    await expect(connect(account, { organizationId: 'nobody' })).rejects.toThrow(/foreign key/);
    expect(await connect(account)).toMatchObject({ reconnected: false });
  });

  test('credentials of one that was found by its account outlive a change of keys', async () => {
    const account = fresh();
    await connect(account);
    const { id } = await connect(account, { credentials: { accessToken: 'second' } });
    const next = `new:${Buffer.alloc(32, 9).toString('base64')}`;
    const rotated = createStore({ pool: opened.pool, keys: `${next},${KEYS}` });
    expect((await rotated.rotateKeys()).failed).toEqual([]);
    const after = createStore({ pool: opened.pool, keys: next });
    expect(await after.integrations.credentials(id)).toEqual({ accessToken: 'second' });
  });
});
