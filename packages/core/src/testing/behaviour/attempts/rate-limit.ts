/** Behaviour: rate limits. So many starts in any window of time, whoever makes them. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Engine } from '../../../engine/contract.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue, type RateLimit } from '../../../queue/definition.js';
import type { JobDefaults } from '../../../queue/job-options.js';
import { record, type TestBed, uniqueName, until } from '../test-bed.js';

const schema = z.object({ account: z.string(), n: z.number() });
type Call = z.infer<typeof schema>;

const calls = (rateLimit: RateLimit<Call>, defaults: JobDefaults = { attempts: 1 }) =>
  defineQueue({ name: uniqueName('calls'), schema, rateLimit, defaults });

/** Long enough that a second start under it does not come within a test. ms */
const LONG = 60_000;

/** When a start was granted: the store did it at some moment between these. ms */
interface Granted {
  readonly asked: number;
  readonly answered: number;
}

/** What has been asked of a store's rate limits. */
class Grants {
  readonly granted: Granted[] = [];
  asked = 0;

  /** The same engine, watched. */
  watch(engine: Engine): Engine {
    const takeSlot: Engine['state']['takeSlot'] = async (...args) => {
      this.asked += 1;
      const asked = performance.now();
      const wait = await engine.state.takeSlot(...args);
      if (wait <= 0) this.granted.push({ asked, answered: performance.now() });
      return wait;
    };
    return { ...engine, state: { ...engine.state, takeSlot } };
  }

  /**
   * The most starts that were certainly made within one window of `per` ms: a slow answer is no start too many, nor is
   * one by the clock of a store that counts whole ms.
   */
  most(per: number): number {
    const within = ({ asked: from }: Granted) =>
      this.granted.filter(({ asked, answered }) => asked >= from && answered < from + per - 1).length;
    return Math.max(...this.granted.map(within));
  }
}

export function describeRateLimit(bed: TestBed): void {
  it('starts no more than `max` in any window of `per` ms, with two workers', async () => {
    const [max, per, total] = [4, 300, 22];
    const queue = calls({ key: 'all', max, per });
    const grants = new Grants();
    const workers = [1, 2].map(() => bed.open([queue], { engine: grants.watch(bed.engine()) }));
    const starts: number[] = [];
    const active = workers.map((jobs) => record(jobs, 'job:active'));
    for (const jobs of workers) {
      const process = ({ attempt }: { attempt: number }) => {
        expect(attempt).toBe(1);
        starts.push(performance.now());
      };
      await bed.work(jobs, defineProcessor({ queue, concurrency: 5, process }));
    }
    const engine = bed.engine();
    const handle = bed.open([queue], { engine }).queue(queue);
    const added = await handle.addMany(Array.from({ length: total }, (_, n) => ({ data: { account: 'a', n } })));
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: total }), 15_000);

    expect(starts).toHaveLength(total);
    expect(grants.granted).toHaveLength(total);
    expect(grants.most(per)).toBeLessThanOrEqual(max);
    // The last of them starts in the sixth window.
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(5 * per - 50);
    // A job that has to wait is told when to come back: nobody asks in a circle.
    expect(grants.asked).toBeLessThanOrEqual(5 * total);
    const stored = await engine.queue(queue.name).getMany(added.map(({ id }) => id));
    expect(stored.map((job) => job?.attemptsMade)).toEqual(Array.from({ length: total }, () => 1));
    const taken = stored.reduce((sum, job) => sum + (job?.attemptsStarted ?? 0), 0);
    expect(taken).toBeLessThanOrEqual(5 * total);
    // Only a true start is told.
    expect(active.flat()).toHaveLength(total);
  });

  it('does not make one key wait for another, nor for itself twice', async () => {
    const queue = calls({ key: ({ account }) => account, max: 1, per: LONG });
    const jobs = bed.open([queue]);
    const started: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({ queue, concurrency: 2, process: ({ data }) => void started.push(data.account) }),
    );
    const handle = jobs.queue(queue);
    await handle.addMany(Array.from({ length: 40 }, (_, n) => ({ data: { account: 'a', n } })));
    await handle.add({ account: 'b', n: 0 });
    await handle.add({ account: 'c', n: 0 });
    // Of two that ask at once either may be the first: only whose they are is certain.
    await until(() => expect([...started].sort()).toEqual(['a', 'b', 'c']));
    // The others wait as delayed jobs do, and hold no place of the worker.
    await until(async () => {
      expect(await handle.counts()).toMatchObject({ completed: 3, delayed: 39, active: 0, waiting: 0 });
    });
    const { jobs: waiting } = await handle.list({ state: 'delayed' });
    for (const job of waiting) expect(job).toMatchObject({ attemptsMade: 0 });
  });

  it('limits each queue by itself, and no queue that has no limit', async () => {
    const limit = { key: 'shop', max: 1, per: LONG };
    const [one, other] = [calls(limit), calls(limit)];
    const free = defineQueue({ name: uniqueName('free'), schema });
    const jobs = bed.open([one, other, free]);
    const started: string[] = [];
    for (const queue of [one, other, free]) {
      jobs.registerProcessor(
        defineProcessor({ queue, concurrency: 1, process: (job) => void started.push(job.queue) }),
      );
    }
    await jobs.startWorker({ handleSignals: false, shutdownTimeout: 0 });
    for (const queue of [one, other, free]) {
      await jobs.queue(queue).addMany(Array.from({ length: 3 }, (_, n) => ({ data: { account: 'a', n } })));
    }
    const expected = [one.name, other.name, free.name, free.name, free.name];
    await until(() => expect([...started].sort()).toEqual(expected.sort()));
    await until(async () => expect(await jobs.queue(one).counts()).toMatchObject({ delayed: 2 }));
    await until(async () => expect(await jobs.queue(other).counts()).toMatchObject({ delayed: 2 }));
  });

  it('counts each attempt as a start', async () => {
    const per = 250;
    const queue = calls({ key: 'all', max: 1, per }, { attempts: 3, backoff: { type: 'fixed', delay: 0 } });
    const grants = new Grants();
    const jobs = bed.open([queue], { engine: grants.watch(bed.engine()) });
    const attempts: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ attempt }) {
          attempts.push(attempt);
          if (attempt < 3) throw new Error('not yet');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ account: 'a', n: 1 });
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
    expect(attempts).toEqual([1, 2, 3]);
    expect(grants.granted).toHaveLength(3);
    expect(grants.most(per)).toBe(1);
  });
}
