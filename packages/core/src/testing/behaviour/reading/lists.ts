/** Behaviour: what can be read of a queue. Pages, counts, ids, texts, events, and the logs of the store. */

import { expect, it } from 'vitest';
import { z } from 'zod';
import { defined } from '../../../defined.js';
import type { QueueEvent, StoredJob } from '../../../engine/contract.js';
import { ArgumentError, PermanentError } from '../../../errors.js';
import { MONITORING } from '../../../monitoring/access.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import type { QueueHandle } from '../../../queue/handle.js';
import type { JobState } from '../../../queue/view.js';
import { gate, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const numbers = () =>
  defineQueue({
    name: uniqueName('numbers'),
    schema: z.number(),
    defaults: { attempts: 1, retention: { completed: {}, failed: {} } },
  });

type Numbers = ReturnType<typeof numbers>;

/** What a stored job has. */
const FIELDS = [
  ...(['id', 'name', 'data', 'opts', 'timestamp', 'delay', 'priority', 'progress', 'attemptsMade'] as const),
  ...(['attemptsStarted', 'stalledCounter', 'processedOn', 'finishedOn', 'failedReason', 'stacktrace'] as const),
  ...(['returnvalue', 'processedBy'] as const),
] satisfies (keyof StoredJob)[];

const upTo = (count: number, options = {}) => Array.from({ length: count }, (_, n) => ({ data: n, options }));

/** The numbers of all jobs of a state, page by page. */
async function pages(handle: QueueHandle<Numbers>, state: JobState, limit: number): Promise<number[][]> {
  const read: number[][] = [];
  let cursor: string | undefined;
  do {
    const page = await handle.list({ state, limit, ...defined({ cursor }) });
    read.push(page.jobs.map(({ data }) => data));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return read;
}

export function describeLists(bed: TestBed): void {
  it.each(['waiting', 'completed', 'failed'] as const)('lists %s jobs newest first, page by page', async (state) => {
    const queue = numbers();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    if (state !== 'waiting') {
      const process = () => {
        if (state === 'failed') throw new PermanentError('no');
      };
      await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    }
    await handle.addMany(upTo(7));
    await until(async () => expect(await handle.counts()).toMatchObject({ [state]: 7 }));
    expect(await pages(handle, state, 3)).toEqual([[6, 5, 4], [3, 2, 1], [0]]);
    // No empty page at the end.
    expect(await pages(handle, state, 7)).toEqual([[6, 5, 4, 3, 2, 1, 0]]);
    expect(await pages(handle, state, 0)).toHaveLength(7);
    const [job] = (await handle.list({ state, limit: 1 })).jobs;
    expect(job).toMatchObject({ queue: queue.name, state, data: 6 });
  });

  it.each(['waiting', 'active', 'delayed', 'completed', 'failed'] as const)(
    'gives %s jobs from either end of their list, page by page',
    async (state) => {
      const queue = numbers();
      const engine = bed.engine();
      const jobs = bed.open([queue], { engine });
      const end = gate();
      const process = async () => {
        if (state === 'active') await end.opened;
        if (state === 'failed') throw new PermanentError('no');
      };
      const isRun = state !== 'waiting' && state !== 'delayed';
      const concurrency = state === 'active' ? 7 : 1;
      if (isRun) await bed.work(jobs, defineProcessor({ queue, concurrency, process }));
      const handle = jobs.queue(queue);
      const entries = Array.from({ length: 7 }, (_, n) => ({
        data: n,
        options: { id: `n-${n}`, ...(state === 'delayed' ? { delay: 3_600_000 + n } : {}) },
      }));
      await handle.addMany(entries);
      await until(async () => expect(await handle.counts()).toMatchObject({ [state]: 7 }));
      const stored = engine.queue(queue.name);
      for (const isAscending of [true, false]) {
        const read = [await stored.ids(state, 0, 2, isAscending), await stored.ids(state, 3, 7, isAscending)].flat();
        const ids = isAscending ? read : read.reverse();
        const all = entries.map(({ options }) => options.id);
        // The others are in the order in which they began or ended, which may be one moment for several.
        if (state === 'waiting' || state === 'delayed') expect(ids).toEqual(all);
        else expect([...ids].sort()).toEqual(all);
        const listed = await stored.list(state, 0, 2, isAscending);
        expect(listed.map(({ id }) => id)).toEqual(isAscending ? ids.slice(0, 3) : ids.slice(4).reverse());
      }
      end.open();
    },
  );

  it('lists waiting jobs with a priority after those without, over pages too, and delayed ones apart', async () => {
    const queue = numbers();
    const handle = bed.open([queue]).queue(queue);
    await handle.addMany(upTo(5));
    await handle.addMany(upTo(5, { priority: 4 }));
    await handle.addMany(upTo(3, { delay: 3_600_000 }));
    for (const limit of [2, 5, 7, 10]) {
      const read = (await pages(handle, 'waiting', limit)).flat();
      expect(read.slice(0, 5)).toEqual([4, 3, 2, 1, 0]);
      expect(read.slice(5)).toEqual([4, 3, 2, 1, 0]);
    }
    expect((await pages(handle, 'delayed', 2)).flat().sort()).toEqual([0, 1, 2]);
    expect(await handle.counts()).toMatchObject({ waiting: 10, delayed: 3 });
    await handle.pause();
    expect((await pages(handle, 'waiting', 4)).flat()).toHaveLength(10);
    expect(await handle.counts()).toMatchObject({ waiting: 0, paused: 10, delayed: 3 });
  });

  it('knows an empty queue, and refuses a cursor that it has not given', async () => {
    const queue = numbers();
    const handle = bed.open([queue]).queue(queue);
    expect(await handle.list({ state: 'waiting' })).toEqual({ jobs: [] });
    expect(await handle.counts()).toEqual({
      waiting: 0,
      active: 0,
      completed: 0,
      failed: 0,
      delayed: 0,
      paused: 0,
      isPaused: false,
    });
    await handle.addMany(upTo(2));
    const { cursor = '' } = await handle.list({ state: 'waiting', limit: 1 });
    const other = numbers();
    for (const wrong of [
      handle.list({ state: 'waiting', cursor: 'bzotMQ' }),
      handle.list({ state: 'delayed', cursor }),
      bed.open([other]).queue(other).list({ state: 'waiting', cursor }),
    ]) {
      expect(await rejection(wrong)).toBeInstanceOf(ArgumentError);
    }
  });

  it('counts many queues at once, in the order of their names', async () => {
    const queues = [numbers(), numbers(), numbers()];
    const engine = bed.engine();
    const jobs = bed.open(queues, { engine });
    for (const [index, queue] of queues.entries()) await jobs.queue(queue).addMany(upTo(index));
    const counts = await engine.counts([...queues.map(({ name }) => name), uniqueName('never-used')]);
    expect(counts.map(({ waiting }) => waiting)).toEqual([0, 1, 2, 0]);
  });

  it('knows the oldest waiting job of each priority', async () => {
    const queue = numbers();
    const engine = bed.engine();
    const handle = bed.open([queue], { engine }).queue(queue);
    const heads = () => engine.queue(queue.name).waitingHeads();
    expect(await heads()).toEqual([]);
    const ids: string[] = [];
    for (const priority of [9, 9, 2, 0, 0, 2, 2_000_000]) {
      ids.push((await handle.add(priority, priority > 0 ? { priority } : {})).id);
    }
    await handle.add(1, { delay: 3_600_000 });
    expect(await heads()).toEqual([ids[3], ids[2], ids[0], ids[6]]);
    await handle.pause();
    expect(await heads()).toEqual([ids[3], ids[2], ids[0], ids[6]]);
    for (let priority = 10; priority < 40; priority++) await handle.add(1, { priority });
    expect(await heads()).toHaveLength(21);
  });

  it('gives ids, jobs and texts of many at once, and nothing for those that are gone', async () => {
    const queue = numbers();
    const engine = bed.engine();
    const handle = bed.open([queue], { engine }).queue(queue);
    const stored = engine.queue(queue.name);
    const added = await handle.addMany(upTo(4));
    const ids = added.map(({ id }) => id);
    expect(await stored.ids('waiting', 0, -1, true)).toEqual(ids);
    expect(await stored.ids('waiting', 0, 1, false)).toEqual([ids[3], ids[2]]);
    expect(await stored.ids('waiting', 1, 2, true)).toEqual([ids[1], ids[2]]);
    expect(await stored.ids('waiting', 4, 9, true)).toEqual([]);
    expect(await stored.length('waiting')).toBe(4);
    const asked = [ids[2] ?? '', 'nobody', ids[0] ?? ''];
    expect((await stored.getMany(asked)).map((job) => job?.data)).toEqual([2, undefined, 0]);
    const views = await handle.getMany([...asked, ids[2] ?? '', '']);
    expect(views.map((job) => job && [job.id, job.state, job.data])).toEqual([
      [ids[2], 'waiting', 2],
      undefined,
      [ids[0], 'waiting', 0],
      [ids[2], 'waiting', 2],
      undefined,
    ]);
    const texts = await stored.texts(asked);
    expect(texts.map(({ id, data }) => [id, data]).sort()).toEqual(
      [
        [ids[0], '0'],
        [ids[2], '2'],
      ].sort(),
    );
    expect(await stored.getMany([])).toEqual([]);
    expect(await stored.texts([])).toEqual([]);
  });

  it('reads many jobs at once exactly as one by one, each with its state', async () => {
    const queue = defineQueue({
      name: uniqueName('all-states'),
      schema: z.object({ end: z.enum(['completes', 'fails', 'hangs', 'waits']) }),
      result: z.object({ sum: z.array(z.number().nullable()) }),
      tenant: () => 'ann',
      defaults: { attempts: 2, backoff: { type: 'exponential', delay: 1, jitter: 0.5 }, timeout: 60_000 },
    });
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    const end = gate();
    const ran: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 1,
        async process({ id, data, progress }) {
          ran.push(id);
          await progress({ half: 'é' });
          if (data.end === 'fails') throw new Error('no');
          if (data.end === 'hangs') await end.opened;
          return { sum: [1, null] };
        },
      }),
    );
    await handle.add({ end: 'completes' }, { id: 'done' });
    await handle.add({ end: 'fails' }, { id: 'broken' });
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: 1, failed: 1 }));
    await handle.add({ end: 'hangs' }, { id: 'running' });
    await until(() => expect(ran.at(-1)).toBe('running'));
    const waits = { end: 'waits' } as const;
    await handle.add(waits, {
      id: 'first',
      deduplicate: { key: 'one', ttl: 60_000 },
      retention: { completed: { count: 1 } },
    });
    await handle.add(waits, { id: 'urgent', priority: 7 });
    await handle.add(waits, { id: 'late', delay: 3_600_000 });
    const stored = engine.queue(queue.name);
    const states = ['active', 'waiting', 'prioritized', 'delayed', 'completed', 'failed'];
    const ids = ['running', 'first', 'urgent', 'late', 'done', 'broken'];
    // The last ones name what BullMQ keeps beside jobs on Redis, in a hash and otherwise.
    const others = ['nobody', 'meta', 'events', 'wait', 'done:logs'];
    await until(async () => {
      const found = await stored.getMany([...ids, ...others]);
      expect(found.map((job) => job?.state)).toEqual([...states, ...others.map(() => undefined)]);
      for (const [index, id] of ids.entries()) {
        const [many, one] = [found[index], await stored.get(id)];
        for (const field of FIELDS) expect([id, field, many?.[field]]).toEqual([id, field, one?.[field]]);
      }
    });
    expect((await stored.list('delayed', 0, -1, true)).map(({ id }) => id)).toEqual(['late']);
    // Before the running one ends: its end takes the next one.
    await handle.pause();
    end.open();
    expect((await stored.getMany(['first', 'urgent'])).map((job) => job?.state)).toEqual(['waiting', 'prioritized']);
    await handle.resume();
  });

  it('reads a thousand jobs in the order of their ids', async () => {
    const queue = numbers();
    const engine = bed.engine();
    const handle = bed.open([queue], { engine }).queue(queue);
    const ids = (await handle.addMany(upTo(1_000))).map(({ id }) => id).reverse();
    const stored = engine.queue(queue.name);
    expect((await stored.getMany(ids)).map((job) => job?.data)).toEqual(ids.map((_, n) => 999 - n));
    expect((await stored.texts(ids)).map(({ data }) => Number(data)).sort((a, b) => a - b)).toEqual(
      ids.map((_, n) => n),
    );
    expect((await stored.sizes(ids)).every((size) => size > 0)).toBe(true);
    await handle.empty();
  });

  it('tells what happens to jobs of some queues in all processes, and again behind each event that was seen', async () => {
    const queue = numbers();
    const other = numbers();
    const [jobs, watcher] = [bed.open([queue, other]), bed.engine()];
    await watcher.ready();
    const feed = watcher.events([queue.name, other.name], (error) => expect.fail(error.message));
    const beginning = await feed.now();
    const seen: QueueEvent[] = [];
    const stop = await feed.follow(beginning, (event) => seen.push(event));
    const process = async ({ data, progress }: { data: number; progress: (value: number) => Promise<void> }) => {
      if (data === 1) throw new PermanentError('one');
      await progress(50);
    };
    const [first, second] = await jobs.queue(queue).addMany(upTo(2));
    const removed = await jobs.queue(other).add(9, { delay: 3_600_000 });
    await jobs.queue(other).remove(removed.id);
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: (job) => process(job) }));
    const of = (id: string | undefined) => seen.filter(({ jobId }) => jobId === id).map(({ kind }) => kind);
    await until(() => expect(of(second?.id)).toContain('failed'));
    expect(of(first?.id)).toEqual(['added', 'waiting', 'active', 'progress', 'completed']);
    await until(() => expect(of(removed.id)).toEqual(['added', 'delayed', 'removed']));
    await stop();
    const what = (events: readonly QueueEvent[]) => events.map(({ queue: name, id }) => `${name} ${id}`).sort();
    for (const [index, { place }] of [{ place: beginning }, ...seen].entries()) {
      const again: QueueEvent[] = [];
      for (let [after, isLast] = [place, false]; !isLast; ) {
        const page = await feed.page(after);
        expect(page.kept).toBe('all');
        again.push(...page.events);
        [after, isLast] = [page.place, page.isLast];
        if (isLast) expect(seen.map(page.has)).toEqual(seen.map(() => true));
      }
      expect(what(again)).toEqual(what(seen.slice(index)));
    }
  });

  it('keeps the newest entries of a log, and gives them newest first', async () => {
    const [one, other] = [bed.open([])[MONITORING].engine.state, bed.open([])[MONITORING].engine.state];
    const key = uniqueName('log');
    expect(await one.entries(key, 0, 10)).toEqual([]);
    for (let n = 1; n <= 7; n++) await one.append(key, [`entry ${n} é`], 5);
    expect(await other.entries(key, 0, 10)).toEqual([7, 6, 5, 4, 3].map((n) => `entry ${n} é`));
    expect(await other.entries(key, 1, 2)).toEqual(['entry 6 é', 'entry 5 é']);
    expect(await other.entries(key, 5, 2)).toEqual([]);
    await other.append(key, ['last'], 2);
    expect(await one.entries(key, 0, 10)).toEqual(['last', 'entry 7 é']);
    await Promise.all(Array.from({ length: 20 }, (_, n) => [one, other][n % 2]?.append(key, [`at once ${n}`], 50)));
    expect(await one.entries(key, 0, 100)).toHaveLength(22);
    await one.append(key, ['a', 'b', 'c'], 4);
    expect(await other.entries(key, 0, 9)).toEqual(['c', 'b', 'a', expect.stringContaining('at once')]);
    await one.append(key, ['d', 'e', 'f'], 3);
    expect(await other.entries(key, 0, 9)).toEqual(['f', 'e', 'd']);
  });

  it('keeps maps of fields, for as long as they were said to live', async () => {
    const { state } = bed.open([])[MONITORING].engine;
    const key = uniqueName('map');
    expect(await state.fields(key)).toEqual({});
    await state.setField(key, 'a', '1', 60_000, false);
    await state.setField(key, '__proto__', '2', 60_000, false);
    await state.deleteField(key, 'nobody');
    expect(Object.entries(await state.fields(key)).sort()).toEqual([
      ['__proto__', '2'],
      ['a', '1'],
    ]);
    await state.deleteField(key, 'a');
    expect(Object.keys(await state.fields(key))).toEqual(['__proto__']);
    await state.setField(key, 'fresh', '3', 60_000, true);
    expect(await state.fields(key)).toEqual({ fresh: '3' });
    expect(await state.delete(key)).toBe(true);
    expect(await state.fields(key)).toEqual({});
    await state.setField(key, 'short', '4', 40, false);
    await until(async () => expect(await state.fields(key)).toEqual({}));
  });

  it('has locks: set by one, kept and given up only by the same', async () => {
    const { state } = bed.open([])[MONITORING].engine;
    const key = uniqueName('lock');
    const got = await Promise.all(['a', 'b', 'c'].map((who) => state.setIfAbsent(key, who, 60_000)));
    expect(got.filter(Boolean)).toHaveLength(1);
    const holder = (await state.get(key)) ?? '';
    expect(await state.extendIfEqual(key, 'nobody', 60_000)).toBe(false);
    expect(await state.deleteIfEqual(key, 'nobody')).toBe(false);
    expect(await state.extendIfEqual(key, holder, 30)).toBe(true);
    await until(async () => expect(await state.setIfAbsent(key, 'next', 60_000)).toBe(true));
    expect(await state.deleteIfEqual(key, holder)).toBe(false);
    expect(await state.deleteIfEqual(key, 'next')).toBe(true);
    expect(await state.exists(key)).toBe(false);
  });
}
