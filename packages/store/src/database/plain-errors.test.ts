import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { customer } from '../conformance/samples.js';
import { KEYS, type OpenStore, openOnPostgres } from '../fixtures/open-store.js';
import { createStore, type Store } from '../store.js';

let opened: OpenStore;
beforeAll(async () => {
  opened = await openOnPostgres(inject('postgresUrl'));
});
afterAll(() => opened.close());

const secret = 'ann@example.com';

/** How a write fails. */
async function failure({ records }: Store): Promise<Error> {
  const record = { ...customer('1', 1_000), email: secret };
  const batch = { integrationId: 'int_1', stream: 'customers', records: [record], rejected: [], deleted: [] };
  const error: unknown = await records.write(batch).catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) throw new TypeError('It has not failed');
  return error;
}

test('a statement that fails says nothing of the people that it was about', async () => {
  await opened.pool.query('ALTER TABLE bizinsights.records RENAME COLUMN amount TO gone');
  const error = await failure(opened.store);
  expect(error).toMatchObject({ message: expect.stringMatching(/column "amount" .*does not exist/), code: '42703' });
  expect(inspect(error, { depth: 9 })).not.toContain(secret);
});

test('neither does a server that cannot be reached, nor one that is asked step by step', async () => {
  const pool = new pg.Pool({ connectionString: 'postgres://user:hidden@127.0.0.1:1/none' });
  const store = createStore({ pool, keys: KEYS });
  const error = await failure(store);
  expect(error).toMatchObject({ message: expect.stringMatching(/ECONNREFUSED/), code: 'ECONNREFUSED' });
  expect(inspect(error, { depth: 9 })).not.toMatch(/ann@example|hidden/);
  const first = store.integrations.scheduled()[Symbol.asyncIterator]().next();
  await expect(first).rejects.toThrow(/^The store has failed: .*ECONNREFUSED/);
  await pool.end();
});
