/** Behaviour: what a name may be, and that no two of them are taken for one. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BULLMQ_KEYS } from '../../../engine/bullmq/keys.js';
import {
  ArgumentError,
  JobDataError,
  JobNotFoundError,
  JobOptionsError,
  QueueDefinitionError,
  ScheduleError,
  ScheduleNotFoundError,
} from '../../../errors.js';
import type { Jobs } from '../../../jobs-instance.js';
import { createMonitoringHandler } from '../../../monitoring/app.js';
import { defineProcessor, type JobContext } from '../../../processor/definition.js';
import { type AnyQueueDefinition, defineQueue } from '../../../queue/definition.js';
import { shopClosed } from '../plugin-event.js';
import { rejection, type TestBed, uniqueName, until } from '../test-bed.js';

const numbers = () => defineQueue({ name: uniqueName('names'), schema: z.object({ n: z.number() }) });

/** What no store could keep apart from another text. */
const MALFORMED = ['a\0b', '\0', 'order\ud83c', '\udf55order', '\ude00\ud83d'];

/** Texts that are names, and that something on the way may read as something else. */
const UNUSUAL = [
  'jobs',
  'schedules',
  'monitoring',
  'a/b',
  'a%2Fb',
  '%2e%2e',
  '...',
  './a',
  'a/../b',
  '/',
  '//',
  'a\\b',
  '?x=1&y',
  '#',
  '%',
  '%zz',
  '+',
  'a b',
  ' a ',
  'a\tb\nc',
  'größe',
  '日本語',
  '👋',
  '🍕\u200d🍕',
  'e\u0301',
  '\ufffd',
  '{a}',
  '*',
  '[a]',
  '__proto__',
  'constructor',
  'toString',
  "'; DROP TABLE job; --",
  'Active',
  'x'.repeat(512),
  'ä'.repeat(256),
  '👋'.repeat(128),
];

/** Longer than what is stored as it is, and equal but for its end. */
const long = (end: string) => `${'ß'.repeat(3_000)}${end}`;

export function describeNames(bed: TestBed): void {
  /** Runs `process` in one attempt of one job, and gives what it gives. */
  async function inJob<Value>(process: (job: JobContext) => Promise<Value>): Promise<Value> {
    const queue = defineQueue({ name: uniqueName('in-job'), schema: z.object({}), defaults: { attempts: 1 } });
    const jobs = bed.open([queue]);
    let run = async (_job: JobContext): Promise<void> => undefined;
    const done = new Promise<Value>((resolve, reject) => {
      run = (job) => process(job).then(resolve, reject);
    });
    await bed.work(jobs, defineProcessor({ queue, process: (job) => run(job) }));
    await jobs.queue(queue).add({});
    return done;
  }

  describe('ids of jobs', () => {
    it('are found by every method and every route, whatever they look like', async () => {
      const queue = numbers();
      const jobs = bed.open([queue]);
      const handle = jobs.queue(queue);
      const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
      const ask = async (path: string, method = 'GET') => {
        const response = await handler(new Request(`http://host/api/jobs/${queue.name}/jobs${path}`, { method }));
        return { status: response.status, ...((await response.json()) as object) };
      };
      for (const id of UNUSUAL) {
        expect(await handle.add({ n: 1 }, { id })).toEqual({ queue: queue.name, id, deduplicated: false });
        const path = `/${encodeURIComponent(id)}`;
        expect(await handle.get(id), id).toMatchObject({ id, state: 'waiting' });
        expect(await ask(path), id).toMatchObject({ status: 200, data: { id } });
        expect(await ask(`?id=${encodeURIComponent(id)}`), id).toMatchObject({ data: { jobs: [{ id }] } });
        expect(await handle.logs(id), id).toEqual({ lines: [], total: 0 });
        expect(await ask(`${path}?action=cancel`, 'POST'), id).toMatchObject({ data: { id, outcome: 'removed' } });
        expect(await handle.get(id), id).toBeUndefined();
      }
      await handle.addMany(UNUSUAL.map((id, n) => ({ data: { n }, options: { id } })));
      expect(await handle.counts()).toMatchObject({ waiting: UNUSUAL.length });
      const ran: string[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
      await Promise.all(UNUSUAL.map((id) => handle.waitFor(id)));
      expect(ran.sort()).toEqual([...UNUSUAL].sort());
    });

    it.each([
      ...BULLMQ_KEYS,
      '.',
      '..',
      'a:b',
      '7',
      '',
      ...MALFORMED,
      'x'.repeat(513),
      'ä'.repeat(257),
      '👋'.repeat(129),
      5,
      null,
      {},
      new String('text'),
    ])('refuses %j, and leaves the queue as it was', async (id) => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      await handle.add({ n: 1 }, { id: 'first' });
      // What a caller without types may give.
      const options = { id } as { id: string };
      expect(await rejection(handle.add({ n: 2 }, options))).toBeInstanceOf(JobOptionsError);
      const entries = [{ data: { n: 2 } }, { data: { n: 3 }, options }];
      expect(await rejection(handle.addMany(entries))).toBeInstanceOf(JobOptionsError);
      expect(await handle.counts()).toMatchObject({ waiting: 1 });
      expect(await handle.get('first')).toMatchObject({ state: 'waiting' });
    });

    it('finds no job by what cannot be an id of one', async () => {
      const queue = numbers();
      const jobs = bed.open([queue]);
      const handle = jobs.queue(queue);
      const { id } = await handle.add({ n: 1 }, { id: 'real\ufffd' });
      // On Redis they are kept at `de:logs` and `repeat:logs`.
      await handle.add({ n: 2 }, { deduplicate: { key: 'logs' } });
      await jobs.scheduler.upsert({ key: 'logs', queue, data: { n: 3 }, every: 3_600_000 });
      const none = [
        '',
        'real\ud83c',
        ...MALFORMED,
        ...BULLMQ_KEYS,
        `${id}:lock`,
        `${id}:logs`,
        'x'.repeat(10_000),
        'a:b',
      ];
      for (const wrong of none) {
        expect(await handle.get(wrong), wrong).toBeUndefined();
        expect(await handle.retry(wrong), wrong).toBe(false);
        expect(await handle.promote(wrong), wrong).toBe(false);
        expect(await handle.remove(wrong), wrong).toBe(false);
        expect(await handle.cancel(wrong), wrong).toBe('not-found');
        expect(await handle.logs(wrong), wrong).toEqual({ lines: [], total: 0 });
        expect(await rejection(handle.waitFor(wrong)), wrong).toBeInstanceOf(JobNotFoundError);
      }
      expect(await handle.counts()).toMatchObject({ waiting: 2 });
      expect(await handle.get(id)).toMatchObject({ state: 'waiting' });
      await jobs.scheduler.remove('logs');
    });

    it('finds a job that an older release has taken with an id that is refused now', async () => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const engine = bed.engine();
      const ids = engine.kind === 'redis' ? ['.', '..', 'priority'] : ['.', '..', ...BULLMQ_KEYS];
      for (const id of ids) {
        await engine.queue(queue.name).add({ id, data: { n: 1 }, options: {} });
        expect(await handle.get(id), id).toMatchObject({ id, state: 'waiting' });
        expect(await handle.cancel(id), id).toBe('removed');
      }
    });
  });

  describe('deduplication keys', () => {
    it('are any well-formed text of any length, each for itself', async () => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const keys = [...UNUSUAL, ...BULLMQ_KEYS, 'a:b', '7', '.', '..', long('a'), long('b')];
      const added = await Promise.all(keys.map((key) => handle.add({ n: 1 }, { deduplicate: { key } })));
      expect(added.filter(({ deduplicated }) => deduplicated)).toEqual([]);
      const again = await Promise.all(keys.map((key) => handle.add({ n: 2 }, { deduplicate: { key } })));
      expect(again).toEqual(added.map((one) => ({ ...one, deduplicated: true })));
      const many = await handle.addMany(keys.map((key) => ({ data: { n: 3 }, options: { deduplicate: { key } } })));
      expect(many).toEqual(again);
    });

    it.each([...MALFORMED, '', 5, null, {}, new String('text')])('refuses %j', async (key) => {
      const queue = numbers();
      const handle = bed.open([queue]).queue(queue);
      const options = { deduplicate: { key } } as { deduplicate: { key: string } };
      expect(await rejection(handle.add({ n: 1 }, options))).toBeInstanceOf(JobOptionsError);
      expect(await handle.counts()).toMatchObject({ waiting: 0 });
    });
  });

  describe('in a job', () => {
    const names = ['', ...UNUSUAL, ...BULLMQ_KEYS, 'a:b', '7', '.', '..', long('a'), long('b')];

    it('keeps a step, a cursor, a lock and a slot for each name', async () => {
      const runs = await inJob(async (job) => {
        let count = 0;
        for (const [n, name] of names.entries()) {
          await job.step(name, () => ++count);
          await (await job.cursor(name, 0)).save(n);
          await job.lock(`${job.id}${name}`);
          await job.takeSlot(`${job.id}${name}`, { max: 1, per: 60_000 });
        }
        for (const [n, name] of names.entries()) {
          expect(await job.step(name, () => 0)).toBe(n + 1);
          expect((await job.cursor(name, -1)).value).toBe(n);
        }
        return count;
      });
      expect(runs).toBe(names.length);
    });

    it('refuses what is no name with an error of ours', async () => {
      await inJob(async (job) => {
        for (const wrong of [...MALFORMED, 5, null, {}, new String('text')] as string[]) {
          for (const call of [
            () => job.step(wrong, () => expect.fail('the step was run')),
            () => job.cursor(wrong, 0),
            () => job.lock(wrong),
            () => job.takeSlot(wrong, { max: 1, per: 1_000 }),
          ]) {
            expect(await rejection(call())).toBeInstanceOf(ArgumentError);
          }
          expect(() => job.emit(wrong as 'shop:closed', shopClosed)).toThrow(ArgumentError);
        }
      });
    });

    it("keeps a processor's own slots apart from those of a queue named `own`", async () => {
      const own = defineQueue({
        name: 'own',
        schema: z.object({}),
        rateLimit: { key: 'shared', max: 1, per: 3_600_000 },
      });
      const jobs = bed.open([own]);
      await bed.work(
        jobs,
        defineProcessor({ queue: own, process: (job) => job.takeSlot('shared', { max: 1, per: 3_600_000 }) }),
      );
      const { id } = await jobs.queue(own).add({});
      await jobs.queue(own).waitFor(id);
    });
  });

  describe('keys of the cache', () => {
    it('are any well-formed text, each for itself', async () => {
      const { cache } = bed.open([numbers()]);
      const space = uniqueName('cache');
      const keys = [...UNUSUAL, long('a'), long('b')].map((key) => `${space}${key}`);
      await Promise.all(keys.map((key, n) => cache.set(key, n)));
      for (const [n, key] of keys.entries()) {
        expect(await cache.get(key)).toBe(n);
        expect(await cache.remember(key, 1_000, () => -1)).toBe(n);
      }
      expect(await cache.exists(long('c'))).toBe(false);
      expect(await cache.delete(keys.at(-1) ?? '')).toBe(true);
      expect(await cache.deletePattern(`${space}*`)).toBe(keys.length - 1);
    });

    it('refuses what is no name with an error of ours', async () => {
      const { cache } = bed.open([numbers()]);
      for (const wrong of [...MALFORMED, 5, null, {}] as string[]) {
        for (const call of [
          () => cache.get(wrong),
          () => cache.set(wrong, 1),
          () => cache.delete(wrong),
          () => cache.exists(wrong),
          () => cache.remember(wrong, 1_000, () => 1),
          () => cache.deletePattern(wrong),
        ]) {
          expect(await rejection(call())).toBeInstanceOf(ArgumentError);
        }
      }
      expect(await rejection(cache.deletePattern('*x'.repeat(300)))).toBeInstanceOf(ArgumentError);
    });

    it('takes `?` in a pattern for one character of any script', async () => {
      const { cache } = bed.open([numbers()]);
      const space = uniqueName('characters');
      for (const key of ['a', 'ä', '日', '👋', 'ab', '']) await cache.set(`${space}:${key}`, 1);
      expect(await cache.deletePattern(`${space}:?`)).toBe(4);
      expect(await cache.deletePattern(`${space}:??`)).toBe(1);
    });

    it('matches a pattern of many stars in no time', async () => {
      const { cache } = bed.open([numbers()]);
      const space = uniqueName('stars');
      await cache.set(`${space}${'a'.repeat(450)}`, 1);
      expect(await cache.deletePattern(`${space}${'a*'.repeat(200)}b`)).toBe(0);
      expect(await cache.deletePattern(`${space}${'a*'.repeat(200)}a`)).toBe(1);
    });
  });

  describe('names of journals', () => {
    it('are any well-formed text of up to 512 bytes', async () => {
      const jobs = bed.open([numbers()]);
      const options = { schema: z.string(), keep: 1 };
      const names = UNUSUAL.map((name) => `${uniqueName('')}${name}`.slice(-200));
      for (const name of names) await jobs.journal(name, options).append(name);
      for (const name of names) expect((await jobs.journal(name, options).page()).entries).toEqual([name]);
      for (const wrong of [...MALFORMED, 5, 'x'.repeat(513)] as string[])
        expect(() => jobs.journal(wrong, options)).toThrow(ArgumentError);
    });
  });

  describe('tenants', () => {
    const ofTenant = (fair: boolean, tenant: (data: { tenant: string }) => string) =>
      defineQueue({ name: uniqueName('tenants'), schema: z.object({ tenant: z.string() }), tenant, fair });

    it('are any well-formed text, none, or of any length', async () => {
      const queue = ofTenant(true, ({ tenant }) => tenant);
      const handle = bed.open([queue]).queue(queue);
      const tenants = [...UNUSUAL, '', 'round', long('a'), long('b')];
      await handle.addMany(tenants.map((tenant) => ({ data: { tenant } })));
      const { jobs } = await handle.list({ state: 'waiting' });
      // Each has its first turn.
      expect(jobs.map(({ priority }) => priority)).toEqual(tenants.map(() => 1));
    });

    it.each([true, false])('refuses a job whose tenant is no name (fair: %s)', async (fair) => {
      for (const wrong of [...MALFORMED, 5, {}] as string[]) {
        const queue = ofTenant(fair, () => wrong);
        const handle = bed.open([queue]).queue(queue);
        expect(await rejection(handle.add({ tenant: 'a' }))).toBeInstanceOf(JobDataError);
        const error = await rejection(handle.addMany([{ data: { tenant: 'a' } }]));
        expect(error).toMatchObject({ code: 'JOB_DATA_INVALID', issues: [{ path: [0] }] });
        expect(await handle.counts()).toMatchObject({ waiting: 0 });
      }
    });

    it('refuses a job of a fair queue whose tenant cannot be told', async () => {
      const cause = new TypeError('no organization');
      const queue = ofTenant(true, () => {
        throw cause;
      });
      const error = await rejection(bed.open([queue]).queue(queue).add({ tenant: 'a' }));
      expect(error).toBeInstanceOf(JobDataError);
      expect(error.cause).toBe(cause);
    });
  });

  describe('keys of rate limits', () => {
    const limited = (key: string | ((data: { key: string }) => string)) =>
      defineQueue({
        name: uniqueName('limited'),
        schema: z.object({ key: z.string() }),
        rateLimit: { key, max: 1, per: 3_600_000 },
      });

    it('are any well-formed text, none, or of any length, each for itself', async () => {
      const queue = limited(({ key }) => key);
      const jobs = bed.open([queue]);
      await bed.work(jobs, defineProcessor({ queue, process: async () => undefined }));
      const keys = [...UNUSUAL, '', long('a'), long('b')];
      const added = await jobs.queue(queue).addMany(keys.map((key) => ({ data: { key } })));
      await Promise.all(added.map(({ id }) => jobs.queue(queue).waitFor(id)));
    });

    it('fails a job for good whose key is no name, and goes on with the others', async () => {
      const queue = limited(({ key }) => (key === 'wrong' ? 'order\ud83c' : key));
      const jobs = bed.open([queue]);
      await bed.work(jobs, defineProcessor({ queue, process: async () => undefined }));
      const handle = jobs.queue(queue);
      const [wrong, right] = await handle.addMany([{ data: { key: 'wrong' } }, { data: { key: 'right' } }]);
      expect(await rejection(handle.waitFor(wrong?.id ?? ''))).toBeInstanceOf(JobDataError);
      await handle.waitFor(right?.id ?? '');
      expect(await handle.get(wrong?.id ?? '')).toMatchObject({ state: 'failed', attemptsMade: 1 });
    });

    it('refuses a constant that is no name', () => {
      for (const wrong of [...MALFORMED, 5] as string[]) expect(() => limited(wrong)).toThrow(QueueDefinitionError);
    });
  });

  describe('keys of schedules', () => {
    const every = 3_600_000;
    const shortKeys = UNUSUAL.filter((key) => key.length <= 200 && !/[\t\n]/.test(key));

    it('are any well-formed line, each for itself, and are found by their routes', async () => {
      const queue = numbers();
      const jobs = bed.open([queue]);
      const { scheduler } = jobs;
      const keys = [...shortKeys, ...BULLMQ_KEYS, 'a:b', 'ä'.repeat(256)].map((key) =>
        `${key}${uniqueName('')}`.slice(-256),
      );
      await scheduler.upsertMany(keys.map((key) => ({ key, queue, data: { n: 1 }, every })));
      const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
      for (const key of keys) {
        expect(await scheduler.get(key), key).toMatchObject({ key });
        const url = `http://host/api/jobs/schedules/${encodeURIComponent(key)}?action=pause`;
        expect((await handler(new Request(url, { method: 'POST' }))).status, key).toBe(200);
        expect(await scheduler.remove(key), key).toBe(true);
      }
    });

    it('keeps a schedule apart from the runs of another one whose id its key resembles', async () => {
      const queue = numbers();
      const jobs = bed.open([queue]);
      const { scheduler } = jobs;
      const ran: number[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ data }) => void ran.push(data.n) }));
      const first = uniqueName('daily');
      await scheduler.upsert({ key: first, queue, data: { n: 1 }, every: 2_000 });
      const slot = (await scheduler.get(first))?.next;
      const others = ['', '~', ':logs', ':lock'].map((end) => `${first}:${slot}${end}`);
      await scheduler.upsertMany(others.map((key, n) => ({ key, queue, data: { n: n + 2 }, every })));
      const nexts = () => Promise.all(others.map(async (key) => (await scheduler.get(key))?.next));
      const planned = await nexts();
      expect(planned).toEqual(others.map(() => expect.any(Number)));
      await until(() => expect(ran).toContain(1));
      expect(await nexts()).toEqual(planned);
      const { repaired } = await scheduler.check();
      expect(repaired.filter((key) => others.includes(key))).toEqual([]);
      for (const key of others) expect(await scheduler.remove(key)).toBe(true);
      await until(() => expect(ran.length).toBeGreaterThan(1));
      expect(new Set(ran)).toEqual(new Set([1]));
    });

    it('refuses what is no name with an error of ours, and finds nothing by it', async () => {
      const queue = numbers();
      const { scheduler } = bed.open([queue]);
      const wrongs = [...MALFORMED, '', 5, null, {}, 'x'.repeat(257), '👋'.repeat(129), 'a\nb'] as string[];
      for (const key of wrongs) {
        const schedule = { key, queue, data: { n: 1 }, every };
        expect(await rejection(scheduler.upsert(schedule)), key).toBeInstanceOf(ScheduleError);
        expect(await scheduler.get(key), key).toBeUndefined();
        expect(await scheduler.remove(key), key).toBe(false);
        expect(await rejection(scheduler.pause(key)), key).toBeInstanceOf(ScheduleNotFoundError);
        expect(await rejection(scheduler.runNow(key)), key).toBeInstanceOf(ScheduleNotFoundError);
        expect(await rejection(scheduler.nextRuns(key, 1)), key).toBeInstanceOf(ScheduleNotFoundError);
        const { refused } = await scheduler.reconcile({ name: uniqueName('source'), schedules: () => [schedule] });
        expect(refused, key).toBe(1);
      }
      for (const wrong of [...MALFORMED, '', 5] as string[]) {
        const source = { name: wrong, schedules: () => [] };
        expect(await rejection(scheduler.reconcile(source))).toBeInstanceOf(ScheduleError);
      }
      for (const wrong of MALFORMED) {
        expect(await scheduler.list({ tag: wrong })).toEqual({ schedules: [] });
        expect(await scheduler.list({ tenant: wrong })).toEqual({ schedules: [] });
        const tagged = { key: 'tagged', queue, data: { n: 1 }, every, tags: [wrong] };
        expect(await rejection(scheduler.upsert(tagged))).toBeInstanceOf(ScheduleError);
      }
    });
  });

  describe('names of queues', () => {
    it('may be what every object has', async () => {
      const queues = ['constructor', 'valueOf', 'hasOwnProperty'].map((name) =>
        defineQueue({ name, schema: z.object({}) }),
      );
      for (const queue of queues) {
        const jobs: Jobs<readonly AnyQueueDefinition[]> = bed.open([queue]);
        await bed.work(jobs, defineProcessor({ queue, process: async () => undefined }), { concurrency: {} });
        const { id } = await jobs.queue(queue).add({});
        await jobs.queue(queue).waitFor(id);
      }
    });
  });
}
