/** Behaviour: `reuse`, the result of an earlier job of equal data. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobFailedError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const HOUR = 3_600_000;
const lastHour = { reuse: { maxAge: HOUR } };

const figures = (
  options: { name?: string; version?: number; migrate?: Record<number, (data: unknown) => unknown> } = {},
) =>
  defineQueue({
    name: uniqueName('figures'),
    schema: z.object({
      shop: z.string(),
      range: z.object({ from: z.int(), to: z.int() }).default({ from: 1, to: 2 }),
    }),
    result: z.object({ sum: z.int() }),
    tenant: (data) => data.shop.slice(0, 1),
    defaults: { attempts: 1 },
    ...options,
  });

/** Works on the queue, and counts the runs: the nth one gives n. */
async function count(bed: TestBed, jobs: ReturnType<typeof bed.open>, queue: ReturnType<typeof figures>) {
  const runs: string[] = [];
  await bed.work(
    jobs,
    defineProcessor({
      queue,
      process: ({ id }) => {
        runs.push(id);
        return { sum: runs.length };
      },
    }),
  );
  return runs;
}

export function describeReuse(bed: TestBed): void {
  it('does the work once for ten that are added at once by two processes', async () => {
    const queue = figures();
    const [one, other] = [bed.open([queue]), bed.open([queue])];
    const events = [record(one, 'job:added'), record(other, 'job:added')];
    const added = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? one : other).queue(queue).add({ shop: 'ann' }, lastHour)),
    );
    expect(new Set(added.map(({ id }) => id)).size).toBe(1);
    expect(added.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(events.flat()).toHaveLength(1);
    expect(await one.queue(queue).counts()).toMatchObject({ waiting: 1 });
    const runs = await count(bed, one, queue);
    expect(await Promise.all(added.map(({ id }) => other.queue(queue).waitFor(id)))).toEqual(
      added.map(() => ({ sum: 1 })),
    );
    expect(runs).toHaveLength(1);
  });

  it('gives the finished job of equal data and its result, and runs another one for other data', async () => {
    const queue = figures();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const runs = await count(bed, jobs, queue);
    const first = await handle.add({ shop: 'ann', range: { from: 1, to: 2 } }, lastHour);
    expect(await handle.waitFor(first.id)).toEqual({ sum: 1 });
    // In another order, and as the schema fills it in.
    for (const data of [{ range: { to: 2, from: 1 }, shop: 'ann' }, { shop: 'ann' }]) {
      expect(await handle.add(data, lastHour)).toEqual({ ...first, deduplicated: true });
    }
    expect(await handle.waitFor(first.id)).toEqual({ sum: 1 });
    const second = await handle.add({ shop: 'ann', range: { from: 1, to: 3 } }, lastHour);
    expect(second.deduplicated).toBe(false);
    expect(await handle.waitFor(second.id)).toEqual({ sum: 2 });
    expect(runs).toEqual([first.id, second.id]);
  });

  it('runs a new job when the finished one is older than `maxAge`, which is the one reused from then on', async () => {
    const queue = figures();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    await count(bed, jobs, queue);
    const first = await handle.add({ shop: 'ann' }, lastHour);
    await handle.waitFor(first.id);
    await until(async () => {
      const { finishedAt = Number.POSITIVE_INFINITY } = (await handle.get(first.id)) ?? {};
      expect(Date.now() - finishedAt).toBeGreaterThan(20);
    });
    const second = await handle.add({ shop: 'ann' }, { reuse: { maxAge: 1 } });
    expect(second).toMatchObject({ deduplicated: false });
    expect(await handle.waitFor(second.id)).toEqual({ sum: 2 });
    expect((await handle.add({ shop: 'ann' }, lastHour)).id).toBe(second.id);
  });

  it('gives the job that is delayed or runs', async () => {
    const queue = figures();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const [started, done] = [gate(), gate()];
    const { id } = await handle.add({ shop: 'ann' }, { ...lastHour, delay: HOUR });
    expect(await handle.add({ shop: 'ann' }, { reuse: { maxAge: 1 } })).toMatchObject({ id, deduplicated: true });
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process() {
          started.open();
          await done.opened;
          return { sum: 7 };
        },
      }),
    );
    await handle.promote(id);
    await started.opened;
    expect((await handle.add({ shop: 'ann' }, lastHour)).id).toBe(id);
    done.open();
    expect(await handle.waitFor(id)).toEqual({ sum: 7 });
  });

  it('never gives a failed job', async () => {
    const queue = figures();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process: () => {
          throw new Error('no figures');
        },
      }),
    );
    const first = await handle.add({ shop: 'ann' }, lastHour);
    expect(await rejection(handle.waitFor(first.id))).toBeInstanceOf(JobFailedError);
    const second = await handle.add({ shop: 'ann' }, lastHour);
    expect(second).toMatchObject({ deduplicated: false });
    expect(second.id).not.toBe(first.id);
  });

  it.each(['remove', 'cancel', 'empty', 'clean'] as const)('adds anew when the waiting job went by %s', async (how) => {
    const queue = figures();
    const handle = bed.open([queue]).queue(queue);
    const { id } = await handle.add({ shop: 'ann' }, lastHour);
    if (how === 'remove') expect(await handle.remove(id)).toBe(true);
    if (how === 'cancel') expect(await handle.cancel(id)).toBe('removed');
    if (how === 'empty') expect(await handle.empty()).toBe(1);
    if (how === 'clean') expect(await handle.clean({ state: 'waiting' })).toBe(1);
    const again = await handle.add({ shop: 'ann' }, lastHour);
    expect(again.deduplicated).toBe(false);
    expect(again.id).not.toBe(id);
    expect(await handle.counts()).toMatchObject({ waiting: 1 });
  });

  it('adds anew when the finished job was removed, by hand or by its retention', async () => {
    const queue = figures();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const runs = await count(bed, jobs, queue);
    const first = await handle.add({ shop: 'ann' }, lastHour);
    await handle.waitFor(first.id);
    expect(await handle.clean({ state: 'completed' })).toBe(1);
    const second = await handle.add({ shop: 'ann' }, { ...lastHour, retention: { completed: { count: 0 } } });
    expect(second.deduplicated).toBe(false);
    await until(async () => expect(await handle.get(second.id)).toBeUndefined());
    expect((await handle.add({ shop: 'ann' }, lastHour)).deduplicated).toBe(false);
    await until(() => expect(runs).toHaveLength(3));
  });

  it('compares the key instead of the data where one is given', async () => {
    const queue = figures();
    const handle = bed.open([queue]).queue(queue);
    const byKey = (key: string) => ({ reuse: { maxAge: HOUR, key } });
    const long = 'ünï'.repeat(5_000);
    const first = await handle.add({ shop: 'ann' }, byKey(long));
    expect((await handle.add({ shop: 'alf' }, byKey(long))).id).toBe(first.id);
    expect((await handle.add({ shop: 'ann' }, byKey(`${long}.`))).deduplicated).toBe(false);
    expect((await handle.add({ shop: 'ann' }, lastHour)).deduplicated).toBe(false);
    // As the data is written: still a key.
    const { shop, range } = { shop: 'ann', range: { from: 1, to: 2 } };
    expect((await handle.add({ shop }, byKey(JSON.stringify({ range, shop })))).deduplicated).toBe(false);
  });

  it('never gives the job of another tenant or queue, also by a key', async () => {
    const [queue, second] = [figures(), figures()];
    const jobs = bed.open([queue, second]);
    const byKey = { reuse: { maxAge: HOUR, key: 'all' } };
    await jobs.queue(queue).add({ shop: 'ann' }, byKey);
    expect((await jobs.queue(queue).add({ shop: 'ben' }, byKey)).deduplicated).toBe(false);
    expect((await jobs.queue(second).add({ shop: 'ann' }, byKey)).deduplicated).toBe(false);
    expect((await jobs.queue(queue).add({ shop: 'art' }, byKey)).deduplicated).toBe(true);
  });

  it('does not give a job whose data is of another version', async () => {
    const queue = figures();
    const newer = figures({ name: queue.name, version: 2, migrate: { 1: (data) => data } });
    const first = await bed.open([queue]).queue(queue).add({ shop: 'ann' }, lastHour);
    const second = await bed.open([newer]).queue(newer).add({ shop: 'ann' }, lastHour);
    expect(second.deduplicated).toBe(false);
    expect(second.id).not.toBe(first.id);
  });

  it('leaves jobs that are added without it alone', async () => {
    const queue = figures();
    const handle = bed.open([queue]).queue(queue);
    const first = await handle.add({ shop: 'ann' });
    const second = await handle.add({ shop: 'ann' }, lastHour);
    expect((await handle.add({ shop: 'ann' })).deduplicated).toBe(false);
    expect(second.id).not.toBe(first.id);
    expect((await handle.add({ shop: 'ann' }, lastHour)).id).toBe(second.id);
  });

  describe('in one call', () => {
    it('adds one of each', async () => {
      const queue = figures();
      const handle = bed.open([queue]).queue(queue);
      const earlier = await handle.add({ shop: 'ann' }, lastHour);
      const shops = ['ann', 'ben', 'ben', 'cid', 'ann', 'cid'];
      const added = await handle.addMany([
        ...shops.map((shop) => ({ data: { shop }, options: lastHour })),
        { data: { shop: 'ann' } },
        { data: { shop: 'ann' }, options: { priority: 3 } },
      ]);
      expect(added.map(({ deduplicated }) => deduplicated)).toEqual([
        ...[true, false, true, false, true, true],
        ...[false, false],
      ]);
      expect(added[0]?.id).toBe(earlier.id);
      expect(added[1]?.id).toBe(added[2]?.id);
      expect(await handle.counts()).toMatchObject({ waiting: 5 });
      const found = await handle.getMany(added.map(({ id }) => id));
      expect(found.map((job) => job?.data.shop)).toEqual([...shops, 'ann', 'ann']);
    });
  });

  it('lets tenants of a fair queue take their turns', async () => {
    const queue = defineQueue({
      name: uniqueName('fair'),
      schema: z.object({ shop: z.string(), n: z.int() }),
      tenant: ({ shop }) => shop,
      fair: true,
    });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    for (const n of [1, 2, 2, 3]) await handle.add({ shop: 'ann', n }, lastHour);
    await handle.add({ shop: 'ben', n: 1 }, lastHour);
    const order: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({ queue, concurrency: 1, process: ({ data }) => void order.push(`${data.shop} ${data.n}`) }),
    );
    await until(() => expect(order).toEqual(['ann 1', 'ben 1', 'ann 2', 'ann 3']));
  });
}
