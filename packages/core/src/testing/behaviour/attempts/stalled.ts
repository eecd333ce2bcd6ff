/** Behaviour: jobs whose worker has died, and those whose worker only takes long. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Outcome } from '../../../engine/contract.js';
import { RetryAfterError, WorkerDiedError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { CapturedLog } from '../captured-log.js';
import { gate, QUICK_STALLS, record, rejection, type TestBed, uniqueName, until, untilAborted } from '../test-bed.js';

/** Of workers that keep their own jobs on a busy machine too. */
const QUICK_LOOKS = { stalledInterval: QUICK_STALLS.stalledInterval };

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
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const { id } = await jobs.queue(queue).add(1);
    // Each is found by the next worker, which dies with it too.
    for (const _death of [1, 2, 3]) await bed.dieWith(queue);
    let calls = 0;
    const ran: number[] = [];
    const process = ({ data }: { data: number }) => void ran.push(data);
    const processor = defineProcessor({ queue, process, onExhausted: () => void calls++ });
    const both = [jobs, bed.open([queue], { logger: log.logger })] as const;
    const exhausted = both.map((one) => record(one, 'job:exhausted'));
    // By default: after 3 deaths. Several workers look.
    for (const one of both) await bed.work(one, processor, QUICK_LOOKS);
    const error = await rejection(jobs.queue(queue).waitFor(id, { timeout: 8_000 }));
    expect(error).toBeInstanceOf(WorkerDiedError);
    expect(error.message).toMatch(/^Its worker died 3 times while it ran: /);
    await until(() => expect(exhausted.flat()).toHaveLength(1));
    await until(() => expect(calls).toBe(1));
    const failures = log.lines.filter(({ level }) => level === 'error');
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/ failed permanently .*: Its worker died 3 times while it ran: .*bizinsights-jobs job /),
    ]);
    expect(ran).toEqual([]);
    expect(await jobs.queue(queue).get(id)).toMatchObject({
      state: 'failed',
      failedReason: error.message,
      ...{ starts: 3, deaths: 3, putOffs: 0 },
    });
    expect(await jobs.queue(queue).counts()).toMatchObject({ failed: 1, active: 0, waiting: 0 });

    // A person has looked at it: it may lose as many workers as a new one.
    expect(await jobs.queue(queue).retry(id)).toBe(true);
    await jobs.queue(queue).waitFor(id, { timeout: 8_000 });
    expect(ran).toEqual([1]);
    expect(await jobs.queue(queue).get(id)).toMatchObject({ attemptsMade: 1, starts: 1, deaths: 0, putOffs: 0 });
  });

  it('counts starts, deaths and put-offs, also over the attempts of a job', async () => {
    const queue = defineQueue({ name: uniqueName('tasks'), schema: z.number(), defaults: { attempts: 2 } });
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add(1, { backoff: { type: 'fixed', delay: 0 } });
    expect(await jobs.queue(queue).get(id)).toMatchObject({ starts: 0, deaths: 0, putOffs: 0 });
    await bed.dieWith(queue);
    const attempts: number[] = [];
    const held = gate();
    const processor = defineProcessor({
      queue,
      // A worker that waits for a further job may take the one that it gives back, and give it back again.
      concurrency: 1,
      async process({ attempt, signal }) {
        attempts.push(attempt);
        if (attempts.length === 1) throw new RetryAfterError(1);
        if (attempts.length === 2) throw new Error('no');
        if (attempts.length === 3) {
          held.open();
          await untilAborted(signal);
        }
      },
    });
    const worker = await bed.work(jobs, processor, QUICK_LOOKS);
    await held.opened;
    expect(await jobs.queue(queue).get(id)).toMatchObject({ state: 'active', starts: 4, deaths: 1, putOffs: 1 });
    await worker.close();
    await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0, ...QUICK_LOOKS });
    await jobs.queue(queue).waitFor(id, { timeout: 8_000 });
    expect(attempts).toEqual([1, 1, 2, 2]);
    expect(await jobs.queue(queue).get(id)).toMatchObject({ attemptsMade: 2, starts: 5, deaths: 1, putOffs: 2 });
  });

  it('counts a death where the worker has crashed and gives the job back', async () => {
    const queue = tasks();
    const jobs = bed.open([queue]);
    const { id } = await jobs.queue(queue).add(1);
    const engine = bed.engine();
    await engine.ready();
    const begun = gate();
    const crash = async (): Promise<Outcome> => {
      begun.open();
      return { kind: 'released', isDeath: true };
    };
    const listener = { completed() {}, failed() {}, lost() {}, stalled() {}, error() {} };
    const settings = {
      concurrency: 1,
      completed: false,
      failed: false,
      lockDuration: 20_000,
      stalledInterval: 5_000,
    } as const;
    const worker = engine.worker(queue.name, crash, settings, listener);
    await begun.opened;
    await worker.close();
    const job = await jobs.queue(queue).get(id);
    expect(job).toMatchObject({ state: 'waiting', attemptsMade: 0, deaths: job?.starts, putOffs: 0 });
    expect(job?.deaths).toBeGreaterThan(0);
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
