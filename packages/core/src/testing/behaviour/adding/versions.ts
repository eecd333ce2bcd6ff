/** Behaviour: data that was enqueued by another version of the host. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { JobDataError, PermanentError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

/** A queue whose data was first a name, then a full name, and is now a first and a last name. */
function customers(name = uniqueName('customers')) {
  const first = defineQueue({ name, schema: z.object({ name: z.string() }) });
  const second = defineQueue({
    name,
    schema: z.object({ fullName: z.string() }),
    version: 2,
    migrate: { 1: (data) => ({ fullName: z.object({ name: z.string() }).parse(data).name }) },
  });
  const third = defineQueue({
    name,
    schema: z.object({ first: z.string(), last: z.string().min(1) }),
    version: 3,
    migrate: {
      ...second.migrate,
      2(data) {
        const [first = '', last = ''] = z.object({ fullName: z.string() }).parse(data).fullName.split(' ');
        return { first, last };
      },
    },
  });
  return { first, second, third };
}

export function describeVersions(bed: TestBed): void {
  it('brings data of each older version up to date, step by step', async () => {
    const { first, second, third } = customers();
    await bed.open([first]).queue(first).add({ name: 'Ada Lovelace' });
    await bed.open([second]).queue(second).add({ fullName: 'Grace Hopper' });
    const jobs = bed.open([third]);
    await jobs.queue(third).addMany([{ data: { first: 'Mary', last: 'Shelley' }, options: { timeout: 10_000 } }]);
    const seen: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({ queue: third, concurrency: 1, process: ({ data }) => void seen.push(data) }),
    );
    await until(() =>
      expect(seen).toEqual([
        { first: 'Ada', last: 'Lovelace' },
        { first: 'Grace', last: 'Hopper' },
        { first: 'Mary', last: 'Shelley' },
      ]),
    );
  });

  it('leaves the stored data as it is', async () => {
    const { first, third } = customers();
    const { id } = await bed.open([first]).queue(first).add({ name: 'Ada Lovelace' });
    const jobs = bed.open([third]);
    await bed.work(jobs, defineProcessor({ queue: third, process: () => undefined }));
    await jobs.queue(third).waitFor(id);
    expect((await jobs.queue(third).get(id))?.data).toEqual({ name: 'Ada Lovelace' });
  });

  it('fails for good what a newer version has enqueued, says so, and runs it once the newer worker is there', async () => {
    const { first, third } = customers();
    const { id } = await bed.open([third]).queue(third).add({ first: 'Ada', last: 'Lovelace' });
    const old = bed.open([first]);
    const failed = record(old, 'job:failed');
    const ran: unknown[] = [];
    const worker = await bed.work(old, defineProcessor({ queue: first, process: ({ data }) => void ran.push(data) }));
    const error = await rejection(old.queue(first).waitFor(id));
    expect(error).toBeInstanceOf(PermanentError);
    for (const text of ['version 3', 'version 1', 'Deploy']) expect(error.message).toContain(text);
    await until(() => expect(failed).toMatchObject([{ attempt: 1, willRetry: false }]));
    await worker.close();
    expect(ran).toEqual([]);
    expect((await old.queue(first).list({ state: 'failed' })).jobs).toMatchObject([
      { id, failedReason: error.message, data: { first: 'Ada', last: 'Lovelace' } },
    ]);
    const jobs = bed.open([third]);
    await bed.work(jobs, defineProcessor({ queue: third, process: ({ data }) => void ran.push(data) }));
    expect(await jobs.queue(third).retryFailed()).toBe(1);
    await until(() => expect(ran).toEqual([{ first: 'Ada', last: 'Lovelace' }]));
  });

  it('fails for good what does not fit after it was migrated', async () => {
    const { first, third } = customers();
    const { id } = await bed.open([first]).queue(first).add({ name: 'Plato' });
    const jobs = bed.open([third]);
    const ran: unknown[] = [];
    await bed.work(jobs, defineProcessor({ queue: third, process: ({ data }) => void ran.push(data) }));
    const error = await rejection(jobs.queue(third).waitFor(id));
    expect(error).toBeInstanceOf(JobDataError);
    expect(error.message).toContain('last:');
    expect(await jobs.queue(third).get(id)).toMatchObject({ state: 'failed', attemptsMade: 1 });
    expect(ran).toEqual([]);
  });

  it('fails for good when `migrate` throws, and names the step', async () => {
    const { first, third } = customers();
    const broken = defineQueue({
      name: first.name,
      schema: third.schema,
      version: 2,
      migrate: {
        1() {
          throw new TypeError('no such field');
        },
      },
    });
    const { id } = await bed.open([first]).queue(first).add({ name: 'Ada' });
    const jobs = bed.open([broken]);
    const failed = record(jobs, 'job:failed');
    await bed.work(jobs, defineProcessor({ queue: broken, process: () => undefined }));
    const error = await rejection(jobs.queue(broken).waitFor(id));
    expect(error.message).toContain('migrate[1]');
    await until(() =>
      expect(failed).toMatchObject([{ willRetry: false, error: { cause: { message: 'no such field' } } }]),
    );
  });

  it('fails for good what the schema of today refuses, where no version was raised', async () => {
    const { first } = customers();
    const changed = defineQueue({ name: first.name, schema: z.object({ name: z.string(), email: z.email() }) });
    const { id } = await bed.open([first]).queue(first).add({ name: 'Ada' });
    const jobs = bed.open([changed]);
    await bed.work(jobs, defineProcessor({ queue: changed, process: () => undefined }));
    const error = await rejection(jobs.queue(changed).waitFor(id));
    expect(error).toBeInstanceOf(JobDataError);
    expect(error.message).toContain('email:');
  });

  it('may migrate with a promise', async () => {
    const name = uniqueName('customers');
    const old = defineQueue({ name, schema: z.object({ id: z.string() }) });
    const now = defineQueue({
      name,
      schema: z.object({ id: z.string(), region: z.string() }),
      version: 2,
      migrate: { 1: async (data) => ({ ...z.object({ id: z.string() }).parse(data), region: 'eu' }) },
    });
    await bed.open([old]).queue(old).add({ id: 'x' });
    const jobs = bed.open([now]);
    const seen: unknown[] = [];
    await bed.work(jobs, defineProcessor({ queue: now, process: ({ data }) => void seen.push(data) }));
    await until(() => expect(seen).toEqual([{ id: 'x', region: 'eu' }]));
  });
}
