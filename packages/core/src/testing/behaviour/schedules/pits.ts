/**
 * Behaviour: what is known to go wrong with BullMQ's job schedulers, by the numbers of its issues. Each time there is one
 * next run in the end: it never went, or the next check brings it back and says so.
 */
import { expect, it } from 'vitest';
import { type EngineQueue, runId } from '../../../engine/contract.js';
import type { Jobs } from '../../../jobs-instance.js';
import { defineProcessor } from '../../../processor/definition.js';
import { CapturedLog } from '../captured-log.js';
import { QUICK_STALLS, record, type TestBed, uniqueName, until } from '../test-bed.js';
import { makeDue, syncs } from './schedules.js';

const HOUR = 3_600_000;

/** One next run, at its slot, and nothing else of the schedule that could run. */
async function expectOneRun(queue: EngineQueue, jobs: Pick<Jobs, 'scheduler'>, key: string): Promise<void> {
  const next = (await jobs.scheduler.get(key))?.next ?? 0;
  expect(await jobs.scheduler.nextRuns(key, 5)).toContain(next);
  const ids = (
    await Promise.all((['delayed', 'waiting', 'prioritized'] as const).map((s) => queue.ids(s, 0, -1, true)))
  )
    .flat()
    .filter((id) => id.startsWith(`repeat:${key}:`));
  expect(ids).toEqual([runId(key, next)]);
}

export function describeSchedulePits(bed: TestBed): void {
  it('2876, 3262: many processes that write one schedule at once neither lose nor double it', async () => {
    const queue = syncs();
    const key = uniqueName('crowd');
    const processes = Array.from({ length: 10 }, () => bed.open([queue]));
    const schedule = { key, queue, data: { shop: 'a' }, every: HOUR, jitter: HOUR };
    await Promise.all(processes.flatMap((jobs) => [jobs.scheduler.upsert(schedule), jobs.scheduler.upsert(schedule)]));
    const [jobs] = processes;
    if (!jobs) return expect.fail();
    await expectOneRun(bed.engine().queue(queue.name), jobs, key);
    expect(await jobs.scheduler.check()).toMatchObject({ repaired: expect.not.arrayContaining([key]) });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1, waiting: 0 });
  });

  it('2988, 3381: of many that write it differently at once one wins, with its data and its rhythm', async () => {
    const queue = syncs();
    const key = uniqueName('quarrel');
    const processes = Array.from({ length: 8 }, () => bed.open([queue]));
    await Promise.all(
      processes.map((jobs, n) =>
        jobs.scheduler.upsert({ key, queue, data: { shop: `${n}` }, every: HOUR * (1 + (n % 3)), startAt: n * 1_000 }),
      ),
    );
    const [jobs] = processes;
    if (!jobs) return expect.fail();
    const queueOf = bed.engine().queue(queue.name);
    await expectOneRun(queueOf, jobs, key);
    const { data, next = 0 } = (await jobs.scheduler.get(key)) ?? {};
    expect((await jobs.queue(queue).get(runId(key, next)))?.data).toEqual(data);
  });

  it('processes that change the same schedules at once, each in an order of its own, all succeed', async () => {
    const queue = syncs();
    const keys = Array.from({ length: 10 }, () => uniqueName('rotated'));
    const processes = Array.from({ length: 6 }, () => bed.open([queue]));
    const inOrderOf = (nth: number, shop: string) =>
      [...keys.slice(nth), ...keys.slice(0, nth)].map((key) => ({ key, queue, data: { shop }, every: HOUR }));
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        processes.map(async (jobs, nth) => {
          const schedules = () => inOrderOf(nth, `${round}-${nth}`);
          expect(await jobs.scheduler.reconcile({ name: 'rotated', schedules })).toMatchObject({ problems: [] });
        }),
      );
    }
    const [jobs] = processes;
    if (!jobs) return expect.fail();
    for (const key of keys) await expectOneRun(bed.engine().queue(queue.name), jobs, key);
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: keys.length, waiting: 0 });
  });

  it('ten processes that restart at once move no next run and make no second one', async () => {
    const queue = syncs();
    const prefix = uniqueName('restart');
    const schedules = Array.from({ length: 20 }, (_, n) => ({
      key: `${prefix}-${n}`,
      queue,
      data: { shop: 'a' },
      ...(n % 2 ? { every: HOUR } : { cron: '15 * * * *', timezone: 'Asia/Kolkata' }),
      jitter: HOUR / 2,
    })).map((one) => one as typeof one & { every: number; cron?: undefined });
    const first = bed.open([queue]);
    const source = { name: prefix, schedules: () => schedules };
    expect(await first.scheduler.reconcile(source)).toMatchObject({ added: 20 });
    const before = (await first.scheduler.list({ queue })).schedules;
    const restarted = Array.from({ length: 10 }, () => bed.open([queue]));
    const results = await Promise.all(restarted.map((jobs) => jobs.scheduler.reconcile(source)));
    for (const result of results) {
      expect(result).toMatchObject({ added: 0, changed: 0, removed: 0, repaired: 0, untouched: 20 });
    }
    expect((await first.scheduler.list({ queue })).schedules).toEqual(before);
    expect(await first.queue(queue).counts()).toMatchObject({ delayed: 20, waiting: 0 });
  });

  it('3063: removed and added again within a slot it fires again, also when that slot has a job already', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const engineQueue = bed.engine().queue(queue.name);
    for (const rhythm of [{ every: HOUR }, { cron: '0 * * * *' }]) {
      const key = uniqueName('again');
      const schedule = { key, queue, data: { shop: 'a' }, ...(rhythm as { every: number }) };
      const ran: string[] = [];
      await jobs.scheduler.upsert(schedule);
      const id = await makeDue(engineQueue, jobs, key);
      const other = bed.open([queue]);
      const worker = await bed.work(other, defineProcessor({ queue, process: (job) => void ran.push(job.id) }));
      await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
      await worker.close();
      expect(await jobs.scheduler.remove(key)).toBe(true);
      await jobs.scheduler.upsert(schedule);
      // The completed job still has the slot's id: the next free one is taken.
      await expectOneRun(engineQueue, jobs, key);
      expect((await jobs.scheduler.get(key))?.next).toBe(Number(id.split(':').at(-1)) + HOUR);
    }
  });

  it('2954: no deduplication stops the chain: a run that is left out has planned the next one', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('chain');
    const engineQueue = bed.engine().queue(queue.name);
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
    // The run before never ends.
    const held = await jobs.queue(queue).add({ shop: 'held' }, { delay: HOUR });
    await bed.engine().state.set(`schedule-run:${key}`, `${queue.name}\n${held.id}`, 60_000);
    const skipped = record(jobs, 'schedule:skipped');
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }));
    for (const count of [1, 2, 3]) {
      await makeDue(engineQueue, jobs, key);
      await until(() => expect(skipped).toHaveLength(count));
      await until(() => expectOneRun(engineQueue, jobs, key));
    }
  });

  it('a worker that dies with a run, before or after it has planned the next one, ends no chain', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('died');
    const engineQueue = bed.engine().queue(queue.name);
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
    const id = await makeDue(engineQueue, jobs, key);
    await bed.dieWith(queue);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: (job) => void ran.push(job.id) }), QUICK_STALLS);
    await until(() => expect(ran).toEqual([id]));
    await until(() => expectOneRun(engineQueue, jobs, key));
  });

  it('a run that ended before it had planned the next one is found, repaired and reported', async () => {
    const queue = syncs();
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const engineQueue = bed.engine().queue(queue.name);
    const keys = ['gone', 'unplanned', 'fine'].map((one) => uniqueName(one));
    const [gone = '', unplanned = '', fine = ''] = keys;
    await jobs.scheduler.upsertMany(
      keys.map((key) => ({ key, queue, data: { shop: 'a' }, every: HOUR, jitter: HOUR })),
    );
    const before = await Promise.all(keys.map(async (key) => (await jobs.scheduler.get(key))?.next ?? 0));
    await endChain(bed, jobs, queue, gone);
    await engineQueue.unplanRuns([unplanned]);
    const events = record(jobs, 'schedule:repaired');
    const { repaired } = await jobs.scheduler.check();
    expect(repaired.filter((key) => keys.includes(key)).sort()).toEqual([gone, unplanned].sort());
    expect(events).toContainEqual({ key: gone, queue: queue.name, damage: 'broken' });
    expect(events).toContainEqual({ key: unplanned, queue: queue.name, damage: 'missing' });
    expect(log.find('schedule repaired')).toMatchObject({ level: 'warn', queue: queue.name });
    expect(await Promise.all(keys.map(async (key) => (await jobs.scheduler.get(key))?.next))).toEqual(before);
    for (const key of keys) await expectOneRun(engineQueue, jobs, key);
    expect(fine).not.toBe('');
    expect((await jobs.scheduler.check()).repaired.filter((key) => keys.includes(key))).toEqual([]);
  });

  it('a queue that is paused keeps the next run, and runs it once when it is resumed', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('held-up');
    const engineQueue = bed.engine().queue(queue.name);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
    await jobs.queue(queue).pause();
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
    const id = await makeDue(engineQueue, jobs, key);
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'b' }, every: HOUR });
    expect((await jobs.scheduler.check()).repaired).not.toContain(key);
    expect(await jobs.queue(queue).counts()).toMatchObject({ paused: 1, delayed: 0 });
    await jobs.queue(queue).resume();
    await until(() => expect(ran).toEqual([id]));
    await until(() => expectOneRun(engineQueue, jobs, key));
  });

  it.each(['empty', 'clean'] as const)(
    'a queue that is told to %s has its next runs, at the latest after a check',
    async (how) => {
      const queue = syncs();
      const jobs = bed.open([queue]);
      const engineQueue = bed.engine().queue(queue.name);
      const [delayed, waiting] = [uniqueName('delayed'), uniqueName('waiting')];
      for (const key of [delayed, waiting]) {
        await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
      }
      await makeDue(engineQueue, jobs, waiting);
      if (how === 'empty') await jobs.queue(queue).empty();
      else for (const state of ['waiting', 'delayed'] as const) await jobs.queue(queue).clean({ state });
      await jobs.scheduler.check();
      for (const key of [delayed, waiting]) {
        const [planned] = await engineQueue.plannedRuns([key]);
        expect(planned).toMatchObject({ isLive: true });
      }
      expect((await jobs.scheduler.check()).repaired.filter((key) => [delayed, waiting].includes(key))).toEqual([]);
    },
  );

  it('a run that kills its worker fails, as BullMQ never lets it, and the next run is planned', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('deadly');
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
    const engineQueue = bed.engine().queue(queue.name);
    const id = await makeDue(engineQueue, jobs, key);
    await bed.dieWith(queue);
    const ran: string[] = [];
    const settings = { stalledInterval: QUICK_STALLS.stalledInterval, maxStalledCount: 0 };
    await bed.work(jobs, defineProcessor({ queue, process: (job) => void ran.push(job.id) }), settings);
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('failed'));
    expect(await jobs.queue(queue).get(id)).toMatchObject({ starts: 1, deaths: 1, putOffs: 0 });
    expect(ran).toEqual([]);
    await expectOneRun(engineQueue, jobs, key);
  });

  it('a write that its process died over is finished by the next check', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const engine = bed.engine();
    const key = uniqueName('unsettled');
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'old' }, every: HOUR });
    const [text = '{}'] = await engine.schedules.records([key]);
    const record = JSON.parse(text);
    record.definition.data = { shop: 'new' };
    record.writtenAt -= 60_000;
    const indexes = ['all', `queue:${queue.name}`];
    await engine.schedules.put([{ key, print: 'p', record: JSON.stringify({ ...record, fingerprint: 'p' }), indexes }]);
    expect((await jobs.scheduler.check()).repaired).toContain(key);
    const next = (await jobs.scheduler.get(key))?.next ?? 0;
    expect((await jobs.queue(queue).get(runId(key, next)))?.data).toEqual({ shop: 'new' });
    expect((await jobs.scheduler.check()).repaired).not.toContain(key);
  });
}

/** Lets a run end that plans none behind it, as one whose worker died at the wrong moment. */
async function endChain(bed: TestBed, jobs: Jobs, queue: ReturnType<typeof syncs>, key: string): Promise<void> {
  const engine = bed.engine();
  const engineQueue = engine.queue(queue.name);
  const [text = '{}'] = await engine.schedules.records([key]);
  const { fingerprint } = JSON.parse(text);
  const endAt = Date.UTC(new Date().getUTCFullYear() + 1, 0, 1) + 1;
  const rhythm = { cron: '0 0 1 1 *', timezone: 'UTC', shift: 0, endAt };
  const options = { attempts: 1, bizinsights: { schedule: { key, fingerprint } } };
  await engineQueue.planRuns([{ key, rhythm, data: { shop: 'a' }, options }]);
  const id = await makeDue(engineQueue, jobs, key);
  // Of the engine alone: one of `jobs` would look for broken chains when it starts.
  const listener = { completed() {}, failed() {}, lost() {}, stalled() {}, error() {} };
  const settings = { concurrency: 1, completed: false, failed: false, ...QUICK_STALLS } as const;
  const worker = engine.worker(queue.name, async () => ({ kind: 'completed', value: null }), settings, listener);
  await until(async () => expect(await engineQueue.state(id)).toBe('completed'));
  await worker.close();
}
