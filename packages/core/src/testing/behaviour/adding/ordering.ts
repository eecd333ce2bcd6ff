/** Behaviour: which job comes next. Priorities, order, delays. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { JobDefaults } from '../../../queue/job-options.js';
import { gate, type TestBed, uniqueName, until } from '../test-bed.js';

const letters = (defaults: JobDefaults = {}) =>
  defineQueue({ name: uniqueName('letters'), schema: z.string(), defaults });

export function describeOrdering(bed: TestBed): void {
  it('runs jobs without a priority first, then by priority, and in the order of adding within each', async () => {
    const queue = letters();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    for (const [data, priority] of [
      ['f', 2_097_151],
      ['c', 1],
      ['e', 2],
      ['a', 0],
      ['d', 1],
      ['b', undefined],
    ] as const) {
      await handle.add(data, priority === undefined ? {} : { priority });
    }
    expect(await handle.counts()).toMatchObject({ waiting: 6 });
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data) }));
    await until(() => expect(ran.join('')).toBe('abcdef'));
  });

  it('keeps to priorities also among jobs added at once, and while a worker runs', async () => {
    const queue = letters({ priority: 5 });
    const jobs = bed.open([queue]);
    const [ran, started, blocked] = [[] as string[], gate(), gate()];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 1,
        async process({ data }) {
          ran.push(data);
          started.open();
          await blocked.opened;
        },
      }),
    );
    await jobs.queue(queue).add('x');
    await started.opened;
    await jobs
      .queue(queue)
      .addMany([
        { data: 'd', options: { priority: 9 } },
        { data: 'c' },
        { data: 'b', options: { priority: 1 } },
        { data: 'a', options: { priority: 0 } },
      ]);
    blocked.open();
    await until(() => expect(ran.join('')).toBe('xabcd'));
  });

  it('does not run a job before its delay is over, and others meanwhile', async () => {
    const queue = letters();
    const jobs = bed.open([queue]);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data) }));
    const handle = jobs.queue(queue);
    const { id: hoursLater } = await handle.add('hours later', { delay: 36_000_000 });
    expect(await handle.get(hoursLater)).toMatchObject({ state: 'delayed', delay: 36_000_000 });
    expect(await handle.counts()).toMatchObject({ delayed: 1, waiting: 0 });
    const { id: late } = await handle.add('late', { delay: 250 });
    const { id: soon } = await handle.add('soon');
    await Promise.all([late, soon].map((id) => handle.waitFor(id, { timeout: 20_000 })));
    expect(ran.toSorted()).toEqual(['late', 'soon']);
    const job = await handle.get(late);
    expect((job?.startedAt ?? 0) - (job?.createdAt ?? 0)).toBeGreaterThanOrEqual(250);
    expect(await handle.get(hoursLater)).toMatchObject({ state: 'delayed' });
  });

  it.each([0.4, 10.6])('takes a delay of %s ms', async (delay) => {
    const queue = letters();
    const jobs = bed.open([queue]);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data) }));
    await jobs.queue(queue).add('one', { delay });
    await jobs.queue(queue).addMany([{ data: 'two', options: { delay } }]);
    await until(() => expect([...ran].sort()).toEqual(['one', 'two']));
  });

  it('runs delayed jobs in the order of their times', async () => {
    const queue = letters();
    const jobs = bed.open([queue]);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data) }));
    // PostgreSQL runs those in the order of adding that are due when it looks: a slow machine needs times further apart.
    for (let apart = 100; ran.join('') !== 'abc'; apart *= 4) {
      expect(apart).toBeLessThan(10_000);
      ran.length = 0;
      await jobs.queue(queue).addMany([
        { data: 'c', options: { delay: 3 * apart } },
        { data: 'a', options: { delay: apart } },
        { data: 'b', options: { delay: 2 * apart } },
      ]);
      await until(() => expect(ran).toHaveLength(3));
    }
  });

  it('runs jobs whose delay is over by their priorities', async () => {
    const queue = letters();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).addMany([
      { data: 'c', options: { delay: 1, priority: 7 } },
      { data: 'b', options: { delay: 1, priority: 2 } },
      { data: 'a', options: { delay: 1 } },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data) }));
    await until(() => expect(ran.join('')).toBe('abc'));
  });

  it('promotes a delayed job to run now, and nothing else', async () => {
    const queue = letters();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const { id } = await handle.add('later', { delay: 3_600_000 });
    const waiting = await handle.add('waits');
    expect(await handle.promote(waiting.id)).toBe(false);
    expect(await handle.promote('nobody')).toBe(false);
    expect(await handle.promote(id)).toBe(true);
    expect(await handle.promote(id)).toBe(false);
    expect(await handle.get(id)).toMatchObject({ state: 'waiting' });
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data) }));
    await until(() => expect([...ran].sort()).toEqual(['later', 'waits']));
    expect(await handle.promote(id)).toBe(false);
  });

  it('promotes a job while an idle worker waits, which takes it at once', async () => {
    const queue = letters();
    const jobs = bed.open([queue]);
    const ran: number[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: () => void ran.push(performance.now()) }));
    const { id } = await jobs.queue(queue).add('later', { delay: 3_600_000 });
    const before = performance.now();
    expect(await jobs.queue(queue).promote(id)).toBe(true);
    await until(() => expect(ran).toHaveLength(1));
    // Far below the 5 s after which an idle worker looks by itself.
    expect((ran[0] ?? 0) - before).toBeLessThan(2_500);
  });
}
