/** Modules that are evaluated again, as `next dev` does after an edit and each bundle does in production. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { ArgumentError, ConfigError } from './errors.js';
import { hotReloadable } from './hot-reload.js';
import { createJobs } from './jobs.js';
import { silentLogger } from './logger.js';
import { createMonitoringHandler } from './monitoring/index.js';
import { defineProcessor } from './processor/definition.js';
import { defineQueue } from './queue/definition.js';
import { gate, rejection, until } from './testing/behaviour/test-bed.js';

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const clean of cleanUps.splice(0).reverse()) await clean();
});

let keys = 0;
const newKey = () => `thing ${++keys}`;

class Thing {
  static readonly open = new Set<Thing>();
  readonly #name: string;
  size = 1;
  constructor(name: string) {
    this.#name = name;
    Thing.open.add(this);
  }
  get name() {
    return this.#name;
  }
  greet(whom: string) {
    return `${this.#name} greets ${whom}`;
  }
  async close() {
    Thing.open.delete(this);
  }
}
afterEach(() => Thing.open.clear());

class Other {
  closed = 0;
  close() {
    this.closed += 1;
  }
}

const openNames = () => [...Thing.open].map(({ name }) => name);

describe('in development', () => {
  it('works with the newest instance everywhere, and closes the older ones', async () => {
    const key = newKey();
    const first = hotReloadable(key, () => new Thing('one'));
    expect(first).toBeInstanceOf(Thing);
    expect(first.greet('ann')).toBe('one greets ann');
    const { greet } = first;
    const second = hotReloadable(key, () => new Thing('two'));
    hotReloadable(key, () => new Thing('three'));
    expect([first.name, second.greet('ben')]).toEqual(['three', 'three greets ben']);
    expect(greet('cid')).toBe('one greets cid');
    await until(() => expect(openNames()).toEqual(['three']));
    second.size = 5;
    expect([first.size, 'size' in first, Object.keys(first)]).toEqual([5, true, ['size']]);
    await first.close();
    expect(openNames()).toEqual([]);
  });

  it('forgets a key whose instance is closed, also one that was replaced a moment ago', async () => {
    const key = newKey();
    hotReloadable(key, () => new Thing('one'));
    const second = hotReloadable(key, () => new Thing('two'));
    await second.close();
    expect(openNames()).toEqual([]);
    const third = hotReloadable(key, () => new Other());
    expect(third.closed).toBe(0);
  });

  it('keeps an instance when its successor cannot be made', async () => {
    const key = newKey();
    const fail = () => hotReloadable(key, (): Thing => expect.fail('not today'));
    expect(fail).toThrow('not today');
    const thing = hotReloadable(key, () => new Thing('one'));
    expect(fail).toThrow('not today');
    const rejected = hotReloadable(key, async (): Promise<Thing> => Promise.reject(new ConfigError('no', [])));
    expect(await rejection(rejected)).toBeInstanceOf(ConfigError);
    expect([thing.name, openNames()]).toEqual(['one', ['one']]);
    await thing.close();
  });

  it('waits for what is made asynchronously, of which the call that came last wins', async () => {
    const key = newKey();
    const slow = gate();
    const first = hotReloadable(key, async () => {
      await slow.opened;
      return new Thing('slow');
    });
    const second = await hotReloadable(key, async () => new Thing('quick'));
    slow.open();
    expect([(await first).name, second.name]).toEqual(['quick', 'quick']);
    await until(() => expect(openNames()).toEqual(['quick']));
    await second.close();
  });

  it('tells keys apart, and refuses another kind of thing for a key, which it closes', async () => {
    const key = newKey();
    const thing = hotReloadable(key, () => new Thing('one'));
    const other = new Other();
    const separate = hotReloadable(newKey(), () => new Thing('two'));
    expect(() => hotReloadable(key, () => other)).toThrow(ArgumentError);
    expect(() => hotReloadable(key, () => other)).toThrow('there is a Thing of this key, and this is a Other');
    expect(other.closed).toBe(2);
    expect([thing.name, separate.name]).toEqual(['one', 'two']);
    await Promise.all([thing.close(), separate.close()]);
  });

  it.each(['', 'half \ud800', 'x'.repeat(513)])('refuses the key %j', (key) => {
    expect(() => hotReloadable(key, () => new Other())).toThrow(ArgumentError);
  });

  it('refuses what cannot be closed', () => {
    // What an untyped caller may give.
    const nothing = JSON.parse('{}');
    expect(() => hotReloadable(newKey(), () => nothing)).toThrow('neither close() nor end()');
  });

  it('replaces a pool whose clients are still in use', async () => {
    const key = newKey();
    const create = () => new pg.Pool({ connectionString: inject('postgresUrl') });
    const pool = hotReloadable(key, create);
    const client = await pool.connect();
    const again = hotReloadable(key, create);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect((await client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    client.release();
    await again.end();
    expect(await rejection(pool.query('SELECT 1'))).toMatchObject({
      message: expect.stringContaining('end on the pool'),
    });
  });
});

describe('in production', () => {
  it('makes one instance for all that evaluate the module, as long as it is open', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const key = newKey();
    const first = hotReloadable(key, () => new Thing('one'));
    const second = hotReloadable(key, () => new Thing('two'));
    expect([second === first, openNames()]).toEqual([true, ['one']]);
    await first.close();
    const third = hotReloadable(key, () => new Thing('three'));
    expect(third.name).toBe('three');
    await third.close();
  });

  it('makes it once where that takes its time, and again where it has failed', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const key = newKey();
    const failing = [1, 2].map(() => hotReloadable(key, async (): Promise<Thing> => Promise.reject(new Error('no'))));
    for (const one of failing) expect((await rejection(one)).message).toBe('no');
    const [one, two] = await Promise.all(['one', 'two'].map((name) => hotReloadable(key, async () => new Thing(name))));
    expect([one?.name, two === one, openNames()]).toEqual(['one', true, ['one']]);
    await one?.close();
  });
});

describe('jobs', () => {
  let evaluations = 0;
  const load = (edit: number): Promise<typeof import('./fixtures/hot-jobs.js')> => {
    vi.stubEnv('HOT_RELOAD_EDIT', String(edit));
    const address = new URL(`./fixtures/hot-jobs.ts?evaluation=${++evaluations}`, import.meta.url);
    return import(/* @vite-ignore */ address.href);
  };

  async function openStore(store: 'Redis' | 'embedded') {
    if (store === 'Redis') {
      const redis = await startRedis();
      cleanUps.push(() => redis.stop());
      vi.stubEnv('HOT_RELOAD_STORE', redis.url);
      const client = new Redis(redis.url);
      cleanUps.push(() => client.disconnect());
      return async () =>
        String(await client.client('LIST'))
          .trim()
          .split('\n').length - 1;
    }
    const folder = await mkdtemp(join(tmpdir(), 'hot-reload-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    vi.stubEnv('HOT_RELOAD_STORE', `file:${folder}`);
    return async () => 0;
  }

  it.each(['Redis', 'embedded'] as const)(
    'have no more connections to %s after six edits, and their worker runs the newest processors',
    async (store) => {
      const connections = await openStore(store);
      const first = await load(0);
      const { jobs, queue } = first;
      const worker = await jobs.startWorker({ handleSignals: false, statsInterval: 3_600_000 });
      const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
      const run = async (by = queue) => await by.waitFor((await by.add({})).id);
      await run();
      await handler(new Request('http://localhost/api/jobs/monitoring'));
      const before = await connections();
      for (let edit = 1; edit <= 6; edit++) {
        const newest = await load(edit);
        await until(async () => expect(await run(newest.queue)).toBe(edit));
        // The handle and the API that the oldest module made.
        expect(await run()).toBe(edit);
        expect((await handler(new Request('http://localhost/api/jobs/monitoring'))).status).toBe(200);
      }
      expect(await first.scheduler.list()).toMatchObject({ schedules: [] });
      await first.cache.set('key', 1);
      await until(async () => expect(await connections()).toBe(before));
      expect(worker.stats().queues).toHaveProperty('edits');
      await worker.close();
      const { id } = await queue.add({});
      await load(7);
      expect((await queue.get(id))?.state).toBe('waiting');
      await jobs.close();
      await until(async () => expect(await connections()).toBe(0));
      expect((await rejection(queue.add({}))).message).toContain('jobs.close() has been called');
    },
  );

  it('keep the worker stopped while the newest definition has no processor, and start it with the next one', async () => {
    const key = newKey();
    const queue = defineQueue({ name: 'mended', schema: z.object({}) });
    const open = (processors: Parameters<typeof createJobs>[0]['processors']) =>
      hotReloadable(key, () =>
        createJobs({
          connection: inject('redisUrl'),
          prefix: `hot-${process.pid}`,
          queues: [queue],
          processors: processors ?? [],
          logger: silentLogger,
        }),
      );
    const works = defineProcessor({ queue, process: () => undefined });
    const jobs = open([works]);
    cleanUps.push(() => jobs.close());
    await jobs.startWorker({ handleSignals: false });
    const stopping = new Promise((resolve) => jobs.events.once('worker:stopped', resolve));
    open([]);
    await stopping;
    open([works]);
    await until(async () => {
      const { id } = await jobs.queue(queue).add({});
      await jobs.queue(queue).waitFor(id, { timeout: 500 });
    });
  });
});
