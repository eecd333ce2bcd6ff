/** Behaviour: adding jobs, one and many, with their ids and options. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobDataError, JobOptionsError, UnknownQueueError } from '../../../errors.js';
import type { Jobs } from '../../../jobs-instance.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const numbers = () => defineQueue({ name: uniqueName('numbers'), schema: z.object({ n: z.number() }) });

export function describeAdding(bed: TestBed): void {
  describe('ids', () => {
    it('gives each job an id of its own', async () => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const added = await Promise.all(Array.from({ length: 50 }, (_, n) => handle.add({ n })));
      expect(new Set(added.map(({ id }) => id)).size).toBe(50);
      expect(added.every(({ deduplicated }) => !deduplicated)).toBe(true);
      expect(added.every((job) => job.queue === queue.name)).toBe(true);
      expect((await handle.get(added[7]?.id ?? ''))?.data).toEqual({ n: 7 });
    });

    it.each([
      ['plain', 'order_42'],
      ['unicode', 'Ünïcødé-✓-👋'],
      ['with marks', 'with space/and?query#hash'],
      ['long', 'x'.repeat(512)],
    ])('takes one that is %s', async (_what, id) => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      expect(await handle.add({ n: 1 }, { id })).toEqual({ queue: queue.name, id, deduplicated: false });
      expect(await handle.get(id)).toMatchObject({ id, state: 'waiting', data: { n: 1 } });
    });

    it.each([
      ['empty', ''],
      ['a number', '12'],
      ['with a colon', 'a:b'],
      ['too long', 'x'.repeat(513)],
    ])('refuses one that is %s', async (_what, id) => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      expect(await rejection(handle.add({ n: 1 }, { id }))).toBeInstanceOf(JobOptionsError);
      expect((await handle.counts()).waiting).toBe(0);
    });

    it('adds nothing for an id that exists, whoever adds it', async () => {
      const queue = numbers();
      const [one, other] = [bed.open([queue]).queue(queue), bed.open([queue]).queue(queue)];
      await Promise.all([one, other].map((handle, n) => handle.add({ n }, { id: 'same' })));
      const first = await one.get('same');
      await one.addMany([{ data: { n: 2 }, options: { id: 'same' } }]);
      expect(await other.get('same')).toEqual(first);
      expect((await one.counts()).waiting).toBe(1);
    });
  });

  describe('many', () => {
    it('keeps the order, and answers the ids in it', async () => {
      const queue = numbers();
      const jobs = bed.open([queue]);
      const added = await jobs
        .queue(queue)
        .addMany(Array.from({ length: 25 }, (_, n) => ({ data: { n }, options: n === 3 ? { id: 'third' } : {} })));
      expect(added[3]?.id).toBe('third');
      const ran: number[] = [];
      await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data.n) }));
      await until(() => expect(ran).toEqual(Array.from({ length: 25 }, (_, n) => n)));
      const stored = await jobs.queue(queue).get(added[24]?.id ?? '');
      expect(stored?.data).toEqual({ n: 24 });
    });

    it('adds 10,000 in one call', async () => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const added = await handle.addMany(Array.from({ length: 10_000 }, (_, n) => ({ data: { n } })));
      expect(new Set(added.map(({ id }) => id)).size).toBe(10_000);
      expect((await handle.counts()).waiting).toBe(10_000);
      for (const n of [0, 999, 1_000, 9_999]) expect((await handle.get(added[n]?.id ?? ''))?.data).toEqual({ n });
    });

    it('adds none when there are none', async () => {
      const queue = numbers();
      const fair = defineQueue({ name: uniqueName('fair'), schema: z.string(), tenant: (name) => name, fair: true });
      const jobs = bed.open([queue, fair]);
      expect(await jobs.queue(queue).addMany([])).toEqual([]);
      expect(await jobs.queue(fair).addMany([])).toEqual([]);
    });

    it('adds none when one is wrong, and says which and where', async () => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const entries: { data: { n: number } }[] = [{ data: { n: 1 } }, { data: { n: Number.NaN } }, { data: { n: 3 } }];
      const error = await rejection(handle.addMany(entries));
      expect(error).toBeInstanceOf(JobDataError);
      expect(error).toMatchObject({ issues: [{ path: [1, 'n'] }] });
      expect(error.message).toContain('[1].n');
      expect(await handle.counts()).toMatchObject({ waiting: 0 });
    });

    it('adds none when the options of one are wrong', async () => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const entries = [{ data: { n: 1 } }, { data: { n: 2 }, options: { attempts: 0 } }];
      expect(await rejection(handle.addMany(entries))).toBeInstanceOf(JobOptionsError);
      expect(await handle.counts()).toMatchObject({ waiting: 0 });
    });
  });

  describe('options', () => {
    it.each([
      [{ attempts: 2, atempts: 3 }, 'unknown option "atempts"'],
      [{ attempts: 0 }, '"attempts" must'],
      [{ attempts: 1.5 }, '"attempts" must'],
      [{ priority: -1 }, '"priority" must'],
      [{ priority: 2 ** 21 }, '"priority" must'],
      [{ delay: -1 }, '"delay" must'],
      [{ delay: Number.POSITIVE_INFINITY }, '"delay" must'],
      [{ timeout: 0 }, '"timeout" must'],
      [{ timeout: 2 ** 31 }, '"timeout" must'],
      [{ backoff: { type: 'fixed' as const, delay: -1 } }, '"backoff.delay" must'],
      [{ backoff: { type: 'exponential' as const, delay: 1, jitter: 2 } }, '"backoff.jitter" must'],
      [{ deduplicate: { key: '' } }, '"deduplicate.key" must'],
      [{ deduplicate: { key: 'k', ttl: 0 } }, '"deduplicate.ttl" must'],
      [{ retention: { completed: { age: 10 } } }, '"retention.completed.age" must'],
      [{ retention: { failed: { count: -1 } } }, '"retention.failed.count" must'],
    ])('refuses %j', async (options, message) => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const error = await rejection(handle.add({ n: 1 }, options));
      expect(error).toBeInstanceOf(JobOptionsError);
      expect(error.message).toContain(queue.name);
      expect(error.message).toContain(message);
      expect(await handle.counts()).toMatchObject({ waiting: 0, delayed: 0 });
    });

    it('lists all that is wrong at once, and the options that there are', async () => {
      const queue = numbers();
      const options = { attempts: -1, delay: -1, prio: 1 };
      const { message } = await rejection(bed.open([queue]).queue(queue).add({ n: 1 }, options));
      for (const text of ['"attempts"', '"delay"', '"prio"', 'backoff', 'deduplicate', 'retention', 'timeout'])
        expect(message).toContain(text);
    });
  });

  it('throws for a queue that is not registered, and names those that are', () => {
    const [known, unknown] = [numbers(), numbers()];
    const jobs: Pick<Jobs, 'queue'> = bed.open([known]);
    for (const queue of [unknown, unknown.name]) {
      expect(() => jobs.queue(queue as never)).toThrow(UnknownQueueError);
      expect(() => jobs.queue(queue as never)).toThrow(known.name);
    }
  });

  it('tells `job:added` for what was added', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const events = record(jobs, 'job:added');
    const one = await jobs.queue(queue).add({ n: 1 });
    const many = await jobs.queue(queue).addMany([{ data: { n: 2 } }, { data: { n: 3 } }]);
    expect(events).toEqual([one, ...many].map(({ id }) => ({ queue: queue.name, id })));
  });
}
