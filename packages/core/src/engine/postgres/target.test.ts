/** A connection that the server ends harms nobody, whatever it is used for at that moment. */
import { createDatabase } from '@bizinsights/test-servers';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import type { SqlPools } from './engine.js';
import { postgresTarget } from './target.js';

it('a connection that the server ends is no uncaught error: idle, in use between two queries, or of ended pools', async ({
  onTestFinished,
}) => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  onTestFinished(drop);
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  onTestFinished(() => admin.end());
  const endAll = async () => {
    const database = new URL(url).pathname.slice(1);
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [database]);
  };
  /** Pools with an idle connection each and one that is in use. */
  const open = async () => {
    const pools = await postgresTarget(url).open();
    const { commands, workers } = pools;
    const used = await workers.connect();
    await Promise.all([used, commands, workers].map((one) => one.query('SELECT 1')));
    return { pools, used };
  };
  const uncaught: Error[] = [];
  const listener = (error: Error) => uncaught.push(error);
  process.on('uncaughtException', listener);
  onTestFinished(() => {
    process.off('uncaughtException', listener);
  });
  const { pools, used } = await open();
  await endAll();
  await expect(used.query('SELECT 1')).rejects.toThrow();
  used.release();
  await expect.poll(() => answers(pools)).toBe(true);
  for (let round = 0; round < 5; round++) {
    const opened = await open();
    opened.used.release();
    const closed = opened.pools.close();
    await Promise.all([closed, endAll()]);
  }
  await pools.close();
  expect(uncaught).toEqual([]);
});

async function answers({ workers }: SqlPools): Promise<boolean> {
  try {
    await workers.query('SELECT 1');
    return true;
  } catch {
    return false;
  }
}
