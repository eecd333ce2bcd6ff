/** Behaviour: `step` and `cursor`, which a later attempt finds as they were. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ActiveJob, Engine } from '../../../engine/contract.js';
import { PermanentError } from '../../../errors.js';
import type { JobContext } from '../../../processor/definition.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { QUICK_STALLS, record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const imports = (attempts = 3) =>
  defineQueue({
    name: uniqueName('imports'),
    schema: z.object({}),
    result: z.unknown(),
    defaults: { attempts, backoff: { type: 'fixed', delay: 0 } },
  });
type Imports = ReturnType<typeof imports>;

export function describeSteps(bed: TestBed): void {
  /** Runs one job through `process` to its end, and gives its result. */
  const run = async (process: (job: JobContext<Imports>) => Promise<unknown>, attempts?: number) => {
    const queue = imports(attempts);
    const jobs = bed.open([queue]);
    await bed.work(jobs, defineProcessor({ queue, process }));
    const { id } = await jobs.queue(queue).add({});
    return jobs.queue(queue).waitFor(id);
  };

  describe('a step', () => {
    it('is not run again by a later attempt', async () => {
      const ran: string[] = [];
      const result = await run(async (job) => {
        const rows = await job.step('download', () => {
          ran.push(`download ${job.attempt}`);
          return [1, 2, 3];
        });
        if (job.attempt === 1) throw new Error('after the first step');
        const sum = await job.step('sum', async () => {
          ran.push(`sum ${job.attempt}`);
          return rows.reduce((total, row) => total + row, 0);
        });
        if (job.attempt === 2) throw new Error('after the second step');
        return sum;
      });
      expect(result).toBe(6);
      expect(ran).toEqual(['download 1', 'sum 2']);
    });

    it.each([
      ['nothing', undefined],
      ['null', null],
      ['false', false],
      ['an empty text', ''],
      ['a text with a NUL', 'a\u0000b'],
      ['half a surrogate', '\ud800'],
      ['much', 'x'.repeat(1_000_000)],
    ])('may give %s', async (_what, value) => {
      let runs = 0;
      const seen: unknown[] = [];
      await run(async (job) => {
        const got = await job.step('value', () => {
          runs += 1;
          return value;
        });
        seen.push(got);
        if (job.attempt === 1) throw new Error('again');
      });
      expect(runs).toBe(1);
      expect(seen.every((one) => one === value)).toBe(true);
      expect(seen).toHaveLength(2);
    });

    it.each(['', 'with space', 'ünïcødé 👋', '__proto__', 'constructor', 'a:b', 'x'.repeat(300)])(
      'may be called %j',
      async (name) => {
        let runs = 0;
        const result = await run(async (job) => {
          const got = await job.step(name, () => ++runs);
          if (job.attempt === 1) throw new Error('again');
          return [got, await job.step('another', () => 'another')];
        });
        expect(result).toEqual([1, 'another']);
        expect(runs).toBe(1);
      },
    );

    it('is shared by all that ask for it at once', async () => {
      let runs = 0;
      const result = await run(async (job) =>
        Promise.all(
          Array.from({ length: 5 }, () =>
            job.step('same', async () => {
              runs += 1;
              await new Promise((resolve) => setTimeout(resolve, 10));
              return runs;
            }),
          ),
        ),
      );
      expect(result).toEqual([1, 1, 1, 1, 1]);
      expect(runs).toBe(1);
    });

    it('is kept when many are run side by side', async () => {
      const runs = new Map<number, number>();
      await run(async (job) => {
        await Promise.all(
          Array.from({ length: 30 }, (_, n) =>
            job.step(`part ${n}`, () => {
              runs.set(n, (runs.get(n) ?? 0) + 1);
              return n;
            }),
          ),
        );
        if (job.attempt < 3) throw new Error('again');
      });
      expect([...runs.values()]).toEqual(Array.from({ length: 30 }, () => 1));
    });

    it('that failed may be tried again, in the same attempt and in the next', async () => {
      let runs = 0;
      const flaky = () => {
        runs += 1;
        if (runs < 4) throw new Error(`run ${runs}`);
        return runs;
      };
      const messages: string[] = [];
      const result = await run(async (job) => {
        for (let time = 0; time < 2; time++) {
          const value = await job.step('flaky', flaky).catch((error: Error) => void messages.push(error.message));
          if (value !== undefined) return value;
        }
        throw new Error('again');
      });
      expect(result).toBe(4);
      expect(messages).toEqual(['run 1', 'run 2', 'run 3']);
    });

    it('that cannot be stored fails, and is not taken as done', async () => {
      const queue = imports(2);
      const jobs = bed.open([queue]);
      let runs = 0;
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          process: async (job) => {
            await job.step('big', () => {
              runs += 1;
              return 1n;
            });
          },
        }),
      );
      const { id } = await jobs.queue(queue).add({});
      expect((await rejection(jobs.queue(queue).waitFor(id))).message).toMatch(/BigInt/);
      expect(runs).toBe(2);
    });

    it('is the value that a later attempt gets: what JSON makes of it', async () => {
      const seen: unknown[] = [];
      await run(async (job) => {
        seen.push(await job.step('date', () => ({ at: new Date(0), gone: undefined })));
        if (job.attempt === 1) throw new Error('again');
      });
      // The first attempt has the value itself, which is only sure to be the same if it survives JSON.
      expect(seen[1]).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    });

    it('outlives a worker that dies', async () => {
      const queue = imports();
      const jobs = bed.open([queue]);
      const { id } = await jobs.queue(queue).add({});
      await bed.dieWith(queue, {
        run: async (active) => {
          // What the first attempt of a killed worker had done.
          expect(await active.save('step:first', JSON.stringify({ value: 'done' }), 60_000)).toBe(true);
        },
      });
      const ran: string[] = [];
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process(job) {
            const first = await job.step('first', () => void ran.push('first'));
            await job.step('second', () => void ran.push('second'));
            return first;
          },
        }),
        QUICK_STALLS,
      );
      expect(await jobs.queue(queue).waitFor(id)).toBe('done');
      expect(ran).toEqual(['second']);
    });

    it('is kept for a retry by hand', async () => {
      const queue = imports(1);
      const jobs = bed.open([queue]);
      const ran: string[] = [];
      await bed.work(
        jobs,
        defineProcessor({
          queue,
          async process(job) {
            const run = await job.step('pay', () => ran.push('pay'));
            if (ran.push('ship') === 2) throw new Error('no carrier');
            return run;
          },
        }),
      );
      const { id } = await jobs.queue(queue).add({});
      await rejection(jobs.queue(queue).waitFor(id));
      expect(await jobs.queue(queue).retry(id)).toBe(true);
      await until(async () => expect((await jobs.queue(queue).get(id))?.state).toBe('completed'));
      expect(ran).toEqual(['pay', 'ship', 'ship']);
    });
  });

  describe('a cursor', () => {
    it('goes on where the last attempt had saved', async () => {
      const pages: number[] = [];
      await run(async (job) => {
        const page = await job.cursor('page', 1);
        for (; page.value <= 5; await page.save(page.value + 1)) {
          pages.push(page.value);
          if (page.value === 3 && job.attempt < 3) throw new Error('the network');
        }
      });
      expect(pages).toEqual([1, 2, 3, 3, 3, 4, 5]);
    });

    it.each([0, null, '', false, { after: ['x', 1] }])('may be at %j', async (position) => {
      const seen: unknown[] = [];
      await run(async (job) => {
        const cursor = await job.cursor<unknown>('at', 'the start');
        seen.push(cursor.value);
        await cursor.save(position);
        if (job.attempt === 1) throw new Error('again');
      });
      expect(seen).toEqual(['the start', position]);
    });

    it('is no step of the same name', async () => {
      const result = await run(async (job) => {
        const cursor = await job.cursor('x', 'cursor');
        await cursor.save('saved');
        const step = await job.step('x', () => 'step');
        if (job.attempt === 1) throw new Error('again');
        return [cursor.value, step];
      });
      expect(result).toEqual(['saved', 'step']);
    });
  });

  it('is forgotten when the job has completed', async () => {
    const queue = imports();
    const own = bed.engine();
    const attempts: ActiveJob[] = [];
    const engine: Engine = {
      ...own,
      worker: (name, run, options, listener) =>
        own.worker(name, (active) => run(attempts[attempts.push(active) - 1] ?? active), options, listener),
    };
    const jobs = bed.open([queue], { engine });
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          await job.step('one', () => 1);
          await (await job.cursor('two', 1)).save(2);
          if (job.attempt === 1) throw new Error('again');
        },
      }),
    );
    const { id } = await jobs.queue(queue).add({});
    await jobs.queue(queue).waitFor(id);
    await until(async () => expect(await attempts[1]?.saved()).toEqual({}));
    expect(attempts).toHaveLength(2);
  });

  it.each(['completed', 'failed'] as const)('starts fresh for a new job with the id of one that %s', async (end) => {
    const queue = imports(1);
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const ran: string[] = [];
    const completed = record(jobs, 'job:completed');
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        async process(job) {
          await job.step('one', () => ran.push('one'));
          const cursor = await job.cursor('at', 'start');
          ran.push(cursor.value);
          await cursor.save('further');
          if (end === 'failed' && ran.length === 2) throw new PermanentError('no');
        },
      }),
    );
    await handle.add({}, { id: 'again' });
    await until(async () => expect((await handle.get('again'))?.state).toBe(end));
    await until(async () => expect(await handle.remove('again')).toBe(true));
    await handle.add({}, { id: 'again' });
    await until(() => expect(completed).toHaveLength(end === 'failed' ? 1 : 2));
    expect(ran).toEqual(['one', 'start', 'one', 'start']);
  });
}
