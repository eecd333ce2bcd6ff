/** Behaviour: rate limits whose jobs wait before those of other keys. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { type TestBed, uniqueName, until } from '../test-bed.js';

const schema = z.object({ account: z.string(), n: z.number() });
type Call = z.infer<typeof schema>;

/** Jobs of one account, numbered. */
const callsOf = (account: string, count: number, options: { priority?: number } = {}) =>
  Array.from({ length: count }, (_, n) => ({ data: { account, n }, options }));

/** Long enough that a second start under it does not come within a test. ms */
const LONG = 60_000;

/** More than are put in line at once. */
const BACKLOG = 700;

const key = ({ account }: Call) => account;

export function describeFreeKeys(bed: TestBed): void {
  it.each([
    ['without priorities', 0],
    ['with a higher priority', 1],
    ['with a lower priority', 9],
  ])('take their turns by priority and order behind the backlog of a full key, which waits %s', async (_, priority) => {
    const queue = defineQueue({
      name: uniqueName('calls'),
      schema,
      rateLimit: { key, max: 2, per: LONG },
      defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
    });
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    await handle.addMany(callsOf('full', BACKLOG, { priority }));
    const added = await handle.addMany([
      ...callsOf('late', 1, { priority: 7 }),
      ...callsOf('usual', 2, { priority: 5 }),
      ...callsOf('next', 2, { priority: 5 }),
      ...callsOf('urgent', 1, { priority: 3 }),
    ]);
    const started: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 1,
        process({ data: { account, n }, attempt }) {
          if (account === 'full') return;
          started.push(`${account}-${n}`);
          // What is tried again has the priority that it had.
          if (account === 'late' && attempt === 1) throw new Error('not yet');
        },
      }),
    );
    const order = ['urgent-0', 'usual-0', 'usual-1', 'next-0', 'next-1', 'late-0', 'late-0'];
    await until(() => expect(started).toEqual(order));
    await until(async () =>
      expect(await handle.counts()).toMatchObject({ completed: 8, delayed: BACKLOG - 2, waiting: 0, active: 0 }),
    );
    const stored = await engine.queue(queue.name).getMany(added.map(({ id }) => id));
    expect(stored.map((job) => job?.priority)).toEqual([7, 5, 5, 5, 5, 3]);
  });

  it('keep the turns of their tenants behind the backlog of a full one', async () => {
    const queue = defineQueue({
      name: uniqueName('calls'),
      schema,
      tenant: ({ account }) => account,
      fair: true,
      rateLimit: { key, max: 3, per: LONG },
      defaults: { attempts: 1 },
    });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    await handle.addMany(callsOf('full', BACKLOG));
    await handle.addMany([...callsOf('a', 3), ...callsOf('b', 3)]);
    const started: string[] = [];
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 1,
        process({ data: { account, n } }) {
          if (account !== 'full') started.push(`${account}-${n}`);
        },
      }),
    );
    await until(() => expect(started).toEqual(['a-0', 'b-0', 'a-1', 'b-1', 'a-2', 'b-2']));
  });

  it('do not hold up those of a full key whose limit opens, however many come', async () => {
    const queue = defineQueue({
      name: uniqueName('calls'),
      schema,
      rateLimit: { key, max: 3, per: 300 },
      defaults: { attempts: 1 },
    });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    await handle.addMany(callsOf('full', 12));
    const started: number[] = [];
    let free = 0;
    const addFree = () => handle.add({ account: `free-${++free}`, n: 0 });
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        concurrency: 2,
        async process({ data: { account, n } }) {
          if (account === 'full') started.push(n);
          // Each makes room for the next one: there is always one that waits.
          else if (started.length < 12) await addFree();
        },
      }),
    );
    await Promise.all(Array.from({ length: 4 }, addFree));
    await until(() => expect(started).toHaveLength(12));
    expect(free).toBeGreaterThan(12);
  });

  it('start once each, with three workers and many keys at their limits', async () => {
    const [keys, each] = [12, 25];
    const queue = defineQueue({
      name: uniqueName('calls'),
      schema,
      rateLimit: { key, max: 10, per: 200 },
      defaults: { attempts: 1 },
    });
    const workers = [1, 2, 3].map(() => bed.open([queue]));
    const started: string[] = [];
    const accounts = Array.from({ length: keys }, (_, n) => `account-${n}`);
    const handle = bed.open([queue]).queue(queue);
    await handle.addMany(accounts.flatMap((account) => callsOf(account, each)));
    for (const jobs of workers) {
      const process = ({ data: { account, n } }: { data: Call }) => void started.push(`${account}-${n}`);
      await bed.work(jobs, defineProcessor({ queue, concurrency: 5, process }));
    }
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: keys * each }));
    expect(new Set(started).size).toBe(keys * each);
    expect(started).toHaveLength(keys * each);
  });
}
