/** Behaviour: schedules, written, listed, paused, run by workers. */

import { expect, it } from 'vitest';
import { z } from 'zod';
import { dayStretches } from '../../../calendar.js';
import { defined } from '../../../defined.js';
import { type EngineQueue, runId } from '../../../engine/contract.js';
import type { Jobs } from '../../../jobs-instance.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const HOUR = 3_600_000;

/** A queue for the schedules of a test. */
export const syncs = (options: { attempts?: number; backoff?: number; fair?: boolean } = {}) =>
  defineQueue({
    name: uniqueName('scheduled'),
    schema: z.object({ shop: z.string() }),
    tenant: ({ shop }) => shop,
    fair: options.fair ?? false,
    defaults: { attempts: options.attempts ?? 1, backoff: { type: 'fixed', delay: options.backoff ?? 0 } },
  });

/** Lets the next run of a schedule be due now, and answers its id. */
export async function makeDue(
  queue: Pick<EngineQueue, 'promote'>,
  jobs: Pick<Jobs, 'scheduler'>,
  key: string,
): Promise<string> {
  const next = (await jobs.scheduler.get(key))?.next;
  if (next === undefined) return expect.fail(`schedule "${key}" has no next run`);
  expect(await queue.promote(runId(key, next))).toBe(true);
  return runId(key, next);
}

export function describeSchedules(bed: TestBed): void {
  it('runs at midnight as steps, lists and ranges of hours alike where the clocks leave midnight out', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const timezone = 'Africa/Cairo';
    const [today, later] = [0, 400].map((days) => new Date(Date.now() + days * 24 * HOUR).toISOString().slice(0, 10));
    const change = dayStretches(timezone, today ?? '', later ?? '').find(({ from, to }) => to - from === 23 * HOUR);
    if (!change) return expect.fail('no day of 23 hours in Africa/Cairo');
    const { from } = change;
    for (const hours of ['*/12', '0,12', '0-23/12']) {
      const key = uniqueName('midnight');
      const times = { cron: `0 ${hours} * * *`, timezone, startAt: from - 1 };
      await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, ...times });
      // 01:00, and noon.
      expect(await jobs.scheduler.nextRuns(key, 2)).toEqual([from, from + 11 * HOUR]);
      expect(await jobs.scheduler.get(key)).toMatchObject({ next: from });
      await jobs.scheduler.remove(key);
    }
  });

  it('writes a schedule with its next run, and gives it back with a sentence', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('sync:a:b c:d:5');
    const before = Date.now();
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: 2 * HOUR, tags: ['sync'] });
    const next = Math.floor(before / (2 * HOUR) + 1) * 2 * HOUR;
    expect(await jobs.scheduler.get(key)).toEqual({
      key,
      queue: queue.name,
      data: { shop: 'a' },
      every: 2 * HOUR,
      timezone: 'UTC',
      jitter: 0,
      overlap: 'skip',
      catchUp: 'one',
      paused: false,
      tags: ['sync'],
      tenant: 'a',
      source: undefined,
      next,
      description: 'Every 2 hours',
    });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1, waiting: 0 });
    expect(await jobs.queue(queue).get(runId(key, next))).toMatchObject({ data: { shop: 'a' }, maxAttempts: 1 });
    expect(await jobs.scheduler.nextRuns(key, 3)).toEqual([next, next + 2 * HOUR, next + 4 * HOUR]);
    expect(await jobs.scheduler.get('no-such')).toBeUndefined();
  });

  it('runs it at its slots, one after the other, with a worker that knows nothing of it', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('tick');
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
    await jobs.scheduler.upsert({ key, queue: queue.name, data: { shop: 'a' }, every: 1_000, startAt: 0 });
    await until(() => expect(ran.length).toBeGreaterThanOrEqual(2));
    await jobs.scheduler.remove(key);
    const slots = ran.map((id) => Number(id.split(':').at(-1)));
    expect(slots[0]).toBe(Math.floor((slots[0] ?? 0) / 1_000) * 1_000);
    for (const [index, slot] of slots.entries()) expect(slot).toBe((slots[0] ?? 0) + index * 1_000);
  });

  it('runs cron with seconds and a zone', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('cron');
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
    await jobs.scheduler.upsert({
      key,
      queue,
      data: { shop: 'a' },
      cron: '*/1 * * * * *',
      timezone: 'Asia/Kathmandu',
      jitter: 900,
    });
    expect((await jobs.scheduler.get(key))?.description).toBe('Every second (Asia/Kathmandu)');
    await until(() => expect(ran.length).toBeGreaterThanOrEqual(2));
    await jobs.scheduler.remove(key);
    const slots = ran.map((id) => Number(id.split(':').at(-1)));
    expect((slots[1] ?? 0) - (slots[0] ?? 0)).toBe(1_000);
  });

  it('changes data and options of the next run without moving it', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('changed');
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR, jitter: HOUR });
    const next = (await jobs.scheduler.get(key))?.next ?? 0;
    await jobs.scheduler.upsert({
      key,
      queue,
      data: { shop: 'b' },
      every: HOUR,
      jitter: HOUR,
      priority: 7,
      tags: ['x'],
    });
    expect(await jobs.scheduler.get(key)).toMatchObject({ next, data: { shop: 'b' }, tenant: 'b', tags: ['x'] });
    expect(await jobs.queue(queue).get(runId(key, next))).toMatchObject({ data: { shop: 'b' }, priority: 7 });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1 });
    const seen: unknown[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void seen.push(data) }));
    await makeDue(bed.engine().queue(queue.name), jobs, key);
    await until(() => expect(seen).toEqual([{ shop: 'b' }]));
    // The run behind it is made of the same.
    await until(async () => expect((await jobs.scheduler.get(key))?.next).toBe(next + HOUR));
    expect(await jobs.queue(queue).get(runId(key, next + HOUR))).toMatchObject({ data: { shop: 'b' }, priority: 7 });
  });

  it('moves the next run when the rhythm or the queue changes', async () => {
    const [queue, other] = [syncs(), syncs()];
    const jobs = bed.open([queue, other]);
    const key = uniqueName('moved');
    const data = { shop: 'a' };
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR, startAt: 60_000 });
    const next = Math.floor((Date.now() - 60_000) / HOUR + 1) * HOUR + 60_000;
    expect((await jobs.scheduler.get(key))?.next).toBe(next);
    await jobs.scheduler.upsert({ key, queue, data, cron: '0 0 1 1 *', timezone: 'Europe/Berlin' });
    expect(new Date((await jobs.scheduler.get(key))?.next ?? 0).toISOString()).toMatch(/-12-31T23:00:00.000Z$/);
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1, waiting: 0 });
    await jobs.scheduler.upsert({ key, queue: other, data, every: HOUR });
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 0, waiting: 0 });
    expect(await jobs.queue(other).counts()).toMatchObject({ delayed: 1, waiting: 0 });
  });

  it('begins at startAt, and plans nothing behind endAt', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const [later, ended] = [uniqueName('later'), uniqueName('ended')];
    const startAt = Date.now() + 5 * HOUR + 123;
    await jobs.scheduler.upsert({
      key: later,
      queue,
      data: { shop: 'a' },
      every: HOUR,
      startAt,
      endAt: startAt + HOUR,
    });
    expect((await jobs.scheduler.get(later))?.next).toBe(startAt);
    expect(await jobs.scheduler.nextRuns(later, 5)).toEqual([startAt]);
    await jobs.scheduler.upsert({ key: ended, queue, data: { shop: 'a' }, every: HOUR, endAt: Date.now() });
    expect((await jobs.scheduler.get(ended))?.next).toBeUndefined();
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 1 });
    expect((await jobs.scheduler.check()).repaired).not.toContain(ended);
  });

  it('lists by queue, tag and tenant, page by page', async () => {
    const [queue, other] = [syncs(), syncs()];
    const jobs = bed.open([queue, other]);
    const keys = Array.from({ length: 7 }, (_, n) => `${uniqueName('listed')}-${n}`);
    await jobs.scheduler.upsertMany(
      keys.map((key, n) => ({
        key,
        queue: n < 5 ? queue : other,
        data: { shop: `${queue.name}-${n % 2}` },
        every: HOUR,
        tags: n % 2 ? ['odd', `${queue.name}`] : [],
      })),
    );
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await jobs.scheduler.list({ queue, limit: 2, ...defined({ cursor }) });
      all.push(...page.schedules.map(({ key }) => key));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(all).toEqual([...keys.slice(0, 5)].sort());
    const list = async (query: object) => (await jobs.scheduler.list(query)).schedules.map(({ key }) => key);
    expect(await list({ tag: queue.name })).toEqual([keys[1], keys[3], keys[5]].sort());
    expect(await list({ tag: queue.name, queue: queue.name })).toEqual([keys[1], keys[3]].sort());
    expect(await list({ tenant: `${queue.name}-0`, queue: other })).toEqual([keys[6]]);
    expect(await list({ tag: 'none' })).toEqual([]);
    expect(await rejection(jobs.scheduler.list({ cursor: 'made up' }))).toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(await jobs.scheduler.remove(keys[0] ?? '')).toBe(true);
    expect(await jobs.scheduler.remove(keys[0] ?? '')).toBe(false);
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 4 });
    expect(await list({ queue })).toHaveLength(4);
  });

  it('runs nothing while it is paused, and goes on at its slots when it is resumed', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('paused');
    const data = { shop: 'a' };
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const next = (await jobs.scheduler.get(key))?.next;
    await jobs.scheduler.pause(key);
    expect(await jobs.scheduler.get(key)).toMatchObject({ paused: true, next: undefined });
    expect(await jobs.scheduler.nextRuns(key, 3)).toEqual([]);
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 0 });
    // A host that writes it at each start does not undo what an operator has done, unless it says so.
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'b' }, every: HOUR });
    expect(await jobs.scheduler.get(key)).toMatchObject({ paused: true, data: { shop: 'b' } });
    expect((await jobs.scheduler.check()).repaired).not.toContain(key);
    await jobs.scheduler.resume(key);
    expect(await jobs.scheduler.get(key)).toMatchObject({ paused: false, next });
    await jobs.scheduler.pause(key);
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR, paused: false });
    expect(await jobs.scheduler.get(key)).toMatchObject({ paused: false, next });
    expect(await rejection(jobs.scheduler.pause('no-such'))).toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
  });

  it('is written paused, runs by hand, and can be resumed', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('by-hand');
    await jobs.scheduler.upsert({ key, queue, data: { shop: 'a' }, every: HOUR, paused: true });
    const ran: unknown[] = [];
    await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data) }));
    const { id, deduplicated } = await jobs.scheduler.runNow(key);
    expect(deduplicated).toBe(false);
    await until(() => expect(ran).toEqual([{ shop: 'a' }]));
    expect(await jobs.queue(queue).get(id)).toMatchObject({ queue: queue.name });
    expect(await jobs.scheduler.get(key)).toMatchObject({ paused: true, next: undefined });
    await jobs.scheduler.resume(key);
    expect(await jobs.scheduler.get(key)).toMatchObject({ paused: false, next: expect.any(Number) });
  });

  it('gives a run of a fair queue its tenant’s turn', async () => {
    const queue = syncs({ fair: true });
    const jobs = bed.open([queue]);
    const key = uniqueName('fair');
    await jobs.queue(queue).addMany(Array.from({ length: 5 }, () => ({ data: { shop: 'a' } })));
    await jobs.scheduler.upsertMany([
      { key: `${key}-a`, queue, data: { shop: 'a' }, every: HOUR },
      { key: `${key}-b`, queue, data: { shop: 'b' }, every: HOUR },
    ]);
    for (const one of ['a', 'b']) await makeDue(bed.engine().queue(queue.name), jobs, `${key}-${one}`);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data.shop) }));
    await until(() => expect(ran).toHaveLength(7));
    expect(ran.indexOf('b')).toBeLessThanOrEqual(2);
  });

  it.each([
    ['an impossible date', { startAt: '2026-02-30' }, 'startAt'],
    ['a date that is none', { endAt: new Date(Number.NaN) }, 'endAt'],
    ['an unknown zone', { timezone: 'Mars/Olympus' }, 'timezone'],
    ['`every` below a second', { every: 999 }, 'every'],
    ['both rhythms', { cron: '* * * * *' }, 'cron'],
    ['no rhythm', { every: undefined }, 'every'],
    ['an end before the start', { startAt: '2026-01-02', endAt: '2026-01-01' }, 'endAt'],
    ['a wrong expression', { every: undefined, cron: '61 * * * *' }, 'cron'],
    ['a day that never comes', { every: undefined, cron: '0 0 30 2 *' }, 'cron'],
    ['more jitter than rhythm', { jitter: HOUR + 1 }, 'jitter'],
    ['an unknown queue', { queue: 'no-such' }, 'queue'],
    ['data that the schema refuses', { data: { shop: 7 } }, 'data.shop'],
    ['a wrong priority', { priority: -1 }, 'priority'],
    ['an unknown field', { evry: 5 }, ''],
    ['a tag of two lines', { tags: ['a\nb'] }, 'tags.0'],
    ['no key', { key: '' }, 'key'],
  ])('refuses %s with the field, and writes nothing', async (_what, wrong, field) => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('refused');
    const fine = { queue: queue.name, data: { shop: 'a' }, every: HOUR };
    const given: never[] = [{ ...fine, key: `${key}-1` } as never, { ...fine, key, ...wrong } as never];
    const error = await rejection(jobs.scheduler.upsertMany(given));
    expect(error).toMatchObject({ code: 'SCHEDULE_INVALID', issues: [{ path: expect.anything() }] });
    const issues = 'issues' in error && Array.isArray(error.issues) ? error.issues : [];
    expect(issues.map(({ path }: { path: PropertyKey[] }) => path.join('.'))).toEqual([field]);
    expect((await jobs.scheduler.list({ queue })).schedules).toEqual([]);
    expect(await jobs.queue(queue).counts()).toMatchObject({ delayed: 0, waiting: 0 });
  });
}
