/** The ends of completed jobs, sent as bytes: any id and any result arrives as it is. */
import { startRedis } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let queues = 0;

/** A worker whose jobs return what their data says. Counts the commands that are sent as bytes. */
async function openWorker(connection = inject('redisUrl'), concurrency = 2) {
  const queue = defineQueue({
    name: `whole-${process.pid}-${++queues}`,
    schema: z.object({ returns: z.json().optional() }),
    result: z.json().optional(),
    defaults: { attempts: 1 },
  });
  const jobs = createJobs({ connection, queues: [queue], logger: silentLogger, environment: {} });
  closing.push(() => jobs.close());
  const send = vi.spyOn(Redis.prototype, 'sendCommand');
  closing.push(() => send.mockRestore());
  jobs.registerProcessor(defineProcessor({ queue, concurrency, process: ({ data }) => data.returns }));
  await jobs.startWorker({ handleSignals: false });
  return {
    handle: jobs.queue(queue),
    sentAsBytes: () => send.mock.calls.filter(([command]) => command.constructor.name === 'EndCommand').length,
  };
}

const RESULTS = [
  undefined,
  null,
  0,
  '',
  'text',
  'žluťoučký 🐎\r\n$5\r\n',
  '\u0000',
  [],
  { ключ: ['值', { deep: [1] }] },
  'x'.repeat(70_000),
];
const IDS = ['plain', 'with space', 'ünï-🐎', '$7', 'a'.repeat(300)];

it.each(['redisUrl', 'redisClusterUrl'] as const)(
  'stores each result as it is, whatever the id (%s)',
  async (server) => {
    const { handle, sentAsBytes } = await openWorker(inject(server));
    const wanted = RESULTS.flatMap((returns, n) => IDS.map((id) => ({ id: `${id}-${n}`, returns })));
    const before = Date.now();
    await Promise.all(
      wanted.map(async ({ id, returns }) => {
        await handle.add(returns === undefined ? {} : { returns }, { id });
        await handle.waitFor(id);
      }),
    );
    for (const { id, returns } of wanted) {
      const job = await handle.get(id);
      expect(job?.state).toBe('completed');
      expect(job?.result ?? null, id).toEqual(returns ?? null);
      expect(job?.finishedAt).toBeGreaterThanOrEqual(before);
    }
    expect(sentAsBytes()).toBeGreaterThan(wanted.length / 2);
  },
);

it.each(['redisUrl', 'redisClusterUrl'] as const)(
  'ends many jobs at once, each with its own result (%s)',
  async (server) => {
    const { handle, sentAsBytes } = await openWorker(inject(server), 20);
    const wanted = Array.from({ length: 300 }, (_, n) => ({ id: `job-${n}`, returns: n % 7 ? `ü-${n}` : { n } }));
    await handle.pause();
    await handle.addMany(wanted.map(({ id, returns }) => ({ data: { returns }, options: { id } })));
    const ended = wanted.map(({ id }) => handle.waitFor(id));
    await handle.resume();
    await Promise.all(ended);
    for (const { id, returns } of wanted) {
      const job = await handle.get(id);
      expect(job).toMatchObject({ state: 'completed', result: returns });
    }
    expect(sentAsBytes()).toBeLessThan(wanted.length / 2);
  },
);

it('goes on when Redis has forgotten its scripts', async () => {
  const server = await startRedis();
  closing.push(() => server.stop());
  const { handle, sentAsBytes } = await openWorker(server.url);
  const runOne = async (n: number) => {
    const { id } = await handle.add({ returns: n });
    expect(await handle.waitFor(id)).toBe(n);
  };
  for (let n = 0; n < 5; n++) await runOne(n);
  const sent = sentAsBytes();
  expect(sent).toBeGreaterThan(0);
  await server.command('SCRIPT', 'FLUSH');
  for (let n = 5; n < 10; n++) await runOne(n);
  expect(sentAsBytes()).toBeGreaterThan(sent);
});

it('keeps what a job itself says of how long it is kept', async () => {
  const { handle } = await openWorker();
  const gone = await handle.add({ returns: 'gone' }, { retention: { completed: { count: 0 } } });
  const kept = await handle.add({ returns: 'kept' });
  expect(await handle.waitFor(kept.id)).toBe('kept');
  await vi.waitFor(async () => expect((await handle.counts()).active).toBe(0), 30_000);
  expect(await handle.get(gone.id)).toBeUndefined();
});
