/** Behaviour: how long finished jobs stay. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { Retention } from '../../../queue/job-options.js';
import { record, type TestBed, uniqueName, until, untilListening } from '../test-bed.js';

const checks = (retention?: Retention) =>
  defineQueue({
    name: uniqueName('checks'),
    schema: z.object({ ok: z.boolean() }),
    result: z.string(),
    defaults: { attempts: 1, ...(retention ? { retention } : {}) },
  });

function processorOf(queue: ReturnType<typeof checks>) {
  return defineProcessor({
    queue,
    concurrency: 1,
    process({ data }) {
      if (!data.ok) throw new Error('not ok');
      return 'ok';
    },
  });
}

export function describeRetention(bed: TestBed): void {
  it('keeps the number of jobs that the queue says, the newest', async () => {
    const queue = checks({ completed: { count: 2 }, failed: { count: 1 } });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const completed = record(jobs, 'job:completed');
    const exhausted = record(jobs, 'job:exhausted');
    await bed.work(jobs, processorOf(queue));
    const added = await handle.addMany([true, true, false, true, false, true, true].map((ok) => ({ data: { ok } })));
    await until(() => expect([completed.length, exhausted.length]).toEqual([5, 2]));
    // A store may take away what is over the number a moment later.
    await until(async () => {
      const kept = await Promise.all(added.map(async ({ id }) => ((await handle.get(id)) ? 'kept' : 'gone')));
      expect(kept).toEqual(['gone', 'gone', 'gone', 'gone', 'kept', 'kept', 'kept']);
    });
    expect(await handle.counts()).toMatchObject({ completed: 2, failed: 1 });
  });

  it('lets a job say it for itself', async () => {
    const queue = checks();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const completed = record(jobs, 'job:completed');
    const exhausted = record(jobs, 'job:exhausted');
    await bed.work(jobs, processorOf(queue));
    const gone = { retention: { completed: { count: 0 }, failed: { count: 0 } } };
    await handle.addMany([true, true, false].map((ok) => ({ data: { ok }, options: gone })));
    await until(() => expect([completed.length, exhausted.length]).toEqual([2, 1]));
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: 0, failed: 0 }));
  });

  it('gives the result of a job that is not kept to those who wait for it', async () => {
    const queue = checks();
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    await handle.pause();
    const retention = { completed: { count: 0 }, failed: { count: 0 } };
    const added = await handle.addMany([
      { data: { ok: true }, options: { retention } },
      { data: { ok: false }, options: { retention } },
    ]);
    const ids = added.map(({ id }) => id);
    await bed.work(jobs, processorOf(queue));
    const waiting = await untilListening(engine.queue(queue.name), ids, () =>
      ids.map((id) => handle.waitFor(id, { timeout: 5_000 }).catch((error: Error) => error.message)),
    );
    await handle.resume();
    expect(await Promise.all(waiting)).toEqual(['ok', 'not ok']);
  });

  it('is stored with the job in seconds, as BullMQ reads it', async () => {
    const queue = checks();
    const engine = bed.engine();
    const handle = bed.open([queue], { engine }).queue(queue);
    const { id } = await handle.add(
      { ok: true },
      { retention: { completed: { age: 90_500, count: 7 }, failed: { age: 3_600_000 } } },
    );
    expect((await engine.queue(queue.name).get(id))?.opts).toMatchObject({
      removeOnComplete: { age: 91, count: 7 },
      removeOnFail: { age: 3_600 },
    });
    const forEver = await handle.add({ ok: true }, { retention: { completed: {} } });
    expect((await engine.queue(queue.name).get(forEver.id))?.opts).toMatchObject({ removeOnComplete: false });
  });
}
