/** Behaviour: rate limits. So many starts in any window of time, whoever makes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ActiveJob, Engine } from '../../../engine/contract.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue, type RateLimit } from '../../../queue/definition.js';
import type { JobDefaults } from '../../../queue/job-options.js';
import { gate, QUICK_STALLS, record, type TestBed, uniqueName, until } from '../test-bed.js';

const schema = z.object({ account: z.string(), n: z.number() });

/** Jobs of one account, numbered. */
const callsOf = (account: string, count: number) => Array.from({ length: count }, (_, n) => ({ data: { account, n } }));

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
  readonly #before: (active: ActiveJob) => Promise<void> | undefined;

  /** @param before is awaited before an attempt asks */
  constructor(before: (active: ActiveJob) => Promise<void> | undefined = () => undefined) {
    this.#before = before;
  }

  /** The same engine, watched. */
  watch(engine: Engine): Engine {
    const worker: Engine['worker'] = (queue, run, options, listener) =>
      engine.worker(queue, (active) => run(this.#watchAttempt(active)), options, listener);
    return Object.assign(Object.create(engine), { worker });
  }

  #watchAttempt(active: ActiveJob): ActiveJob {
    const takeStart: ActiveJob['takeStart'] = async (limit) => {
      await this.#before(active);
      this.asked += 1;
      const asked = performance.now();
      const wait = await active.takeStart(limit);
      // A wait is rounded up to whole ms.
      if (typeof wait === 'number') {
        this.granted.push({ asked: asked + Math.max(0, wait - 1), answered: performance.now() + wait });
      }
      return wait;
    };
    return Object.create(active, { takeStart: { value: takeStart } });
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

  it('starts no more than `max` in a window where a job comes later for its place than the next place was given', async () => {
    const per = 400;
    const queue = calls({ key: 'all', max: 1, per });
    const [late, held] = [gate(), gate()];
    let asked = 0;
    const grants = new Grants(({ job }) => {
      // Its second time: the first one puts it in line.
      if (schema.parse(job.data).n !== 1 || ++asked !== 2) return undefined;
      held.open();
      return late.opened;
    });
    const jobs = bed.open([queue], { engine: grants.watch(bed.engine()) });
    const handle = jobs.queue(queue);
    await bed.work(jobs, defineProcessor({ queue, concurrency: 5, process() {} }));
    await handle.add({ account: 'a', n: 0 });
    await until(() => expect(grants.granted).toHaveLength(1));
    const first = grants.granted[0]?.answered ?? 0;
    const shortBefore = (moment: number) => sleep(Math.max(0, moment - 50 - performance.now()));
    for (const n of [1, 2]) {
      await handle.add({ account: 'a', n });
      await until(() => expect(grants.asked).toBe(1 + n));
    }
    // Who asks for a start gives places to those whose start is near.
    await shortBefore(first + per);
    await handle.add({ account: 'a', n: 3 });
    await held.opened;
    await shortBefore(first + 2 * per);
    await handle.add({ account: 'a', n: 4 });
    await until(() => expect(grants.granted).toHaveLength(2));
    late.open();
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: 5 }));
    expect(grants.most(per)).toBe(1);
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

  it('starts the jobs of a key in their order, the more urgent ones first', async () => {
    const queue = calls({ key: ({ account }) => account, max: 2, per: 100 });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const [urgent, usual] = [callsOf('a', 4), callsOf('a', 8)];
    await handle.addMany(usual.map(({ data }) => ({ data: { ...data, n: 10 + data.n }, options: { priority: 5 } })));
    await handle.addMany(urgent.map(({ data }) => ({ data, options: { priority: 1 } })));
    const started: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void started.push(data.n) }));
    await until(() => expect(started).toHaveLength(12));
    expect(started).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 17]);
  });

  it('puts an urgent job before those that wait for a start already', async () => {
    const queue = calls({ key: 'all', max: 1, per: 300 });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const started: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void started.push(data.n) }));
    await handle.addMany(callsOf('a', 8).map((job) => ({ ...job, options: { priority: 5 } })));
    await until(async () => expect(await handle.counts()).toMatchObject({ waiting: 0, active: 0 }));
    await handle.add({ account: 'a', n: 9 }, { priority: 1 });
    const before = started.length;
    await until(() => expect(started).toHaveLength(9));
    // The next start may have been under way already.
    expect(started.indexOf(9)).toBeLessThanOrEqual(before + 1);
    expect(started.filter((n) => n !== 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('takes a job of a free key at once, however many wait, and each of those once at most', async () => {
    const [max, total] = [3, 400];
    const queue = calls({ key: ({ account }) => account, max, per: LONG });
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    const added = await handle.addMany(callsOf('a', total));
    const started: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({ queue, concurrency: 2, process: ({ data }) => void started.push(data.account) }),
    );
    await handle.add({ account: 'b', n: 0 });
    await until(() => expect([...started].sort()).toEqual(['a', 'a', 'a', 'b']));
    await until(async () =>
      expect(await handle.counts()).toMatchObject({ delayed: total - max, waiting: 0, active: 0 }),
    );
    const stored = await engine.queue(queue.name).getMany(added.map(({ id }) => id));
    for (const job of stored) expect(job?.attemptsStarted).toBeLessThanOrEqual(1);
  });

  it('keeps no start for jobs that are gone', async () => {
    const queue = calls({ key: 'all', max: 1, per: 400 });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const started: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void started.push(data.n) }));
    // If each had a start of its own, the jobs behind them would wait for minutes.
    const gone = await handle.addMany(callsOf('a', 1_200));
    await until(async () => expect(await handle.counts()).toMatchObject({ waiting: 0, active: 0 }));
    await handle.empty();
    await handle.add({ account: 'a', n: 1_000 });
    await until(() => expect(started).toContain(1_000), 20_000);
    expect(gone.length).toBeGreaterThan(started.length);
  });

  it('goes on behind jobs that are removed from the line', async () => {
    const queue = calls({ key: 'all', max: 1, per: 300 });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const started: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void started.push(data.n) }));
    const added = await handle.addMany(callsOf('a', 6));
    await until(async () => expect(await handle.counts()).toMatchObject({ waiting: 0, active: 0 }));
    for (const { id } of added.slice(2, 5)) await handle.remove(id);
    await until(() => expect(started).toContain(5));
  });

  it('leaves those that wait for a start alone while the queue is paused', async () => {
    const per = 200;
    const queue = calls({ key: 'all', max: 1, per });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const started: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void started.push(data.n) }));
    await handle.pause();
    await handle.addMany(callsOf('a', 5));
    expect(started).toEqual([]);
    await handle.resume();
    await until(() => expect(started.length).toBeGreaterThan(0));
    await handle.pause();
    await until(async () => expect(await handle.counts()).toMatchObject({ active: 0 }));
    const before = started.length;
    await handle.resume();
    await until(() => expect(started).toEqual([0, 1, 2, 3, 4]));
    expect(before).toBeLessThan(5);
  });

  it('lets tenants take turns at a limit that they share', async () => {
    const queue = defineQueue({
      name: uniqueName('calls'),
      schema,
      tenant: ({ account }) => account,
      fair: true,
      rateLimit: { key: 'all', max: 1, per: 150 },
      defaults: { attempts: 1 },
    });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const started: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({ queue, concurrency: 1, process: ({ data }) => void started.push(data.account) }),
    );
    await handle.addMany(callsOf('a', 12));
    await until(async () => expect(await handle.counts()).toMatchObject({ waiting: 0, active: 0 }));
    await handle.addMany(callsOf('b', 2));
    await until(() => expect(started.filter((account) => account === 'b')).toHaveLength(2));
    expect(started.length).toBeLessThan(11);
    await until(() => expect(started).toHaveLength(14));
  });

  it('starts a job again whose worker has died with a start', async () => {
    const queue = calls({ key: 'all', max: 1, per: 300 });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const { id } = await handle.add({ account: 'a', n: 0 });
    const limit = { key: 'all', isShared: true, max: 1, per: 300 };
    await bed.dieWith(queue, {
      run: async (active) => expect(await active.takeStart(limit)).toBeLessThan(300),
    });
    const started: number[] = [];
    const process = ({ data }: { data: Call }) => void started.push(data.n);
    await bed.work(jobs, defineProcessor({ queue, process }), QUICK_STALLS);
    await handle.addMany([{ data: { account: 'a', n: 1 } }]);
    await until(() => expect([...started].sort()).toEqual([0, 1]));
    await until(async () => expect((await handle.get(id))?.state).toBe('completed'));
  });
}
