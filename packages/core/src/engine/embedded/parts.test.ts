/** Whatever is much for the embedded store is done in parts, between which its process goes on with all else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { type Embedded, openEmbedded } from './engine.js';

const numbers = defineQueue({ name: 'numbers', schema: z.object({ n: z.number() }) });
const kept = defineQueue({
  name: 'kept',
  schema: z.object({}),
  defaults: { retention: { completed: { count: 100 } } },
});
const fair = defineQueue({
  name: 'fair',
  schema: z.object({ shop: z.string() }),
  tenant: ({ shop }) => shop,
  fair: true,
});

let dir: string;
let embedded: Embedded;
let jobs: ReturnType<typeof openJobs>;

const openJobs = () =>
  createJobs({ connection: `file:${dir}`, queues: [numbers, kept, fair], logger: silentLogger, environment: {} });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parts-'));
  embedded = await openEmbedded({ dir });
  jobs = openJobs();
  jobs.registerProcessor(defineProcessor({ queue: kept, process: () => undefined }));
  await jobs.queue(numbers).counts();
}, 120_000);
afterEach(async () => {
  vi.restoreAllMocks();
  for (const queue of [numbers, fair]) await jobs.queue(queue).empty();
});
afterAll(async () => {
  await jobs.close();
  await embedded.close();
  await rm(dir, { recursive: true });
});

/** How often the event loop turns meanwhile, and how many statements have a text in them. */
async function watch(text: string, work: () => Promise<unknown>): Promise<{ turns: number; statements: number }> {
  const exchange = vi.spyOn(embedded.pglite, 'execProtocolRawStream');
  let turns = 0;
  let next = setImmediate(function turn() {
    turns += 1;
    next = setImmediate(turn);
  });
  await work().finally(() => clearImmediate(next));
  const statements = exchange.mock.calls.filter(([messages]) => Buffer.from(messages).includes(text)).length;
  return { turns, statements };
}

it('adds many jobs fifty at a time, in their order and once each', async () => {
  const handle = jobs.queue(numbers);
  const entries = Array.from({ length: 950 }, (_, n) => ({ data: { n }, options: { id: `job-${n}` } }));
  const ids = entries.map(({ options }) => options.id);
  const added: string[] = [];
  const add = async () => {
    added.push(...(await handle.addMany(entries)).map(({ id }) => id));
  };
  const { turns, statements } = await watch('add_jobs_bulk', add);
  expect(statements).toBe(19);
  expect(turns).toBeGreaterThanOrEqual(statements);
  await add();
  expect(added).toEqual([...ids, ...ids]);
  const { rows } = await embedded.pool.query('SELECT id FROM bullmq.job WHERE queue = $1 ORDER BY seq', [handle.name]);
  expect(rows.map(({ id }) => id)).toEqual(ids);
});

it('gives the turns of tenants fifty at a time, each after those before it', async () => {
  const shops = Array.from({ length: 250 }, (_, n) => ({ data: { shop: n % 5 === 0 ? 'few' : 'many' } }));
  const { statements } = await watch('fair_priorities', () => jobs.queue(fair).addMany(shops));
  expect(statements).toBe(5);
  const { rows } = await embedded.pool.query<{ shop: string; rounds: number[] }>(
    `SELECT data->>'shop' AS shop, array_agg(priority::integer ORDER BY seq) AS rounds
     FROM bullmq.job WHERE queue = 'fair' GROUP BY 1 ORDER BY 1`,
  );
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
  expect(rows).toEqual([
    { shop: 'few', rounds: upTo(50) },
    { shop: 'many', rounds: upTo(200) },
  ]);
});

it('empties a queue fifty jobs at a time, and leaves running jobs and the runs of schedules', async () => {
  const handle = jobs.queue(numbers);
  const add = (count: number, options: object) => handle.addMany(Array(count).fill({ data: { n: 0 }, options }));
  await add(250, {});
  await add(250, { priority: 3 });
  await add(250, { delay: 600_000 });
  await handle.add({ n: 1 }, { id: 'running' });
  await handle.add({ n: 1 }, { id: 'planned', delay: 600_000 });
  await embedded.pool.query("UPDATE bullmq.job SET state = 'active' WHERE id = 'running'");
  await embedded.pool.query("UPDATE bullmq.job SET scheduler_id = 'daily' WHERE id = 'planned'");
  let removed = 0;
  const { turns, statements } = await watch('DELETE FROM bullmq.job', async () => {
    removed = await handle.empty();
  });
  expect(removed).toBe(750);
  // Of each list, the last fifty or fewer are left to BullMQ. That of the delayed ones has the run as well.
  expect(statements).toBe(4 + 4 + 5);
  expect(turns).toBeGreaterThanOrEqual(statements);
  const { rows } = await embedded.pool.query("DELETE FROM bullmq.job WHERE queue = 'numbers' RETURNING id");
  expect(rows.map(({ id }) => id).sort()).toEqual(['planned', 'running']);
});

it('cleans the oldest jobs of a state fifty at a time, children among them', async () => {
  const handle = jobs.queue(numbers);
  const added = await handle.addMany(Array.from({ length: 350 }, (_, n) => ({ data: { n } })));
  await embedded.pool.query(
    "UPDATE bullmq.job SET state = 'completed', finished_at_ms = 1000 - seq WHERE queue = 'numbers'",
  );
  // Of a parent that is gone.
  await embedded.pool.query("UPDATE bullmq.job SET parent_id = 'p', parent_queue = 'q' WHERE id = $1", [added[7]?.id]);
  let removed = 0;
  const { statements } = await watch('DELETE FROM bullmq.job', async () => {
    removed = await handle.clean({ limit: 230 });
  });
  expect([removed, statements]).toEqual([230, 5]);
  // The last that were added have ended first.
  const left = (await handle.list({ state: 'completed', limit: 200 })).jobs.map(({ data }) => data.n);
  expect(left.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 120 }, (_, n) => n));
  expect(await handle.clean()).toBe(120);
});

it('removes ended jobs fifty at a time, also when many are too many at once', async () => {
  await jobs.queue(kept).addMany(Array(450).fill({ data: {} }));
  await embedded.pool.query("UPDATE bullmq.job SET state = 'completed', finished_at_ms = seq WHERE queue = 'kept'");
  const { id } = await jobs.queue(kept).add({});
  const { statements } = await watch('DELETE FROM bullmq.job', async () => {
    const worker = await jobs.startWorker({ queues: ['kept'], handleSignals: false });
    await jobs.queue(kept).waitFor(id, { timeout: 30_000 });
    await worker.close();
  });
  expect(statements).toBe(8);
  expect(await jobs.queue(kept).counts()).toMatchObject({ completed: 100 });
});

it('lets the event loop turn while many ask at the same moment', async () => {
  const { pool } = embedded;
  const ask = (text: string) => Promise.all(Array.from({ length: 30 }, () => pool.query(text)));
  // Opens the connections.
  await ask('SELECT 1');
  const { turns, statements } = await watch('pg_sleep', () => ask('SELECT pg_sleep(0.011)'));
  expect(statements).toBe(30);
  expect(turns).toBeGreaterThanOrEqual(statements - 1);
});
