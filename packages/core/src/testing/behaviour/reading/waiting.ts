/** Behaviour: `waitFor`. The result of a job or its error, whoever runs it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  JobCancelledError,
  JobFailedError,
  JobNotFoundError,
  JobResultError,
  JobTimeoutError,
  PermanentError,
  WaitTimeoutError,
} from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { JobDefaults } from '../../../queue/job-options.js';
import { forever, gate, rejection, type TestBed, uniqueName, until, untilListening } from '../test-bed.js';

const sums = (defaults: JobDefaults = {}) =>
  defineQueue({
    name: uniqueName('sums'),
    schema: z.object({ a: z.number(), b: z.number() }),
    result: z.object({ sum: z.number() }),
    defaults: { attempts: 1, backoff: { type: 'fixed', delay: 0 }, ...defaults },
  });

type Sums = ReturnType<typeof sums>;

const adding = (queue: Sums) =>
  defineProcessor({ queue, concurrency: 10, process: ({ data }) => ({ sum: data.a + data.b }) });

/** How a processor ends, and what `waitFor` then throws. */
const ENDS = [
  ['an error', () => new TypeError('wrong type'), JobFailedError, 'wrong type'],
  ['a PermanentError', () => new PermanentError('gone'), PermanentError, 'gone'],
  ['a text', () => 'just a text', JobFailedError, 'just a text'],
] as const;

export function describeWaiting(bed: TestBed): void {
  it('gives the result of a job that another process runs, before and after its end', async () => {
    const queue = sums();
    const [producer, worker] = [bed.open([queue]), bed.open([queue])];
    const { id } = await producer.queue(queue).add({ a: 1, b: 2 });
    const waiting = producer.queue(queue).waitFor(id);
    await bed.work(worker, adding(queue));
    expect((await waiting).sum).toBe(3);
    expect(await producer.queue(queue).waitFor(id, { timeout: 1 })).toEqual({ sum: 3 });
  });

  it('gives nothing where a queue has no result', async () => {
    const queue = defineQueue({ name: uniqueName('silent'), schema: z.object({}) });
    const jobs = bed.open([queue]);
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }));
    const { id } = await jobs.queue(queue).add({});
    expect(await jobs.queue(queue).waitFor(id)).toBeUndefined();
  });

  it('gives each of many callers its own job’s result', async () => {
    const queue = sums();
    const jobs = bed.open([queue]);
    await bed.work(jobs, adding(queue));
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    const added = await jobs.queue(queue).addMany(numbers.map((a) => ({ data: { a, b: 1 } })));
    const results = await Promise.all(added.map(({ id }) => jobs.queue(queue).waitFor(id)));
    expect(results.map(({ sum }) => sum)).toEqual(numbers.map((a) => a + 1));
  });

  it('waits for the last attempt, not for the first that fails', async () => {
    const queue = sums({ attempts: 3, backoff: { type: 'fixed', delay: 30 } });
    const jobs = bed.open([queue]);
    const process = ({ attempt }: { attempt: number }) => {
      if (attempt < 3) throw new Error('not yet');
      return { sum: attempt };
    };
    const { id } = await jobs.queue(queue).add({ a: 0, b: 0 });
    const waiting = jobs.queue(queue).waitFor(id);
    await bed.work(jobs, defineProcessor({ queue, process }));
    expect(await waiting).toEqual({ sum: 3 });
  });

  it.each(ENDS)('throws the job’s own error: %s', async (_what, thrown, errorClass, message) => {
    const queue = sums();
    const jobs = bed.open([queue]);
    const process = () => {
      throw thrown();
    };
    const { id } = await jobs.queue(queue).add({ a: 0, b: 0 });
    const before = rejection(jobs.queue(queue).waitFor(id));
    await bed.work(jobs, defineProcessor({ queue, process }));
    for (const error of [await before, await rejection(jobs.queue(queue).waitFor(id))]) {
      expect(error).toBeInstanceOf(errorClass);
      expect(error.message).toContain(message);
    }
  });

  it('throws the timeout of an attempt, and a result that the schema refuses, by their classes', async () => {
    const queue = sums({ timeout: 30 });
    const jobs = bed.open([queue]);
    const process = ({ data }: { data: { a: number } }) => (data.a === 1 ? forever : { sum: Number.NaN });
    await bed.work(jobs, defineProcessor({ queue, process }));
    const [slow, wrong] = await jobs.queue(queue).addMany([{ data: { a: 1, b: 1 } }, { data: { a: 2, b: 2 } }]);
    expect(await rejection(jobs.queue(queue).waitFor(slow?.id ?? ''))).toBeInstanceOf(JobTimeoutError);
    const refused = await rejection(jobs.queue(queue).waitFor(wrong?.id ?? ''));
    expect(refused).toBeInstanceOf(JobResultError);
    expect(refused.message).toContain('sum');
  });

  it('gives up after its own time, while the job goes on', async () => {
    const queue = sums();
    const jobs = bed.open([queue]);
    const blocked = gate();
    const process = async () => {
      await blocked.opened;
      return { sum: 1 };
    };
    await bed.work(jobs, defineProcessor({ queue, process }));
    const { id } = await jobs.queue(queue).add({ a: 0, b: 0 });
    expect(await rejection(jobs.queue(queue).waitFor(id, { timeout: 30 }))).toBeInstanceOf(WaitTimeoutError);
    blocked.open();
    expect(await jobs.queue(queue).waitFor(id)).toEqual({ sum: 1 });
  });

  it('waits for as long as it takes when its time is Infinity', async () => {
    const queue = sums();
    const jobs = bed.open([queue]);
    const process = async ({ data }: { data: { a: number } }) => {
      await sleep(50);
      return { sum: data.a };
    };
    await bed.work(jobs, defineProcessor({ queue, process }));
    const { id } = await jobs.queue(queue).add({ a: 3, b: 0 });
    expect(await jobs.queue(queue).waitFor(id, { timeout: Number.POSITIVE_INFINITY })).toEqual({ sum: 3 });
  });

  it('stops when its signal aborts, with the signal’s reason', async () => {
    const queue = sums();
    const handle = bed.open([queue]).queue(queue);
    const { id } = await handle.add({ a: 0, b: 0 });
    const controller = new AbortController();
    const waiting = rejection(handle.waitFor(id, { signal: controller.signal }));
    controller.abort(new Error('left the page'));
    expect((await waiting).message).toBe('left the page');
    expect((await rejection(handle.waitFor(id, { signal: controller.signal }))).message).toBe('left the page');
    expect((await handle.get(id))?.state).toBe('waiting');
  });

  it('knows when there is no such job, and when it is removed meanwhile', async () => {
    const queue = sums();
    const handle = bed.open([queue]).queue(queue);
    expect(await rejection(handle.waitFor('nobody'))).toBeInstanceOf(JobNotFoundError);
    const { id } = await handle.add({ a: 0, b: 0 });
    const waiting = rejection(handle.waitFor(id));
    expect(await handle.remove(id)).toBe(true);
    const error = await waiting;
    // The wait may have begun only when it was gone.
    expect(error instanceof JobCancelledError || error instanceof JobNotFoundError).toBe(true);
  });

  it('says that there is no such job any more when nothing has reported its removal', async () => {
    const queue = sums();
    const handle = bed.open([queue]).queue(queue);
    const [waiting, delayed] = await handle.addMany([
      { data: { a: 0, b: 0 } },
      { data: { a: 0, b: 0 }, options: { delay: 600_000 } },
    ]);
    const errors = [waiting, delayed].map((job) => rejection(handle.waitFor(job?.id ?? '')));
    await handle.empty();
    for (const error of await Promise.all(errors)) {
      expect(error).toBeInstanceOf(JobNotFoundError);
      expect(error.message).not.toContain('was removed');
    }
  });

  it('says that a job was removed when that is reported', async () => {
    const queue = sums();
    const engine = bed.engine();
    const [first, second] = await engine
      .queue(queue.name)
      .addMany(['first', 'second'].map((id) => ({ id, data: {}, options: {} })));
    // Listens from then on.
    expect(await engine.queue(queue.name).waitForFinish(first ?? '', 1)).toBeUndefined();
    const waiting = engine.queue(queue.name).waitForFinish(second ?? '', 30_000);
    expect(
      await bed
        .engine()
        .queue(queue.name)
        .remove(second ?? ''),
    ).toBe(true);
    expect(await waiting).toEqual({ state: 'removed' });
  });

  it('hears the end of a job that is not kept', async () => {
    const queue = sums({ retention: { completed: { count: 0 }, failed: { count: 0 } } });
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    const blocked = gate();
    const process = async ({ data }: { data: { a: number } }) => {
      await blocked.opened;
      if (data.a === 2) throw new Error('two');
      return { sum: data.a };
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 2, process }));
    const added = await handle.addMany([{ data: { a: 1, b: 0 } }, { data: { a: 2, b: 0 } }]);
    const [good = '', bad = ''] = added.map(({ id }) => id);
    await until(async () => expect(await handle.counts()).toMatchObject({ active: 2 }));
    const { result, error } = await untilListening(engine.queue(queue.name), [good, bad], () => ({
      result: handle.waitFor(good),
      error: rejection(handle.waitFor(bad)),
    }));
    blocked.open();
    expect(await result).toEqual({ sum: 1 });
    expect((await error).message).toBe('two');
    expect(await handle.get(good)).toBeUndefined();
  });
}
