/** Integrations from before accounts were kept: the migration takes over those that it can tell. */

import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { KEYS } from '../fixtures/open-store.js';
import { createStore } from '../store.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations.js';

const OPENING = 180_000;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

const POOLS = {
  async PostgreSQL() {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    cleanUp.push(drop, () => pool.end());
    return pool;
  },
  async embedded() {
    const { pool, close } = await openEmbedded({ dir: 'memory:' });
    cleanUp.push(close);
    return pool;
  },
};

const position = (account: string) => ({ account, main: { state: 'done' }, again: null });

/** An integration as it was: when it was made, what a webhook was registered with and when, its cursors, oldest first. */
interface Before {
  readonly organizationId?: string;
  readonly platform?: string;
  readonly at?: number;
  readonly webhook?: readonly [account: string | null, at: number];
  readonly cursors?: readonly unknown[];
}

const BEFORE: Readonly<Record<string, Before>> = {
  registered: { webhook: ['a.myshopify.com', 5], cursors: [position('old.myshopify.com')] },
  synced: { cursors: [position('before.myshopify.com'), position('b.myshopify.com')] },
  secretsAlone: { webhook: [null, 5], cursors: [position('c.myshopify.com')] },
  unknown: {},
  stripeKey: { platform: 'stripe', cursors: [position('key-0123456789abcdef')] },
  stripeAccount: { platform: 'stripe', cursors: [position('acct_1')] },
  ofAKey: { platform: 'etsy', cursors: [position('key-largo')] },
  odd: { cursors: [7, null, 'text', ['account'], { account: 7, main: {} }, { account: 'alien' }] },
  empty: { webhook: ['  ', 5] },
  long: { webhook: ['x'.repeat(513), 5] },
  // Of one account each: what was registered last wins, then what was registered at all, then the newest.
  twice1: { webhook: ['twice', 7], at: 1 },
  twice2: { webhook: ['twice', 6], at: 3 },
  twice3: { cursors: [position('twice')], at: 9 },
  thrice1: { platform: 'woocommerce', cursors: [position('thrice')], at: 1 },
  thrice2: { platform: 'woocommerce', cursors: [position('thrice')], at: 3 },
  thrice3: { platform: 'woocommerce', cursors: [position('thrice')], at: 2 },
  otherPlatform: { platform: 'facebook-ads', webhook: ['twice', 1] },
  otherOrganization: { organizationId: 'rival', webhook: ['twice', 1] },
};

const AFTER: Readonly<Record<string, string>> = {
  registered: 'a.myshopify.com',
  synced: 'b.myshopify.com',
  secretsAlone: 'c.myshopify.com',
  stripeAccount: 'acct_1',
  ofAKey: 'key-largo',
  twice1: 'twice',
  thrice2: 'thrice',
  otherPlatform: 'twice',
  otherOrganization: 'twice',
};

describe.each(Object.entries(POOLS))('on %s', (_name, open) => {
  test('accounts that are known are taken over, each by one integration', { timeout: OPENING }, async () => {
    const pool = await open();
    const step = MIGRATIONS.findIndex(({ sql }) => sql.includes('integrations_account '));
    expect(step).toBeGreaterThan(0);
    await migrate(pool, MIGRATIONS.slice(0, step));
    const insert = (table: string, row: Readonly<Record<string, unknown>>) => {
      const marks = Object.keys(row).map((_, index) => `$${index + 1}`);
      const sql = `INSERT INTO bizinsights.${table} (${Object.keys(row)}) VALUES (${marks})`;
      return pool.query(sql, Object.values(row));
    };
    for (const id of ['acme', 'rival']) {
      await insert('organizations', { id, name: id, time_zone: 'UTC', currency: 'EUR', created_at: 1 });
    }
    for (const [id, before] of Object.entries(BEFORE)) {
      const { organizationId = 'acme', platform = 'shopify', at = 1, webhook, cursors = [] } = before;
      const row = { id, organization_id: organizationId, platform, status: 'active', connection: 'c', created_at: at };
      await insert('integrations', row);
      if (webhook) {
        const [account, registeredAt] = webhook;
        await insert('webhook_accounts', { integration_id: id, account, registered_at: registeredAt });
      }
      for (const [index, cursor] of cursors.entries()) {
        const saved = { stream: `s${index}`, cursor: JSON.stringify(cursor), saved_at: index };
        await insert('cursors', { integration_id: id, ...saved });
      }
    }
    await migrate(pool);

    const { integrations, webhooks } = createStore({ pool, keys: KEYS });
    const found = [...(await integrations.list('acme')), ...(await integrations.list('rival'))];
    expect(found).toHaveLength(Object.keys(BEFORE).length);
    const accounts = found.flatMap(({ id, account }) => (account === undefined ? [] : [[id, account]]));
    expect(Object.fromEntries(accounts)).toEqual(AFTER);

    const connect = (account: string, id?: string) =>
      integrations.connect({ organizationId: 'acme', platform: 'shopify', account, id, credentials: {} });
    expect(await connect('b.myshopify.com')).toMatchObject({ id: 'synced', reconnected: true });
    expect(await connect('twice')).toMatchObject({ id: 'twice1', reconnected: true });
    // Who names the integration knows better than a migration.
    expect(await connect('own.myshopify.com', 'secretsAlone')).toMatchObject({ account: 'own.myshopify.com' });
    // One that was left out can be told of, unless the account has an integration.
    await expect(connect('twice', 'twice2')).rejects.toThrow(/which is "twice1"/);
    expect(await connect('d.myshopify.com', 'unknown')).toMatchObject({ id: 'unknown', reconnected: true });

    const address = { platform: 'stripe', account: 'acct_1' };
    expect(await webhooks.find(address)).toMatchObject({ id: 'stripeAccount' });
    // Under its own address one whose account a migration has found takes any, as before.
    const other = { platform: 'stripe', integrationId: 'stripeAccount', account: 'acct_2' };
    expect(await webhooks.find(other)).toMatchObject({ id: 'stripeAccount' });
  });
});
