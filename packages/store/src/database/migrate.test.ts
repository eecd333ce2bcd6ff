import { createDatabase } from '@bizinsights/test-servers';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations.js';
import * as tables from './schema.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function emptyDatabase(): Promise<() => pg.Pool> {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  cleanUp.push(drop);
  return () => {
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    cleanUp.push(() => pool.end());
    return pool;
  };
}

const ids = MIGRATIONS.map(({ id }) => id);

test('ten processes that start at once make the tables once', async () => {
  const open = await emptyDatabase();
  const applied = await Promise.all(Array.from({ length: 10 }, () => migrate(open())));
  expect(applied.flat()).toEqual(ids);
  expect(await migrate(open())).toEqual([]);
});

test('a step that fails leaves nothing behind, and the connection is not handed on', async () => {
  const open = await emptyDatabase();
  const pool = open();
  const broken = [...MIGRATIONS, { id: '9999', sql: 'CREATE TABLE bizinsights.half (a int); SELECT nonsense' }];
  await expect(migrate(pool, broken)).rejects.toThrow(/nonsense/);
  const { rows } = await pool.query("SELECT 1 FROM pg_namespace WHERE nspname = 'bizinsights'");
  expect(rows).toEqual([]);
  expect(await migrate(pool)).toEqual(ids);
  expect(await migrate(pool, [...MIGRATIONS, { id: '2', sql: 'CREATE TABLE bizinsights.two (a int)' }])).toEqual(['2']);
});

test('the tables are those that Drizzle is told of', async () => {
  const pool = (await emptyDatabase())();
  await migrate(pool);
  const { rows } = await pool.query<{ name: string; columns: string[] }>(`
    SELECT table_name::text AS name,
      array_agg(column_name || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END) AS columns
    FROM information_schema.columns WHERE table_schema = 'bizinsights' AND table_name <> 'migrations' GROUP BY 1`);
  const expected = Object.values(tables).flatMap((table) => {
    if (!is(table, PgTable)) return [];
    const columns = Object.values(getTableColumns(table)).map(
      ({ name, notNull }) => `${name}${notNull ? ' NOT NULL' : ''}`,
    );
    return [[getTableName(table), columns.sort()]];
  });
  const found = rows.map(({ name, columns }) => [name, columns.sort()]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
});
