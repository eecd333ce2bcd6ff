/** Behaviour: adding jobs, one and many, and what their data may be. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobDataError, JobOptionsError, UnknownQueueError } from '../../errors.js';
import type { Jobs } from '../../jobs-instance.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { record, rejection, type TestBed, uniqueName, until } from './test-bed.js';

const numbers = () => defineQueue({ name: uniqueName('numbers'), schema: z.object({ n: z.number() }) });
const texts = () => defineQueue({ name: uniqueName('texts'), schema: z.object({ text: z.string() }) });

function circle(): object {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

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

  describe('data', () => {
    it('keeps 1 MB as it is', async () => {
      const queue = texts();
      const jobs = bed.open([queue]);
      const text = 'ä✓👋 "quoted"\n'.repeat(60_000);
      expect(Buffer.byteLength(text)).toBeGreaterThan(1_000_000);
      const { id } = await jobs.queue(queue).add({ text });
      const seen: string[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void seen.push(data.text) }));
      await until(() => expect(seen).toHaveLength(1));
      // Not toBe: the difference would be printed.
      expect(seen[0] === text).toBe(true);
      expect((await jobs.queue(queue).get(id))?.data.text === text).toBe(true);
    });

    it.each([
      '',
      ' ',
      '\u2028\u2029',
      '👨‍👩‍👧',
      'e\u0301',
      '\u202Ertl',
      '\\u0000',
      "'; DROP TABLE job; --",
      '{{x}}',
      '%s$1',
    ])('keeps the text %j', async (text) => {
      const queue = texts();
      const handle = bed.open([queue]).queue(queue);
      const [one, [many]] = [await handle.add({ text }), await handle.addMany([{ data: { text } }])];
      expect((await handle.get(one.id))?.data).toEqual({ text });
      expect((await handle.get(many?.id ?? ''))?.data).toEqual({ text });
    });

    // PostgreSQL's jsonb can hold neither: what can't be kept is refused, and never changed.
    it.each(['a\u0000b', '\ud800'])('keeps the text %j or refuses it with a clear error', async (text) => {
      const queue = texts();
      const handle = bed.open([queue]).queue(queue);
      const entries = Array.from({ length: 1_200 }, (_, n) => ({ data: { text: n === 1_100 ? text : 'fine' } }));
      for (const add of [async () => [await handle.add({ text })], () => handle.addMany(entries)]) {
        const before = await handle.counts();
        const added = await add().catch((error: unknown) => error);
        if (Array.isArray(added))
          expect((await handle.get(added.at(1_100)?.id ?? added[0].id))?.data).toEqual({ text });
        else {
          expect(added).toBeInstanceOf(JobDataError);
          expect(await handle.counts()).toEqual(before);
        }
      }
    });

    it('is what JSON makes of it', async () => {
      const queue = defineQueue({
        name: uniqueName('json'),
        schema: z.object({
          a: z.string().optional(),
          b: z.object({ c: z.number().optional() }),
          d: z.number().nullable(),
        }),
      });
      const handle = bed.open([queue]).queue(queue);
      const { id } = await handle.add({ a: undefined, b: { c: undefined }, d: null });
      const stored = await handle.get(id);
      expect(stored?.data).toEqual({ b: {}, d: null });
      expect(Object.keys(stored?.data ?? {}).sort()).toEqual(['b', 'd']);
    });

    it.each([
      ['a list', z.array(z.number()), [1, 2, 3]],
      ['a text', z.string(), 'just this'],
      ['a number', z.number(), 0],
      ['false', z.boolean(), false],
      ['an empty object', z.object({}), {}],
    ] as const)('may be %s', async (_what, schema, data) => {
      const queue = defineQueue({ name: uniqueName('plain'), schema: schema as z.ZodType<unknown, unknown> });
      const jobs = bed.open([queue]);
      const seen: unknown[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: (job) => void seen.push(job.data) }));
      await jobs.queue(queue).add(data);
      await jobs.queue(queue).addMany([{ data }]);
      await until(() => expect(seen).toEqual([data, data]));
    });

    it('is stored with its defaults, cleaned and coerced', async () => {
      const queue = defineQueue({
        name: uniqueName('defaults'),
        schema: z.object({
          n: z.coerce.number(),
          tags: z.array(z.string()).default(['new']),
          mail: z.string().trim().toLowerCase(),
        }),
      });
      const handle = bed.open([queue]).queue(queue);
      const { id } = await handle.add({ n: '42', mail: ' Ann@Example.com ' });
      expect((await handle.get(id))?.data).toEqual({ n: 42, tags: ['new'], mail: 'ann@example.com' });
    });

    it('is stored as it came where the schema transforms it, and transformed once', async () => {
      const queue = defineQueue({
        name: uniqueName('transform'),
        schema: z.object({ text: z.string().transform((text) => `<${text}>`), at: z.coerce.date() }),
      });
      const jobs = bed.open([queue]);
      const { id } = await jobs.queue(queue).add({ text: 'x', at: '2026-01-02T03:04:05Z' });
      expect((await jobs.queue(queue).get(id))?.data).toMatchObject({ text: 'x' });
      const seen: unknown[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void seen.push(data) }));
      await until(() => expect(seen).toEqual([{ text: '<x>', at: new Date('2026-01-02T03:04:05Z') }]));
    });

    it('transforms the keys of a record once', async () => {
      const key = z.string().transform((text) => `k.${text}`);
      const queue = defineQueue({ name: uniqueName('keys'), schema: z.record(key, z.number()) });
      const jobs = bed.open([queue]);
      await jobs.queue(queue).add({ a: 1 });
      const seen: unknown[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void seen.push(data) }));
      await until(() => expect(seen).toEqual([{ 'k.a': 1 }]));
    });

    it('is checked by asynchronous refinements too', async () => {
      const queue = defineQueue({
        name: uniqueName('refined'),
        schema: z.object({ sku: z.string().refine(async (sku) => sku.startsWith('A'), 'no such product') }),
      });
      const jobs = bed.open([queue]);
      const error = await rejection(jobs.queue(queue).add({ sku: 'B1' }));
      expect(error).toMatchObject({
        code: 'JOB_DATA_INVALID',
        issues: [{ path: ['sku'], message: 'no such product' }],
      });
      expect(
        await rejection(jobs.queue(queue).addMany([{ data: { sku: 'A1' } }, { data: { sku: 'B1' } }])),
      ).toMatchObject({
        issues: [{ path: [1, 'sku'] }],
      });
      const seen: unknown[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void seen.push(data) }));
      await jobs.queue(queue).add({ sku: 'A1' });
      await until(() => expect(seen).toEqual([{ sku: 'A1' }]));
      expect(await jobs.queue(queue).counts()).toMatchObject({ waiting: 0, failed: 0 });
    });

    it('passes on what an asynchronous refinement throws, to the caller alone', async () => {
      const queue = defineQueue({
        name: uniqueName('refined'),
        schema: z.object({
          sku: z.string().refine(async () => {
            throw new Error('the catalogue is away');
          }),
        }),
      });
      const unhandled: unknown[] = [];
      const listen = (reason: unknown) => void unhandled.push(reason);
      process.on('unhandledRejection', listen);
      try {
        const handle = bed.open([queue]).queue(queue);
        for (let time = 0; time < 2; time++)
          expect((await rejection(handle.add({ sku: 'A1' }))).message).toBe('the catalogue is away');
        await rejection(handle.addMany([{ data: { sku: 'A1' } }]));
        await new Promise((resolve) => setImmediate(resolve));
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', listen);
      }
    });

    it('is refused with every problem and its path, and nothing is added', async () => {
      const queue = defineQueue({
        name: uniqueName('orders'),
        schema: z.strictObject({
          id: z.string().min(3),
          lines: z.array(z.object({ sku: z.string(), count: z.int() })),
        }),
      });
      const jobs = bed.open([queue]);
      const events = record(jobs, 'job:added');
      const wrong: unknown = {
        id: 'x',
        lines: [
          { sku: 1, count: 1 },
          { sku: 'a', count: 1.5 },
        ],
        extra: true,
      };
      const error = await rejection(jobs.queue(queue).add(wrong as never));
      expect(error).toBeInstanceOf(JobDataError);
      expect(error).toMatchObject({
        code: 'JOB_DATA_INVALID',
        issues: [{ path: ['id'] }, { path: ['lines', 0, 'sku'] }, { path: ['lines', 1, 'count'] }, { path: [] }],
      });
      for (const text of [queue.name, 'id:', 'lines[0].sku:', 'lines[1].count:', 'extra'])
        expect(error.message).toContain(text);
      expect(await jobs.queue(queue).counts()).toMatchObject({ waiting: 0, failed: 0, delayed: 0 });
      expect(events).toEqual([]);
    });

    it.each([
      ['a circle', circle()],
      ['a bigint', { n: 1n }],
      ['undefined', undefined],
      ['null', null],
    ])('is refused where a store could not give it back: %s', async (_what, data) => {
      const queue = defineQueue({ name: uniqueName('any'), schema: z.unknown() });
      const handle = bed.open([queue]).queue(queue);
      expect(await rejection(handle.add(data))).toBeInstanceOf(JobDataError);
      expect(await rejection(handle.addMany([{ data: 1 }, { data }]))).toBeInstanceOf(JobDataError);
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
