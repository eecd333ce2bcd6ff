/** Behaviour: what the data of a job may be, and how it is checked, stored and refused. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { JobDataError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const texts = () => defineQueue({ name: uniqueName('texts'), schema: z.object({ text: z.string() }) });

function circle(): object {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

export function describeJobData(bed: TestBed): void {
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
      if (Array.isArray(added)) expect((await handle.get(added.at(1_100)?.id ?? added[0].id))?.data).toEqual({ text });
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
}
