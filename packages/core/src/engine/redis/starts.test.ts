/** What a reached rate limit costs Redis: in proportion to what is started, not to what waits. */
import { type RedisServer, startRedis } from '@bizinsights/test-servers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';

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
