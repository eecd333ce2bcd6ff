/** Behaviour: `job.takeSlot`. Limits that processors ask for themselves, over all workers and queues. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const schema = z.object({ n: z.number() });
const requests = () => defineQueue({ name: uniqueName('requests'), schema, defaults: { attempts: 1 } });

/** Long enough that a second start under it does not come within a test. ms */
const LONG = 60_000;

export function describeSlots(bed: TestBed): void {
  it('is shared by all workers and queues under one key, and costs no attempt', async () => {
    const key = uniqueName('shop');
    const [one, other] = [requests(), requests()];
    const ran: string[] = [];
    for (const queue of [one, other]) {
      const jobs = bed.open([queue]);
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process(job) {
            await job.takeSlot(key, { max: 2, per: LONG });
            ran.push(job.queue);
          },
        }),
      );
      await jobs.queue(queue).addMany([1, 2, 3].map((n) => ({ data: { n } })));
    }
    const engine = bed.engine();
    await until(async () => {
      const counts = await engine.counts([one.name, other.name]);
      const sum = (state: 'completed' | 'delayed') => counts.reduce((total, count) => total + count[state], 0);
      expect([sum('completed'), sum('delayed')]).toEqual([2, 4]);
    });
    expect(ran).toHaveLength(2);
    const waiting = await Promise.all([one, other].map(({ name }) => engine.queue(name).list('delayed', 0, -1, true)));
    for (const job of waiting.flat()) {
      expect(job).toMatchObject({ attemptsMade: 0 });
      expect(job.delay).toBeGreaterThan(LONG / 2);
    }
  });

  it('keeps the place of a job that was told to come back', async () => {
    const key = uniqueName('shop');
    const queue = requests();
    const jobs = bed.open([queue]);
    const ran: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          await job.takeSlot(key, { max: 1, per: 100, maxWait: 0 });
          ran.push(job.data.n);
        },
      }),
    );
    await jobs.queue(queue).addMany([1, 2, 3, 4].map((n) => ({ data: { n } })));
    await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ completed: 4, failed: 0 }));
    expect([...ran].sort()).toEqual([1, 2, 3, 4]);
  });

  it('refuses a limit that can’t be counted', async () => {
    const queue = requests();
    const jobs = bed.open([queue]);
    const process = defineProcessor({ queue, process: (job) => job.takeSlot('shop', { max: 0.5, per: 1_000 }) });
    await bed.work(jobs, process);
    const { id } = await jobs.queue(queue).add({ n: 1 });
    expect((await rejection(jobs.queue(queue).waitFor(id))).message).toMatch(/whole numbers.*max 0\.5 and per 1000/);
  });
}
