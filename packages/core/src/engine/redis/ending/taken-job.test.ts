/** The options of the jobs that a worker takes: decoded once for all that have the same, and still each job's own. */
import { createRedisBackend, Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../../jobs.js';
import { silentLogger } from '../../../logger.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { JobOptions } from '../../../queue/job-options.js';
import { takenJobs } from './taken-job.js';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What Redis keeps of a job. */
const fieldsOf = (id: string, opts: object) => [
  ...['name', 'work', 'data', JSON.stringify({ id }), 'opts', JSON.stringify(opts)],
  ...['timestamp', '1893456000000', 'delay', '0', 'priority', '0', 'processedOn', '1893456000001', 'ats', '1'],
];

it('gives each job its own options, which a change to another one does not reach', async () => {
  const connection = new Redis(inject('redisUrl'));
  closing.push(() => connection.disconnect());
  const queue = new Queue(`taken-${process.pid}`, { connection }, createRedisBackend);
  closing.push(() => queue.close());
  const jobOf = takenJobs();
  const open = (id: string, opts: object) => new Job(queue, 'work', {}, jobOf(fieldsOf(id, opts)).opts, id);
  const stored = { attempts: 3, backoff: { type: 'fixed', delay: 100 }, removeOnComplete: { count: 5 }, tm: 'parent' };
  const first = open('first', stored);
  expect(first.opts).toEqual({
    attempts: 3,
    backoff: { type: 'fixed', delay: 100 },
    removeOnComplete: { count: 5 },
    telemetry: { metadata: 'parent' },
  });
  Object.assign(first.opts, { attempts: 9, backoff: { type: 'fixed', delay: 1 }, priority: 4, removeOnComplete: true });
  expect(open('second', stored).opts).toEqual(open('third', { ...stored, attempts: 3 }).opts);
  expect(open('fourth', stored).opts).toMatchObject({
    attempts: 3,
    backoff: { delay: 100 },
    removeOnComplete: { count: 5 },
  });
  expect(open('fourth', stored).opts).not.toHaveProperty('priority');
  expect(open('other', { attempts: 1 }).opts).toEqual({ attempts: 1 });
});

it('keeps no more of them than it may', () => {
  const jobOf = takenJobs();
  const optsOf = (opts: object) => jobOf(fieldsOf('any', opts)).opts;
  const first = optsOf({ attempts: 1 });
  expect(optsOf({ attempts: 1 })).toBe(first);
  for (let attempts = 2; attempts <= 1_001; attempts++) expect(optsOf({ attempts })).toEqual({ attempts });
  expect(optsOf({ attempts: 1 })).not.toBe(first);
  const long = { attempts: 1, jobId: 'x'.repeat(1_000) };
  expect(optsOf(long)).not.toBe(optsOf(long));
});

it('runs jobs of one queue with different options, each with its own', async () => {
  const queue = defineQueue({
    name: `options-${process.pid}`,
    schema: z.object({ n: z.number() }),
    tenant: ({ n }) => `tenant-${n % 3}`,
  });
  const jobs = createJobs({ connection: inject('redisUrl'), queues: [queue], logger: silentLogger, environment: {} });
  closing.push(() => jobs.close());
  const kinds: readonly JobOptions[] = [
    {},
    { attempts: 1 },
    { attempts: 5, backoff: { type: 'fixed', delay: 1 } },
    { attempts: 2, priority: 3 },
    { attempts: 4, retention: { completed: { count: 0 } } },
    { attempts: 6, timeout: 60_000 },
  ];
  const COUNT = 60;
  const handle = jobs.queue(queue);
  await handle.addMany(
    Array.from({ length: COUNT }, (_, n) => ({ data: { n }, options: { id: `job-${n}`, ...kinds[n % kinds.length] } })),
  );
  const seen = new Map<number, number[]>();
  jobs.registerProcessor(
    defineProcessor({
      queue,
      concurrency: 2,
      process({ data: { n }, maxAttempts, attempt }) {
        seen.set(n, [...(seen.get(n) ?? []), maxAttempts]);
        // Again with the options that it had.
        if (kinds[n % kinds.length]?.backoff && attempt === 1) throw new Error('again');
      },
    }),
  );
  const ended = new Promise<void>((resolve) => {
    let count = 0;
    jobs.events.on('job:completed', ({ id, maxAttempts }) => {
      expect(maxAttempts, id).toBe(kinds[Number(id.slice(4)) % kinds.length]?.attempts ?? 3);
      count += 1;
      if (count === COUNT) resolve();
    });
  });
  await jobs.startWorker({ handleSignals: false });
  await ended;
  for (let n = 0; n < COUNT; n++) {
    const { attempts = 3, backoff, retention } = kinds[n % kinds.length] ?? {};
    expect(seen.get(n), `job ${n}`).toEqual(backoff ? [attempts, attempts] : [attempts]);
    expect((await handle.get(`job-${n}`))?.state).toBe(retention ? undefined : 'completed');
  }
});
