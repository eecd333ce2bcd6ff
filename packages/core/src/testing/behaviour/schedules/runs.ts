/** Behaviour: which runs of a schedule are let through, and what becomes of those that come late or meet another one. */
import { expect, it } from 'vitest';
import type { RunPlan } from '../../../engine/contract.js';
import { runId } from '../../../engine/contract.js';
import { defineProcessor } from '../../../processor/definition.js';
import type { AnyQueueDefinition } from '../../../queue/definition.js';
import { gate, record, type TestBed, uniqueName, until } from '../test-bed.js';
import { makeDue, syncs } from './schedules.js';

const HOUR = 3_600_000;

/** Adds the run of a past slot, as a store has it that nobody has worked on since. */
async function addMissed(
  bed: TestBed,
  queue: AnyQueueDefinition,
  key: string,
  slot: number,
  data: RunPlan['data'],
): Promise<string> {
  const id = runId(key, slot);
  const options = { attempts: 1, bizinsights: { schedule: { key, fingerprint: 'of another version' } } };
  await bed.engine().queue(queue.name).add({ id, data, options });
  return id;
}

export function describeScheduleRuns(bed: TestBed): void {
  it('overlap "skip": never two at once, also between the attempts of one; by hand as well', async () => {
    const queue = syncs({ attempts: 2 });
    const [one, other] = [bed.open([queue]), bed.open([queue])];
    const key = uniqueName('overlap');
    const [engineQueue] = [bed.engine().queue(queue.name)];
    let running = 0;
    let most = 0;
    const attempts: string[] = [];
    const gates = [gate(), gate()];
    const processor = defineProcessor({
      queue,
      concurrency: 5,
      async process({ id, attempt }) {
        attempts.push(`${id}#${attempt}`);
        most = Math.max(most, ++running);
        await gates[attempt - 1]?.opened;
        running -= 1;
        if (attempt === 1) throw new Error('again');
      },
    });
    const skipped = [record(one, 'schedule:skipped'), record(other, 'schedule:skipped')];
    await Promise.all([bed.work(one, processor), bed.work(other, processor)]);
    await one.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
    const first = await makeDue(engineQueue, one, key);
    await until(() => expect(attempts).toEqual([`${first}#1`]));
    await until(async () =>
      expect((await one.scheduler.get(key))?.next).toBeGreaterThan(Number(first.split(':').at(-1))),
    );
    const second = await makeDue(engineQueue, one, key);
    const byHand = await other.scheduler.runNow(key);
    await until(() => expect(skipped.flat()).toHaveLength(2));
    expect(
      skipped
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([second, byHand.id].sort());
    expect(skipped.flat()[0]).toMatchObject({ key, queue: queue.name, reason: expect.stringContaining(first) });
    const logs = await one.queue(queue).logs(byHand.id);
    expect(logs.lines[0]).toContain('this run is left out: the run before');
    await until(async () => expect((await one.queue(queue).get(second))?.state).toBe('completed'));
    gates[0]?.open();
    await until(() => expect(attempts).toEqual([`${first}#1`, `${first}#2`]));
    const third = await one.scheduler.runNow(key);
    await until(() => expect(skipped.flat()).toHaveLength(3));
    gates[1]?.open();
    await until(async () => expect((await one.queue(queue).get(first))?.state).toBe('completed'));
    // Now it has ended, and the next one runs.
    const fourth = await one.scheduler.runNow(key);
    await until(() => expect(attempts).toContain(`${fourth.id}#2`));
    expect(attempts.join()).not.toContain(third.id);
    expect(most).toBe(1);
  });

  it('a run that was promoted leaves no slot out: the run behind it is neither late nor planned once more', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('promoted');
    const engineQueue = bed.engine().queue(queue.name);
    // About an hour, with the next slot half of it away: none comes while the test runs.
    const every = Math.floor(Date.now() / (Math.floor(Date.now() / HOUR) + 0.5));
    const source = { name: key, schedules: () => [{ key, queue, data: { shop: 'a' }, every }] };
    expect(await jobs.scheduler.reconcile(source)).toMatchObject({ added: 1 });
    const held = gate();
    await bed.work(jobs, defineProcessor({ queue, concurrency: 5, process: () => held.opened }));
    const looksRight = async () => {
      const before = await engineQueue.plannedRuns([key]);
      expect((await jobs.scheduler.check()).repaired).not.toContain(key);
      expect(await jobs.scheduler.reconcile(source)).toMatchObject({ untouched: 1, repaired: 0 });
      expect(await engineQueue.plannedRuns([key])).toEqual(before);
    };
    const first = await makeDue(engineQueue, jobs, key);
    const slot = Number(first.split(':').at(-1));
    await until(async () => expect((await jobs.scheduler.get(key))?.next).toBe(slot + every));
    await looksRight();
    // Two slots are taken now, one by a run that is left out.
    await makeDue(engineQueue, jobs, key);
    await until(async () => expect((await jobs.scheduler.get(key))?.next).toBe(slot + 2 * every));
    held.open();
    await until(async () => expect(await jobs.queue(queue).counts()).toMatchObject({ active: 0, completed: 2 }));
    await looksRight();
    // Its slot is free again.
    expect(await jobs.queue(queue).remove(first)).toBe(true);
    const repaired = record(jobs, 'schedule:repaired');
    expect((await jobs.scheduler.check()).repaired).toContain(key);
    expect(repaired).toContainEqual({ key, queue: queue.name, damage: 'late' });
    expect((await jobs.scheduler.get(key))?.next).toBe(slot);
  });

  it('overlap "allow": runs both', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('allowed');
    const [held, started]: [ReturnType<typeof gate>, string[]] = [gate(), []];
    const process = async ({ id }: { id: string }) => {
      started.push(id);
      await held.opened;
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 3, process }));
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR, overlap: 'allow' });
    await jobs.scheduler.runNow(key);
    await jobs.scheduler.runNow(key);
    await until(() => expect(started).toHaveLength(2));
    held.open();
  });

  it('overlap "skip": a run that its worker has died with blocks nothing once it has ended or is gone', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('dead');
    const ran: string[] = [];
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR });
    const { id } = await jobs.scheduler.runNow(key);
    // It was the last that was let through, and was removed by hand.
    await bed.engine().state.set(`schedule-run:${key}`, `${queue.name}\n${id}`, 60_000);
    await jobs.queue(queue).remove(id);
    await bed.work(jobs, defineProcessor({ queue, process: (job) => void ran.push(job.id) }));
    const next = await jobs.scheduler.runNow(key);
    await until(() => expect(ran).toEqual([next.id]));
  });

  it('overlap "skip": a schedule that was removed and written again waits for the run that has not ended', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const schedule = { key: uniqueName('rewritten'), queue, data: { shop: 'a' }, every: HOUR };
    const [held, started]: [ReturnType<typeof gate>, string[]] = [gate(), []];
    const process = async ({ id }: { id: string }) => {
      started.push(id);
      await held.opened;
    };
    const skipped = record(jobs, 'schedule:skipped');
    await bed.work(jobs, defineProcessor({ queue, concurrency: 2, process }));
    await jobs.scheduler.upsert(schedule);
    const first = await jobs.scheduler.runNow(schedule.key);
    await until(() => expect(started).toEqual([first.id]));
    await jobs.scheduler.remove(schedule.key);
    await jobs.scheduler.upsert(schedule);
    const second = await jobs.scheduler.runNow(schedule.key);
    await until(() => expect(skipped.map(({ id }) => id)).toEqual([second.id]));
    held.open();
    await until(async () => expect((await jobs.queue(queue).get(first.id))?.state).toBe('completed'));
    expect(started).toEqual([first.id]);
  });

  it('has no next run when its last one has been, although its end has not come', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('last');
    const lastSlot = Math.floor(Date.now() / HOUR + 2) * HOUR;
    await jobs.scheduler.upsert({
      key,
      queue,
      data: { shop: 'a' },
      every: HOUR,
      startAt: lastSlot,
      endAt: lastSlot + 1,
    });
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }));
    const last = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await until(async () => expect((await jobs.queue(queue).get(last))?.state).toBe('completed'));
    expect((await jobs.scheduler.get(key))?.next).toBeUndefined();
  });

  it.each([
    ['one', 1],
    ['none', 0],
  ] as const)('catchUp "%s": after an outage of a day it runs %i times, not 12', async (catchUp, times) => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('outage');
    const every = 2 * HOUR;
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every, catchUp });
    const next = (await jobs.scheduler.get(key))?.next ?? 0;
    const id = await addMissed(bed, queue, key, next - 12 * every, { shop: 'a' });
    const [ran, skipped]: [string[], unknown[]] = [[], record(jobs, 'schedule:skipped')];
    await bed.work(jobs, defineProcessor({ queue, process: (job) => void ran.push(job.id) }));
    await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
    expect(ran).toHaveLength(times);
    expect(skipped).toHaveLength(1 - times);
    expect(await jobs.queue(queue).counts()).toMatchObject({ completed: 1, delayed: 1, waiting: 0 });
    expect((await jobs.scheduler.get(key))?.next).toBe(next);
  });

  it('runs nothing behind its end, of a schedule that is paused or removed, or in a queue that it has left', async () => {
    const [queue, other] = [syncs(), syncs()];
    const jobs = bed.open([queue, other]);
    const slot = Math.floor(Date.now() / 1_000) * 1_000;
    const data = { shop: 'a' };
    const keys = ['ended', 'paused', 'removed', 'moved'].map((one) => uniqueName(one));
    const [ended = '', paused = '', removed = '', moved = ''] = keys;
    await jobs.scheduler.upsertMany([
      { key: ended, queue, data, every: 1_000, endAt: slot },
      { key: paused, queue, data, every: HOUR, paused: true },
      { key: removed, queue, data, every: HOUR },
      { key: moved, queue: other, data, every: HOUR },
    ]);
    await jobs.scheduler.remove(removed);
    for (const key of keys) await addMissed(bed, queue, key, slot, data);
    const [ran, skipped]: [string[], { key: string; reason: string }[]] = [[], record(jobs, 'schedule:skipped')];
    await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
    await until(() => expect(skipped).toHaveLength(4));
    expect(Object.fromEntries(skipped.map(({ key, reason }) => [key, reason]))).toEqual({
      [ended]: 'its schedule has ended',
      [paused]: 'its schedule is paused',
      [removed]: 'its schedule has been removed',
      [moved]: `its schedule is for the queue "${other.name}" now`,
    });
    expect(ran).toEqual([]);
  });

  it('gives a run that was planned by another version the data that the schedule has now', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('version');
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'new' }, every: HOUR });
    const next = (await jobs.scheduler.get(key))?.next ?? 0;
    await addMissed(bed, queue, key, next - HOUR, { shop: 'old' });
    const seen: unknown[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void seen.push(data) }));
    await until(() => expect(seen).toEqual([{ shop: 'new' }]));
    expect((await jobs.scheduler.get(key))?.next).toBe(next);
  });
}
