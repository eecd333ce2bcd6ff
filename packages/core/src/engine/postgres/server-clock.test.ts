/** BullMQ's statements on our pool, in a process whose clock is 45 s ahead or behind. */
import { createDatabase } from '@bizinsights/test-servers';
import { createPostgresBackend, type PgPool } from 'bullmq';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createPostgresEngine, type SqlPools } from './engine.js';
import { postgresTarget } from './target.js';

const LOCK = 30_000;

let pools: SqlPools;
let direct: pg.Pool;
let drop: () => Promise<void>;
let names = 0;
beforeAll(async () => {
  const database = await createDatabase(inject('postgresUrl'));
  drop = database.drop;
  const engine = createPostgresEngine(postgresTarget(database.url), { prefix: 'test', onError: () => undefined });
  await engine.ready();
  await engine.close();
  pools = await postgresTarget(database.url).open();
  direct = new pg.Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pools.close();
  await direct.end();
  await drop();
});
afterEach(() => void vi.restoreAllMocks());

const realNow = Date.now.bind(Date);
function setClock(skew: number): void {
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + skew);
}

function newBackend(connection: PgPool, queue: string) {
  const options = { connection, lockDuration: LOCK, stalledInterval: 1, maxStalledCount: 1 };
  return createPostgresBackend(queue, options);
}

function newJob(id: string, delay = 0) {
  return {
    id,
    name: 'job',
    data: '{}',
    opts: delay > 0 ? { delay } : {},
    timestamp: Date.now(),
    progress: 0,
    attemptsMade: 0,
    attemptsStarted: 0,
    stalledCounter: 0,
    failedReason: '',
    returnvalue: 'null',
  };
}

/** By how many ms a time of a job is ahead of now. */
async function ahead(queue: string, id: string, column: 'locked_until_ms' | 'process_at_ms'): Promise<number> {
  const { rows } = await direct.query<{ time: string }>(
    `SELECT ${column} AS time FROM bullmq.job WHERE queue = $1 AND id = $2`,
    [queue, id],
  );
  return Number(rows[0]?.time) - realNow();
}

const near = (value: number, expected: number) => {
  expect(value).toBeLessThanOrEqual(expected + 50);
  expect(value).toBeGreaterThan(expected - 5_000);
};

describe.each([45_000, -45_000])('with a clock that is %i ms off', (skew) => {
  it('locks last as long as they are to', async () => {
    const queue = `locks-${++names}`;
    const backend = newBackend(pools.workers, queue);
    setClock(skew);
    await backend.addJob(newJob('one'), 'one');
    await backend.addJob(newJob('two'), 'two');
    await backend.moveToActive('token', 'worker');
    near(await ahead(queue, 'one', 'locked_until_ms'), LOCK);
    await direct.query('UPDATE bullmq.job SET locked_until_ms = 0 WHERE queue = $1', [queue]);
    expect(await backend.extendLocks(['one'], ['token'], LOCK)).toEqual([]);
    near(await ahead(queue, 'one', 'locked_until_ms'), LOCK);
    await direct.query('UPDATE bullmq.job SET locked_until_ms = 0 WHERE queue = $1', [queue]);
    await backend.extendLock('one', 'token', LOCK);
    near(await ahead(queue, 'one', 'locked_until_ms'), LOCK);
    await backend.close();
  });

  it('no job is taken for stalled while its lock lasts, and each is once it has ended', async () => {
    const queue = `stalled-${++names}`;
    const backend = newBackend(pools.workers, queue);
    await backend.addJob(newJob('one'), 'one');
    await backend.moveToActive('token', 'worker');
    setClock(skew);
    const check = async () => {
      await direct.query("DELETE FROM bullmq.meta WHERE queue = $1 AND field = 'stalled-check'", [queue]);
      return await backend.moveStalledJobsToWait();
    };
    await check();
    expect(await check()).toEqual([]);
    await direct.query('UPDATE bullmq.job SET locked_until_ms = $2 WHERE queue = $1', [queue, realNow() - 1_000]);
    expect(await check()).toEqual(['one']);
    await backend.close();
  });

  it('delayed jobs are begun in time, and waited for in the time of the process', async () => {
    const queue = `delays-${++names}`;
    const backend = newBackend(pools.workers, queue);
    setClock(skew);
    await backend.addJob(newJob('alone', 20_000), 'alone');
    near(await ahead(queue, 'alone', 'process_at_ms'), 20_000);
    const [job, , , until] = await backend.moveToActive('token', 'worker');
    expect(job).toBeNull();
    near(Number(until) - Date.now(), 20_000);
    await backend.addJobs([
      { job: newJob('first', 20_000), jobId: 'first' },
      { job: newJob('second', 21_000), jobId: 'second' },
    ]);
    near(await ahead(queue, 'first', 'process_at_ms'), 20_000);
    near(await ahead(queue, 'second', 'process_at_ms'), 21_000);
    await backend.changeDelay('first', 40_000);
    near(await ahead(queue, 'first', 'process_at_ms'), 40_000);
    await direct.query('UPDATE bullmq.job SET process_at_ms = $2 WHERE queue = $1', [queue, realNow()]);
    const [, id] = await backend.moveToActive('token', 'worker');
    expect(id).toBe('alone');
    await backend.moveToDelayed('alone', Date.now(), 20_000, 'token');
    near(await ahead(queue, 'alone', 'process_at_ms'), 20_000);
    await backend.close();
  });
});

it('a time that is right is stored as it was written', async () => {
  const queue = `right-${++names}`;
  const backend = newBackend(pools.workers, queue);
  const job = newJob('one', 20_000);
  await backend.addJob(job, 'one');
  await backend.addJobs([{ job: { ...job, id: 'two' }, jobId: 'two' }]);
  const { rows } = await direct.query('SELECT added_at_ms::float8 AS added FROM bullmq.job WHERE queue = $1', [queue]);
  expect(rows).toEqual([{ added: job.timestamp }, { added: job.timestamp }]);
  await backend.close();
});
