/** Behaviour: what an operator does to a queue. Pause, empty, clean, retry, remove. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../../../errors.js';
import type { Jobs } from '../../../jobs-instance.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, record, type TestBed, uniqueName, until } from '../test-bed.js';

const numbers = () =>
  defineQueue({
    name: uniqueName('numbers'),
    schema: z.number(),
    defaults: { attempts: 3, retention: { completed: {}, failed: {} } },
  });

type Numbers = ReturnType<typeof numbers>;

const upTo = (count: number) => Array.from({ length: count }, (_, n) => ({ data: n }));

const byNumber = (a: number, b: number) => a - b;

/** Fails so many jobs for good, one after the other, and closes the worker again. */
async function fail(bed: TestBed, queue: Numbers, count: number): Promise<void> {
  const jobs = bed.open([queue]);
  await jobs.queue(queue).addMany(upTo(count));
  const process = ({ data }: { data: number }) => {
    throw new PermanentError(`no ${data}`);
  };
  const worker = await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
  await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ failed: count }));
  await worker.close();
}

/** Runs jobs, and answers what ran. */
async function runAll(bed: TestBed, jobs: Jobs<readonly [Numbers]>, queue: Numbers): Promise<number[]> {
  const ran: number[] = [];
  await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data) }));
  return ran;
}

export function describeOperations(bed: TestBed): void {
  it('pauses a queue for all workers, lets running jobs end, and resumes', async () => {
    const [queue, other] = [numbers(), numbers()];
    const [producer, worker] = [bed.open([queue, other]), bed.open([queue, other])];
    const [paused, resumed] = [record(producer, 'queue:paused'), record(producer, 'queue:resumed')];
    const [started, blocked] = [gate(), gate()];
    const ran: number[] = [];
    const process = async ({ data }: { data: number }) => {
      if (data === 0) {
        started.open();
        await blocked.opened;
      }
      ran.push(data);
    };
    worker.registerProcessor(defineProcessor({ queue: other, process }));
    await bed.work(worker, defineProcessor({ queue, process }));
    const handle = producer.queue(queue);
    await handle.add(0);
    await started.opened;
    await handle.pause();
    await handle.pause();
    await handle.add(1);
    await handle.add(2, { priority: 3 });
    await handle.add(3, { delay: 1 });
    await handle.add(4, { delay: 3_600_000 });
    expect(await handle.counts()).toMatchObject({ isPaused: true, active: 1, waiting: 0 });
    blocked.open();
    await until(async () => expect(await handle.counts()).toMatchObject({ active: 0, completed: 1 }));
    // Another queue goes on.
    await producer.queue(other).add(100);
    await until(() => expect(ran).toEqual([0, 100]));
    const counts = await handle.counts();
    expect(counts).toMatchObject({ isPaused: true, waiting: 0 });
    expect(counts.paused + counts.delayed).toBe(4);
    expect((await handle.list({ state: 'waiting' })).jobs.length).toBe(counts.paused);

    await handle.resume();
    await until(() => expect([...ran].sort(byNumber)).toEqual([0, 1, 2, 3, 100]));
    await until(async () => {
      expect(await handle.counts()).toMatchObject({ isPaused: false, paused: 0, waiting: 0, delayed: 1, completed: 4 });
    });
    await handle.resume();
    expect(paused).toEqual([{ queue: queue.name }, { queue: queue.name }]);
    expect(resumed).toEqual([{ queue: queue.name }, { queue: queue.name }]);
  });

  it('stays paused for a worker that starts later', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).pause();
    await jobs.queue(queue).addMany(upTo(3));
    expect(await jobs.queue(queue).counts()).toMatchObject({ isPaused: true, paused: 3, waiting: 0 });
    const ran = await runAll(bed, bed.open([queue]), queue);
    expect(ran).toEqual([]);
    await jobs.queue(queue).resume();
    await until(() => expect(ran).toEqual([0, 1, 2]));
  });

  it('empties a queue of all that waits, with a priority and delayed too, and of nothing else', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const cleaned = record(jobs, 'queue:cleaned');
    await fail(bed, queue, 1);
    const [started, blocked] = [gate(), gate()];
    const process = async () => {
      started.open();
      await blocked.opened;
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    await handle.add(1);
    await started.opened;
    await handle.addMany(upTo(1_100));
    await handle.add(2, { priority: 1 });
    await handle.add(3, { delay: 3_600_000 });
    expect(await handle.empty()).toBe(1_102);
    expect(await handle.counts()).toMatchObject({ waiting: 0, delayed: 0, active: 1, failed: 1 });
    expect(await handle.empty()).toBe(0);
    expect(cleaned.map(({ removed }) => removed)).toEqual([1_102, 0]);
    blocked.open();
    await until(async () => expect(await handle.counts()).toMatchObject({ active: 0, completed: 1 }));
  });

  it('empties a paused queue, which stays paused', async () => {
    const queue = numbers();
    const handle = bed.open([queue]).queue(queue);
    await handle.pause();
    await handle.addMany(upTo(3));
    expect(await handle.empty()).toBe(3);
    expect(await handle.counts()).toMatchObject({ paused: 0, waiting: 0, isPaused: true });
  });

  it('cleans completed jobs by age and number, the oldest first', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const cleaned = record(jobs, 'queue:cleaned');
    await runAll(bed, jobs, queue);
    await handle.addMany(upTo(6));
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: 6 }));
    expect(await handle.clean({ olderThan: 60_000 })).toBe(0);
    expect(await handle.clean({ limit: 2 })).toBe(2);
    const { jobs: left } = await handle.list({ state: 'completed' });
    expect(left.map(({ data }) => data)).toEqual([5, 4, 3, 2]);
    expect(await handle.clean({ limit: 0 })).toBe(0);
    expect(await handle.clean()).toBe(4);
    expect(await handle.counts()).toMatchObject({ completed: 0 });
    expect(cleaned.map(({ removed }) => removed)).toEqual([0, 2, 0, 4]);
  });

  it('cleans waiting, delayed and failed jobs, each when asked', async () => {
    const queue = numbers();
    const handle = bed.open([queue]).queue(queue);
    await fail(bed, queue, 3);
    await handle.addMany(upTo(1_050));
    await handle.add(1, { priority: 2 });
    await handle.addMany(upTo(4).map(({ data }) => ({ data, options: { delay: 3_600_000 } })));
    expect(await handle.clean({ state: 'completed' })).toBe(0);
    expect(await handle.clean({ state: 'delayed' })).toBe(4);
    expect(await handle.clean({ state: 'waiting', limit: 10 })).toBe(10);
    expect(await handle.clean({ state: 'waiting' })).toBe(1_041);
    expect(await handle.counts()).toMatchObject({ waiting: 0, delayed: 0, failed: 3 });
    expect(await handle.clean({ state: 'failed', limit: 2 })).toBe(2);
    expect(await handle.counts()).toMatchObject({ failed: 1 });
  });

  it('retries failed jobs, the oldest first, with all their attempts', async () => {
    const queue = numbers();
    await fail(bed, queue, 5);
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    expect(await handle.retryFailed({ limit: 2 })).toBe(2);
    expect(await handle.retryFailed({ limit: 0 })).toBe(0);
    const { jobs: waiting } = await handle.list({ state: 'waiting' });
    expect(waiting.map(({ data }) => data).sort(byNumber)).toEqual([0, 1]);
    for (const job of waiting) expect(job).toMatchObject({ attemptsMade: 0, finishedAt: undefined });
    expect(await handle.counts()).toMatchObject({ failed: 3, waiting: 2 });
    expect(await handle.retryFailed()).toBe(3);
    const attempts: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ attempt }) => void attempts.push(attempt) }));
    await until(async () => expect(await handle.counts()).toMatchObject({ failed: 0, completed: 5 }));
    expect(attempts).toEqual([1, 1, 1, 1, 1]);
    expect(await handle.retryFailed()).toBe(0);
  });

  it('retries only the failed jobs that a filter picks, over many pages', async () => {
    const queue = numbers();
    await fail(bed, queue, 230);
    const handle = bed.open([queue]).queue(queue);
    expect(await handle.retryFailed({ filter: () => false })).toBe(0);
    expect(
      await handle.retryFailed({ filter: (job) => job.data % 2 === 1 && job.failedReason === `no ${job.data}` }),
    ).toBe(115);
    const { jobs: left } = await handle.list({ state: 'failed', limit: 1_000 });
    expect(left.map(({ data }) => data % 2)).toEqual(Array.from({ length: 115 }, () => 0));
    expect(await handle.retryFailed({ limit: 3, filter: (job) => job.data >= 220 })).toBe(3);
  });

  it('retries each failed job once, also those that fail again at once', async () => {
    const queue = numbers();
    await fail(bed, queue, 120);
    const jobs = bed.open([queue]);
    let runs = 0;
    const process = () => {
      runs += 1;
      throw new PermanentError('still no');
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 20, process }));
    expect(await jobs.queue(queue).retryFailed()).toBe(120);
    await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ failed: 120 }));
    expect(runs).toBe(120);
  });

  it('retries one job by its id, if it is failed', async () => {
    const queue = numbers();
    await fail(bed, queue, 1);
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const [job] = (await handle.list({ state: 'failed' })).jobs;
    expect(job).toMatchObject({ failedReason: 'no 0', attemptsMade: 1 });
    const id = job?.id ?? '';
    expect(await handle.retry(id)).toBe(true);
    expect(await handle.retry(id)).toBe(false);
    expect(await handle.retry('nobody')).toBe(false);
    expect(await handle.get(id)).toMatchObject({ state: 'waiting', attemptsMade: 0, failedReason: undefined });
    const ran = await runAll(bed, jobs, queue);
    await until(() => expect(ran).toEqual([0]));
    await until(async () => expect((await handle.get(id))?.state).toBe('completed'));
    expect(await handle.retry(id)).toBe(false);
    expect(ran).toEqual([0]);
  });

  it('removes a job by its id, unless it runs', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const [started, blocked] = [gate(), gate()];
    const process = async () => {
      started.open();
      await blocked.opened;
    };
    const running = await handle.add(0);
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    await started.opened;
    const others = [
      await handle.add(1),
      await handle.add(2, { priority: 1 }),
      await handle.add(3, { delay: 3_600_000 }),
    ];
    for (const { id } of others) {
      expect(await handle.remove(id)).toBe(true);
      expect(await handle.remove(id)).toBe(false);
      expect(await handle.get(id)).toBeUndefined();
    }
    expect(await handle.remove(running.id)).toBe(false);
    blocked.open();
    await until(async () => expect((await handle.get(running.id))?.state).toBe('completed'));
    expect(await handle.remove(running.id)).toBe(true);
    expect(await handle.counts()).toMatchObject({ waiting: 0, delayed: 0, active: 0, completed: 0 });
  });
}
