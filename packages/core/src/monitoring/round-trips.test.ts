/** However many jobs are read at once, the store is asked as often as for one. */
import { createDatabase } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import pg from 'pg';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../errors.js';
import { createJobs } from '../jobs.js';
import type { Jobs } from '../jobs-instance.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { MONITORING } from './access.js';
import { createMonitoringHandler } from './app.js';

const schema = z.object({ tenant: z.string() });
const plain = defineQueue({ name: 'plain', schema, tenant: ({ tenant }) => tenant });
const adding = defineQueue({ name: 'adding', schema, tenant: ({ tenant }) => tenant });
const turns = defineQueue({ name: 'turns', schema, tenant: ({ tenant }) => tenant, fair: true });
const failing = defineQueue({ name: 'failing', schema, tenant: ({ tenant }) => tenant });
const queues = [plain, adding, turns, failing] as const;

const many = Array.from({ length: 100 }, (_, n) => ({ data: { tenant: `t${n % 7}` }, options: { id: `job-${n}` } }));
const ids = many.map(({ options }) => options.id);

interface Store {
  readonly connection: string;
  readonly prefix: string;
  /** Counts what the store is asked from now on; the answered function stops, and says what it was. */
  readonly count: () => () => string[];
  close(): void;
}

/** Counts the commands that the driver's clients send, one by one also those of a pipeline. */
function openRedis(): Store {
  const send = vi.spyOn(Redis.prototype, 'sendCommand');
  const prefix = `trips-${process.pid}-${Math.random().toString(36).slice(2)}`;
  return {
    connection: inject('redisUrl'),
    prefix,
    count() {
      send.mockClear();
      return () =>
        send.mock.calls
          .map(([{ name, args }]) => [name, ...args.map(String)])
          .filter((words) => words.some((word) => word.includes(`${prefix}:`)))
          .map(([name = '', ...args]) => `${name} ${args.slice(1, 3).join(' ')}`);
    },
    close: () => send.mockRestore(),
  };
}

/** Counts the statements that go through the driver's clients: from before there is one, as they are watched. */
function openSql(connection: string): Store {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  return {
    connection,
    prefix: 'trips',
    count() {
      query.mockClear();
      return () =>
        query.mock.calls.map(([first]) => {
          const text: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'text') : first;
          return String(text).trim().slice(0, 60);
        });
    },
    close: () => query.mockRestore(),
  };
}

const STORES: Record<string, () => Store | Promise<Store>> = {
  Redis: openRedis,
  PostgreSQL: async () => openSql((await createDatabase(inject('postgresUrl'))).url),
  embedded: () => openSql('memory:'),
};

describe.each(Object.entries(STORES))('on %s', (name, open) => {
  let store: Store;
  let jobs: Jobs<typeof queues>;
  let handler: ReturnType<typeof createMonitoringHandler>;

  beforeAll(async () => {
    store = await open();
    const { connection, prefix } = store;
    jobs = createJobs({ connection, prefix, queues, logger: silentLogger });
    handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'viewer' }) });
    await jobs.queue(plain).addMany(many);
    return async () => {
      await jobs.close();
      store.close();
    };
  });

  const get = async (path: string) => {
    const request = new Request(`http://localhost/api/jobs${path}`, { headers: { host: 'localhost' } });
    const response = await handler(request);
    expect(response.status).toBe(200);
    return JSON.parse(await response.text()).data;
  };
  const trips = async (work: () => Promise<unknown>) => {
    // The first time scripts are loaded and connections are made.
    await work();
    const stop = store.count();
    await work();
    return stop();
  };

  it('reads 100 jobs by their ids in one', async () => {
    const queue = jobs[MONITORING].engine.queue(plain.name);
    const handle = jobs.queue(plain);
    const reads = [() => queue.getMany(ids), () => handle.getMany(ids), () => queue.sizes(ids), () => queue.texts(ids)];
    for (const read of reads) {
      expect(await trips(read)).toHaveLength(1);
    }
  });

  it('lists 100 jobs in a few', async () => {
    const lists = {
      engine: (limit: number) => jobs[MONITORING].engine.queue(plain.name).list('waiting', 0, limit - 1, false),
      handle: (limit: number) => jobs.queue(plain).list({ state: 'waiting', limit }),
      http: (limit: number) => get(`/plain/jobs?state=waiting&limit=${limit}`),
    };
    for (const [name, list] of Object.entries(lists)) {
      const asked = await trips(() => list(100));
      expect(asked.length, `${name}: ${asked.join('\n')}`).toBeGreaterThan(0);
      // Ids and lengths of both lists of waiting jobs, and the jobs themselves.
      expect(asked.length, `${name}: ${asked.join('\n')}`).toBeLessThanOrEqual(6);
    }
    expect((await get('/plain/jobs?state=waiting&limit=100')).jobs).toHaveLength(100);
  });

  it('searches 100 jobs, and shows the failed ones of a queue, in a few', async () => {
    while (!(await get('/plain/jobs?text=t1')).isComplete);
    const searched = await trips(async () => expect((await get('/plain/jobs?text=t1&limit=50')).jobs).toHaveLength(15));
    // Sizes and texts of the index's block, sizes and jobs of the page; the queue's numbers and its events.
    expect(searched.length, searched.join('\n')).toBeLessThan(25);
    const shown = await trips(() => get('/plain'));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length, shown.join('\n')).toBeLessThan(6);
  });

  it('takes the turns of 100 jobs in one, on the embedded store in one for each part of 50', async () => {
    let round = 0;
    const entries = () => {
      round += 1;
      return many.map(({ data, options: { id } }) => ({ data, options: { id: `${round}-${id}` } }));
    };
    const fair = await trips(() => jobs.queue(turns).addMany(entries()));
    const others = await trips(() => jobs.queue(adding).addMany(entries()));
    // On Redis those without a turn go together, 50 at the most, and those with one go one by one.
    expect(fair.length - (name === 'Redis' ? many.length : others.length)).toBe(name === 'embedded' ? 2 : 1);
    if (name === 'Redis') expect(others).toHaveLength(many.length / 50);
    const { jobs: listed } = await jobs.queue(turns).list({ state: 'waiting', limit: 1_000 });
    expect(listed.map(({ priority }) => priority > 0)).toEqual(Array.from({ length: 200 }, () => true));
  });

  it('takes 100 failed jobs back with a look at all of them, and a handful for each', async () => {
    const handle = jobs.queue(failing);
    jobs.registerProcessor(
      defineProcessor({
        queue: failing,
        concurrency: 20,
        process: () => {
          throw new PermanentError('no');
        },
      }),
    );
    await handle.addMany(many);
    const worker = await jobs.startWorker({ handleSignals: false });
    await expect.poll(async () => (await handle.counts()).failed).toBe(many.length);
    await worker.close();
    const stop = store.count();
    expect(await handle.retryFailed({ filter: ({ data }) => data.tenant !== '' })).toBe(many.length);
    const asked = stop();
    // Three marks and the move itself; and a few for all of them.
    expect(asked.length, asked.slice(0, 20).join('\n')).toBeLessThanOrEqual(4 * many.length + 10);
    expect(await handle.counts()).toMatchObject({ failed: 0, waiting: many.length });
  });
});
