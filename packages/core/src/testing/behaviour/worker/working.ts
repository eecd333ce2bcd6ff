/** Behaviour: a worker, its start, what it runs, and what it tells of itself. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defined } from '../../../defined.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const tasks = () =>
  defineQueue({
    name: uniqueName('tasks'),
    schema: z.object({ n: z.number() }),
    defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
  });

const quiet = { handleSignals: false, shutdownTimeout: 0 } as const;

export function describeWorking(bed: TestBed): void {
  it('takes its concurrency from the start, the environment, the registration and the processor, in this order', async () => {
    const combinations = [...Array(16).keys()].map((bits) => ({
      queue: tasks(),
      start: bits & 1 ? 1 : undefined,
      environment: bits & 2 ? 2 : undefined,
      registration: bits & 4 ? 3 : undefined,
      processor: bits & 8 ? 4 : undefined,
    }));
    const byQueue = (source: 'start' | 'environment') =>
      Object.fromEntries(combinations.flatMap((one) => (one[source] ? [[one.queue.name, one[source]]] : [])));
    const queues = combinations.map(({ queue }) => queue);
    const jobs = bed.open(queues, { config: { JOBS_CONCURRENCY: byQueue('environment') } });
    for (const { queue, registration, processor } of combinations) {
      const definition = defineProcessor({ queue, ...defined({ concurrency: processor }), process: () => undefined });
      jobs.registerProcessor(definition, defined({ concurrency: registration }));
    }
    const worker = await jobs.startWorker({ ...quiet, concurrency: byQueue('start') });
    const of = worker.stats().queues;
    expect(queues.map(({ name }) => of[name]?.concurrency)).toEqual(
      combinations.map(
        ({ start, environment, registration, processor }) => start ?? environment ?? registration ?? processor ?? 5,
      ),
    );
  });

  it('may be one of two in a process', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const finish = gate();
    const ran: number[] = [];
    const worker = await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 1,
        async process({ data }) {
          ran.push(data.n);
          if (data.n < 2) await finish.opened;
        },
      }),
    );
    const second = await jobs.startWorker(quiet);
    await jobs.queue(queue).addMany([0, 1].map((n) => ({ data: { n } })));
    // Each has one of them.
    await until(() => expect(ran).toHaveLength(2));
    finish.open();
    await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ completed: 2 }));
    await worker.close();
    await jobs.queue(queue).add({ n: 2 });
    await until(() => expect(ran).toHaveLength(3));
    await until(() => expect(second.stats().queues[queue.name]).toMatchObject({ completed: 2 }));
  });

  it('takes a job that is added while it is idle at once', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const ran: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data.n) }));
    for (const n of [1, 2, 3]) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const from = performance.now();
      await bed.open([queue]).queue(queue).add({ n });
      await until(() => expect(ran).toHaveLength(n));
      // Far below the 5 s of a poll.
      expect(performance.now() - from).toBeLessThan(2_500);
    }
  });

  describe('its hooks', () => {
    it('run once: `start` before the first job, `stop` after the last', async () => {
      const queue = tasks();
      const jobs = bed.open([queue]);
      const seen: string[] = [];
      await jobs.queue(queue).add({ n: 1 });
      const worker = await bed.work(
        jobs,
        defineProcessor({
          queue,
          async start() {
            await new Promise((resolve) => setTimeout(resolve, 20));
            seen.push('start');
          },
          process: () => void seen.push('process'),
          stop: () => void seen.push('stop'),
        }),
      );
      await until(() => expect(seen).toEqual(['start', 'process']));
      await Promise.all([worker.close(), worker.close()]);
      expect(seen).toEqual(['start', 'process', 'stop']);
    });

    it('keep the worker from starting when `start` throws, and stop what had started', async () => {
      const [one, other] = [tasks(), tasks()];
      const jobs = bed.open([one, other]);
      const seen: string[] = [];
      let isBroken = true;
      jobs.registerProcessor(
        defineProcessor({
          queue: one,
          start: () => void seen.push('start one'),
          process: () => void seen.push('one'),
          stop: () => void seen.push('stop one'),
        }),
      );
      jobs.registerProcessor(
        defineProcessor({
          queue: other,
          start() {
            if (isBroken) throw new Error('no such host');
          },
          process: () => void seen.push('other'),
          stop: () => void seen.push('stop other'),
        }),
      );
      await jobs.queue(one).add({ n: 1 });
      expect((await rejection(jobs.startWorker(quiet))).message).toBe('no such host');
      expect(seen).toEqual(['start one', 'stop one']);
      expect(await jobs.queue(one).counts()).toMatchObject({ waiting: 1 });
      isBroken = false;
      await jobs.startWorker(quiet);
      await until(() => expect(seen).toEqual(['start one', 'stop one', 'start one', 'one']));
    });

    it('are told when `stop` throws, and the worker stops all the same', async () => {
      const queue = tasks();
      const jobs = bed.open([queue]);
      const errors = record(jobs, 'worker:error');
      const worker = await bed.work(
        jobs,
        defineProcessor({
          queue,
          process: () => undefined,
          stop() {
            throw new Error('it hangs');
          },
        }),
      );
      await worker.close();
      expect(errors.map(({ queue, error }) => [queue, error.message])).toEqual([[queue.name, 'it hangs']]);
    });
  });
}
