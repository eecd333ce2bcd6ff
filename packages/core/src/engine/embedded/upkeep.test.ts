/** What the embedded store does for its tables, in parts that let others in. */
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Upkeep } from './upkeep.js';

let pglite: PGlite;
let upkeep: Upkeep;

beforeAll(async () => {
  pglite = await PGlite.create();
  upkeep = new Upkeep(pglite, (error) => {
    throw error;
  });
}, 120_000);
afterAll(async () => {
  await upkeep.stop();
  await pglite.close();
});

it('vacuums and analyzes the tables that have changed much, each statement in a turn of its own', async () => {
  await pglite.exec(`
    CREATE TABLE worn (n integer, kind text);
    CREATE TABLE calm (n integer);
    INSERT INTO worn SELECT n, 'kind-' || n % 3 FROM generate_series(1, 40000) AS n;
    INSERT INTO calm SELECT generate_series(1, 500);
    DELETE FROM worn WHERE n > 20000`);
  // Otherwise within a second.
  await pglite.exec('SELECT pg_stat_force_next_flush()');
  const exec = vi.spyOn(pglite, 'exec');
  const turns: number[] = [];
  let turn = 0;
  let next = setImmediate(function count() {
    turn += 1;
    next = setImmediate(count);
  });
  exec.mockImplementation(async (...args) => {
    turns.push(turn);
    return await PGlite.prototype.exec.apply(pglite, args);
  });
  await upkeep.run(0).finally(() => clearImmediate(next));
  const statements = exec.mock.calls
    .map(([statement]) => statement)
    .filter((statement) => !/pg_catalog/.test(statement));
  exec.mockRestore();
  expect(statements).toEqual(['VACUUM public.worn', expect.stringMatching(/ANALYZE public\.worn$/), 'CHECKPOINT']);
  expect(new Set(turns).size).toBe(turns.length);
  const { rows } = await pglite.query(
    "SELECT attname, n_distinct FROM pg_stats WHERE schemaname = 'public' AND attname = 'kind'",
  );
  expect(rows).toEqual([{ attname: 'kind', n_distinct: 3 }]);
  // What the host analyzes itself is analyzed as the host has set it.
  expect((await pglite.query('SHOW default_statistics_target')).rows).toEqual([{ default_statistics_target: '100' }]);
});

it('does nothing where nothing was written', async () => {
  await upkeep.run();
  const exec = vi.spyOn(pglite, 'exec');
  await upkeep.run(0);
  expect(exec).not.toHaveBeenCalled();
});
