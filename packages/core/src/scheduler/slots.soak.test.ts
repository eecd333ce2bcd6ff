/** Schedules of every second while workers and stores are killed: how long the holes are, and what was done twice. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, startPostgres, startRedis, startRedisSentinel } from '@bizinsights/test-servers';
import pg from 'pg';
import { describe, it, type TestContext } from 'vitest';
import { type Child, startChild } from '../worker/fixtures/child.js';

const KEYS = ['tick:a', 'tick:b', 'tick:c'];
const WORKERS = 2;
/** How often it is all killed: once proves it, and `npm run soak` looks for what comes rarely. */
const ROUNDS = process.env.SOAK === 'long' ? 6 : 1;
const SETTINGS = { lockDuration: 4_000, stalledInterval: 1_000 };

/**
 * How long a slot may have to wait, ms. A job whose worker has died is taken again when its lock has run out and two looks
 * have found it without one; and a worker that waits for jobs asks again after ten seconds at the latest, if the one
 * that was woken has died over it. The rest is for a store that is away, and a busy machine.
 */
const LONGEST_HOLE = Math.max(SETTINGS.lockDuration + 2 * SETTINGS.stalledInterval, 10_000) + 8_000;

/** Workers as processes, and what they have done so far. */
async function open({ expect, onTestFinished }: TestContext, connection: string) {
  const folder = mkdtempSync(join(tmpdir(), 'bizinsights-slots-'));
  const ledger = join(folder, 'ledger');
  const start = () =>
    startChild('../../scheduler/fixtures/slot-worker.ts', {
      args: [connection, ledger, KEYS.join(), JSON.stringify(SETTINGS)],
    });
  const workers = Array.from({ length: WORKERS }, start);
  onTestFinished(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    rmSync(folder, { recursive: true });
  });
  await Promise.all(workers.map((worker) => worker.prints('ready')));
  const killed = new Set<number | undefined>();
  const lines = () => {
    const text = existsSync(ledger) ? readFileSync(ledger, 'utf8').trimEnd().split('\n') : [];
    return text.map((line) => {
      const [kind, id = '', pid, at] = line.split(' ');
      const [key, slot] = [id.replace(/^repeat:|:\d+$/g, ''), Number(id.split(':').at(-1))];
      return { kind, id, key, slot, pid: Number(pid), at: Number(at) };
    });
  };
  const done = () => lines().filter(({ kind }) => kind === 'done');
  /** Runs whose process was killed before the store had taken their end: nobody can keep another one from doing them. */
  const cutOff = () => {
    const stored = new Set(lines().flatMap(({ kind, id, pid }) => (kind === 'stored' ? [`${id} ${pid}`] : [])));
    return done().filter(({ id, pid }) => killed.has(pid) && !stored.has(`${id} ${pid}`));
  };
  const doneSince = async (since: number) => {
    for (const key of KEYS) {
      await expect.poll(() => done().some((one) => one.key === key && one.at > since), { timeout: 60_000 }).toBe(true);
    }
  };
  await doneSince(0);
  return {
    done,
    cutOff,
    doneSince,
    /** SIGKILL for one of them, and another one in its place. */
    async replace(nth: number) {
      workers[nth]?.kill('SIGKILL');
      await workers[nth]?.ended;
      killed.add(workers[nth]?.pid);
      const worker: Child = start();
      workers[nth] = worker;
      await worker.prints('ready');
    },
  };
}

type Run = Awaited<ReturnType<typeof open>>;

/** The table of a run. */
async function measure(
  { expect }: TestContext,
  title: string,
  { done, cutOff, doneSince }: Run,
  faults: () => Promise<void>,
) {
  await faults();
  await doneSince(Date.now());
  const all = done();
  const excused = cutOff();
  const rows = KEYS.map((key) => {
    const own = all.filter((one) => one.key === key).sort((a, b) => a.at - b.at);
    const holes = own.map(({ at }, index) => at - (own[index - 1]?.at ?? at));
    const slots = new Set(own.map(({ slot }) => slot));
    const repeated = own.filter(({ id }, index) => own.findIndex((one) => one.id === id) !== index);
    const isExcused = ({ id }: { id: string }) => excused.some((one) => one.id === id);
    const [first = 0, last = 0] = [own[0]?.slot, own.at(-1)?.slot];
    return {
      key,
      done: own.length,
      missed: (last - first) / 1_000 + 1 - slots.size,
      twice: repeated.filter((one) => !isExcused(one)).length,
      'killed between': repeated.filter(isExcused).length,
      'longest hole, ms': Math.max(0, ...holes),
    };
  });
  process.stdout.write(rows.map((row) => `${title} ${JSON.stringify(row)}\n`).join(''));
  for (const row of rows) {
    expect(row['longest hole, ms']).toBeLessThan(LONGEST_HOLE);
    expect(row.twice).toBe(0);
  }
}

describe('schedules of every second', { timeout: 600_000 }, () => {
  it('Redis: workers killed, connections killed, the server killed with its append-only file', async (context) => {
    const redis = await startRedis({ appendOnly: true });
    context.onTestFinished(() => redis.stop());
    const run = await open(context, redis.url);
    await measure(context, 'Redis', run, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await run.replace(round % WORKERS);
        for (let n = 0; n < 5; n++) {
          await redis.command('CLIENT', 'KILL', 'TYPE', 'NORMAL');
          await sleep(700);
        }
        await redis.kill();
        await sleep(500);
        await redis.start();
        await sleep(4_000);
      }
    });
  });

  it('Sentinel: the master killed', async (context) => {
    const sentinel = await startRedisSentinel();
    context.onTestFinished(() => sentinel.stop());
    const run = await open(context, sentinel.url);
    await measure(context, 'Sentinel', run, async () => {
      await sleep(5_000);
      await sentinel.killMaster();
      await sleep(15_000);
    });
  });

  it('PostgreSQL: workers killed, connections terminated, the server restarted', async (context) => {
    const server = await startPostgres({ isDurable: true });
    context.onTestFinished(() => server.stop());
    const { url } = await createDatabase(server.url);
    const run = await open(context, url);
    await measure(context, 'PostgreSQL', run, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await run.replace(round % WORKERS);
        for (let n = 0; n < 5; n++) {
          await terminateAll(url);
          await sleep(700);
        }
        await server.kill();
        await sleep(500);
        await server.start();
        await sleep(4_000);
      }
    });
  });
});

async function terminateAll(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await client.end();
}
