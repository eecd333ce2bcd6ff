/** Behaviour: what a job, its steps and its schedules may hold beside their names. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobCancelledError, JobDataError, ScheduleError } from '../../../errors.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, rejection, type TestBed, uniqueName, until, untilAborted } from '../test-bed.js';

/** Text that JSON can carry, and that not every store can. */
const ODD = [
  'cut \ud83c',
  '\udf55 cut',
  'a\0b',
  '\0',
  '\ud83c\ud83c',
  '\\\0',
  '\\\\ud83c \ud83c "\\u0000"',
  '👋\ud83d',
];

/** With a mark for each character that the store may not be able to hold. */
const marked = (text: string) => text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');

/** As it was, or with the marks. */
const kept = (text: string) => expect.stringMatching(new RegExp(`^(${[text, marked(text)].map(escaped).join('|')})$`));
const escaped = (text: string) => [...text].map((one) => one.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('');

const open = (bed: TestBed, attempts = 3) => {
  const queue = defineQueue({
    name: uniqueName('contents'),
    schema: z.looseObject({ n: z.number() }),
    result: z.unknown(),
    defaults: { attempts, backoff: { type: 'fixed', delay: 0 } },
  });
  return { queue, jobs: bed.open([queue]) };
};

export function describeContents(bed: TestBed): void {
  it('completes a job once whose result, progress and log lines are cut through a character', async () => {
    const { queue, jobs } = open(bed);
    const runs: number[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process({ data: { n }, progress, logger }) {
          runs.push(n);
          const text = ODD[n] ?? '';
          await progress({ [text]: [text] });
          await progress(text);
          logger.info({ field: text }, `says ${text}`);
          return n % 2 === 0 ? text : { deep: [{ [text]: text }] };
        },
      }),
    );
    const handle = jobs.queue(queue);
    const added = await handle.addMany(ODD.map((_, n) => ({ data: { n } })));
    for (const [n, { id }] of added.entries()) {
      const text = ODD[n] ?? '';
      const result = await handle.waitFor(id);
      const job = await handle.get(id);
      for (const one of [result, job?.result]) {
        if (n % 2 === 0) expect(one).toEqual(kept(text));
        else {
          expect([{ deep: [{ [text]: text }] }, { deep: [{ [marked(text)]: marked(text) }] }]).toContainEqual(one);
        }
      }
      expect(job?.progress).toEqual(kept(text));
      expect(job?.attemptsMade).toBe(1);
      const { lines } = await handle.logs(id);
      expect(lines).toEqual([expect.stringContaining(marked(`says ${text}`))]);
    }
    expect(runs.sort((a, b) => a - b)).toEqual(ODD.map((_, n) => n));
  });

  it('fails a job with the message and the stack of its error', async () => {
    const { queue, jobs } = open(bed, 1);
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ data: { n } }) {
          throw new Error(`no ${ODD[n]}`, { cause: { text: ODD[n] } });
        },
      }),
    );
    for (const [n, text] of ODD.entries()) {
      const { id } = await jobs.queue(queue).add({ n });
      const error = await rejection(jobs.queue(queue).waitFor(id));
      expect(error.message).toEqual(kept(`no ${text}`));
      expect((await jobs.queue(queue).get(id))?.failedReason).toEqual(kept(`no ${text}`));
    }
  });

  it('keeps the results of steps, positions of cursors, values of the cache and entries of journals whole', async () => {
    const { queue, jobs } = open(bed);
    let runs = 0;
    const seen: unknown[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process({ step, cursor }) {
          const results = [];
          for (const text of ODD) {
            results.push(await step(marked(text) + text.length, () => `${text}${runs}`));
            const place = await cursor(marked(text) + text.length, '');
            results.push(place.value);
            await place.save(text);
          }
          runs++;
          if (runs === 1) throw new Error('once more');
          seen.push(results);
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({ n: 1 });
    await jobs.queue(queue).waitFor(id);
    expect(seen).toEqual([ODD.flatMap((text) => [`${text}0`, text])]);

    const journal = jobs.journal(uniqueName('journal'), { schema: z.string(), keep: 100 });
    for (const text of ODD) {
      await journal.append(text);
      const key = uniqueName('value');
      await jobs.cache.set(key, { [text]: text });
      expect(await jobs.cache.get(key)).toEqual({ [text]: text });
    }
    expect((await journal.page()).entries).toEqual([...ODD].reverse());
  });

  it('refuses data that is nested deeper than 1,000 levels, and stores all up to there', async () => {
    const { queue, jobs } = open(bed);
    const handle = jobs.queue(queue);
    for (const levels of [1_001, 4_000, 10_000]) {
      for (const data of [nested(levels, 'list'), nested(levels, 'object')]) {
        expect(await rejection(handle.add({ n: 1, data }))).toBeInstanceOf(JobDataError);
        expect(await rejection(handle.addMany([{ data: { n: 1 } }, { data: { n: 1, data } }]))).toBeInstanceOf(
          JobDataError,
        );
      }
    }
    const data = nested(999, 'object');
    const { id } = await handle.add({ n: 1, data, text: '[{'.repeat(2_000) });
    expect(JSON.stringify((await handle.get(id))?.data)).toContain(JSON.stringify(data));
    expect((await handle.counts()).waiting).toBe(1);
  });

  it('keeps of a result and of progress that are nested too deep what is not, and does the work once', async () => {
    const { queue, jobs } = open(bed);
    let runs = 0;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process({ data: { n }, progress, step }) {
          runs += 1;
          await step('deep', () => nested(n, 'list'));
          await progress({ deep: nested(n, 'object') });
          return { n, deep: nested(n, 'object'), list: nested(n, 'list') };
        },
      }),
    );
    const handle = jobs.queue(queue);
    for (const levels of [500, 1_500, 4_000, 10_000]) {
      const { id } = await handle.add({ n: levels });
      expect(await handle.waitFor(id)).toMatchObject({ n: levels, deep: { a: { a: {} } } });
      expect(await handle.get(id)).toMatchObject({ state: 'completed', progress: { deep: { a: { a: {} } } } });
    }
    expect(runs).toBe(4);
  });

  it('cancels a running job with any reason', async () => {
    const { queue, jobs } = open(bed);
    const started = new Map<string, ReturnType<typeof gate>>();
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 20,
        process({ id, signal }) {
          started.get(id)?.open();
          return untilAborted(signal);
        },
      }),
    );
    const handle = jobs.queue(queue);
    const reasons = [...ODD, 'x'.repeat(20_000), '"\u0001'.repeat(5_000)];
    await Promise.all(
      reasons.map(async (reason, n) => {
        const id = `${'"'.repeat(500)}${n}`;
        const begun = gate();
        started.set(id, begun);
        await handle.add({ n }, { id });
        await begun.opened;
        expect(await handle.cancel(id, reason)).toBe('requested');
        const error = await rejection(handle.waitFor(id));
        expect(error).toBeInstanceOf(JobCancelledError);
        expect(error.message.length).toBeGreaterThan(0);
        expect(marked(reason.slice(0, 500))).toContain(marked(error.message));
      }),
    );
  });

  describe('data', () => {
    const texts = () => defineQueue({ name: uniqueName('texts'), schema: z.object({ text: z.string() }) });

    it('of a schedule is kept whole, or refused before anything is written', async () => {
      const queue = texts();
      const { scheduler } = bed.open([queue]);
      for (const text of ODD) {
        const key = uniqueName('schedule');
        const schedule = { key, queue, data: { text }, every: 3_600_000 };
        const error = await scheduler.upsert(schedule).catch((thrown: unknown) => thrown);
        if (error === undefined) {
          expect(await scheduler.get(key)).toMatchObject({ data: { text }, next: expect.any(Number) });
          await scheduler.remove(key);
          continue;
        }
        expect(error).toBeInstanceOf(ScheduleError);
        expect(error).toMatchObject({ issues: [{ path: ['data'] }] });
        expect(await scheduler.get(key)).toBeUndefined();
        const good = { ...schedule, key: `${key}-good`, data: { text: 'good' } };
        const source = { name: uniqueName('source'), schedules: () => [schedule, good] };
        expect(await scheduler.reconcile(source)).toMatchObject({ added: 1, refused: 1, problems: [{ key }] });
        expect(await scheduler.get(good.key)).toMatchObject({ next: expect.any(Number) });
      }
    });

    it('of a schedule that JSON has no word for is refused', async () => {
      const queue = defineQueue({ name: uniqueName('any'), schema: z.any() });
      const { scheduler } = bed.open([queue]);
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      for (const data of [1n, { big: [1n] }, circle, () => 1]) {
        const schedule = { key: uniqueName('schedule'), queue, data, every: 3_600_000 };
        expect(await rejection(scheduler.upsert(schedule))).toBeInstanceOf(ScheduleError);
      }
    });

    it('that a processor adds is kept whole, or refused with an error of ours', async () => {
      const [queue, target] = [texts(), texts()];
      const jobs = bed.open([queue, target]);
      const outcomes: unknown[] = [];
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          enqueues: [target],
          async process({ enqueue }) {
            for (const text of ODD) {
              outcomes.push(
                await enqueue(target, { text }).then(
                  async ({ id }) => (await jobs.queue(target).get(id))?.data.text,
                  (error: unknown) => error,
                ),
              );
            }
          },
        }),
      );
      await jobs.queue(queue).add({ text: 'go' });
      await until(() => expect(outcomes).toHaveLength(ODD.length));
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome !== ODD[n]) expect(outcome).toBeInstanceOf(JobDataError);
      }
    });
  });
}

function nested(levels: number, kind: 'list' | 'object'): unknown {
  let value: unknown = kind === 'list' ? [] : {};
  for (let level = 1; level < levels; level++) value = kind === 'list' ? [value] : { a: value };
  return value;
}
