import { Pool } from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Passwords } from './passwords';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

const ann = { organizationId: 'glaze', id: 'ann' };

let pool: Pool;
beforeAll(() => {
  // Of this connection alone, and gone with it.
  pool = new Pool({ connectionString: inject('postgresUrl'), options: '-c search_path=pg_temp', max: 1 });
});
afterAll(() => pool.end());

it('keeps the hash of the first password, whoever starts at the same moment', async () => {
  const passwords = new Passwords(pool);
  await Promise.all([passwords.migrate(), passwords.migrate()]);
  await Promise.all([passwords.setMissing([ann], 'bizinsights'), passwords.setMissing([ann], 'bizinsights')]);
  const { rows: kept } = await pool.query('SELECT * FROM member_passwords');
  expect(kept).toEqual([{ organization_id: 'glaze', member_id: 'ann', hash: expect.stringMatching(/^scrypt\$/) }]);
  await passwords.setMissing([ann], 'another one');
  expect((await pool.query('SELECT * FROM member_passwords')).rows).toEqual(kept);
  expect(await passwords.isOf(ann, 'bizinsights')).toBe(true);
  expect(await passwords.isOf({ ...ann, organizationId: 'harbor' }, 'bizinsights')).toBe(false);
});
