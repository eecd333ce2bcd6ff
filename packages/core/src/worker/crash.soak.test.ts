/** Nothing that was acknowledged is lost: worker processes are killed, and so is Redis. */

import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '@bizinsights/test-servers';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { defined } from '../defined.js';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { defineQueue } from '../queue/definition.js';
import { type Child, startChild } from './fixtures/child.js';
import { sideQueue, workQueue } from './fixtures/queues.js';

/** Only so that a test that hangs ends: what is waited for comes later on a slow machine. ms */
const HANGS = 600_000;
const PATIENT = { timeout: HANGS, interval: 50 };

/** A Redis, jobs on it, and worker processes. */
async function open() {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const jobs = createJobs({
    connection: server.url,
    queues: [workQueue, sideQueue],
    logger: silentLogger,
    environment: {},
  });
  const children: Child[] = [];
  onTestFinished(async () => {
    for (const child of children) child.kill('SIGKILL');
    await jobs.close();
    redis.disconnect();
    await server.stop();
  });
  const startWorker = (concurrency: number) => {
    const start = {
      queues: ['work'],
      concurrency: { work: concurrency },
      // Long, so that they don't run out in a worker that lives: a thousand are renewed at a time.
      lockDuration: 60_000,
      stalledInterval: 400,
      maxStalledCount: 10,
    };
    const child = startChild('worker-process.ts', { env: { REDIS_URL: server.url, START: JSON.stringify(start) } });
    children.push(child);
    return child;
  };
  /** Kills a worker, and lets the locks of its jobs run out: here at once. */
  const killed = async (child: Child) => {
    child.kill('SIGKILL');
    expect(await child.ended).toBe('SIGKILL');
    const locks = await redis.keys('*:lock');
    if (locks.length > 0) await redis.del(locks);
  };
  return { redis, queue: jobs.queue(workQueue), startWorker, killed };
}

it(
  'a worker that is killed ten times with 1,000 jobs in flight loses none, and uses up no attempt',
  async () => {
    const { redis, queue, startWorker, killed } = await open();
    const names: string[] = [];
    const add = async (kind: 'hold' | 'wait', count: number, round: number) => {
      const entries = Array.from({ length: count }, (_, n) => ({
        data: { name: `${kind}-${round}-${n}`, kind, ms: n },
      }));
      names.push(...entries.map(({ data }) => data.name));
      await queue.addMany(entries);
    };
    await add('hold', 1_000, 0);
    const held = [...names];
    /** How often the held job that was begun least often has been begun. */
    const begun = async () => Math.min(...(await redis.hmget('runs', ...held)).map(Number));
    for (let round = 1; round <= 10; round++) {
      const child = startWorker(1_200);
      await vi.waitFor(async () => expect(await begun()).toBeGreaterThanOrEqual(round), PATIENT);
      // Some that start, run and end while the worker is killed.
      await add('wait', 100, round);
      await sleep(round * 10);
      await killed(child);
      const { active, waiting } = await queue.counts();
      expect(active + waiting).toBeGreaterThanOrEqual(1_000);
    }
    await redis.set('go', '1');
    const last = startWorker(1_200);
    await vi.waitFor(async () => expect((await queue.counts()).completed).toBe(names.length), PATIENT);
    expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0 });
    expect(Object.keys(await redis.hgetall('done')).sort()).toEqual(names.sort());
    expect(await begun()).toBeGreaterThanOrEqual(11);
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await queue.list({ state: 'completed', limit: 1_000, ...defined({ cursor }) });
      for (const { attemptsMade } of page.jobs) expect(attemptsMade).toBe(1);
      cursor = page.cursor;
      more = cursor !== undefined;
    }
    await killed(last);
  },
  HANGS,
);

it(
  'steps and cursors survive kill -9: what finished is not run again',
  async () => {
    const { redis, queue, startWorker, killed } = await open();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await queue.addMany(names.map((name) => ({ data: { name, kind: 'steps' } })));
    const count = async (what: string) =>
      (await redis.hmget('steps', ...names.map((name) => `${name}:${what}`))).join();
    const once = '1,1,1,1,1';
    // Killed within the loop, then after it.
    for (const gate of ['gate:1', 'gate:2']) {
      const child = startWorker(10);
      await vi.waitFor(async () => expect(await count(`waits for ${gate}`)).toBe(once), PATIENT);
      await killed(child);
      await redis.set(gate, '1');
    }
    const last = startWorker(10);
    await vi.waitFor(async () => expect((await queue.counts()).completed).toBe(names.length), PATIENT);
    for (const what of ['first', 'page 0', 'page 1', 'page 2', 'page 3', 'second', 'third']) {
      expect([what, await count(what)]).toEqual([what, once]);
    }
    expect(await redis.hmget('runs', ...names)).toEqual(['3', '3', '3', '3', '3']);
    const { jobs: ended } = await queue.list({ state: 'completed' });
    for (const job of ended) expect(job).toMatchObject({ attemptsMade: 1, starts: 3, deaths: 2, putOffs: 0 });
    // A job that is done leaves nothing behind.
    await vi.waitFor(async () => expect(await redis.keys('bizinsights:*:job:*')).toEqual([]), PATIENT);
    await killed(last);
  },
  HANGS,
);

it(
  'a Redis with its append-only file on may be killed while jobs are added and run: each acknowledged one is done',
  async () => {
    const server = await startRedis({ appendOnly: true });
    const flaky = defineQueue({
      name: 'flaky',
      schema: z.object({ n: z.number() }),
      defaults: { attempts: 3, backoff: { type: 'fixed', delay: 50 }, retention: { completed: {} } },
    });
    const jobs = createJobs({ connection: server.url, queues: [flaky], logger: silentLogger, environment: {} });
    onTestFinished(async () => {
      await jobs.close();
      await server.stop();
    });
    const done = new Set<string>();
    jobs.registerProcessor(
      defineProcessor({
        queue: flaky,
        concurrency: 50,
        async process({ id, attempt, data: { n } }) {
          await sleep(n % 40);
          if (n % 5 === 0 && attempt === 1) throw new Error('the first attempt fails');
          done.add(id);
        },
      }),
    );
    await jobs.startWorker({ handleSignals: false, lockDuration: 3_000, stalledInterval: 1_000 });

    const queue = jobs.queue(flaky);
    const acknowledged: string[] = [];
    let adding = true;
    let n = 0;
    const more = async (count: number) => {
      const wanted = acknowledged.length + count;
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThanOrEqual(wanted), PATIENT);
    };
    const producers = Array.from({ length: 20 }, async () => {
      while (adding) {
        n += 1;
        try {
          acknowledged.push((await queue.add({ n })).id);
        } catch {
          // Not acknowledged: it may be there or not.
        }
        await sleep(5);
      }
    });
    for (let kill = 1; kill <= 5; kill++) {
      await more(500);
      await server.kill();
      // Now a restart that nobody feels, now an outage.
      if (kill % 2 === 0) await sleep(3_000);
      await server.start();
      // The connection comes back by itself, after one of its pauses.
      await vi.waitFor(() => queue.counts(), PATIENT);
    }
    adding = false;
    await Promise.all(producers);
    await vi.waitFor(async () => {
      const { waiting, active, delayed } = await queue.counts();
      expect({ waiting, active, delayed }).toEqual({ waiting: 0, active: 0, delayed: 0 });
    }, PATIENT);
    expect((await queue.counts()).failed).toBe(0);
    expect(acknowledged.filter((id) => !done.has(id))).toEqual([]);
    const views = await Promise.all(acknowledged.map((id) => queue.get(id)));
    for (const view of views) {
      expect(view?.state).toBe('completed');
      expect(view?.attemptsMade).toBeLessThanOrEqual(3);
    }
  },
  HANGS,
);
