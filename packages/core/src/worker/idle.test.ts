/** A worker that has been idle takes a job when there is one, and not when it next looks (BullMQ looks every 5 s). */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '@bizinsights/test-servers';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

/** Into the second look of an idle worker: the third is 4.5 s away. ms */
const IDLE = 5_500;
/** Before that, with room for a busy machine. ms */
const SOON = 3_500;

const schema = z.object({ n: z.number() });
const plain = defineQueue({ name: 'plain', schema });
const delayed = defineQueue({ name: 'delayed', schema });
const prioritized = defineQueue({ name: 'prioritized', schema, defaults: { priority: 5 } });
const limited = defineQueue({ name: 'limited', schema, rateLimit: { key: 'one', max: 1, per: 400 } });
const queues = [plain, delayed, prioritized, limited] as const;

/** A place of their own for the jobs of these tests. */
const stores = {
  Redis: async () => ({ connection: inject('redisUrl'), drop: async () => {} }),
  'Redis Cluster': async () => ({ connection: inject('redisClusterUrl'), drop: async () => {} }),
  PostgreSQL: async () => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    return { connection: url, drop };
  },
};

describe.concurrent.each(['Redis', 'Redis Cluster', 'PostgreSQL'] as const)('after an idle time on %s', (store) => {
  const started: Record<string, number[]> = {};
  const starts = (name: string, count: number) =>
    vi.waitFor(() => expect(started[name]).toHaveLength(count), { timeout: 10_000, interval: 10 });
  const open = (connection: string) =>
    createJobs({ connection, prefix: `idle-${process.pid}`, queues, logger: silentLogger, environment: {} });
  let jobs: ReturnType<typeof open>;
  // Another process would do the adding.
  let producer: ReturnType<typeof open>;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const place = await stores[store]();
    drop = place.drop;
    jobs = open(place.connection);
    producer = open(place.connection);
    for (const queue of queues) {
      const times: number[] = [];
      started[queue.name] = times;
      jobs.registerProcessor(
        defineProcessor({
          queue,
          async process() {
            times.push(performance.now());
          },
        }),
      );
    }
    await jobs.startWorker({ handleSignals: false });
    for (const queue of queues) await producer.queue(queue).counts();
    await sleep(IDLE);
  });
  afterAll(async () => {
    await producer.close();
    await jobs.close();
    await drop();
  });

  it.each(['plain', 'prioritized'] as const)('a %s job starts at once', async (name) => {
    const added = performance.now();
    await producer.queue(name).add({ n: 1 });
    await starts(name, 1);
    expect((started[name]?.[0] ?? 0) - added).toBeLessThan(SOON);
  });

  it('a delayed job starts when it is due, and a shorter delay before a longer one', async () => {
    const added = performance.now();
    await producer.queue('delayed').add({ n: 2 }, { delay: 60_000 });
    await producer.queue('delayed').add({ n: 1 }, { delay: 500 });
    await starts('delayed', 1);
    const waited = (started.delayed?.[0] ?? 0) - added;
    // The store's clock and ours may differ by a little.
    expect(waited).toBeGreaterThan(450);
    expect(waited).toBeLessThan(500 + SOON);
    await producer.queue('delayed').empty();
  });

  it('jobs that wait for their rate limit start when there is room', async () => {
    const added = performance.now();
    await producer.queue('limited').addMany([1, 2, 3].map((n) => ({ data: { n } })));
    await starts('limited', 3);
    const waited = (started.limited ?? []).map((time) => time - added);
    expect(waited[0]).toBeLessThan(SOON);
    expect(waited[2]).toBeGreaterThan(750);
    expect(waited[2]).toBeLessThan(800 + SOON);
  });
});
