/** Behaviour: the end of a worker. No job is lost, and none waits for a worker that is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, record, type TestBed, uniqueName, until, untilAborted } from '../test-bed.js';

const tasks = () =>
  defineQueue({ name: uniqueName('tasks'), schema: z.object({ n: z.number() }), defaults: { attempts: 1 } });

export function describeShuttingDown(bed: TestBed): void {
  it('gives back jobs that listen to their signal: another worker takes them at once, as the same attempt', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const signals: AbortSignal[] = [];
    const failed = record(jobs, 'job:failed');
    const stopping = record(jobs, 'worker:stopping');
    const stopped = record(jobs, 'worker:stopped');
    const worker = await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 3,
        async process({ signal }) {
          signals.push(signal);
          await untilAborted(signal);
        },
      }),
    );
    const added = await jobs.queue(queue).addMany([1, 2, 3].map((n) => ({ data: { n } })));
    await until(() => expect(signals).toHaveLength(3));
    await worker.close({ timeout: 50 });
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(failed).toEqual([]);
    expect(stopping).toEqual([{ reason: 'close' }]);
    expect(stopped).toEqual([{ givenBack: 3 }]);
    expect(await jobs.queue(queue).counts()).toMatchObject({ waiting: 3, active: 0, failed: 0 });

    const other = bed.open([queue]);
    const stalled = record(other, 'job:stalled');
    const attempts: number[] = [];
    // With the usual 20 s of a lock: what was given back does not wait for its end.
    await bed.work(other, defineProcessor({ queue, process: ({ attempt }) => void attempts.push(attempt) }));
    await Promise.all(added.map(({ id }) => other.queue(queue).waitFor(id, { timeout: 8_000 })));
    expect(attempts).toEqual([1, 1, 1]);
    expect(stalled).toEqual([]);
  });

  it('waits for as long as it takes when its time is Infinity', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const started = gate();
    const worker = await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process({ signal }) {
          started.open();
          await sleep(50, undefined, { signal });
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await started.opened;
    await worker.close({ timeout: Number.POSITIVE_INFINITY });
    expect((await jobs.queue(queue).get(id))?.state).toBe('completed');
  });

  it('keeps a result that comes while it waits for the last moment', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const started = gate();
    const worker = await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process({ signal }) {
          started.open();
          // Finishes its work although it was told to stop.
          await untilAborted(signal).catch(() => undefined);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await started.opened;
    await worker.close({ timeout: 20 });
    expect((await jobs.queue(queue).get(id))?.state).toBe('completed');
  });

  it('loses no job when it is closed without patience again and again', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const done = new Map<number, number>();
    jobs.registerProcessor(
      defineProcessor({
        queue,
        concurrency: 8,
        process({ data }) {
          done.set(data.n, (done.get(data.n) ?? 0) + 1);
        },
      }),
    );
    const total = 120;
    await jobs.queue(queue).addMany(Array.from({ length: total }, (_, n) => ({ data: { n } })));
    for (let time = 0; time < 6; time++) {
      const worker = await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
      await until(() => expect(done.size).toBeGreaterThanOrEqual(Math.min(total, time * 15 + 1)));
      await worker.close();
      expect(await jobs.queue(queue).counts()).toMatchObject({ active: 0 });
    }
    await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
    await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ completed: total, failed: 0 }));
    // What had ended was kept: no job ran twice.
    expect([...done.values()].filter((times) => times > 1)).toEqual([]);
  });

  it('leaves a job that is added while it stops to another worker, also where it is closed twice', async () => {
    for (let n = 0; n < 3; n++) {
      const queue = tasks();
      const [jobs, other] = [bed.open([queue]), bed.open([queue])];
      const ran: string[] = [];
      const workOf = (name: string) => defineProcessor({ queue, process: () => void ran.push(name) });
      const worker = await bed.work(jobs, workOf('first'));
      const { id: before } = await jobs.queue(queue).add({ n });
      await jobs.queue(queue).waitFor(before, { timeout: 8_000 });
      const stopped = worker.close();
      const [{ id }] = await Promise.all([other.queue(queue).add({ n }), stopped, worker.close()]);
      // What the store had handed out before it heard of the stop has been run.
      const isTaken = ran.length === 2;
      expect(await other.queue(queue).counts()).toMatchObject({ waiting: isTaken ? 0 : 1, active: 0 });
      await bed.work(other, workOf('second'));
      await other.queue(queue).waitFor(id, { timeout: 8_000 });
      expect(ran).toEqual(['first', isTaken ? 'first' : 'second']);
    }
  });

  it('closes all workers with `jobs`', async () => {
    const queue = tasks();
    const jobs = bed.open([queue], { engine: bed.engine() });
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }));
    await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
    const stopped = record(jobs, 'worker:stopped');
    await jobs.close();
    expect(stopped).toHaveLength(2);
  });

  it('does not start a worker that is closed while it starts', async () => {
    const queue = tasks();
    const jobs = bed.open([queue], { engine: bed.engine() });
    jobs.registerProcessor(defineProcessor({ queue, process: () => undefined }));
    const starting = jobs.startWorker({ handleSignals: false }).then(
      (worker) => worker.close(),
      (error: unknown) => expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE' }),
    );
    await jobs.close();
    await starting;
  });
}
