/** Behaviour: what is stored is plain BullMQ. A stock `Queue`, `Worker` or dashboard on the same store works with it. */
import { Queue, Worker } from 'bullmq';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { BullBackend, BullConnection } from '../../../engine/bullmq/backend.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { rejection, type TestBed, uniqueName, until } from '../test-bed.js';

/** How BullMQ itself is pointed at the store under test. */
export interface StockBullMq {
  readonly connection: BullConnection;
  readonly backend: BullBackend;
  /** The prefix of a queue. */
  prefix(queue: string): string;
}

const orders = () =>
  defineQueue({
    name: uniqueName('orders'),
    schema: z.object({ total: z.number() }),
    result: z.object({ paid: z.number() }),
    defaults: { attempts: 4, backoff: { type: 'fixed', delay: 7 } },
  });

export function describePlainBullMq(bed: TestBed, stock: () => StockBullMq): void {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const options = (name: string) => ({ connection: stock().connection, prefix: stock().prefix(name) });
  const stockQueue = (name: string) => {
    const queue = new Queue(name, options(name), stock().backend);
    opened.push(queue);
    return queue;
  };
  const stockWorker = (name: string, run: (data: unknown) => unknown) => {
    const process = async (job: { data: unknown }) => run(job.data);
    const worker = new Worker(name, process, options(name), stock().backend);
    worker.on('error', () => undefined);
    opened.push(worker);
  };

  it('shows a stock queue our jobs, with name, data and options', async () => {
    const queue = orders();
    const handle = bed.open([queue]).queue(queue);
    const [one] = await handle.addMany([{ data: { total: 5 }, options: { id: 'order_5' } }]);
    await handle.add({ total: 6 }, { id: 'order_6', priority: 3, timeout: 500 });
    await handle.add({ total: 7 }, { id: 'order_7', delay: 60_000, deduplicate: { key: 'seven', ttl: 60_000 } });
    const plain = stockQueue(queue.name);
    expect(await plain.getJobCounts('wait', 'prioritized', 'delayed')).toEqual({ wait: 1, prioritized: 1, delayed: 1 });
    const first = await plain.getJob(one?.id ?? '');
    expect(first).toMatchObject({ id: 'order_5', name: queue.name, data: { total: 5 }, attemptsMade: 0 });
    expect(first?.opts).toMatchObject({ attempts: 4, backoff: { type: 'fixed', delay: 7 } });
    expect(Math.abs((first?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
    expect((await plain.getJob('order_6'))?.priority).toBe(3);
    expect(await plain.getJob('order_7')).toMatchObject({ delay: 60_000, opts: { deduplication: { id: 'seven' } } });
    expect(await plain.getDeduplicationJobId('seven')).toBe('order_7');
    expect(await (await plain.getJob('order_7'))?.getState()).toBe('delayed');
  });

  it('runs jobs that a stock queue added, checked as any', async () => {
    const queue = orders();
    const jobs = bed.open([queue]);
    const seen: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ data, maxAttempts }) {
          seen.push([data, maxAttempts]);
          return { paid: data.total };
        },
      }),
    );
    const plain = stockQueue(queue.name);
    const good = await plain.add('any name', { total: 9 });
    const bad = await plain.add('any name', { total: 'nine' }, { attempts: 5 });
    expect(await jobs.queue(queue).waitFor(good.id ?? '')).toEqual({ paid: 9 });
    expect(await rejection(jobs.queue(queue).waitFor(bad.id ?? ''))).toMatchObject({ code: 'JOB_DATA_INVALID' });
    expect(seen).toEqual([[{ total: 9 }, 1]]);
    expect((await plain.getJob(good.id ?? ''))?.returnvalue).toEqual({ paid: 9 });
  });

  it('lets a stock worker run our jobs, and gives us its results and errors', async () => {
    const queue = orders();
    const handle = bed.open([queue]).queue(queue);
    stockWorker(queue.name, (data) => {
      const { total } = queue.schema.parse(data);
      if (total < 0) throw new Error('below zero');
      return { paid: total };
    });
    const [good, bad] = [await handle.add({ total: 3 }), await handle.add({ total: -1 }, { attempts: 2 })];
    expect(await handle.waitFor(good.id)).toEqual({ paid: 3 });
    expect(await rejection(handle.waitFor(bad.id))).toMatchObject({ code: 'JOB_FAILED', message: 'below zero' });
    expect(await handle.get(bad.id)).toMatchObject({ state: 'failed', attemptsMade: 2 });
  });

  it.each([
    ['every', { every: 3_600_000, jitter: 3_600_000 }],
    ['cron', { cron: '0 4 * * *', timezone: 'Asia/Tokyo' }],
  ] as const)(
    'stores a schedule by %s as BullMQ would: a stock queue lists it, a stock worker goes on with it',
    async (how, rhythm) => {
      const queue = orders();
      const jobs = bed.open([queue]);
      const plain = stockQueue(queue.name);
      const key = uniqueName('stock');
      await jobs.scheduler.upsert({ key, queue, data: { total: 2 }, priority: 5, ...rhythm });
      const next = (await jobs.scheduler.get(key))?.next ?? 0;
      const [listed, ...others] = await plain.getJobSchedulers();
      expect(others).toEqual([]);
      expect(listed).toMatchObject({
        key,
        name: queue.name,
        next,
        iterationCount: 1,
        ...(how === 'every' ? { every: 3_600_000 } : { pattern: '0 4 * * *', tz: 'Asia/Tokyo' }),
        template: { data: { total: 2 }, opts: { attempts: 4, priority: 5 } },
      });

      // The same by BullMQ itself, on a queue of its own.
      const theirs = stockQueue(orders().name);
      const repeat =
        'every' in rhythm
          ? { every: rhythm.every, offset: next % rhythm.every, startDate: next }
          : { pattern: rhythm.cron, tz: rhythm.timezone };
      const template = { attempts: 4, priority: 5, backoff: { type: 'fixed', delay: 7 } };
      await theirs.upsertJobScheduler(key, repeat, { name: queue.name, data: { total: 2 }, opts: template });
      const [ourJob, theirJob] = [(await plain.getDelayed())[0], (await theirs.getDelayed())[0]];
      const shape = (job: typeof ourJob) => {
        const { opts, queueQualifiedName: _queue, ...rest } = JSON.parse(JSON.stringify(job));
        // Times of the writing, what is ours alone, and the slot, which BullMQ notes for cron only.
        const { bizinsights: _own, repeat, timestamp: _at, delay: _delay, prevMillis: _slot, ...options } = opts;
        const { bizinsights: _shift, offset = null, ...times } = repeat;
        return { ...rest, timestamp: 0, delay: 0, opts: options, repeat: { ...times, offset } };
      };
      expect(shape(ourJob)).toEqual(shape(theirJob));

      stockWorker(queue.name, () => ({ paid: 2 }));
      await ourJob?.promote();
      await until(async () => expect((await plain.getJob(ourJob?.id ?? ''))?.finishedOn).toBeDefined());
      const after = how === 'every' ? next + 3_600_000 : next + 24 * 3_600_000;
      expect((await jobs.scheduler.get(key))?.next).toBe(after);
      expect((await plain.getDelayed())[0]).toMatchObject({ data: { total: 2 }, opts: { priority: 5, attempts: 4 } });
      await jobs.scheduler.remove(key);
      expect(await plain.getJobSchedulers()).toEqual([]);
    },
  );

  it('shares pauses and retries with a stock queue', async () => {
    const queue = orders();
    const jobs = bed.open([queue]);
    const plain = stockQueue(queue.name);
    await plain.pause();
    expect(await jobs.queue(queue).counts()).toMatchObject({ isPaused: true });
    let isBroken = true;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ data }) {
          if (isBroken) throw new Error('broken');
          return { paid: data.total };
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ total: 1 }, { attempts: 1 });
    await jobs.queue(queue).resume();
    expect(await plain.isPaused()).toBe(false);
    await until(async () => expect(await (await plain.getJob(id))?.getState()).toBe('failed'));
    isBroken = false;
    await (await plain.getJob(id))?.retry('failed');
    expect(await jobs.queue(queue).waitFor(id)).toEqual({ paid: 1 });
  });
}
