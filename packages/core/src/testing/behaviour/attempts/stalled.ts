/** Behaviour: jobs whose worker has died, and those whose worker only takes long. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, QUICK_STALLS, record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const tasks = () => defineQueue({ name: uniqueName('tasks'), schema: z.number(), defaults: { attempts: 1 } });

export function describeStalled(bed: TestBed): void {
  it('takes over the job of a worker that died, and uses up no attempt', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add(1);
    await bed.dieWith(queue);
    expect((await jobs.queue(queue).get(id))?.state).toBe('active');
    const stalled = record(jobs, 'job:stalled');
    const attempts: number[] = [];
    const process = ({ attempt }: { attempt: number }) => void attempts.push(attempt);
    const worker = await bed.work(jobs, defineProcessor({ queue, process }), QUICK_STALLS);
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
    expect(attempts).toEqual([1]);
    expect(stalled).toEqual([{ queue: queue.name, id }]);
    await until(() => expect(worker.stats().queues[queue.name]).toMatchObject({ stalled: 1, completed: 1 }));
  });

  it('runs other jobs meanwhile, and the one that was lost as soon as it is found', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).add(1);
    await bed.dieWith(queue);
    await jobs.queue(queue).addMany([{ data: 2 }, { data: 3 }]);
    const ran: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data) }), QUICK_STALLS);
    await until(() => expect([...ran].sort()).toEqual([1, 2, 3]));
  });

  it('fails a job for good that lost its worker too often, and calls onExhausted once', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add(1);
    // Found by the second worker, which dies with it too.
    for (const _death of [1, 2]) await bed.dieWith(queue);
    const exhausted = record(jobs, 'job:exhausted');
    let calls = 0;
    const ran: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({ queue, process: ({ data }) => void ran.push(data), onExhausted: () => void calls++ }),
      { ...QUICK_STALLS, maxStalledCount: 1 },
    );
    const error = await rejection(jobs.queue(queue).waitFor(id, { timeout: 8_000 }));
    expect(error.message).toContain('stalled');
    await until(() => expect(exhausted).toHaveLength(1));
    await until(() => expect(calls).toBe(1));
    expect(ran).toEqual([]);
    expect(await jobs.queue(queue).get(id)).toMatchObject({ state: 'failed' });
    expect(await jobs.queue(queue).counts()).toMatchObject({ failed: 1, active: 0, waiting: 0 });
  });

  it('leaves a job alone that only takes longer than the lock lasts', async () => {
    const queue = tasks();
    const [one, other] = [bed.open([queue]), bed.open([queue])];
    const stalled = [record(one, 'job:stalled'), record(other, 'job:stalled')];
    let runs = 0;
    const finished = gate();
    // Long enough for a lock of 400 ms to run out twice over.
    const process = async () => {
      runs += 1;
      setTimeout(finished.open, 3 * QUICK_STALLS.lockDuration);
      await finished.opened;
    };
    const processor = defineProcessor({ queue, process });
    await Promise.all([bed.work(one, processor, QUICK_STALLS), bed.work(other, processor, QUICK_STALLS)]);
    const { id } = await one.queue(queue).add(1);
    await one.queue(queue).waitFor(id, { timeout: 8_000 });
    expect(runs).toBe(1);
    expect(stalled).toEqual([[], []]);
  });
}
