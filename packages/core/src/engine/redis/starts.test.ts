/** What a reached rate limit costs Redis: in proportion to what is started, not to what waits. */
import { type RedisServer, startRedis } from '@bizinsights/test-servers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { createStarts } from './starts.js';

const WAITING = 5_000;
const STARTS = 200;

const schema = z.object({ account: z.string(), n: z.number() });

let redis: RedisServer;
beforeAll(async () => {
  // Its scripts are counted: nobody else's are among them.
  redis = await startRedis();
});
afterAll(() => redis.stop());

const scripts = async () =>
  Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1] ?? 0);

it.each([
  ['each job its own', ({ account }: { account: string }) => account, 1],
  ['each job its own, and many run at a time', ({ account }: { account: string }) => account, 20],
  ['one for all', 'all', 5],
] as const)(
  'runs at most three scripts a start, those for jobs that wait included, where keys are %s',
  async (_, key, concurrency) => {
    const queue = defineQueue({
      name: `calls-${concurrency}`,
      schema,
      // Long enough that no second window begins, on however slow a machine.
      rateLimit: { key, max: STARTS, per: 600_000 },
      defaults: { attempts: 1 },
    });
    const jobs = createJobs({ connection: redis.url, queues: [queue], logger: silentLogger, environment: {} });
    jobs.registerProcessor(defineProcessor({ queue, concurrency, process: () => undefined }));
    const handle = jobs.queue(queue);
    const added = await handle.addMany(Array.from({ length: WAITING }, (_, n) => ({ data: { account: 'a', n } })));
    await redis.command('CONFIG', 'RESETSTAT');
    await jobs.startWorker({ handleSignals: false });
    // Not by our own counts, which are a script too.
    const delayed = () => redis.command('ZCARD', `bull:${queue.name}:delayed`);
    await vi.waitFor(async () => expect(await delayed()).toContain(`:${WAITING - STARTS}`), {
      timeout: 60_000,
      interval: 20,
    });
    expect(await scripts()).toBeLessThanOrEqual(3 * STARTS);
    // The others have been put in line without having been taken.
    const last = await handle.get(added.at(-1)?.id ?? '');
    expect(last).toMatchObject({ state: 'delayed', attemptsMade: 0 });
    await jobs.close();
  },
);

it.each([
  ['without priorities', {}, ['LLEN', 'wait']],
  ['with one priority', { priority: 5 }, ['ZCARD', 'prioritized']],
] as const)(
  'starts jobs of free keys in their order before the backlog of another key has been put in line, %s',
  async (_, options, [command, list]) => {
    // Two scripts read them.
    const waiting = 10_000;
    const queue = defineQueue({
      name: `backlog-${list}`,
      schema,
      rateLimit: { key: ({ account }: { account: string }) => account, max: 1, per: 600_000 },
      defaults: { attempts: 1 },
    });
    const jobs = createJobs({ connection: redis.url, queues: [queue], logger: silentLogger, environment: {} });
    const left: number[] = [];
    const order: string[] = [];
    jobs.registerProcessor(
      defineProcessor({
        queue,
        concurrency: 1,
        async process({ data: { account } }) {
          order.push(account);
          left.push(Number((await redis.command(command, `bull:${queue.name}:${list}`)).replace(/\D/g, '')));
        },
      }),
    );
    const handle = jobs.queue(queue);
    const free = new Map([
      [waiting / 2, 'in the middle'],
      [waiting - 2, 'near the end'],
      [waiting - 1, 'at the end'],
    ]);
    await handle.addMany(
      Array.from({ length: waiting }, (_, n) => ({ data: { account: free.get(n) ?? 'full', n }, options })),
    );
    await jobs.startWorker({ handleSignals: false });
    await vi.waitFor(() => expect(order).toEqual(['full', ...free.values()]), { timeout: 60_000, interval: 20 });
    expect(left.at(-1)).toBeGreaterThan(0);
    await vi.waitFor(async () => expect((await handle.counts()).delayed).toBe(waiting - 1 - free.size), {
      timeout: 60_000,
      interval: 50,
    });
    await jobs.close();
  },
);

it('jobs of a free key start while those of a full one are put in line', async () => {
  const [more, parked] = [1, -1];
  const asked: string[][] = [];
  const take = createStarts(
    // Putting the backlog in line takes for ever.
    (name, ...args) => {
      if (name !== 'bizinsightsTakeStart') return new Promise(() => undefined);
      const ids = args.map(String).filter((arg) => arg.startsWith('job-'));
      asked.push(ids);
      return Promise.resolve([more, ...ids.map((id) => (id.startsWith('job-full') ? parked : 0))]);
    },
    { base: 'bull:calls:', starts: 'starts:', fair: 'fair' },
  );
  const start = (id: string, key: string) =>
    take({
      attempt: { id, started: 1, addedAt: 1 },
      token: 'token',
      limit: { key, max: 1, per: 1_000, isShared: false },
      concurrency: 2,
    });
  expect(await Promise.all([start('job-free-1', 'free'), start('job-full-1', 'full')])).toEqual([0, 'parked']);
  const refused = vi.fn();
  void start('job-full-2', 'full').then(refused);
  expect(await start('job-free-2', 'free')).toBe(0);
  expect(refused).not.toHaveBeenCalled();
  expect(asked).toEqual([['job-free-1', 'job-full-1'], ['job-free-2']]);
});
