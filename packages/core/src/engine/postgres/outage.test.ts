/** A PostgreSQL that restarts, ends sessions, falls silent, or is only asked by a process that is busy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, startProxy } from '@bizinsights/test-servers';
import pg from 'pg';
import { describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { CapturedLog } from '../../testing/behaviour/captured-log.js';

vi.setConfig({ testTimeout: 120_000 });
const PATIENT = { timeout: 60_000, interval: 50 };

const work = defineQueue({
  name: 'work',
  schema: z.object({ n: z.number() }),
  result: z.number(),
  defaults: { attempts: 3, backoff: { type: 'fixed', delay: 50 } },
});

function open({ onTestFinished }: TestContext, connection: string) {
  const log = new CapturedLog();
  const jobs = createJobs({ connection, queues: [work], logger: log.logger, environment: {} });
  onTestFinished(() => jobs.close());
  const startWorker = (process: (n: number) => number | Promise<number>, settings: object = {}) => {
    jobs.registerProcessor(defineProcessor({ queue: work, concurrency: 5, process: ({ data }) => process(data.n) }));
    return jobs.startWorker({ handleSignals: false, ...settings });
  };
  return { jobs, log, startWorker };
}

async function newDatabase({ onTestFinished }: TestContext) {
  const { url, drop } = await createDatabase(inject('postgresUrl'));
  const admin = new pg.Pool({ connectionString: inject('postgresUrl'), max: 1 });
  onTestFinished(async () => {
    await admin.end();
    await drop();
  });
  const database = new URL(url).pathname.slice(1);
  /** Ends every session in the database, and answers how many there were. */
  const endSessions = async () => {
    const text = 'SELECT count(pg_terminate_backend(pid))::integer AS count FROM pg_stat_activity WHERE datname = $1';
    return (await admin.query<{ count: number }>(text, [database])).rows[0]?.count ?? 0;
  };
  return { url, endSessions };
}

/** A proxy before a database, its address, and that of the database. */
async function newProxy(context: TestContext) {
  const { url: direct } = await newDatabase(context);
  const url = new URL(direct);
  const proxy = await startProxy(Number(url.port));
  context.onTestFinished(() => proxy.stop());
  url.port = String(proxy.port);
  return { proxy, url: url.href, direct };
}

/** One of each kind of call, over and over. */
function keepCalling({ jobs }: ReturnType<typeof open>) {
  let isOver = false;
  const queue = jobs.queue(work);
  let added = 0;
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    for (let n = 0; !isOver; n++) {
      const id = `n-${caller}-${n}`;
      await queue.add({ n }, { id });
      const many = await queue.addMany([1, 2].map((part) => ({ data: { n }, options: { id: `${id}-${part}` } })));
      added += 1 + many.length;
      expect(await queue.get(id)).toMatchObject({ state: 'waiting' });
      await queue.counts();
      await jobs.cache.set(id, n);
      expect(await jobs.cache.get(id)).toBe(n);
      await jobs.scheduler.get('any');
    }
  });
  const called = Promise.allSettled(callers);
  return {
    /** Resolves when so many jobs more have been added, or a call has failed. */
    goesOn: async (more: number) => {
      const before = added;
      const failed = Promise.all(callers).catch(() => undefined);
      while (added < before + more) if (await Promise.race([sleep(5), failed.then(() => true)])) break;
    },
    /** Answers how many jobs were added. */
    stop: async () => {
      isOver = true;
      expect((await called).filter(({ status }) => status === 'rejected')).toEqual([]);
      return added;
    },
  };
}

describe.concurrent('a producer', () => {
  it('never sees that a session was terminated', async (context) => {
    const { url, endSessions } = await newDatabase(context);
    const opened = open(context, url);
    await opened.jobs.queue(work).counts();
    const calls = keepCalling(opened);
    let ended = 0;
    for (let round = 0; round < 25; round++) {
      await calls.goesOn(10);
      ended += await endSessions();
    }
    const added = await calls.stop();
    expect(ended).toBeGreaterThan(25);
    expect(await opened.jobs.queue(work).counts()).toMatchObject({ waiting: added });
  });

  it('does not feel a restart of the server', async (context) => {
    const { proxy, url } = await newProxy(context);
    const opened = open(context, url);
    await opened.jobs.queue(work).counts();
    const calls = keepCalling(opened);
    await calls.goesOn(20);
    await proxy.restart(1_500);
    await calls.goesOn(20);
    const added = await calls.stop();
    expect(await opened.jobs.queue(work).counts()).toMatchObject({ waiting: added });
  });
});

describe('a process that is busy', () => {
  it('does not take its own lateness for an outage', async (context) => {
    const { url } = await newDatabase(context);
    const { jobs } = open(context, url);
    const queue = jobs.queue(work);
    await queue.counts();
    const calls = Array.from({ length: 1_500 }, async (_, n) => {
      await queue.add({ n }, { id: `n-${n}` });
      return (await queue.get(`n-${n}`))?.data;
    });
    // Longer than any limit of a caller: once with statements under way, once more while all others wait.
    for (const pause of [0, 50]) {
      await sleep(pause);
      const end = performance.now() + 6_000;
      while (performance.now() < end);
    }
    expect(await Promise.all(calls)).toEqual(calls.map((_, n) => ({ n })));
  });
});

describe.concurrent('a statement that takes long', () => {
  it('is waited for while the server works on it', async (context) => {
    const { url } = await newDatabase(context);
    const { jobs } = open(context, url);
    await jobs.queue(work).counts();
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    context.onTestFinished(() => holder.end());
    await holder.query('BEGIN; LOCK TABLE bullmq.job IN ACCESS EXCLUSIVE MODE');
    const adding = jobs.queue(work).add({ n: 1 }, { id: 'patient' });
    await sleep(8_000);
    await holder.query('COMMIT');
    expect(await adding).toMatchObject({ id: 'patient' });
  });
});

describe.concurrent('a worker', () => {
  it('never fails or repeats a job because sessions are terminated while it works', async (context) => {
    const { url, endSessions } = await newDatabase(context);
    const { jobs, startWorker } = open(context, url);
    await jobs.queue(work).addMany(Array.from({ length: 300 }, (_, n) => ({ data: { n } })));
    const runs: number[] = [];
    await startWorker(async (n) => {
      runs.push(n);
      await sleep(5);
      return n;
    });
    for (let round = 0; round < 20; round++) {
      await endSessions();
      await sleep(100);
    }
    await vi.waitFor(async () => expect(await jobs.queue(work).counts()).toMatchObject({ completed: 300 }), PATIENT);
    expect(runs.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });

  it('behind connections that have gone silent makes new ones, says so, and goes on', async (context) => {
    const { proxy, url, direct } = await newProxy(context);
    const { log, startWorker } = open(context, url);
    const { jobs } = open(context, direct);
    await startWorker((n) => n);
    // Each time all connections are lost: those that listen, and those that ask.
    for (let round = 1; round <= 2; round++) {
      const { id } = await jobs.queue(work).add({ n: round });
      expect(await jobs.queue(work).waitFor(id, { timeout: 60_000 })).toBe(round);
      proxy.swallow();
    }
    const { id } = await jobs.queue(work).add({ n: 3 });
    expect(await jobs.queue(work).waitFor(id, { timeout: 60_000 })).toBe(3);
    // A query that is sent again is not reported. The connection that listens notices later that it is lost.
    await vi.waitFor(() => expect(log.text).toContain('is lost'), PATIENT);
  });

  it('that is cut off loses its jobs to another one, and works again when the silence is over', async (context) => {
    const { proxy, url, direct } = await newProxy(context);
    const cutOff = open(context, url);
    const living = open(context, direct);
    const settings = { lockDuration: 3_000, stalledInterval: 1_000 };
    let begun = 0;
    await cutOff.startWorker(async (n) => {
      begun += 1;
      if (n < 5) await sleep(20_000);
      return n;
    }, settings);
    const first = await living.jobs
      .queue(work)
      .addMany(Array.from({ length: 5 }, (_, n) => ({ data: { n }, options: { id: `first-${n}` } })));
    await vi.waitFor(() => expect(begun).toBe(5), PATIENT);
    proxy.pause();
    const other = await living.startWorker((n) => n, settings);
    const results = first.map(({ id }) => living.jobs.queue(work).waitFor(id, { timeout: 60_000 }));
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4]);
    await vi.waitFor(() => expect(cutOff.log.text).toContain('is lost'), PATIENT);
    await other.close();
    proxy.resume();
    const { id } = await living.jobs.queue(work).add({ n: 7 });
    expect(await living.jobs.queue(work).waitFor(id, { timeout: 60_000 })).toBe(7);
  });
});
