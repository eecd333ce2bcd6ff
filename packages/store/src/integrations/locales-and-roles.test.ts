/** Roles and locales of members and organizations, and what a migration makes of roles that were any text. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { migrate } from '../database/migrate.js';
import { MIGRATIONS } from '../database/migrations.js';
import { KEYS, openOnEmbedded } from '../fixtures/open-store.js';
import { createStore, type Store } from '../store.js';
import { MEMBER_ROLES } from './organizations.js';

const STEP = '0010-member-roles-alerts';
const acme = { id: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'EUR' } as const;
const ann = { organizationId: 'acme', id: 'ann', email: 'ann@example.com', role: 'owner' } as const;

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function openStore(): Promise<Store> {
  const { store, close } = await openOnEmbedded();
  cleanUp.push(close);
  return store;
}

/** What a host without types may hand over. */
const untyped = (member: Record<string, unknown>): typeof ann => JSON.parse(JSON.stringify(member));

test('keeps the three roles, and refuses any other', async () => {
  const { organizations } = await openStore();
  for (const role of MEMBER_ROLES) {
    await organizations.upsertMember({ ...ann, role });
    expect(await organizations.members('acme')).toEqual([{ ...ann, role }]);
  }
  for (const role of ['Owner', 'viewer', '', undefined, null, 7, ['owner']]) {
    const adding = organizations.upsertMember(untyped({ ...ann, role }));
    await expect(adding).rejects.toThrow(ArgumentError);
    await expect(adding).rejects.toThrow(/The member is invalid: role: .* is not one of owner, admin, member/);
  }
});

test('keeps locales of BCP 47 as they are, leaves them out again, and refuses what is none', async () => {
  const { organizations } = await openStore();
  for (const locale of ['de', 'en-GB', 'zh-Hant-TW', 'sr-Latn', 'de-de']) {
    await organizations.upsert({ ...acme, locale });
    expect(await organizations.get('acme')).toEqual({ ...acme, locale });
    await organizations.upsertMember({ ...ann, locale });
    expect(await organizations.members('acme')).toEqual([{ ...ann, locale }]);
  }
  await organizations.upsert(acme);
  expect(await organizations.get('acme')).toEqual(acme);
  await organizations.upsertMember(ann);
  expect(await organizations.members('acme')).toEqual([ann]);
  for (const locale of ['de_DE', '', 'english language', 'x', '12', 'de\0', '🇩🇪']) {
    await expect(organizations.upsert({ ...acme, locale })).rejects.toThrow(ArgumentError);
    await expect(organizations.upsertMember({ ...ann, locale })).rejects.toThrow(/The member is invalid: locale: /);
  }
  await expect(organizations.upsertMember(untyped({ ...ann, locale: ['de'] }))).rejects.toThrow(ArgumentError);
  expect(await organizations.get('acme')).toEqual(acme);
});

test('makes unknown roles of an earlier release those of members, who may do the least', async () => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  cleanUp.push(drop, () => pool.end());
  const step = MIGRATIONS.findIndex(({ id }) => id === STEP);
  await migrate(pool, MIGRATIONS.slice(0, step));
  await pool.query(
    "INSERT INTO bizinsights.organizations (id, name, time_zone, currency, created_at) VALUES ('acme', 'Acme', 'UTC', 'EUR', 0)",
  );
  const roles = ['owner', 'admin', 'member', 'Owner', 'superuser', ''];
  for (const [index, role] of roles.entries()) {
    await pool.query(
      "INSERT INTO bizinsights.members (organization_id, id, email, role, created_at) VALUES ('acme', $1, 'a@example.com', $2, 0)",
      [String(index), role],
    );
  }
  expect(await migrate(pool)).toEqual(MIGRATIONS.slice(step).map(({ id }) => id));
  const members = await createStore({ pool, keys: KEYS }).organizations.members('acme');
  expect(members.map(({ role }) => role)).toEqual(['owner', 'admin', 'member', 'member', 'member', 'member']);
});
