/** Behaviour: `onExhausted`, once for each job that has failed for good. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { JobDataError, PermanentError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, QUICK_STALLS, record, type TestBed, uniqueName, until } from '../test-bed.js';

const mails = () =>
  defineQueue({
    name: uniqueName('mails'),
    schema: z.object({ to: z.string() }),
    defaults: { attempts: 3, backoff: { type: 'fixed', delay: 0 } },
  });

export function describeExhaustion(bed: TestBed): void {
  it('is called after the last attempt, before the job is stored as failed, with the job and its error', async () => {
    const queue = mails();
    const jobs = bed.open([queue]);
    const exhausted = record(jobs, 'job:exhausted');
    const calls: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt }) {
          throw new Error(`attempt ${attempt}`);
        },
        async onExhausted(job, error) {
          const { id, data, attempts } = job;
          calls.push({ id, data, attempts, queue: job.queue, error: error.message });
          calls.push((await jobs.queue(queue).get(id))?.state);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ to: 'ann' });
    await until(() => expect(exhausted).toHaveLength(1));
    expect(calls).toEqual([{ id, data: { to: 'ann' }, attempts: 3, queue: queue.name, error: 'attempt 3' }, 'active']);
    expect(exhausted[0]).toMatchObject({ queue: queue.name, id, attempt: 3, maxAttempts: 3 });
  });

  it('is called at once for a PermanentError, and never for a job that succeeds in the end', async () => {
    const queue = mails();
    const jobs = bed.open([queue]);
    const completed = record(jobs, 'job:completed');
    const calls: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ data, attempt }) {
          if (data.to === 'nobody') throw new PermanentError('no such address');
          if (attempt < 3) throw new Error('busy');
        },
        onExhausted: (job, error) => void calls.push(`${job.data?.to} ${job.attempts} ${error.message}`),
      }),
    );
    await jobs.queue(queue).addMany([{ data: { to: 'nobody' } }, { data: { to: 'ann' } }]);
    await until(() => expect(completed).toHaveLength(1));
    await until(() => expect(calls).toEqual(['nobody 1 no such address']));
  });

  it('may add jobs, log and use the cache', async () => {
    const [queue, alerts] = [mails(), mails()];
    const jobs = bed.open([queue, alerts]);
    const key = uniqueName('key');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        enqueues: [alerts],
        process() {
          throw new PermanentError('no');
        },
        async onExhausted(job, error) {
          job.logger.error(`gave up: ${error.message}`);
          await job.cache.set(key, job.id);
          await job.enqueue(alerts, { to: 'operator' }, { id: 'the-alert' });
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ to: 'ann' });
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('failed'));
    expect((await jobs.queue(alerts).get('the-alert'))?.data).toEqual({ to: 'operator' });
    expect(await jobs.cache.get(key)).toBe(id);
    expect((await jobs.queue(queue).logs(id)).lines.join()).toContain('gave up: no');
  });

  it('fails the job all the same when it throws, and says so', async () => {
    const queue = mails();
    const jobs = bed.open([queue]);
    const errors = record(jobs, 'worker:error');
    const exhausted = record(jobs, 'job:exhausted');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          throw new PermanentError('no');
        },
        onExhausted() {
          throw new Error('the alarm is broken too');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ to: 'ann' });
    await until(() => expect(exhausted).toHaveLength(1));
    expect((await jobs.queue(queue).get(id))?.failedReason).toBe('no');
    expect(errors.map(({ queue, error }) => [queue, (error.cause as Error).message])).toEqual([
      [queue.name, 'the alarm is broken too'],
    ]);
  });

  it('has no data where the data itself is the problem', async () => {
    const old = mails();
    const now = defineQueue({ name: old.name, schema: z.object({ recipients: z.array(z.string()) }) });
    await bed.open([old]).queue(old).add({ to: 'ann' });
    const jobs = bed.open([now]);
    const calls: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue: now,
        process: () => undefined,
        onExhausted: (job, error) => void calls.push(job.data, error),
      }),
    );
    await until(() => expect(calls).toEqual([undefined, expect.any(JobDataError)]));
  });

  it('is called once for a job whose workers keep dying', async () => {
    const queue = mails();
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add({ to: 'ann' });
    await bed.dieWith(queue);
    const [calls, ran] = [[] as string[], [] as string[]];
    const failed = record(jobs, 'job:failed');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process: (job) => void ran.push(job.id),
        onExhausted: (job, error) => void calls.push(`${job.id} ${job.data?.to} ${error.message}`),
      }),
      { ...QUICK_STALLS, maxStalledCount: 0 },
    );
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('failed'));
    await until(() => expect(calls).toEqual([expect.stringMatching(new RegExp(`^${id} ann .*worker died 1 time`))]));
    expect(ran).toEqual([]);
    expect(failed).toMatchObject([{ id, willRetry: false }]);
  });

  it('is called again when a job that was retried by hand is exhausted again', async () => {
    const queue = mails();
    const jobs = bed.open([queue]);
    const calls: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          throw new Error('no');
        },
        onExhausted: ({ attempts }) => void calls.push(attempts),
      }),
    );
    const { id } = await jobs.queue(queue).add({ to: 'ann' });
    for (const times of [1, 2]) {
      await until(() => expect(calls).toHaveLength(times));
      await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('failed'));
      if (times === 1) expect(await jobs.queue(queue).retry(id)).toBe(true);
    }
    expect(calls).toEqual([3, 3]);
  });

  it('is waited for when the worker closes', async () => {
    const queue = mails();
    const jobs = bed.open([queue]);
    const [called, finish] = [gate(), gate()];
    const done: string[] = [];
    const worker = await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          throw new PermanentError('no');
        },
        async onExhausted() {
          called.open();
          await finish.opened;
          done.push('exhausted');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ to: 'ann' });
    await called.opened;
    const closed = worker.close({ timeout: 10_000 }).then(() => done.push('closed'));
    finish.open();
    await closed;
    expect(done).toEqual(['exhausted', 'closed']);
    expect((await jobs.queue(queue).get(id))?.state).toBe('failed');
  });
}
