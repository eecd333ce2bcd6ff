/** Behaviour: no slot of a schedule is done twice, also where the store has lost that it was done. */
import { expect, it } from 'vitest';
import { runId } from '../../../engine/contract.js';
import type { Jobs } from '../../../jobs-instance.js';
import { defineProcessor } from '../../../processor/definition.js';
import { scheduledRunOf } from '../../../scheduler/run-guard.js';
import { QUICK_STALLS, record, type TestBed, uniqueName, until } from '../test-bed.js';
import { makeDue, syncs } from './schedules.js';

const HOUR = 3_600_000;
const data = { shop: 'a' };

export function describeScheduleOnce(bed: TestBed): void {
  /** A schedule, the run of it that has been done by a first worker, and the ids that have been done. */
  const open = async (overlap: 'skip' | 'allow') => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('once');
    const done: string[] = [];
    const processor = defineProcessor({ queue, process: ({ id }) => void done.push(id) });
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR, overlap });
    const worker = await bed.work(jobs, processor, QUICK_STALLS);
    const engine = bed.engine();
    const engineQueue = engine.queue(queue.name);
    const id = await makeDue(engineQueue, jobs, key);
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
    const [text = '{}'] = await engine.schedules.records([key]);
    const { fingerprint } = JSON.parse(text);
    /** The job as it was before a worker took it, as a store has it that has lost what came after. */
    const comeBack = async () => {
      await engineQueue.remove(id);
      const options = { attempts: 1, bizinsights: { schedule: { key, fingerprint } } };
      await engineQueue.add({ id, data, options });
    };
    return { queue, jobs, key, done, processor, worker, engine, engineQueue, id, comeBack };
  };
  const completed = (jobs: Jobs, queue: string, id: string) =>
    until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));

  it.each(['skip', 'allow'] as const)('a run that waits again after it was done is left out (%s)', async (overlap) => {
    const { queue, jobs, key, done, processor, worker, id, comeBack } = await open(overlap);
    await worker.close();
    await comeBack();
    // Another process, which knows only what the store has kept.
    const other = bed.open([queue]);
    const skipped = record(other, 'schedule:skipped');
    await bed.work(other, processor, QUICK_STALLS);
    await completed(jobs, queue.name, id);
    expect(skipped).toMatchObject([{ key, id, reason: expect.stringContaining('the store has lost that') }]);
    expect(done).toEqual([id]);
  });

  it('also by the process that did it, where the store has kept nothing of it', async () => {
    const { queue, jobs, key, done, engine, id, comeBack } = await open('skip');
    const skipped = record(jobs, 'schedule:skipped');
    await engine.state.delete(`schedule-run:${key}`);
    await comeBack();
    await until(() => expect(skipped).toMatchObject([{ id, reason: expect.stringContaining('it has been done') }]));
    await completed(jobs, queue.name, id);
    expect(done).toEqual([id]);
  });

  it('also by others, once the process that did it has found the store again', async () => {
    const { queue, jobs, key, done, processor, worker, engine, id, comeBack } = await open('skip');
    await worker.close();
    await engine.state.delete(`schedule-run:${key}`);
    await jobs.scheduler.guard.recall();
    await comeBack();
    // It is under way, as the store has it, with a worker that is gone.
    await bed.dieWith(queue);
    const other = bed.open([queue]);
    const skipped = record(other, 'schedule:skipped');
    await bed.work(other, processor, QUICK_STALLS);
    await completed(jobs, queue.name, id);
    expect(skipped).toMatchObject([{ id, reason: expect.stringContaining('it has been done') }]);
    expect(done).toEqual([id]);
  });

  it('what is written down again takes no place from a later run', async () => {
    const { queue, jobs, key, engine, engineQueue, id } = await open('skip');
    const later = `${queue.name}\n${runId(key, Number(id.split(':').at(-1)) + HOUR)}\n1\n0`;
    await engine.state.set(`schedule-run:${key}`, later, HOUR);
    await jobs.scheduler.guard.recall();
    expect(await engine.state.get(`schedule-run:${key}`)).toBe(later);
    const next = await makeDue(engineQueue, jobs, key);
    await completed(jobs, queue.name, next);
  });

  it('the process that did the run before looks again where another one was let through since', async () => {
    const { queue, jobs, key, done, engine, engineQueue, id } = await open('skip');
    const skipped = record(jobs, 'schedule:skipped');
    const held = await jobs.queue(queue).add(data, { delay: HOUR });
    await engine.state.set(`schedule-run:${key}`, `${queue.name}\n${held.id}\n1\n0`, HOUR);
    const next = await makeDue(engineQueue, jobs, key);
    await until(() =>
      expect(skipped).toMatchObject([{ key, id: next, reason: expect.stringContaining('has not ended') }]),
    );
    expect(done).toEqual([id]);
  });

  it.each(['skip', 'allow'] as const)('a run that is left out holds up no later one (%s)', async (overlap) => {
    const { queue, jobs, key, done, worker, engineQueue, id } = await open(overlap);
    await worker.close();
    const skipped = record(jobs, 'schedule:skipped');
    const left = await makeDue(engineQueue, jobs, key);
    await jobs.scheduler.pause(key);
    // Of the same process, which knows that the run before has ended.
    const again = await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0, ...QUICK_STALLS });
    await until(() => expect(skipped).toMatchObject([{ id: left, reason: expect.stringContaining('is paused') }]));
    await completed(jobs, queue.name, left);
    await jobs.scheduler.resume(key);
    const next = await makeDue(engineQueue, jobs, key);
    await completed(jobs, queue.name, next);
    expect(done).toEqual([id, next]);
    await again.close();
  });

  it.each(['skip', 'allow'] as const)('a run whose worker has died is done by the next one (%s)', async (overlap) => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('died');
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR, overlap });
    const id = await makeDue(bed.engine().queue(queue.name), jobs, key);
    const [first, second] = [bed.open([queue]), bed.open([queue])];
    const started: string[] = [];
    // It dies in the middle of the run, which was let through.
    await bed.dieWith(queue, {
      async run({ job }) {
        const run = scheduledRunOf(job) ?? expect.fail('it is a run of the schedule');
        const verdict = await first.scheduler.guard.ask(queue.name, job, run);
        started.push(verdict.kind);
      },
    });
    const done: string[] = [];
    await bed.work(second, defineProcessor({ queue, process: (job) => void done.push(job.id) }), QUICK_STALLS);
    await until(() => expect(done).toEqual([id]));
    expect(started).toEqual(['run']);
  });

  it('a run whose end the store has not heard of is not done again', async () => {
    const queue = syncs({ attempts: 3 });
    const jobs = bed.open([queue]);
    const key = uniqueName('unheard');
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const id = await makeDue(bed.engine().queue(queue.name), jobs, key);
    const { guard } = bed.open([queue]).scheduler;
    await bed.dieWith(queue, {
      async run({ job }) {
        const run = scheduledRunOf(job) ?? expect.fail('it is a run of the schedule');
        expect(await guard.ask(queue.name, job, run)).toEqual({ kind: 'run' });
        // The processor has returned, the connection is lost, and BullMQ takes that for a failure.
        guard.ended(queue.name, job, 'unstored');
        await guard.failed(queue.name, job);
      },
    });
    const other = bed.open([queue]);
    const skipped = record(other, 'schedule:skipped');
    const processor = defineProcessor({ queue, process: () => expect.fail('it was done already') });
    await bed.work(other, processor, QUICK_STALLS);
    await completed(jobs, queue.name, id);
    expect(skipped).toMatchObject([{ id, reason: expect.stringContaining('it has been done') }]);
  });

  it('a run that fails is tried again, and one that was done can be asked for by hand', async () => {
    const queue = syncs({ attempts: 3 });
    const jobs = bed.open([queue]);
    const key = uniqueName('tried');
    let starts = 0;
    const process = () => {
      if (++starts < 4) throw new Error('not yet');
    };
    await bed.work(jobs, defineProcessor({ queue, process }));
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const id = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('failed'));
    expect(starts).toBe(3);
    expect(await jobs.queue(queue).retry(id)).toBe(true);
    await completed(jobs, queue.name, id);
    expect(starts).toBe(4);
    // As a stock dashboard does.
    expect(await bed.engine().queue(queue.name).retry(id, 'completed')).toBe(true);
    await until(() => expect(starts).toBe(5));
    // Two at once are not to be.
    await completed(jobs, queue.name, id);
    await jobs.scheduler.runNow(key);
    await until(() => expect(starts).toBe(6));
  });
}
