/** Behaviour: `cancel`, which reaches a job wherever it is. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobCancelledError, WaitTimeoutError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import {
  forever,
  gate,
  QUICK_STALLS,
  record,
  rejection,
  type TestBed,
  uniqueName,
  until,
  untilAborted,
} from '../test-bed.js';

const exports = () =>
  defineQueue({
    name: uniqueName('exports'),
    schema: z.object({}),
    defaults: { attempts: 3, backoff: { type: 'fixed', delay: 0 } },
  });

export function describeCancelling(bed: TestBed): void {
  describe('a job that does not run', () => {
    it.each([
      ['waits', {}],
      ['has a priority', { priority: 5 }],
      ['is delayed', { delay: 3_600_000 }],
    ])('is removed: one that %s', async (_what, options) => {
      const queue = exports();
      const handle = bed.open([queue]).queue(queue);
      // On PostgreSQL each call has a connection of its own: the job may be gone before its waiter has found it.
      await until(async () => {
        const { id } = await handle.add({}, options);
        // The first that waits begins to listen.
        expect(await rejection(handle.waitFor(id, { timeout: 1 }))).toBeInstanceOf(WaitTimeoutError);
        const waited = rejection(handle.waitFor(id));
        await handle.get(id);
        expect(await handle.cancel(id)).toBe('removed');
        expect(await handle.get(id)).toBeUndefined();
        expect(await handle.cancel(id)).toBe('not-found');
        expect(await waited).toBeInstanceOf(JobCancelledError);
      });
    });

    it('is removed while its queue is paused', async () => {
      const queue = exports();
      const handle = bed.open([queue]).queue(queue);
      await handle.pause();
      const { id } = await handle.add({});
      expect(await handle.cancel(id)).toBe('removed');
      expect(await handle.counts()).toMatchObject({ paused: 0 });
    });

    it('is removed between two attempts', async () => {
      const queue = exports();
      const jobs = bed.open([queue]);
      const failed = record(jobs, 'job:failed');
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          process() {
            throw new Error('again');
          },
        }),
      );
      const { id } = await jobs.queue(queue).add({}, { backoff: { type: 'fixed', delay: 3_600_000 } });
      await until(() => expect(failed).toHaveLength(1));
      expect(await jobs.queue(queue).cancel(id)).toBe('removed');
      expect(await jobs.queue(queue).get(id)).toBeUndefined();
    });

    it.each(['completed', 'failed'] as const)('stays when it has %s', async (end) => {
      const queue = exports();
      const jobs = bed.open([queue]);
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          process() {
            if (end === 'failed') throw new Error('no');
          },
        }),
      );
      const { id } = await jobs.queue(queue).add({});
      await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe(end));
      expect(await jobs.queue(queue).cancel(id)).toBe('finished');
      expect((await jobs.queue(queue).get(id))?.state).toBe(end);
    });

    it('is not found when there is none', async () => {
      const queue = exports();
      expect(await bed.open([queue]).queue(queue).cancel('nobody')).toBe('not-found');
    });
  });

  describe('a running job', () => {
    it.each(['listens to its signal', 'does not listen'])(
      'is stopped from another process, and fails for good: one that %s',
      async (how) => {
        const queue = exports();
        const jobs = bed.open([queue]);
        const started = gate();
        const signals: AbortSignal[] = [];
        const exhausted: Error[] = [];
        const failed = record(jobs, 'job:failed');
        await bed.work(
          jobs,
          defineProcessor({
            queue,
            async process({ signal }) {
              signals.push(signal);
              started.open();
              await (how === 'listens to its signal' ? untilAborted(signal) : forever);
            },
            onExhausted: (_job, error) => void exhausted.push(error),
          }),
        );
        const { id } = await jobs.queue(queue).add({});
        await started.opened;
        const other = bed.open([queue]).queue(queue);
        const waited = rejection(other.waitFor(id));
        expect(await other.cancel(id, 'the customer is gone')).toBe('requested');
        const error = await waited;
        expect(error).toBeInstanceOf(JobCancelledError);
        expect(error.message).toBe('the customer is gone');
        expect(signals[0]?.reason).toBeInstanceOf(JobCancelledError);
        await until(() => expect(failed).toMatchObject([{ id, attempt: 1, willRetry: false }]));
        expect(exhausted).toEqual([expect.any(JobCancelledError)]);
        expect(await other.get(id)).toMatchObject({ state: 'failed', failedReason: 'the customer is gone' });
        expect(await other.cancel(id)).toBe('finished');
      },
    );

    it('is stopped alone', async () => {
      const queue = exports();
      const jobs = bed.open([queue]);
      const signals = new Map<string, AbortSignal>();
      const done = gate();
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process({ id, signal }) {
            signals.set(id, signal);
            await Promise.race([done.opened, untilAborted(signal)]);
          },
        }),
      );
      await jobs.queue(queue).addMany(['a', 'b'].map((id) => ({ data: {}, options: { id } })));
      await until(() => expect(signals.size).toBe(2));
      await jobs.queue(queue).cancel('a');
      await until(async () => expect((await jobs.queue(queue).get('a'))?.state).toBe('failed'));
      expect(signals.get('b')?.aborted).toBe(false);
      done.open();
      await jobs.queue(queue).waitFor('b');
    });

    it('is not started again when its worker has died', async () => {
      const queue = exports();
      const handle = bed.open([queue]).queue(queue);
      const { id } = await handle.add({});
      await bed.dieWith(queue);
      expect(await handle.cancel(id, 'too late')).toBe('requested');
      const jobs = bed.open([queue]);
      const ran: string[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: (job) => void ran.push(job.id) }), QUICK_STALLS);
      expect((await rejection(handle.waitFor(id))).message).toBe('too late');
      expect(ran).toEqual([]);
    });

    it('may be retried by hand at once, by whatever worker', async () => {
      const queue = exports();
      const processes = [bed.open([queue]), bed.open([queue])];
      const started: string[] = [];
      let isHanging = true;
      for (const jobs of processes) {
        await bed.work(
          jobs,
          defineProcessor({
            queue,
            concurrency: 1,
            async process({ id, signal }) {
              started.push(id);
              if (isHanging) await untilAborted(signal);
            },
          }),
        );
      }
      const handle = bed.open([queue]).queue(queue);
      const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
      for (const id of ids) {
        await handle.add({}, { id });
        await until(() => expect(started).toContain(id));
        await handle.cancel(id);
        await until(async () => expect((await handle.get(id))?.state).toBe('failed'));
      }
      isHanging = false;
      // Each worker has heard of all six, also of those that ran in the other one.
      expect(await handle.retryFailed()).toBe(6);
      for (const id of ids) await handle.waitFor(id);
      expect(await handle.counts()).toMatchObject({ completed: 6, failed: 0 });
    });
  });

  it('does not reach a later job of the same id', async () => {
    const queue = exports();
    const jobs = bed.open([queue]);
    const [started, finish] = [gate(), gate()];
    let runs = 0;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process() {
          runs += 1;
          if (runs === 1) {
            started.open();
            await finish.opened;
          }
          // The later job looks for a cancellation, as each attempt but the first does.
          if (runs === 2) throw new Error('again');
        },
      }),
    );
    const handle = jobs.queue(queue);
    await handle.add({}, { id: 'same' });
    await started.opened;
    // A cancellation that comes as the job ends: it is noted, and nobody carries it out.
    const engine = bed.engine();
    const job = await engine.queue(queue.name).get('same');
    const mark = JSON.stringify({ reason: 'too late', addedAt: job?.timestamp });
    await engine.state.set(`cancel:${queue.name}:same`, mark, 60_000);
    finish.open();
    await until(async () => expect((await handle.get('same'))?.state).toBe('completed'));
    expect(await handle.remove('same')).toBe(true);
    await handle.add({}, { id: 'same' });
    await until(async () => expect((await handle.get('same'))?.state).toBe('completed'));
    expect(runs).toBe(3);
  });
}
