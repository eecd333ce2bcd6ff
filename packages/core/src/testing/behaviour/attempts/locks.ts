/** Behaviour: `job.lock`. One attempt at a time under a key, over all workers and queues, also after a crash. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { QUICK_STALLS, type TestBed, uniqueName, until } from '../test-bed.js';

const schema = z.object({ n: z.number() });
const syncs = (attempts = 1) =>
  defineQueue({
    name: uniqueName('syncs'),
    schema,
    defaults: { attempts, backoff: { type: 'fixed', delay: 0 } },
  });

/** Soon, so that a test does not wait. */
const SOON = { retryAfter: 10 };

export function describeLocks(bed: TestBed): void {
  it('replaces a value of the state store in one step, unless another one has come between', async () => {
    const { state } = bed.engine();
    const key = uniqueName('place');
    expect(await state.replaceIfEqual(key, 'old', 'new', 60_000)).toBe(false);
    expect(await state.get(key)).toBeUndefined();
    await state.set(key, 'old', 60_000);
    expect(await state.replaceIfEqual(key, 'other', 'new', 60_000)).toBe(false);
    expect(await state.get(key)).toBe('old');
    expect(await state.replaceIfEqual(key, 'old', 'new', 60_000)).toBe(true);
    // Asked again, as the answer was lost.
    expect(await state.replaceIfEqual(key, 'old', 'new', 60_000)).toBe(true);
    expect(await state.get(key)).toBe('new');
    expect(await state.getMany([uniqueName('no-place'), key, key])).toEqual([undefined, 'new', 'new']);
    const replaced = await Promise.all(['a', 'b', 'c'].map((value) => state.replaceIfEqual(key, 'new', value, 60_000)));
    expect(replaced.filter(Boolean)).toHaveLength(1);
  });

  it('lets one attempt at a time run, over workers and queues, and costs no attempt', async () => {
    const key = uniqueName('integration');
    const [one, other] = [syncs(), syncs()];
    let [running, most] = [0, 0];
    const opened = [one, other].map((queue) => ({ queue, jobs: bed.open([queue]) }));
    for (const { queue, jobs } of opened) {
      const processor = defineProcessor({
        queue,
        concurrency: 3,
        async process(job) {
          await job.lock(key, SOON);
          // Taken twice is taken once.
          await job.lock(key, SOON);
          running += 1;
          most = Math.max(most, running);
          await sleep(5);
          running -= 1;
        },
      });
      await bed.work(jobs, processor);
      await jobs.queue(queue).addMany([1, 2, 3].map((n) => ({ data: { n } })));
    }
    for (const { queue, jobs } of opened) {
      await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ completed: 3, failed: 0 }));
    }
    expect(most).toBe(1);
  });

  it('is given back when the attempt fails', async () => {
    const key = uniqueName('integration');
    const queue = syncs(2);
    const jobs = bed.open([queue]);
    const process = async (job: { attempt: number; lock(key: string): Promise<void> }) => {
      await job.lock(key);
      if (job.attempt === 1) throw new Error('again');
    };
    await bed.work(jobs, defineProcessor({ queue, process }));
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    expect(await bed.engine().state.get(`lock:${key}`)).toBeUndefined();
  });

  it('goes at once to the next attempt of a job whose worker died with it', async () => {
    const key = uniqueName('integration');
    const queue = syncs();
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await bed.dieWith(queue, {
      async run({ job }, { state }) {
        const owner = { queue: queue.name, id: job.id, start: job.attemptsStarted };
        await state.setIfAbsent(`lock:${key}`, JSON.stringify(owner), 60_000);
      },
    });
    await bed.work(jobs, defineProcessor({ queue, process: (job) => job.lock(key, { retryAfter: 60_000 }) }), {
      ...QUICK_STALLS,
    });
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
  });

  it('goes to another job when its dead holder’s time is over, and not before', async () => {
    const key = uniqueName('integration');
    const queue = syncs();
    const jobs = bed.open([queue]);
    const { state } = bed.engine();
    await state.setIfAbsent(`lock:${key}`, JSON.stringify({ queue: queue.name, id: 'dead', start: 1 }), 60_000);
    let starts = 0;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          starts += 1;
          await job.lock(key, SOON);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await until(() => expect(starts).toBeGreaterThanOrEqual(3));
    expect((await jobs.queue(queue).get(id))?.attemptsMade).toBe(0);
    await state.delete(`lock:${key}`);
    await jobs.queue(queue).waitFor(id);
  });
}
