/** Cases of `IntegrationStore`. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Integration, SyncOutcome } from '@bizinsights/jobs-data-sync';
import { batchFor, type Case, connected, customer } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

type Connect = NonNullable<StoreUnderTest['connectAccount']>;

/** More than any page that a store may read them by. */
const MANY = 1_100;

const SYNCED: SyncOutcome = { kind: 'synced', at: 3 };
const FAILED: SyncOutcome = { kind: 'failed', at: 4, reason: 'The shop is closed' };
const LOST: SyncOutcome = { kind: 'access-lost', at: 5, reason: 'The token was revoked' };

export const integrationCases: readonly Case[] = [
  {
    name: 'an integration is found, with its credentials and without them',
    async check(store) {
      const id = await connected(store);
      const integration = await found(store, id);
      const { organizationId, platform, status } = integration;
      assert.deepEqual(
        { organizationId, platform, status },
        { organizationId: 'acme', platform: 'shopify', status: 'active' },
      );
      assert.ok(!JSON.stringify(integration).includes('secret'), 'it carries its credentials with it');
      assert.deepEqual(await store.integrations.credentials(id), { token: `secret-${id}` });
      assert.equal(await store.integrations.find('nobody'), undefined);
      assert.equal(await store.integrations.credentials('nobody'), undefined);
    },
  },
  {
    name: 'its status says how the last sync ended',
    async check(store) {
      const id = await connected(store);
      const after = async (...outcomes: SyncOutcome[]) => {
        for (const outcome of outcomes) await store.integrations.report(await found(store, id), outcome);
        return (await found(store, id)).status;
      };
      assert.equal(await after(FAILED), 'error');
      assert.equal(await after(SYNCED), 'active');
      assert.equal(await after(LOST), 'access-lost');
      assert.equal(await after(FAILED), 'access-lost');
      assert.equal(await after(SYNCED), 'active');
      await store.disable(id);
      assert.equal(await after(SYNCED, FAILED, LOST), 'disabled');
    },
  },
  {
    name: 'who is connected anew has access, whatever a sync with the old credentials says',
    async check(store) {
      const id = await connected(store);
      const before = await found(store, id);
      await store.integrations.report(before, LOST);
      await store.connect({ id, organizationId: 'acme', platform: 'shopify', credentials: { token: 'new' } });
      const after = await found(store, id);
      assert.equal(after.status, 'active');
      assert.notEqual(after.connection, before.connection);
      await store.integrations.report(before, LOST);
      assert.equal((await found(store, id)).status, 'active');
      assert.deepEqual(await store.integrations.credentials(id), { token: 'new' });
    },
  },
  {
    name: 'a store that knows accounts has one integration of each in an organization, whatever its credentials',
    async check(store) {
      const account = randomUUID();
      const connect = (token: string, changes: Partial<Parameters<Connect>[0]> = {}) =>
        store.connectAccount?.({
          organizationId: 'acme',
          platform: 'shopify',
          account,
          credentials: { token },
          ...changes,
        });
      const first = await connect('first');
      // It is for the host then.
      if (!first) return;
      assert.equal(first.reconnected, false, 'what is new is no reconnection');
      const batch = { ...batchFor(first.id), records: [customer(1, 1)], cursor: { after: 1 } };
      await store.sink.write(batch);
      const before = await found(store, first.id);
      assert.equal(before.account, account);
      await store.disable(first.id);
      assert.deepEqual(await connect('second'), { id: first.id, reconnected: true });
      const { status, connection, account: same } = await found(store, first.id);
      assert.deepEqual({ status, account: same }, { status: 'active', account });
      assert.notEqual(connection, before.connection, 'its connection is another one');
      assert.deepEqual(await store.integrations.credentials(first.id), { token: 'second' });
      assert.deepEqual(await store.integrations.cursor(first.id, batch.stream), { after: 1 });
      assert.equal((await store.records(first.id)).length, 1, 'its records stay');
      const elsewhere = [
        await connect('other', { platform: 'stripe' }),
        await connect('new', { account: randomUUID() }),
      ];
      assert.ok(
        elsewhere.every((one) => one && !one.reconnected && one.id !== first.id),
        'another platform or account is another integration',
      );
    },
  },
  {
    name: 'a store that knows accounts makes one integration of an account that is connected ten times at once',
    async check(store) {
      const connection = { organizationId: 'acme', platform: 'shopify', account: randomUUID() };
      const calls = Array.from({ length: 10 }, (_, n) => store.connectAccount?.({ ...connection, credentials: { n } }));
      const connected = (await Promise.all(calls)).flatMap((one) => one ?? []);
      if (connected.length === 0) return;
      assert.equal(new Set(connected.map(({ id }) => id)).size, 1, 'there are several integrations');
      assert.equal(connected.filter(({ reconnected }) => !reconnected).length, 1, 'one of them is new');
    },
  },
  {
    name: `of ${MANY} integrations each is scheduled once, but for those that are switched off`,
    async check(store) {
      const ids = await Promise.all(Array.from({ length: MANY }, () => connected(store)));
      const [off, lost] = ids;
      assert.ok(off && lost);
      await store.disable(off);
      await store.integrations.report(await found(store, lost), LOST);
      const seen: string[] = [];
      const mine = new Set(ids);
      for await (const { id, status } of store.integrations.scheduled()) {
        if (!mine.has(id)) continue;
        assert.equal(status, id === lost ? 'access-lost' : 'active');
        seen.push(id);
      }
      assert.deepEqual(seen.sort(), ids.filter((id) => id !== off).sort());
    },
  },
];

async function found(store: StoreUnderTest, id: string): Promise<Integration> {
  const integration = await store.integrations.find(id);
  assert.ok(integration, `there is no integration ${id}`);
  return integration;
}
