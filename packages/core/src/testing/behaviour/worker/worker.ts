/** Behaviour: the worker. Which queues it runs, how many jobs at a time, what it tells, and how it ends. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ProcessorDefinitionError, UnknownQueueError } from '../../../errors.js';
import type { JobsEvents } from '../../../events.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { JobDefaults } from '../../../queue/job-options.js';
import { CapturedLog } from '../captured-log.js';
import { forever, gate, record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const numbers = (defaults: JobDefaults = { attempts: 2, backoff: { type: 'fixed', delay: 0 } }) =>
  defineQueue({ name: uniqueName('numbers'), schema: z.number(), defaults });

const upTo = (count: number) => Array.from({ length: count }, (_, n) => ({ data: n }));

const TOLD = [
  'job:added',
  'job:active',
  'job:progress',
  'job:completed',
  'job:failed',
  'job:exhausted',
  'worker:started',
  'worker:stopping',
  'worker:stopped',
] as const satisfies (keyof JobsEvents)[];

export function describeWorker(bed: TestBed): void {
  it('runs as many jobs at a time as its concurrency says, and counts them', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).addMany(upTo(10));
    const [full, blocked] = [gate(), gate()];
    let [running, most] = [0, 0];
    const process = async ({ data, attempt }: { data: number; attempt: number }) => {
      running += 1;
      most = Math.max(most, running);
      if (running === 3) full.open();
      await blocked.opened;
      running -= 1;
      if (data === 0 || (data === 1 && attempt === 1)) throw new Error('no');
    };
    const worker = await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }), {
      concurrency: { [queue.name]: 3 },
    });
    await full.opened;
    expect(worker.stats().queues[queue.name]).toMatchObject({ concurrency: 3, active: 3, completed: 0 });
    expect(worker.stats().queues[queue.name]?.averageDuration).toBeUndefined();
    expect(await jobs.queue(queue).counts()).toMatchObject({ active: 3, waiting: 7 });
    blocked.open();
    await until(() => {
      expect(worker.stats().queues[queue.name]).toMatchObject({ active: 0, completed: 9, failed: 1, retried: 2 });
    });
    expect(most).toBe(3);
    expect(worker.stats().queues[queue.name]?.averageDuration).toBeGreaterThanOrEqual(0);
    expect(worker.stats().uptime).toBeGreaterThanOrEqual(0);
    expect(worker.stats().memory).toBeGreaterThan(1_000_000);
  });

  it('runs all queues that have a processor, or those that are named', async () => {
    const queues = [numbers(), numbers(), numbers()] as const;
    const jobs = bed.open(queues);
    const ran: string[] = [];
    const [first, second, third] = queues;
    for (const queue of [first, second]) {
      jobs.registerProcessor(defineProcessor({ queue, process: (job) => void ran.push(job.queue) }));
    }
    for (const queue of queues) await jobs.queue(queue).add(1);
    const one = await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0, queues: [second] });
    await until(() => expect(ran).toEqual([second.name]));
    expect(Object.keys(one.stats().queues)).toEqual([second.name]);
    const all = await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
    await until(() => expect(ran).toEqual([second.name, first.name]));
    expect(Object.keys(all.stats().queues)).toEqual([first.name, second.name]);
    expect(await jobs.queue(third).counts()).toMatchObject({ waiting: 1 });
  });

  it('refuses what cannot work, before it takes a job', async () => {
    const [queue, other, missing] = [numbers(), numbers(), numbers()];
    const jobs = bed.open([queue, other]);
    const start = (queues?: string[]) => jobs.startWorker({ handleSignals: false, ...(queues ? { queues } : {}) });
    expect(await rejection(start())).toBeInstanceOf(ProcessorDefinitionError);
    const process = () => undefined;
    expect(() => jobs.registerProcessor(defineProcessor({ queue, process, enqueues: [missing] }))).toThrow(
      UnknownQueueError,
    );
    jobs.registerProcessor(defineProcessor({ queue, process, enqueues: [other] }));
    expect(() => jobs.registerProcessor(defineProcessor({ queue, process }))).toThrow(ProcessorDefinitionError);
    expect(await rejection(start(['nobody']))).toBeInstanceOf(UnknownQueueError);
    expect(await rejection(start([other.name]))).toBeInstanceOf(ProcessorDefinitionError);
    const wrong = jobs.startWorker({ handleSignals: false, concurrency: { [queue.name]: 0 } });
    expect(await rejection(wrong)).toBeInstanceOf(ProcessorDefinitionError);
    const unknown = jobs.startWorker({ handleSignals: false, concurrency: { nobody: 1 } });
    expect(await rejection(unknown)).toBeInstanceOf(UnknownQueueError);
  });

  it('calls start before the first job and stop after the last; with a start that throws it takes none', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).add(1);
    const calls: string[] = [];
    let fails = true;
    jobs.registerProcessor(
      defineProcessor({
        queue,
        process: () => void calls.push('process'),
        start() {
          calls.push('start');
          if (fails) throw new Error('no connection');
        },
        stop: () => void calls.push('stop'),
      }),
    );
    const options = { handleSignals: false, shutdownTimeout: 0 };
    expect((await rejection(jobs.startWorker(options))).message).toBe('no connection');
    expect(calls).toEqual(['start']);
    fails = false;
    const worker = await jobs.startWorker(options);
    await until(() => expect(calls).toEqual(['start', 'start', 'process']));
    await worker.close();
    await worker.close();
    expect(calls).toEqual(['start', 'start', 'process', 'stop']);
  });

  it('waits for running jobs when it closes, and takes no others', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const [started, blocked] = [gate(), gate()];
    const stopping = record(jobs, 'worker:stopping');
    const process = async () => {
      started.open();
      await blocked.opened;
    };
    const worker = await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    const { id } = await jobs.queue(queue).add(1);
    await jobs.queue(queue).add(2);
    await started.opened;
    let closed = false;
    const closing = worker.close({ timeout: 20_000 }).then(() => {
      closed = true;
    });
    await until(() => expect(stopping).toEqual([{ reason: 'close' }]));
    await jobs.queue(queue).add(3);
    expect(closed).toBe(false);
    blocked.open();
    await closing;
    expect((await jobs.queue(queue).get(id))?.state).toBe('completed');
    expect(await jobs.queue(queue).counts()).toMatchObject({ waiting: 2, active: 0 });
  });

  it('gives back a job that ignores its signal, and another worker takes it at once', async () => {
    const queue = numbers({ attempts: 1 });
    const [one, other] = [bed.open([queue]), bed.open([queue])];
    const started = gate();
    const stopped = record(one, 'worker:stopped');
    let reason: unknown;
    const worker = await bed.work(
      one,
      defineProcessor({
        queue,
        process({ signal }) {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
          });
          started.open();
          return forever;
        },
      }),
    );
    const { id } = await one.queue(queue).add(1);
    await started.opened;
    await worker.close({ timeout: 20 });
    expect(stopped).toEqual([{ givenBack: 1 }]);
    expect(reason).toMatchObject({ name: 'ShutdownError' });
    expect(await one.queue(queue).get(id)).toMatchObject({ state: 'waiting', attemptsMade: 0 });
    const attempts: number[] = [];
    // Its locks last 20 s: a worker that had to wait for them would come too late.
    await bed.work(other, defineProcessor({ queue, process: ({ attempt }) => void attempts.push(attempt) }));
    await until(() => expect(attempts).toEqual([1]));
    await until(async () => expect(await other.queue(queue).get(id)).toMatchObject({ state: 'completed' }));
  });

  it('lets jobs add jobs to other queues', async () => {
    const [first, second] = [numbers(), numbers()];
    const jobs = bed.open([first, second]);
    const got: number[] = [];
    jobs.registerProcessor(defineProcessor({ queue: second, process: ({ data }) => void got.push(data) }));
    jobs.registerProcessor(
      defineProcessor({
        queue: first,
        enqueues: [second],
        async process({ data, enqueue }) {
          await enqueue(second, data * 10);
          await enqueue(second, data * 100, { delay: 1 });
        },
      }),
    );
    await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
    await jobs.queue(first).add(7);
    await until(() => expect(got).toEqual([70, 700]));
  });

  it('keeps log lines and progress on the job, where other processes read them', async () => {
    const queue = numbers();
    const [jobs, reader] = [bed.open([queue]), bed.open([queue])];
    const progress = record(jobs, 'job:progress');
    const [logged, blocked] = [gate(), gate()];
    const values = [0, 50, 'half', { done: 1, total: 2, message: 'é' }];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          job.logger.info('plain');
          job.logger.child({ page: 2 }).warn({ rows: 3 }, 'with fields');
          job.logger.error({ err: new Error('broken') }, 'an error');
          for (const value of values) await job.progress(value);
          logged.open();
          await blocked.opened;
          for (let n = 0; n < 3; n++) job.logger.debug(`line ${n}`);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add(1);
    await logged.opened;
    expect((await reader.queue(queue).get(id))?.progress).toEqual({ done: 1, total: 2, message: 'é' });
    expect(progress).toEqual(values.map((value) => ({ queue: queue.name, id, progress: value })));
    await until(async () => expect((await reader.queue(queue).logs(id)).total).toBe(3));
    blocked.open();
    await jobs.queue(queue).waitFor(id);
    const { lines, total } = await reader.queue(queue).logs(id);
    expect(total).toBe(6);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+ info plain$/);
    expect(lines[1]).toContain('warn with fields {"page":2,"rows":3}');
    expect(lines[2]).toContain('broken');
    expect(lines.slice(3).map((line) => line.slice(-6))).toEqual(['line 0', 'line 1', 'line 2']);
    const page = await reader.queue(queue).logs(id, { offset: 4, limit: 1 });
    expect(page.total).toBe(6);
    expect(page.lines.map((line) => line.slice(-6))).toEqual(['line 1']);
  });

  it('tells what happens, in order, with ids and never the data', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const told: [string, unknown][] = [];
    for (const name of TOLD) jobs.events.on(name, (event: unknown) => void told.push([name, event]));
    const process = async ({ data, progress }: { data: number; progress: (value: number) => Promise<void> }) => {
      await progress(10);
      if (data === 4711) throw new TypeError('broken');
    };
    const processor = defineProcessor({ queue, concurrency: 1, process: (job) => process(job) });
    const worker = await bed.work(jobs, processor);
    const good = await jobs.queue(queue).add(4712);
    await until(() => expect(told.map(([name]) => name)).toContain('job:completed'));
    const bad = await jobs.queue(queue).add(4711);
    await until(() => expect(told.map(([name]) => name)).toContain('job:exhausted'));
    await worker.close();
    const attempt = (id: string, n: number) => ({ queue: queue.name, id, attempt: n, maxAttempts: 2 });
    const duration = expect.any(Number);
    const error = expect.objectContaining({ name: 'TypeError', message: 'broken' });
    // A worker may have the job before its producer has the answer: `job:added` has no place in the order.
    const isAdded = ([name]: [string, unknown]) => name === 'job:added';
    expect(told.filter(isAdded).map(([, event]) => event)).toEqual([
      { queue: queue.name, id: good.id },
      { queue: queue.name, id: bad.id },
    ]);
    expect(told.filter((event) => !isAdded(event))).toEqual([
      ['worker:started', { queues: [queue.name] }],
      ['job:active', attempt(good.id, 1)],
      ['job:progress', { queue: queue.name, id: good.id, progress: 10 }],
      ['job:completed', { ...attempt(good.id, 1), duration }],
      ['job:active', attempt(bad.id, 1)],
      ['job:progress', { queue: queue.name, id: bad.id, progress: 10 }],
      ['job:failed', { ...attempt(bad.id, 1), duration, error, willRetry: true }],
      ['job:active', attempt(bad.id, 2)],
      ['job:progress', { queue: queue.name, id: bad.id, progress: 10 }],
      ['job:failed', { ...attempt(bad.id, 2), duration, error, willRetry: false }],
      ['job:exhausted', { ...attempt(bad.id, 2), error }],
      ['worker:stopping', { reason: 'close' }],
      ['worker:stopped', { givenBack: 0 }],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/471[12]/);
  });

  it('runs its jobs as ever although each listener throws, and logs that', async () => {
    const queue = numbers();
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    for (const name of TOLD) {
      jobs.events.on(name, () => {
        throw new Error(`a bug of the host in ${name}`);
      });
    }
    const attempts: number[] = [];
    const processor = defineProcessor({
      queue,
      async process({ attempt, progress }) {
        attempts.push(attempt);
        await progress(10);
        if (attempt === 1) throw new Error('again');
      },
    });
    const worker = await bed.work(jobs, processor);
    const { id } = await jobs.queue(queue).add(1);
    await jobs.queue(queue).waitFor(id);
    await worker.close();
    expect(attempts).toEqual([1, 2]);
    for (const name of ['job:added', 'job:active', 'job:progress', 'job:failed', 'job:completed']) {
      expect(log.find(`a listener of "${name}" has failed`)).toMatchObject({
        level: 'error',
        queue: queue.name,
        job: id,
      });
    }
  });

  it('tells its statistics every so often', async () => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const stats = record(jobs, 'worker:stats');
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }), { statsInterval: 20 });
    await jobs.queue(queue).add(1);
    await until(() => expect(stats.at(-1)?.queues[queue.name]?.completed).toBe(1));
  });
}
