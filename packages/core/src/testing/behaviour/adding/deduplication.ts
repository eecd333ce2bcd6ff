/** Behaviour: `deduplicate`, one job a key. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, record, type TestBed, uniqueName, until } from '../test-bed.js';

const syncs = () =>
  defineQueue({
    name: uniqueName('syncs'),
    schema: z.object({ n: z.number() }),
    defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
  });

const byKey = { deduplicate: { key: 'shop:1/ünï' } };

export function describeDeduplication(bed: TestBed): void {
  it('adds one of 50 that are added at once by two processes, and answers its id to all', async () => {
    const queue = syncs();
    const [one, other] = [bed.open([queue]), bed.open([queue])];
    const events = [record(one, 'job:added'), record(other, 'job:added')];
    const added = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 ? one : other).queue(queue).add({ n }, byKey)),
    );
    expect(new Set(added.map(({ id }) => id)).size).toBe(1);
    expect(added.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(await one.queue(queue).counts()).toMatchObject({ waiting: 1 });
    expect(events.flat()).toHaveLength(1);
  });

  it('adds one of many in one call', async () => {
    const queue = syncs();
    const handle = bed.open([queue]).queue(queue);
    const added = await handle.addMany(
      Array.from({ length: 6 }, (_, n) => ({ data: { n }, options: { deduplicate: { key: `k${n % 2}` } } })),
    );
    expect(added.map(({ deduplicated }) => deduplicated)).toEqual([false, false, true, true, true, true]);
    expect(new Set(added.map(({ id }) => id)).size).toBe(2);
    expect(await handle.counts()).toMatchObject({ waiting: 2 });
  });

  it('tells keys and queues apart', async () => {
    const [queue, second] = [syncs(), syncs()];
    const jobs = bed.open([queue, second]);
    await jobs.queue(queue).add({ n: 1 }, byKey);
    expect((await jobs.queue(queue).add({ n: 2 }, { deduplicate: { key: 'other' } })).deduplicated).toBe(false);
    expect((await jobs.queue(second).add({ n: 3 }, byKey)).deduplicated).toBe(false);
    expect((await jobs.queue(queue).add({ n: 4 })).deduplicated).toBe(false);
  });

  describe.each(['completed', 'failed'] as const)('a key of a job that ends as %s', (end) => {
    it('is taken while the job waits, runs and is tried again, and free afterwards', async () => {
      const queue = syncs();
      const jobs = bed.open([queue]);
      const handle = jobs.queue(queue);
      const { id } = await handle.add({ n: 0 }, byKey);
      expect(await handle.add({ n: 1 }, byKey)).toEqual({ queue: queue.name, id, deduplicated: true });
      const gates = [gate(), gate()];
      const started: number[] = [];
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process(job) {
            started.push(job.attempt);
            await gates[job.attempt - 1]?.opened;
            if (end === 'failed' || job.attempt === 1) throw new Error('no');
          },
        }),
      );
      for (const attempt of [1, 2]) {
        await until(() => expect(started).toContain(attempt));
        expect((await handle.add({ n: 2 }, byKey)).id).toBe(id);
        gates[attempt - 1]?.open();
      }
      await until(async () => expect((await handle.get(id))?.state).toBe(end));
      const next = await handle.add({ n: 3 }, byKey);
      expect(next.deduplicated).toBe(false);
      await until(async () => expect((await handle.get(next.id))?.state).toBe(end));
    });
  });

  it.each(['remove', 'cancel', 'empty', 'clean'] as const)('frees the key when the job goes by %s', async (how) => {
    const queue = syncs();
    const handle = bed.open([queue]).queue(queue);
    for (const options of [byKey, { ...byKey, priority: 3 }, { ...byKey, delay: 3_600_000 }]) {
      const { id } = await handle.add({ n: 1 }, options);
      if (how === 'remove') expect(await handle.remove(id)).toBe(true);
      if (how === 'cancel') expect(await handle.cancel(id)).toBe('removed');
      if (how === 'empty') expect(await handle.empty()).toBe(1);
      if (how === 'clean') {
        expect(await handle.clean({ state: options === byKey || 'priority' in options ? 'waiting' : 'delayed' })).toBe(
          1,
        );
      }
      const again = await handle.add({ n: 2 }, options);
      expect(again.deduplicated).toBe(false);
      expect(await handle.remove(again.id)).toBe(true);
    }
  });

  it('keeps a key with a ttl for that long from the adding, whatever becomes of the job', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const options = { deduplicate: { key: 'hourly', ttl: 700 } };
    const added = performance.now();
    const { id } = await handle.add({ n: 0 }, options);
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }));
    await until(async () => expect((await handle.get(id))?.state).toBe('completed'));
    const second = await handle.add({ n: 1 }, options);
    // On a machine that was busy for so long there is nothing to see.
    if (performance.now() - added < 600) expect(second).toEqual({ queue: queue.name, id, deduplicated: true });
    await until(async () => expect((await handle.add({ n: 2 }, options)).deduplicated).toBe(false));
    expect(performance.now() - added).toBeGreaterThanOrEqual(690);
  });

  it('keeps the key of a delayed job while it is delayed', async () => {
    const queue = syncs();
    const handle = bed.open([queue]).queue(queue);
    const { id } = await handle.add({ n: 1 }, { ...byKey, delay: 3_600_000 });
    expect(await handle.add({ n: 2 }, byKey)).toMatchObject({ id, deduplicated: true });
    expect(await handle.counts()).toMatchObject({ delayed: 1, waiting: 0 });
  });
}
