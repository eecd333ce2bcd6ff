/** How many connections each kind of process keeps open, counted by the server, and what core's README says of it. */
import { readFileSync } from 'node:fs';
import { createDatabase, startRedis } from '@bizinsights/test-servers';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished, type TestContext } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { bearerToken, createMonitoringHandler } from '../monitoring/index.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';

const QUEUES = 30;
const queues = Array.from({ length: QUEUES }, (_, n) => defineQueue({ name: `queue-${n}`, schema: z.number() }));

/** Starts a worker for all queues, and has each run a job. */
async function work({ onTestFinished }: TestContext, connection: string, prefix: string) {
  const jobs = createJobs({ connection, prefix, queues, logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  for (const queue of queues) jobs.registerProcessor(defineProcessor({ queue, process: () => undefined }));
  const worker = await jobs.startWorker({ handleSignals: false });
  const done = new Set<string>();
  const all = new Promise<void>((resolve) => {
    jobs.events.on('job:completed', ({ queue }) => {
      if (done.add(queue).size === QUEUES) resolve();
    });
  });
  await Promise.all(queues.map((queue, n) => jobs.queue(queue).add(n)));
  await all;
  return { jobs, worker };
}

/** An address whose connections can be told from others, and their number. */
async function redisUser({ onTestFinished }: TestContext, name: string) {
  const redis = new Redis(inject('redisUrl'));
  await redis.call('ACL', 'SETUSER', name, 'on', '>secret', '~*', '&*', '+@all');
  onTestFinished(async () => {
    await redis.call('ACL', 'DELUSER', name);
    await redis.quit();
  });
  const url = new URL(inject('redisUrl'));
  url.username = name;
  url.password = 'secret';
  const count = async () => String(await redis.call('CLIENT', 'LIST')).split(`user=${name} `).length - 1;
  return { url: url.href, count };
}

it('on Redis one for 16 queues, where plain BullMQ has one for each, and three for all of them', async (context) => {
  const id = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const [ours, theirs] = [await redisUser(context, `ours-${id}`), await redisUser(context, `plain-${id}`)];
  const { worker } = await work(context, ours.url, id);
  const connection = new Redis(theirs.url, { maxRetriesPerRequest: null });
  const workers = queues.map(({ name }) => new Worker(name, async () => null, { connection, prefix: `plain-${id}` }));
  await Promise.all(workers.map((one) => one.waitUntilReady()));
  // One for what is asked, one for what workers say of their jobs, one for signals.
  expect(await ours.count()).toBe(Math.ceil(QUEUES / 16) + 3);
  expect(await theirs.count()).toBe(QUEUES + 1);
  await Promise.all(workers.map((one) => one.close()));
  connection.disconnect();
  await worker.close();
  // What is left is for operations, and for signals.
  await expect.poll(ours.count).toBe(2);
});

it('on PostgreSQL one that listens, however many queues there are', async (context) => {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  context.onTestFinished(drop);
  const admin = new pg.Client(url);
  await admin.connect();
  context.onTestFinished(() => admin.end());
  const { jobs } = await work(context, url, 'bizinsights');
  const [queue = expect.fail()] = queues;
  const waiting = await jobs.queue(queue).add(1);
  expect(await jobs.queue(queue).waitFor(waiting.id)).toBeUndefined();
  const { rows } = await admin.query<{ listening: number }>(
    `SELECT count(*)::integer AS listening FROM pg_stat_activity
     WHERE datname = current_database() AND query ~ '^\\s*LISTEN '`,
  );
  expect(rows).toEqual([{ listening: 1 }]);
});

describe('the table of the README', () => {
  const few = queues.slice(0, 4);
  const [first = expect.fail(), second = expect.fail()] = few;
  const prefix = `connections-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const open = (connection: string) =>
    createJobs({ connection, prefix, queues: few, logger: silentLogger, environment: {} });
  type Open = ReturnType<typeof open>;
  type Get = (path: string) => Promise<Response>;

  /** What the process of each row does. */
  const ROWS: Readonly<Record<string, (jobs: Open, get: Get) => Promise<void>>> = {
    'adds and reads jobs, mounts the monitoring API': async (jobs, get) => {
      await Promise.all(Array.from({ length: 40 }, (_, n) => jobs.queue(first).add(n)));
      for (const path of ['/monitoring', '/queue-0/jobs', '/workers', '/health', '/metrics']) await get(path);
    },
    'the same, while clients read `GET /events`, however many': async (_jobs, get) => {
      for (let client = 0; client < 3; client++) {
        const reader = (await get('/events')).body?.getReader() ?? expect.fail('it has no body');
        onTestFinished(() => reader.cancel());
        await reader.read();
      }
    },
    'the same, once it has called `waitFor` for jobs of W queues': async (jobs) => {
      for (const queue of [first, second]) {
        const { id } = await jobs.queue(queue).add(1, { delay: 3_600_000 });
        await expect(jobs.queue(queue).waitFor(id, { timeout: 1 })).rejects.toThrow();
      }
    },
    'worker of N queues': async (jobs) => {
      for (const queue of few) jobs.registerProcessor(defineProcessor({ queue, process: () => undefined }));
      const completed = new Promise((resolve) => jobs.events.once('job:completed', resolve));
      await jobs.startWorker({ handleSignals: false });
      await Promise.all(few.flatMap((queue) => Array.from({ length: 40 }, (_, n) => jobs.queue(queue).add(n))));
      await completed;
    },
  };

  /** The numbers of a column. `N` is the number of queues, `W` of those whose jobs are waited for. */
  function column(name: string): [row: string, count: number][] {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, table = ''] = /<!-- counted by .* -->\n((?:\|.*\n)+)/.exec(readme) ?? [];
    const cellsOf = (row: string) => row.split('|').map((cell) => cell.trim());
    const [head = '', , ...rows] = table.trim().split('\n');
    const at = cellsOf(head).findIndex((title) => title.startsWith(name));
    return rows.map((row) => [cellsOf(row)[1] ?? '', evaluate(cellsOf(row)[at] ?? '')]);
  }
  function evaluate(cell: string): number {
    const [, variable, part = 1, number] =
      /^(?:([NW])(?: \/ (\d+))? \+ )?(\d+)$/.exec(cell) ?? expect.fail(`"${cell}" is no number`);
    const queues = variable === 'N' ? few.length : variable === 'W' ? 2 : 0;
    return Number(number) + Math.ceil(queues / Number(part));
  }

  /** Opens a process of each kind, one after the other. */
  async function openEach(engine: string, url: string, compare: (expected: number) => Promise<void>): Promise<void> {
    const rows = column(engine);
    expect(rows.map(([row]) => row)).toEqual(Object.keys(ROWS));
    for (const [row, expected] of rows) {
      const jobs = open(url);
      const token = 'a token that is long enough';
      const handle = createMonitoringHandler(jobs, { authorize: bearerToken({ token, role: 'admin' }) });
      const get = async (path: string) => {
        const headers = { authorization: `Bearer ${token}` };
        const response = await handle(new Request(`http://localhost/api/jobs${path}`, { headers }));
        expect(response.status).toBe(200);
        return response;
      };
      await ROWS[row]?.(jobs, get);
      await compare(expected);
      await jobs.close();
    }
  }

  it('has the connections of each process on Redis', async () => {
    const server = await startRedis();
    const redis = new Redis(server.url);
    onTestFinished(async () => {
      redis.disconnect();
      await server.stop();
    });
    const count = async () =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length - 1;
    await openEach('Redis', server.url, async (expected) => await expect.poll(count).toBe(expected));
  });

  it('has those of each process on a Redis Cluster, to each of its nodes', async (context) => {
    const name = `nodes-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const addresses = inject('redisClusterUrl').replace('redis-cluster://', '').split(',');
    const nodes = addresses.map((address) => new Redis(`redis://${address}`));
    for (const node of nodes) await node.call('ACL', 'SETUSER', name, 'on', '>secret', '~*', '&*', '+@all');
    context.onTestFinished(async () => {
      for (const node of nodes) await node.call('ACL', 'DELUSER', name);
      for (const node of nodes) node.disconnect();
    });
    const most = async () => {
      const lists = await Promise.all(nodes.map((node) => node.client('LIST')));
      return Math.max(...lists.map((list) => String(list).split(`user=${name} `).length - 1));
    };
    const url = `redis-cluster://${name}:secret@${addresses.join(',')}`;
    await openEach('Redis Cluster', url, async (expected) => await expect.poll(most).toBe(expected));
  });

  it('has the most that each process opens on PostgreSQL', async (context) => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    context.onTestFinished(drop);
    const admin = new pg.Client(url);
    await admin.connect();
    context.onTestFinished(() => admin.end());
    const counts: number[] = [];
    await openEach('PostgreSQL', url, async (expected) => {
      const { rows } = await admin.query<{ open: number }>(
        `SELECT count(*)::integer AS open FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      const open = rows[0]?.open ?? 0;
      expect(open).toBeGreaterThan(0);
      expect(open).toBeLessThanOrEqual(expected);
      counts.push(open);
    });
    // Forty jobs that are added at once take all of those for operations. The one that opened the store may be closed.
    expect(counts[0]).toBeGreaterThanOrEqual(10);
  });
});
