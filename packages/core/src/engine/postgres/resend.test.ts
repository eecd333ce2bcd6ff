/** What has been done on PostgreSQL, its answer lost: it is sent again, done once, and answered as if nothing had been. */
import { createDatabase, type FaultyProxy, startProxy } from '@bizinsights/test-servers';
import { createPostgresBackend } from 'bullmq';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createClaims } from './claims.js';
import { createPostgresEngine, type SqlPools } from './engine.js';
import { createSqlListener, type SqlListener } from './notifications/listener.js';
import { listeningPool } from './notifications/listening-pool.js';
import { postgresTarget } from './target.js';

let proxy: FaultyProxy;
let engine: ReturnType<typeof createPostgresEngine>;
let pools: SqlPools;
let listener: SqlListener;
let direct: pg.Pool;
let drop: () => Promise<void>;
let names = 0;
beforeAll(async () => {
  const database = await createDatabase(inject('postgresUrl'));
  drop = database.drop;
  const url = new URL(database.url);
  proxy = await startProxy(Number(url.port));
  url.port = String(proxy.port);
  engine = createPostgresEngine(postgresTarget(url.href), { prefix: 'test', onError: () => undefined });
  await engine.ready();
  pools = await postgresTarget(url.href).open();
  listener = createSqlListener(
    async () => pools.workers,
    () => undefined,
  );
  direct = new pg.Pool({ connectionString: database.url });
});
afterAll(async () => {
  await engine.close();
  await listener.close();
  await pools.close();
  await direct.end();
  await proxy.stop();
  await drop();
});

/** The answer to a call, of which the answer to the statement with `text` in it is lost. */
async function again<T>(text: string, call: () => Promise<T>): Promise<T> {
  const before = proxy.answersLost();
  proxy.loseAnswer(text);
  try {
    return await call();
  } finally {
    expect(proxy.answersLost()).toBe(before + 1);
  }
}

async function newQueue() {
  const queue = engine.queue(`queue-${++names}`);
  await queue.counts();
  await queue.get('any');
  return queue;
}

const newJob = (id: string, options: object = {}) => ({ id, data: { n: 1 }, options });

describe('a queue', () => {
  it('adds once', async () => {
    const queue = await newQueue();
    expect(await again('add_job', () => queue.add(newJob('one')))).toBe('one');
    expect(await again('add_jobs_bulk', () => queue.addMany([newJob('two'), newJob('three')]))).toEqual([
      'two',
      'three',
    ]);
    const first = await again('add_job', () => queue.add(newJob('four', { deduplication: { id: 'key' } })));
    expect(first).toBe('four');
    expect(await queue.counts()).toMatchObject({ waiting: 4 });
  });

  it('promotes, removes and retries once, and says so', async () => {
    const queue = await newQueue();
    await queue.add(newJob('later', { delay: 60_000 }));
    await queue.add(newJob('gone'));
    await queue.add(newJob('broken'));
    await direct.query(
      "UPDATE bullmq.job SET state = 'failed', finished_at_ms = 1 WHERE queue = $1 AND id = 'broken'",
      [queue.name],
    );
    expect(await again('promote', () => queue.promote('later'))).toBe(true);
    expect(await again('SELECT remove', () => queue.remove('gone'))).toBe(true);
    expect(await again('reprocess_job', () => queue.retry('broken', 'failed'))).toBe(true);
    expect(await queue.counts()).toMatchObject({ waiting: 2, failed: 0, delayed: 0 });
  });
});

describe('the state', () => {
  it('a lock that was set is ours, and no one else gets it', async () => {
    expect(await again('INSERT INTO', () => engine.state.setIfAbsent('lock', 'mine', 60_000))).toBe(true);
    expect(await again('INSERT INTO', () => engine.state.setIfAbsent('lock', 'theirs', 60_000))).toBe(false);
    expect(await engine.state.setIfAbsent('lock', 'mine', 60_000)).toBe(false);
    expect(await again('DELETE', () => engine.state.deleteIfEqual('lock', 'theirs'))).toBe(false);
    expect(await again('DELETE', () => engine.state.deleteIfEqual('lock', 'mine'))).toBe(true);
    expect(await engine.state.get('lock')).toBeUndefined();
  });

  it('a log has each entry once', async () => {
    await engine.state.append('log', ['old'], 10);
    await again('INSERT INTO', () => engine.state.append('log', ['a', 'b'], 10));
    await again('INSERT INTO', () => engine.state.append('log', ['c'], 1_000));
    expect(await engine.state.entries('log', 0, 10)).toEqual(['c', 'b', 'a', 'old']);
  });

  it('no more starts than allowed', async () => {
    const waits: number[] = [];
    for (let n = 0; n < 4; n++)
      waits.push(await again('take_slot', () => engine.state.takeSlot('slots', `m-${n}`, 3, 60_000)));
    expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(3);
  });
});

describe.each([
  ['', false],
  [', of a queue with a rate limit', true],
] as const)("a worker's statements%s", (_, isLimited) => {
  async function newBackend(...ids: string[]) {
    const queue = `worker-${++names}`;
    const claims = createClaims(() => undefined);
    if (isLimited) claims.limited({ key: 'key', isShared: false, max: 1, per: 1_000 });
    const connection = listeningPool(pools.workers, listener, claims);
    const options = { connection, lockDuration: 30_000 };
    const backend = createPostgresBackend(queue, options);
    const job = { name: 'job', data: '{}', opts: {}, timestamp: 1, progress: 0, attemptsMade: 0 };
    for (const id of ids) {
      const rest = { attemptsStarted: 0, stalledCounter: 0, failedReason: '', returnvalue: 'null' };
      await backend.addJob({ ...job, ...rest, id }, id);
    }
    const states = async () => {
      const { rows } = await direct.query<{ id: string; state: string; started: number }>(
        'SELECT id, state::text AS state, attempts_started AS started FROM bullmq.job WHERE queue = $1 ORDER BY id',
        [queue],
      );
      return rows.map(({ id, state, started }) => `${id} ${state} ${started}`);
    };
    return { backend, states };
  }

  it('a job that was taken is given', async () => {
    const { backend, states } = await newBackend('a', 'b');
    expect((await again('move_to_active', () => backend.moveToActive('token-1', 'worker')))[1]).toBe('a');
    expect(await states()).toEqual(['a active 1', 'b waiting 0']);
    expect((await again('move_to_active', () => backend.moveToActive('token-2', 'worker')))[1]).toBe('b');
    expect((await again('move_to_active', () => backend.moveToActive('token-3', 'worker')))[0]).toBeNull();
    expect(await states()).toEqual(['a active 1', 'b active 1']);
    await backend.close();
  });

  it.for(['completed', 'failed'] as const)('a job that has %s has, and the next one is given', async (state) => {
    const { backend, states } = await newBackend('a', 'b', 'c');
    const end = (id: string, token: string, fetchNext: boolean) => {
      // All that is read of the job.
      const job = JSON.parse(JSON.stringify({ id, opts: {} }));
      return state === 'completed'
        ? backend.moveToCompleted(job, 1, false, token, fetchNext)
        : backend.moveToFailed(job, 'reason', false, token, fetchNext);
    };
    await backend.moveToActive('token', 'worker');
    const { result } = await again('move_to_', () => end('a', 'token', true));
    expect(result?.[1]).toBe('b');
    expect(await states()).toEqual([`a ${state} 1`, 'b active 1', 'c waiting 0']);
    await again('move_to_', () => end('b', 'token', false));
    expect(await states()).toEqual([`a ${state} 1`, `b ${state} 1`, 'c waiting 0']);
    // One that somebody else has by now is still refused.
    await backend.moveToActive('theirs', 'other');
    await expect(again('move_to_', () => end('c', 'token', true))).rejects.toThrow();
    expect(await states()).toEqual([`a ${state} 1`, `b ${state} 1`, 'c active 1']);
    await backend.close();
  });

  it('a job that was put off or back is', async () => {
    const { backend, states } = await newBackend('a', 'b');
    await backend.moveToActive('token-a', 'worker');
    await backend.moveToActive('token-b', 'worker');
    await again('move_to_delayed', () => backend.moveToDelayed('a', Date.now(), 60_000, 'token-a'));
    await again('retry_job', () => backend.retryJob('b', false, 'token-b'));
    expect(await states()).toEqual(['a delayed 1', 'b waiting 1']);
    const { rows } = await direct.query(
      'SELECT DISTINCT attempts_made AS made FROM bullmq.job WHERE id IN ($1, $2) AND queue = $3',
      ['a', 'b', `worker-${names}`],
    );
    expect(rows).toEqual([{ made: 1 }]);
    await backend.close();
  });
});
