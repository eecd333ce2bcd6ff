import { ArgumentError, ConfigError, ConflictError, defined } from '@bizinsights/jobs-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { KEYS, type OpenStore, openOnPostgres } from '../fixtures/open-store.js';
import { createStore } from '../store.js';

const secret = { accessToken: 'shpat_very-secret' };
const connection = { organizationId: 'acme', platform: 'shopify', credentials: secret };

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

const customer = (id: string) => ({ kind: 'customer', id, updatedAt: 1, createdAt: 1 }) as const;

test('nothing of the credentials is in the database as it is', async () => {
  const { id } = await opened.store.integrations.connect(connection);
  const { rows } = await opened.pool.query<{ row: string }>(
    'SELECT row_to_json(i)::text AS row FROM bizinsights.integrations AS i WHERE id = $1',
    [id],
  );
  expect(rows[0]?.row).toContain('v1.2026.');
  for (const text of ['secret', 'accessToken', Buffer.from(secret.accessToken).toString('base64')]) {
    expect(rows[0]?.row).not.toContain(text);
  }
});

test('an id of another organization or platform carries nothing away', async () => {
  const { integrations, organizations } = opened.store;
  await organizations.upsert({ id: 'rival', name: 'Rival', timeZone: 'UTC', currency: 'EUR' });
  const { id } = await integrations.connect(connection);
  await integrations.disable(id);
  const before = await integrations.find(id);
  for (const other of [{ organizationId: 'rival' }, { platform: 'stripe' }]) {
    const attempt = integrations.connect({ ...connection, ...other, id, credentials: { accessToken: 'theirs' } });
    await expect(attempt).rejects.toThrow(/id: .*another organization or platform/);
  }
  expect(await integrations.find(id)).toEqual(before);
  expect(await integrations.credentials(id)).toEqual(secret);
});

test('a rhythm that cannot be is refused where it is set', async () => {
  const { integrations } = opened.store;
  const { id } = await integrations.connect(connection);
  for (const every of [5, 59_999, 60_000.5, Number.NaN]) {
    await expect(integrations.setRhythm(id, { every })).rejects.toThrow(ArgumentError);
    await expect(integrations.connect({ ...connection, rhythm: { every } })).rejects.toThrow(/rhythm\.every: ./);
  }
  await integrations.setRhythm(id, { every: 60_000 });
  const never = { cron: '0 3 30 2 *', timezone: 'Europe/Berlin' };
  await expect(integrations.setRhythm(id, never)).rejects.toThrow(/rhythm.cron: .* has no time/);
  const offset = { cron: '0 3 * * *', timezone: '+02:00' };
  await expect(integrations.setRhythm(id, offset)).rejects.toThrow(/rhythm.timezone: is not a zone/);
  expect((await integrations.find(id))?.rhythm).toEqual({ every: 60_000 });
});

test('the keys come from the environment, and are asked for when they are needed', async () => {
  const { pool } = opened;
  const without = createStore({ pool, environment: {} });
  expect(await without.integrations.find('nobody')).toBeUndefined();
  await expect(without.integrations.connect(connection)).rejects.toThrow(ConfigError);
  const { integrations } = createStore({ pool, keys: ' \n', environment: { INTEGRATION_KEYS: ` ${KEYS}\n` } });
  const { id } = await integrations.connect(connection);
  expect(await integrations.credentials(id)).toEqual(secret);
});

test('an integration can have a rhythm of its own, be switched off and on, and removed with all it has', async () => {
  const { integrations, records } = opened.store;
  const { id, createdAt } = await integrations.connect({ ...connection, rhythm: { every: 600_000 } });
  expect((await integrations.find(id))?.rhythm).toEqual({ every: 600_000 });
  await integrations.setRhythm(id, { cron: '0 3 * * *', timezone: 'Europe/Berlin' });
  // Connected anew it keeps its rhythm, and its age.
  expect(await integrations.connect({ ...connection, id })).toMatchObject({ rhythm: { cron: '0 3 * * *' }, createdAt });
  await integrations.setRhythm(id, undefined);
  expect(await integrations.find(id)).not.toHaveProperty('rhythm');
  await integrations.disable(id);
  await integrations.enable(id);
  expect((await integrations.find(id))?.status).toBe('active');

  await records.write({
    integrationId: id,
    stream: 'customers',
    records: [customer('1')],
    rejected: [{ id: '2', kind: 'customer', reason: 'odd', raw: {} }],
    deleted: [],
    cursor: 1,
  });
  await integrations.remove(id);
  for (const table of ['integrations', 'records', 'rejected_records', 'cursors', 'stale_days']) {
    const column = table === 'integrations' ? 'id' : 'integration_id';
    const { rows } = await opened.pool.query(`SELECT 1 FROM bizinsights.${table} WHERE ${column} = $1`, [id]);
    expect(rows, table).toEqual([]);
  }
  await expect(
    records.write({ integrationId: id, stream: 's', records: [], rejected: [], deleted: [] }),
  ).rejects.toThrow(/no integration/);
});

test('an integration that is removed while a batch is written is removed after that, with the batch', async () => {
  const { pool, store } = opened;
  const { integrations, records } = store;
  const { id: integrationId } = await integrations.connect(connection);
  const odd = { id: 'odd', kind: 'customer' as const, reason: 'odd', raw: {} };
  const batch = { integrationId, stream: 'customers', records: [customer('1')], rejected: [odd], deleted: [] };
  await records.write(batch);
  /** Until so many wait for each other. */
  const waiting = async (count: number) => {
    const waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await pool.query(waits)).rows.length < count);
  };
  // In the middle of the batch.
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM bizinsights.rejected_records WHERE integration_id = $1 FOR UPDATE', [
    integrationId,
  ]);
  const writing = records.write({ ...batch, deleted: [{ kind: 'customer', id: '1', deletedAt: 2 }] });
  await waiting(1);
  const removing = integrations.remove(integrationId);
  await waiting(2);
  await client.query('COMMIT');
  client.release();
  expect(await writing).toMatchObject({ rejected: 1, deleted: 1 });
  await removing;
  expect(await records.rejected(integrationId)).toEqual([]);
  const { rows } = await pool.query('SELECT 1 FROM bizinsights.records WHERE integration_id = $1', [integrationId]);
  expect(rows).toEqual([]);
});

test('records are listed page by page', async () => {
  const { integrations, records } = opened.store;
  const { id: integrationId } = await integrations.connect(connection);
  const all = Array.from({ length: 250 }, (_, n) => customer(String(n).padStart(3, '0')));
  await records.write({ integrationId, stream: 'customers', records: all, rejected: [], deleted: [] });
  const seen: string[] = [];
  for (;;) {
    const after = seen.at(-1);
    const page = await records.list({ integrationId, kind: 'customer', ...defined({ after }) });
    seen.push(...page.map(({ id }) => id));
    if (page.length < 100) break;
  }
  expect(seen).toEqual(all.map(({ id }) => id));
});

test('organizations and members are kept, and a zone or a currency that is none is refused', async () => {
  const { organizations, integrations } = opened.store;
  const shop = { id: 'shop', name: 'Shop', timeZone: 'Asia/Tokyo', currency: 'JPY' };
  await organizations.upsert(shop);
  await organizations.upsert({ ...shop, name: 'The shop' });
  expect(await organizations.get('shop')).toEqual({ ...shop, name: 'The shop' });
  await expect(organizations.upsert({ ...shop, timeZone: 'Mars/Base' })).rejects.toThrow(/timeZone.*Mars/s);
  await expect(organizations.upsert({ ...shop, timeZone: '+02:00' })).rejects.toThrow(/timeZone.*"\+02:00" is not/s);
  await expect(organizations.upsert({ ...shop, currency: 'yen' })).rejects.toThrow(/currency.*yen/s);
  const ann = { organizationId: 'shop', id: 'ann', email: 'ann@example.com', role: 'owner' } as const;
  await organizations.upsertMember({ ...ann, name: 'Ann', timeZone: 'Europe/Paris' });
  expect(await organizations.members('shop')).toEqual([{ ...ann, name: 'Ann', timeZone: 'Europe/Paris' }]);
  await expect(organizations.upsertMember({ ...ann, timeZone: '-0530' })).rejects.toThrow(/timeZone.*"-0530" is not/s);
  await organizations.upsertMember(ann);
  expect(await organizations.members('shop')).toEqual([ann]);
  await organizations.removeMember('shop', 'ann');
  expect(await organizations.members('shop')).toEqual([]);
  const { id } = await integrations.connect({ ...connection, organizationId: 'shop' });
  const removing = organizations.remove('shop');
  await expect(removing).rejects.toThrow(ConflictError);
  await expect(removing).rejects.toThrow(/still has 1/);
  await integrations.remove(id);
  await organizations.remove('shop');
  expect(await organizations.get('shop')).toBeUndefined();
});
