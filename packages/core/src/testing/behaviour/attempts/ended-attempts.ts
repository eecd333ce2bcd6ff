/** Behaviour: what an attempt that has ended, or after which another one has begun, can still do. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defined } from '../../../defined.js';
import type { ActiveJob, Engine } from '../../../engine/contract.js';
import { AttemptOverError, JobCancelledError, JobLockLostError, JobTimeoutError } from '../../../errors.js';
import type { Cursor, JobContext } from '../../../processor/definition.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { shopClosed } from '../plugin-event.js';
import { forever, gate, QUICK_STALLS, record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const charges = (options: { timeout?: number; attempts?: number } = {}) =>
  defineQueue({
    name: uniqueName('charges'),
    schema: z.object({}),
    defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 }, ...options },
  });
const payments = () => defineQueue({ name: uniqueName('payments'), schema: z.object({}), result: z.string() });
const mails = () => defineQueue({ name: uniqueName('mails'), schema: z.object({}) });

/** Asks for everything that an attempt may ask for; answers what each was refused with, and what was done all the same. */
async function tryAll(job: JobContext, mailQueue: ReturnType<typeof mails>, cursor: Cursor<number>) {
  const done: string[] = [];
  const refusals = await Promise.all([
    rejection(job.step('charge', () => done.push('step'))),
    rejection(job.cursor('other', 0)),
    rejection(cursor.save(2)),
    rejection(job.enqueue(mailQueue, {}, { id: 'late' })),
    rejection(job.takeSlot('any', { max: 1, per: 1_000 })),
    rejection(job.lock('any')),
    rejection(job.progress(50)),
    rejection((async () => job.refreshSchedules())()),
    rejection((async () => job.emit('shop:closed', shopClosed))()),
  ]);
  return { refusals, done };
}

export function describeEndedAttempts(bed: TestBed): void {
  /** Runs one job whose first attempt is ended by `end` and asks for everything afterwards. */
  async function outlive(
    end: (parts: { job: JobContext; queue: ReturnType<typeof charges>; stop: () => Promise<void> }) => Promise<unknown>,
    options: { timeout?: number; returns?: boolean } = {},
  ) {
    const { timeout, returns = false } = options;
    const queue = charges({ attempts: 1, ...defined({ timeout }) });
    const mailQueue = mails();
    const jobs = bed.open([queue, mailQueue]);
    const outcome = gate();
    let seen: Awaited<ReturnType<typeof tryAll>> | undefined;
    let signal: AbortSignal | undefined;
    const worker = await bed.work(
      jobs,
      defineProcessor({
        queue,
        enqueues: [mailQueue],
        async process(job) {
          signal = job.signal;
          const cursor = await job.cursor('page', 1);
          const outliving = (async () => {
            await end({ job, queue, stop: () => worker.close({ timeout: 0 }) });
            seen = await tryAll(job, mailQueue, cursor);
            outcome.open();
          })();
          if (!returns) await outliving;
        },
      }),
    );
    await jobs.queue(queue).add({}, { id: 'one' });
    await outcome.opened;
    expect(seen?.done).toEqual([]);
    expect(await jobs.queue(mailQueue).get('late')).toBeUndefined();
    return { refusals: seen?.refusals ?? [], signal, jobs, queue };
  }

  const untilAborted = ({ signal }: JobContext) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', resolve, { once: true });
    });

  it('that has timed out begins nothing any more: all is refused with the reason of its signal', async () => {
    const { refusals, signal } = await outlive(({ job }) => untilAborted(job), { timeout: 60 });
    expect(refusals).toHaveLength(9);
    for (const error of refusals) expect(error).toBe(signal?.reason);
    expect(signal?.reason).toBeInstanceOf(JobTimeoutError);
  });

  it('that was cancelled begins nothing any more', async () => {
    const { refusals, signal } = await outlive(async ({ job, queue }) => {
      await bed.open([queue]).queue(queue).cancel(job.id);
      await untilAborted(job);
    });
    for (const error of refusals) expect(error).toBe(signal?.reason);
    expect(signal?.reason).toBeInstanceOf(JobCancelledError);
  });

  it('that was given back begins nothing any more', async () => {
    const { refusals, signal } = await outlive(({ stop }) => stop());
    expect(refusals).toHaveLength(9);
    for (const error of refusals) expect(error).toBe(signal?.reason);
  });

  it('whose processor has returned begins nothing any more, and its signal stays as it is', async () => {
    const { refusals, signal, jobs, queue } = await outlive(
      async ({ queue: own }) => {
        const handle = bed.open([own]).queue(own);
        await until(async () => expect((await handle.get('one'))?.state).toBe('completed'));
      },
      { returns: true },
    );
    for (const error of refusals) expect(error).toBeInstanceOf(AttemptOverError);
    expect(signal?.aborted).toBe(false);
    expect(await jobs.queue(queue).get('one')).toMatchObject({ state: 'completed', progress: 0 });
  });

  describe('the result of a step that was under way when its attempt ended', () => {
    /** Two attempts: the first one is timed out within its step, which ends when `late` opens. */
    async function timedOutInStep(attempts: number, backoff: number) {
      const queue = defineQueue({
        name: uniqueName('charges'),
        schema: z.object({}),
        defaults: { attempts, timeout: 500, backoff: { type: 'fixed', delay: backoff } },
      });
      const jobs = bed.open([queue]);
      const failed = record(jobs, 'job:failed');
      const [late, stepped, second] = [gate(), gate(), gate()];
      const charged: number[] = [];
      const outcomes: unknown[] = [];
      let starts = 0;
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process(job) {
            // Not the attempt's number, which a retry by hand begins anew.
            const nth = starts++;
            if (nth > 0) second.open();
            const step = job.step('charge', async () => {
              charged.push(job.attempt);
              if (charged.length === 1) await late.opened;
              return `charged by ${charged.length}`;
            });
            outcomes.push(await step.catch((error: unknown) => error));
            if (nth === 0) stepped.open();
          },
        }),
      );
      await jobs.queue(queue).add({}, { id: 'one' });
      await until(() => expect(failed).toHaveLength(1));
      return { jobs, queue, late, stepped, second, charged, outcomes };
    }

    it('is kept, so that the next attempt does not do it again', async () => {
      const { jobs, queue, late, stepped, charged, outcomes } = await timedOutInStep(2, 3_600_000);
      late.open();
      await stepped.opened;
      expect(outcomes[0]).toBeInstanceOf(JobTimeoutError);
      expect(await jobs.queue(queue).promote('one')).toBe(true);
      await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('completed'));
      expect(charged).toEqual([1]);
      expect(outcomes[1]).toBe('charged by 1');
    });

    it('is kept for a retry by hand', async () => {
      const { jobs, queue, late, stepped, charged } = await timedOutInStep(1, 0);
      late.open();
      await stepped.opened;
      expect(await jobs.queue(queue).retry('one')).toBe(true);
      await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('completed'));
      expect(charged).toEqual([1]);
    });

    it("is dropped once the next attempt has begun: that one's own counts", async () => {
      const { jobs, queue, late, stepped, second, charged, outcomes } = await timedOutInStep(2, 0);
      await second.opened;
      await until(() => expect(charged).toHaveLength(2));
      late.open();
      await stepped.opened;
      await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('completed'));
      expect(outcomes).toContain('charged by 2');
    });
  });

  describe('after which another one has begun', () => {
    /** A worker that has died with a job and still holds its attempt, and one that has taken the job again. */
    async function takenOver(taking: (job: JobContext) => Promise<unknown>) {
      const queue = payments();
      const jobs = bed.open([queue]);
      await jobs.queue(queue).add({}, { id: 'one' });
      let older: ActiveJob | undefined;
      await bed.dieWith(queue, {
        run: async (active) => {
          older = active;
          expect(await active.save('step:before', JSON.stringify({ value: 'kept' }), 60_000)).toBe(true);
        },
      });
      const begun = gate();
      const finish = gate();
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process(job) {
            await taking(job);
            begun.open();
            await finish.opened;
            return await job.step('mine', () => 'not mine');
          },
        }),
        QUICK_STALLS,
      );
      await begun.opened;
      if (!older) return expect.fail('no attempt was begun');
      return { older, jobs, queue, finish };
    }

    it('can neither read nor write what the job has saved', async () => {
      const { older, jobs, queue, finish } = await takenOver((job) => job.step('mine', () => 'mine'));
      expect(older.isHeld).toBe(false);
      expect(await older.saved()).toBeUndefined();
      expect(await older.save('step:mine', JSON.stringify({ value: "the older one's" }), 60_000)).toBe(false);
      await older.forget();
      finish.open();
      await until(async () => expect(await jobs.queue(queue).get('one')).toMatchObject({ state: 'completed' }));
      expect(await jobs.queue(queue).get('one')).toMatchObject({ result: 'mine', attemptsMade: 1 });
    });

    it('drops nothing that is saved before its job has completed: a failover may lose the end that it has written', async () => {
      const queue = payments();
      const jobs = bed.open([queue]);
      await jobs.queue(queue).add({}, { id: 'one' });
      const value = JSON.stringify({ value: 'kept' });
      let saved: unknown;
      await bed.dieWith(queue, {
        run: async (active) => {
          await active.save('step:before', value, 60_000);
          await active.forget();
          saved = await active.saved();
        },
      });
      expect(saved).toEqual({ 'step:before': value });
    });

    it('writes nothing either when the newer one has only begun', async () => {
      const { older, finish } = await takenOver(async () => undefined);
      expect(await older.save('step:mine', JSON.stringify({ value: 'late' }), 60_000)).toBe(false);
      finish.open();
    });

    it('writes nothing into a new job of the same id', async () => {
      const { older, jobs, queue, finish } = await takenOver((job) => job.step('before', () => 'again'));
      finish.open();
      await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('completed'));
      await until(async () => expect(await jobs.queue(queue).remove('one')).toBe(true));
      expect(await older.save('step:mine', JSON.stringify({ value: 'late' }), 60_000)).toBe(false);
      await jobs.queue(queue).add({}, { id: 'one' });
      expect(await older.save('step:mine', JSON.stringify({ value: 'late' }), 60_000)).toBe(false);
      await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('completed'));
      expect(await jobs.queue(queue).get('one')).toMatchObject({ result: 'not mine' });
    });
  });

  it('starts fresh for a new job with the id of one that is gone, also when it is its second attempt that saves first', async () => {
    const queue = charges({ attempts: 1 });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const ran: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          if (job.maxAttempts === 1) {
            await job.step('one', () => ran.push('old'));
            throw new Error('no');
          }
          if (job.attempt === 1) throw new Error('before it has saved anything');
          await job.step('one', () => ran.push('new'));
        },
      }),
    );
    await handle.add({}, { id: 'again' });
    await until(async () => expect((await handle.get('again'))?.state).toBe('failed'));
    await until(async () => expect(await handle.remove('again')).toBe(true));
    await handle.add({}, { id: 'again', attempts: 2 });
    await until(async () => expect((await handle.get('again'))?.state).toBe('completed'));
    expect(ran).toEqual(['old', 'new']);
  });

  it('grows its number with each start: by retries, by hand, and after a delay', async () => {
    const queue = charges({ attempts: 2 });
    const own = bed.engine();
    const starts: number[] = [];
    const engine: Engine = {
      ...own,
      worker: (name, run, options, listener) =>
        own.worker(
          name,
          (active) => {
            starts.push(active.job.attemptsStarted);
            return run(active);
          },
          options,
          listener,
        ),
    };
    const jobs = bed.open([queue], { engine });
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process() {
          throw new Error('no');
        },
      }),
    );
    await jobs.queue(queue).add({}, { id: 'one', delay: 20 });
    await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('failed'));
    await until(async () => expect(await jobs.queue(queue).retry('one')).toBe(true));
    await until(() => expect(starts).toHaveLength(4));
    expect(starts).toEqual([1, 2, 3, 4]);
  });

  it('asks the store before an effect when it is not sure of its lock, and goes on while the job is its own', async () => {
    const asked: boolean[] = [];
    const { jobs, queue, ran } = await unsure(async (active) => {
      asked.push(await active.confirmHeld());
      return true;
    });
    await until(async () => expect((await jobs.queue(queue).get('one'))?.state).toBe('completed'));
    expect(asked).toContain(true);
    expect(ran).toEqual(['charge']);
  });

  it('ends when the store says that its lock is lost: nothing is begun, counted or told', async () => {
    let isLost = true;
    const { jobs, queue, ran, refused, failed } = await unsure(async () => !isLost);
    await until(() => expect(refused.length).toBeGreaterThan(0));
    expect(refused[0]).toBeInstanceOf(JobLockLostError);
    expect(refused[0]).toMatchObject({ code: 'JOB_LOCK_LOST' });
    expect(ran).toEqual([]);
    await sleep(50);
    expect(failed).toEqual([]);
    expect(await jobs.queue(queue).get('one')).toMatchObject({ state: 'active', attemptsMade: 0 });
    isLost = false;
  });

  /** A job whose worker is not sure of its lock from its processor's start on, and asks `confirm`. */
  async function unsure(confirm: (active: ActiveJob) => Promise<boolean>) {
    const queue = charges();
    const own = bed.engine();
    const engine: Engine = {
      ...own,
      worker: (name, run, options, listener) =>
        own.worker(
          name,
          (active) => {
            let asked = 0;
            const doubting: ActiveJob = Object.create(active, {
              // The start itself is sure.
              isHeld: { get: () => ++asked === 1 },
              confirmHeld: { value: () => confirm(active) },
            });
            return run(doubting);
          },
          options,
          listener,
        ),
    };
    const jobs = bed.open([queue], { engine });
    const failed = record(jobs, 'job:failed');
    const ran: string[] = [];
    const refused: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          await job
            .step('charge', () => ran.push('charge'))
            .catch((error: unknown) => {
              refused.push(error);
              return forever;
            });
        },
      }),
    );
    await jobs.queue(queue).add({}, { id: 'one' });
    return { jobs, queue, ran, refused, failed };
  }
}
