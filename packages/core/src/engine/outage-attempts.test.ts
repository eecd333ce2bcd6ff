/** The store goes away under a running attempt: its effects are done once, it is stored once, and no attempt is used up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, startPostgres, startProxy, startRedis } from '@bizinsights/test-servers';
import pg from 'pg';
import { describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import type { JobContext } from '../processor/definition.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { CapturedLog } from '../testing/behaviour/captured-log.js';
import { gate, record } from '../testing/behaviour/test-bed.js';

const PATIENT = { timeout: 30_000, interval: 20 };

vi.setConfig({ testTimeout: 90_000 });

/** What a caller of the store would not wait for: a step does. ms */
const AWAY = 7_000;

const orders = defineQueue({
  name: 'orders',
  schema: z.object({}),
  result: z.string(),
  defaults: { attempts: 1, retention: { completed: {} } },
});

/** Jobs with one worker, all that is told of its attempts, and the result of `process`. */
function openOn({ onTestFinished }: TestContext, connection: string) {
  const log = new CapturedLog();
  const jobs = createJobs({ connection, queues: [orders], logger: log.logger, environment: {} });
  onTestFinished(() => jobs.close());
  const told = {
    active: record(jobs, 'job:active'),
    failed: record(jobs, 'job:failed'),
    completed: record(jobs, 'job:completed'),
  };
  const work = async (process: (job: JobContext<typeof orders>) => Promise<string>, options = {}) => {
    jobs.registerProcessor(defineProcessor({ queue: orders, process }));
    await jobs.startWorker({ handleSignals: false, ...options });
    return (await jobs.queue(orders).add({})).id;
  };
  /** The job is completed by its first attempt, which is told once. */
  const expectDoneOnce = async (id: string) => {
    await vi.waitFor(async () => expect((await jobs.queue(orders).get(id))?.state).toBe('completed'), PATIENT);
    await vi.waitFor(() => expect(told.completed).toHaveLength(1), PATIENT);
    expect(told.failed).toEqual([]);
    expect(await jobs.queue(orders).get(id)).toMatchObject({ attemptsMade: 1, result: 'done' });
  };
  return { jobs, log, told, work, expectDoneOnce };
}

/** A Redis or a PostgreSQL of its own that can go away and come back. */
const servers = {
  'a Redis that is killed': async () => {
    const redis = await startRedis({ appendOnly: true });
    return { url: redis.url, leave: () => redis.kill(), comeBack: () => redis.start(), stop: () => redis.stop() };
  },
  'a Redis that says nothing': async () => {
    const redis = await startRedis();
    const [leave, comeBack] = [async () => redis.pause(), async () => redis.resume()];
    return { url: redis.url, leave, comeBack, stop: () => redis.stop() };
  },
  'a Redis that is full': async () => {
    const redis = await startRedis();
    const limit = async (bytes: string) => void (await redis.command('CONFIG', 'SET', 'maxmemory', bytes));
    return { url: redis.url, leave: () => limit('1'), comeBack: () => limit('0'), stop: () => redis.stop() };
  },
  'a PostgreSQL that is killed': async () => {
    const server = await startPostgres({ isDurable: true });
    return { url: server.url, leave: () => server.kill(), comeBack: () => server.start(), stop: () => server.stop() };
  },
};
const kinds = [
  'a Redis that is killed',
  'a Redis that says nothing',
  'a Redis that is full',
  'a PostgreSQL that is killed',
] as const;

for (const kind of kinds) {
  describe.concurrent(`with ${kind}`, () => {
    const open = async (context: TestContext) => {
      const server = await servers[kind]();
      let back = Promise.resolve();
      context.onTestFinished(async () => {
        await back;
        await server.stop();
      });
      /** It is away from now on, and for so long. ms */
      const leaveFor = async (ms: number) => {
        await server.leave();
        back = sleep(ms).then(() => server.comeBack());
      };
      return { leaveFor, ...openOn(context, server.url) };
    };

    it('the result of a step waits for it: the effect is done once, and no attempt is used up', async (context) => {
      const { leaveFor, work, told, expectDoneOnce } = await open(context);
      const charged: number[] = [];
      const id = await work(async ({ attempt, step, cursor }) => {
        await step('charge', async () => {
          charged.push(attempt);
          await leaveFor(AWAY);
        });
        const page = await cursor('page', 1);
        await page.save(2);
        return 'done';
      });
      await expectDoneOnce(id);
      expect(charged).toEqual([1]);
      expect(told.active).toHaveLength(1);
    });

    it('the end of a job waits for it', async (context) => {
      const { leaveFor, work, told, expectDoneOnce } = await open(context);
      const id = await work(async () => {
        await leaveFor(AWAY);
        return 'done';
      });
      await expectDoneOnce(id);
      expect(told.active).toHaveLength(1);
    });

    it('away for longer than the lock lasts, the job is taken again, and what it has done is not done again', async (context) => {
      const { leaveFor, work, expectDoneOnce } = await open(context);
      const charged: number[] = [];
      const id = await work(
        async ({ attempt, step }) => {
          await step('charge', async () => {
            charged.push(attempt);
            await leaveFor(4_000);
          });
          await step('ship', () => 'shipped');
          return 'done';
        },
        { lockDuration: 1_000, stalledInterval: 300 },
      );
      await expectDoneOnce(id);
      expect(charged).toEqual([1]);
    });

    it('a job that needs it for something else is put off, without using up an attempt', async (context) => {
      const { jobs, leaveFor, work, log, expectDoneOnce } = await open(context);
      let starts = 0;
      const id = await work(async ({ attempt }) => {
        expect(attempt).toBe(1);
        starts += 1;
        if (starts === 1) {
          await leaveFor(AWAY);
        }
        // The job's own error, around that of the store.
        await jobs.cache.set('order', 1).catch((cause: unknown) => {
          throw new Error('The order could not be remembered', { cause });
        });
        return 'done';
      });
      await expectDoneOnce(id);
      expect(starts).toBeGreaterThanOrEqual(2);
      expect(starts).toBeLessThanOrEqual(4);
      expect(log.text).toContain('Jobs are put off, without using up an attempt');
    });
  });
}

describe('with a PostgreSQL that cuts connections', () => {
  const open = async (context: TestContext) => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    context.onTestFinished(drop);
    const connect = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      context.onTestFinished(() => client.end());
      return client;
    };
    return { url, admin: await connect(), connect };
  };
  const OTHERS = 'pid <> pg_backend_pid() AND datname = current_database()';

  it('the result of a step is written again when all connections are cut', async (context) => {
    const { url, admin } = await open(context);
    const { work, expectDoneOnce } = openOn(context, url);
    const charged: number[] = [];
    const id = await work(async ({ attempt, step }) => {
      await step('charge', async () => {
        charged.push(attempt);
        await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OTHERS}`);
      });
      return 'done';
    });
    await expectDoneOnce(id);
    expect(charged).toEqual([1]);
  });

  it.for(['completed', 'failed', 'put off'] as const)(
    'an end as %s is written again when its connection is cut while it is written',
    async (end, context) => {
      const { url, admin, connect } = await open(context);
      // Another one than that which looks: what a transaction has seen of the activity stays as it was for it.
      const holder = await connect();
      const { jobs, work, told } = openOn(context, url);
      let starts = 0;
      const id = await work(async ({ id: own, attempt }) => {
        starts += 1;
        expect(attempt).toBe(1);
        if (starts === 2) return 'done';
        // Whoever writes to the job now waits for us.
        await holder.query('BEGIN');
        await holder.query('SELECT FROM bullmq.job WHERE id = $1 FOR UPDATE', [own]);
        if (end === 'completed') return 'done';
        throw end === 'failed' ? new Error('no') : Object.assign(new Error(), { code: 'JOB_RETRY_AFTER', delay: 50 });
      });
      const cut = await vi.waitFor(async () => {
        const { rows } = await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OTHERS} AND wait_event_type = 'Lock' AND query LIKE '%move_to%'`,
        );
        expect(rows.length).toBeGreaterThan(0);
        return rows.length;
      }, PATIENT);
      expect(cut).toBe(1);
      await holder.query('COMMIT');
      const state = end === 'failed' ? 'failed' : 'completed';
      await vi.waitFor(async () => expect((await jobs.queue(orders).get(id))?.state).toBe(state), PATIENT);
      await vi.waitFor(() => expect(told[state]).toHaveLength(1), PATIENT);
      expect(told.failed).toHaveLength(end === 'failed' ? 1 : 0);
      expect(starts).toBe(end === 'put off' ? 2 : 1);
      expect((await jobs.queue(orders).get(id))?.attemptsMade).toBe(1);
    },
  );
});

describe.each(['redisUrl', 'postgresUrl'] as const)('when the answer of the store is lost (%s)', (server) => {
  /** The store behind a proxy, and `jobs` that see it without. */
  const open = async (context: TestContext) => {
    let url = inject(server);
    if (server === 'postgresUrl') {
      const database = await createDatabase(url);
      context.onTestFinished(database.drop);
      url = database.url;
    } else url = `${url}/9`;
    const address = new URL(url);
    const proxy = await startProxy(Number(address.port));
    context.onTestFinished(() => proxy.stop());
    address.port = String(proxy.port);
    const seeing = createJobs({ connection: url, queues: [orders], environment: {} });
    context.onTestFinished(() => seeing.close());
    return { proxy, seeing: seeing.queue(orders), ...openOn(context, address.href) };
  };

  it.for([
    ['completed', 'kept'],
    ['completed', 'removed at once'],
    ['failed', 'kept'],
    ['failed', 'tried again'],
  ] as const)('the end of a job that is %s and %s is told once', async ([end, then], context) => {
    const { proxy, seeing, jobs, told } = await open(context);
    const goOn = gate();
    const begun = gate();
    jobs.registerProcessor(
      defineProcessor({
        queue: orders,
        async process({ attempt }) {
          begun.open();
          await goOn.opened;
          if (end === 'failed' && attempt === 1) throw new Error('no');
          return 'done';
        },
      }),
    );
    await jobs.startWorker({ handleSignals: false });
    const { id } = await seeing.add(
      {},
      {
        ...(then === 'tried again' ? { attempts: 2, backoff: { type: 'fixed', delay: 3_600_000 } as const } : {}),
        ...(then === 'removed at once' ? { retention: { completed: { count: 0 } } } : {}),
      },
    );
    await begun.opened;
    proxy.loseAnswers();
    goOn.open();
    const state = then === 'tried again' ? 'delayed' : end;
    await vi.waitFor(
      async () => expect((await seeing.get(id))?.state).toBe(then === 'removed at once' ? undefined : state),
      PATIENT,
    );
    proxy.cut();
    await vi.waitFor(() => expect(told[end]).toHaveLength(1), PATIENT);
    // What would come a second time has had its chance.
    await sleep(300);
    expect([told.completed.length, told.failed.length]).toEqual(end === 'completed' ? [1, 0] : [0, 1]);
    if (then !== 'removed at once') expect(await seeing.get(id)).toMatchObject({ state, attemptsMade: 1 });
  });
});
