/** Behaviour: `reconcile`, and the workers that keep the schedules of their processors by it. */
import { expect, it } from 'vitest';
import { runId } from '../../../engine/contract.js';
import { defineProcessor } from '../../../processor/definition.js';
import type { Schedule } from '../../../queue/schedule.js';
import { processorSourceName } from '../../../scheduler/processor-source.js';
import { CapturedLog } from '../captured-log.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';
import { syncs } from './schedules.js';

const HOUR = 3_600_000;
type Queue = ReturnType<typeof syncs>;

/** Schedules of a source as a test changes them. */
function wantedOf(queue: Queue, prefix: string, count: number): Map<string, Schedule<Queue>> {
  return new Map(
    Array.from({ length: count }, (_, n) => {
      const key = `${prefix}-${n}`;
      return [key, { key, queue, data: { shop: `${n}` }, every: HOUR, jitter: HOUR }];
    }),
  );
}

const NOTHING = { added: 0, changed: 0, removed: 0, untouched: 0, repaired: 0, refused: 0, problems: [] };

export function describeReconciling(bed: TestBed): void {
  it('writes the difference between what is wanted and what there is, and counts it', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const name = uniqueName('source');
    const wanted = wantedOf(queue, name, 6);
    const source = {
      name,
      async *schedules() {
        yield* wanted.values();
      },
    };
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, added: 6 });
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, untouched: 6 });
    const before = (await jobs.scheduler.list({ queue })).schedules;
    wanted.delete(`${name}-0`);
    wanted.set(`${name}-1`, { key: `${name}-1`, queue, data: { shop: 'other' }, every: HOUR, jitter: HOUR });
    wanted.set(`${name}-new`, { key: `${name}-new`, queue: queue.name, data: { shop: 'n' }, cron: '0 3 * * *' });
    const events = record(jobs, 'schedule:repaired');
    await bed
      .engine()
      .queue(queue.name)
      .unplanRuns([`${name}-2`]);
    expect(await jobs.scheduler.reconcile(source)).toEqual({
      ...NOTHING,
      added: 1,
      changed: 1,
      removed: 1,
      repaired: 1,
      untouched: 3,
    });
    expect(events).toEqual([{ key: `${name}-2`, queue: queue.name, damage: 'missing' }]);
    const after = (await jobs.scheduler.list({ queue })).schedules;
    expect(after.map(({ key }) => key)).toEqual([...wanted.keys()].sort());
    expect(after.filter(({ key }) => !key.endsWith('new')).map(({ next }) => next)).toEqual(
      before.slice(1).map(({ next }) => next),
    );
    expect(after[0]).toMatchObject({ source: name, data: { shop: 'other' } });
    wanted.clear();
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, removed: 6 });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 0, waiting: 0 });
  });

  it('touches the schedules of its own source only', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const [one, other] = [uniqueName('one'), uniqueName('other')];
    await jobs.scheduler.upsert({ key: `${one}-api`, queue, data: { shop: 'api' }, every: HOUR });
    await jobs.scheduler.reconcile({ name: other, schedules: () => wantedOf(queue, other, 2).values() });
    const taken = [`${one}-api`, `${other}-0`].map((key) => ({ key, queue, data: { shop: 'mine' }, every: HOUR }));
    const result = await jobs.scheduler.reconcile({ name: one, schedules: () => taken });
    expect(result).toMatchObject({ ...NOTHING, refused: 2, problems: expect.anything() });
    expect(result.problems).toEqual([
      { key: `${one}-api`, message: 'belongs to the host, which has written it by itself' },
      { key: `${other}-0`, message: `belongs to the source "${other}"` },
    ]);
    expect(await jobs.scheduler.get(`${one}-api`)).toMatchObject({ data: { shop: 'api' }, source: undefined });
    expect(await jobs.scheduler.reconcile({ name: one, schedules: () => [] })).toEqual(NOTHING);
    expect((await jobs.scheduler.list({ queue })).schedules).toHaveLength(3);
    const error = await rejection(
      jobs.scheduler.upsert({ key: `${other}-1`, queue, data: { shop: 'x' }, every: HOUR }),
    );
    expect(error).toMatchObject({ code: 'SCHEDULE_INVALID', issues: [{ path: ['key'] }] });
  });

  it('leaves the others of a source alone where it is given a part of them, which its workers find as they want them', async () => {
    const queue = syncs();
    const wanted = wantedOf(queue, uniqueName('part'), 3);
    const [one, ...others] = [...wanted.values()];
    const jobs = bed.open([queue]);
    const name = processorSourceName(queue);
    await jobs.scheduler.reconcile({ name, schedules: () => others });
    const part = { name, isPart: true, schedules: () => (one ? [one] : []) };
    expect(await jobs.scheduler.reconcile(part)).toEqual({ ...NOTHING, added: 1 });
    expect(await jobs.scheduler.reconcile(part)).toEqual({ ...NOTHING, untouched: 1 });
    const asTheWorker = { name, schedules: () => wanted.values() };
    expect(await jobs.scheduler.reconcile(asTheWorker)).toEqual({ ...NOTHING, untouched: 3 });
  });

  it('removes nothing when its source fails half-way, and says what the source said', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const name = uniqueName('failing');
    const wanted = wantedOf(queue, name, 4);
    await jobs.scheduler.reconcile({ name, schedules: () => wanted.values() });
    const failing = {
      name,
      async *schedules() {
        yield wanted.get(`${name}-0`) ?? expect.fail();
        throw new Error('the database is gone');
      },
    };
    expect((await rejection(jobs.scheduler.reconcile(failing))).message).toBe('the database is gone');
    const unreadable = { name, schedules: () => Promise.reject(new Error('no connection')) };
    expect((await rejection(jobs.scheduler.reconcile(unreadable))).message).toBe('no connection');
    expect(await jobs.scheduler.reconcile({ name, schedules: () => wanted.values() })).toMatchObject({ untouched: 4 });
  });

  it('refuses what cannot be, goes on, and removes nothing for it', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const name = uniqueName('faulty');
    const wanted = wantedOf(queue, name, 3);
    await jobs.scheduler.reconcile({ name, schedules: () => wanted.values() });
    const faulty: unknown[] = [
      { key: `${name}-0`, queue, data: { shop: 7 }, every: HOUR },
      { key: `${name}-1`, queue: 'no-such', data: { shop: 'a' }, every: HOUR },
      wanted.get(`${name}-2`),
      { key: `${name}-3`, queue, data: { shop: 'c' }, every: HOUR, timezone: 'Mars' },
      { queue, data: { shop: 'c' }, every: HOUR },
      { key: `${name}-4`, queue, data: { shop: 5n }, every: HOUR },
      null,
    ];
    const result = await jobs.scheduler.reconcile({ name, schedules: () => faulty as Schedule<Queue>[] });
    expect(result).toMatchObject({ added: 0, changed: 0, removed: 0, untouched: 1, refused: 6 });
    expect(result.problems.map(({ key }) => key).sort()).toEqual(
      ['?', '?', ...[0, 1, 3, 4].map((n) => `${name}-${n}`)].sort(),
    );
    expect((await jobs.scheduler.list({ queue })).schedules).toHaveLength(3);
    expect(await jobs.scheduler.get(`${name}-0`)).toMatchObject({ data: { shop: '0' } });
  });

  it('leaves what an operator has paused paused, and follows a source that pauses', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const name = uniqueName('held');
    const wanted = wantedOf(queue, name, 3);
    const source = { name, schedules: () => wanted.values() };
    await jobs.scheduler.reconcile(source);
    await jobs.scheduler.pause(`${name}-0`);
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, untouched: 3 });
    wanted.set(`${name}-0`, { key: `${name}-0`, queue, data: { shop: 'changed' }, every: HOUR, paused: false });
    wanted.set(`${name}-1`, { key: `${name}-1`, queue, data: { shop: '1' }, every: HOUR, paused: true });
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, changed: 2, untouched: 1 });
    expect(await jobs.scheduler.get(`${name}-0`)).toMatchObject({ paused: true, data: { shop: 'changed' } });
    expect(await jobs.scheduler.get(`${name}-1`)).toMatchObject({ paused: true, next: undefined });
    await jobs.scheduler.resume(`${name}-1`);
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, untouched: 3 });
    expect(await jobs.scheduler.get(`${name}-1`)).toMatchObject({ paused: false, next: expect.any(Number) });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 2 });
  });

  it('goes through thousands in batches, spread over their rhythm from the first run on', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const name = uniqueName('many');
    const wanted = wantedOf(queue, name, 1_200);
    const source = { name, schedules: () => wanted.values() };
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, added: 1_200 });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1_200, waiting: 0, active: 0 });
    const first = (await jobs.scheduler.list({ queue, limit: 1_000 })).schedules.map(({ next = 0 }) => next);
    // By ten minutes of the hour: each has its share.
    const shares = Array.from({ length: 6 }, (_, n) =>
      first.filter((next) => Math.floor((next % HOUR) / 600_000) === n),
    );
    for (const share of shares) expect(Math.abs(share.length - 1_000 / 6)).toBeLessThan(60);
    for (let n = 0; n < 1_200; n += 2) wanted.delete(`${name}-${n}`);
    expect(await jobs.scheduler.reconcile(source)).toEqual({ ...NOTHING, removed: 600, untouched: 600 });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 600 });
    await jobs.scheduler.reconcile({ name, schedules: () => [] });
  });

  it('refuses a source without a name', async () => {
    const jobs = bed.open([syncs()]);
    for (const name of ['', 'a\nb']) {
      expect(await rejection(jobs.scheduler.reconcile({ name, schedules: () => [] }))).toMatchObject({
        code: 'SCHEDULE_INVALID',
      });
    }
  });

  it('workers reconcile the schedules of their processors when they start and every few minutes, one at a time', async () => {
    const queue = syncs();
    const key = uniqueName('kept');
    const processes = Array.from({ length: 3 }, () => bed.open([queue]));
    let reading = 0;
    let most = 0;
    let times = 0;
    let every = HOUR;
    const processor = defineProcessor({
      queue,
      process: () => undefined,
      async *schedules() {
        times += 1;
        most = Math.max(most, ++reading);
        await new Promise((resolve) => setTimeout(resolve, 20));
        yield { key, data: { shop: 'a' }, every, jitter: HOUR };
        reading -= 1;
      },
    });
    await Promise.all(processes.map((jobs) => bed.work(jobs, processor, { schedulesInterval: 100 })));
    const [jobs] = processes;
    if (!jobs) return expect.fail();
    await until(async () =>
      expect(await jobs.scheduler.get(key)).toMatchObject({
        every,
        source: `processor ${queue.name}`,
        next: expect.any(Number),
      }),
    );
    const { next = 0 } = (await jobs.scheduler.get(key)) ?? {};
    // What is lost is back with the next round.
    await bed.engine().queue(queue.name).unplanRuns([key]);
    await until(async () => expect((await jobs.scheduler.get(key))?.next).toBe(next));
    every = 2 * HOUR;
    await until(async () => expect((await jobs.scheduler.get(key))?.every).toBe(2 * HOUR));
    await until(() => expect(times).toBeGreaterThanOrEqual(5));
    expect(most).toBe(1);
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1, waiting: 0 });
  });

  it('a job can ask for the schedules of its processor to be brought in line now', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('refreshed');
    let every = HOUR;
    const processor = defineProcessor({
      queue,
      process(job) {
        every = 2 * HOUR;
        job.refreshSchedules();
      },
      schedules: () => [{ key, data: { shop: 'a' }, every }],
    });
    await bed.work(jobs, processor);
    await until(async () => expect((await jobs.scheduler.get(key))?.every).toBe(HOUR));
    await jobs.queue(queue).add({ shop: 'a' });
    await until(async () => expect((await jobs.scheduler.get(key))?.every).toBe(2 * HOUR));
  });

  it('a worker whose source fails tells it, works on, and keeps the schedules that there are', async () => {
    const queue = syncs();
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const key = uniqueName('failing');
    await jobs.scheduler.reconcile({
      name: `processor ${queue.name}`,
      schedules: () => [{ key, queue, data: { shop: 'a' }, every: HOUR }],
    });
    const errors = record(jobs, 'worker:error');
    const schedules = () => Promise.reject(new Error('no database'));
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined, schedules }));
    await until(() => expect(errors).toHaveLength(1));
    expect(errors[0]?.error).toMatchObject({ cause: { message: 'no database' } });
    const { id } = await jobs.queue(queue).add({ shop: 'b' });
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
    const next = (await jobs.scheduler.get(key))?.next ?? 0;
    expect(await jobs.queue(queue).get(runId(key, next))).toMatchObject({ state: 'delayed' });
  });
}
