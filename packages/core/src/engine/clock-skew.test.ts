/** Workers on machines with a wrong clock, on the stores that have a clock of their own. */
import { fileURLToPath } from 'node:url';
import { createDatabase, startRedis } from '@bizinsights/test-servers';
import { describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { ClockSkewError } from '../errors.js';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { defineProcessor } from '../processor/definition.js';
import { startChild } from '../worker/fixtures/child.js';
import { StoreClock } from './clock-skew.js';
import { clockQueue } from './fixtures/clock-queue.js';

// A process reads all sources first: a second, or many on a busy machine.
vi.setConfig({ testTimeout: 120_000 });
const PATIENT = { timeout: 60_000, interval: 50 };

const stores = {
  async PostgreSQL({ onTestFinished }: TestContext): Promise<string> {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    onTestFinished(drop);
    return url;
  },
  async Redis({ onTestFinished }: TestContext): Promise<string> {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    return server.url;
  },
};
type Store = keyof typeof stores;

/** A store, a process of ours with the right clock, and others that have a wrong one. */
async function open(store: Store, context: TestContext) {
  const url = await stores[store](context);
  const jobs = createJobs({ connection: url, queues: [clockQueue], logger: silentLogger, environment: {} });
  context.onTestFinished(() => jobs.close());
  const runs: string[] = [];
  const startWorker = (settings: object, process: () => Promise<void> = async () => {}) => {
    jobs.registerProcessor(
      defineProcessor({
        queue: clockQueue,
        concurrency: 5,
        async process({ data }) {
          runs.push(data.name);
          await process();
        },
      }),
    );
    return jobs.startWorker({ handleSignals: false, ...settings });
  };
  const startWrong = (skew: number, { start = {}, jumps = false } = {}) => {
    const child = startChild(fileURLToPath(new URL('fixtures/clock-worker.ts', import.meta.url)), {
      env: {
        REDIS_URL: url,
        CLOCK_SKEW: String(skew),
        ...(jumps ? { CLOCK_JUMPS: '1' } : {}),
        START: JSON.stringify({ handleSignals: false, ...start }),
      },
    });
    context.onTestFinished(async () => {
      child.kill('SIGKILL');
      await child.ended;
    });
    return child;
  };
  return { jobs, runs, startWorker, startWrong };
}

describe.concurrent.each(['PostgreSQL', 'Redis'] as const)('on %s', (store) => {
  it('`health()` tells that the clocks agree', async (context) => {
    const { jobs } = await open(store, context);
    const { clockSkew, latency = 0, warnings } = await jobs.health();
    // Servers and tests are on one machine.
    expect(Math.abs(clockSkew ?? Number.NaN)).toBeLessThan(latency + 1_000);
    expect(warnings.filter((warning) => warning.includes('clock'))).toEqual([]);
  });

  it.for([45_000, -45_000, 6_000])(
    'a worker that is %i ms off does not start, and takes no job',
    async (skew, context) => {
      const { jobs, startWrong } = await open(store, context);
      await jobs.queue(clockQueue).add({ name: 'any' });
      await jobs.queue(clockQueue).add({ name: 'later' }, { delay: 30_000 });
      const child = startWrong(skew);
      await child.prints('refused');
      expect(await child.ended).toBe(0);
      const direction = skew > 0 ? 'ahead of' : 'behind';
      expect(child.output()).toMatch(/refused CLOCK_SKEW: ClockSkewError: The clock of this machine is \d+ ms /);
      expect(child.output()).toContain(`ms ${direction} that of the job store at 127.0.0.1`);
      expect(child.output()).not.toContain('runs');
      expect(await jobs.queue(clockQueue).counts()).toMatchObject({ waiting: 1, delayed: 1 });
    },
  );

  it('a running worker whose clock jumps takes no jobs until it is right again', async (context) => {
    const { jobs, startWrong } = await open(store, context);
    const child = startWrong(45_000, { jumps: true });
    await child.prints('started');
    // First: it wakes the worker, which would still be asking for a job when its clock jumps.
    await jobs.queue(clockQueue).add({ name: 'delayed' }, { delay: 40_000 });
    const { id } = await jobs.queue(clockQueue).add({ name: 'first' });
    await jobs.queue(clockQueue).waitFor(id, { timeout: 60_000 });
    child.kill('SIGUSR2');
    await child.prints('clock set');
    // At once: the worker is woken before its next look at the clock.
    const second = await jobs.queue(clockQueue).add({ name: 'second' });
    await child.prints('It takes no jobs until the clock is right again');
    expect(await jobs.queue(clockQueue).counts()).toMatchObject({ waiting: 1, delayed: 1 });
    child.kill('SIGUSR2');
    await jobs.queue(clockQueue).waitFor(second.id, { timeout: 60_000 });
    expect(child.output()).not.toContain('runs delayed');
  });

  it('a worker that is a little off neither takes what others work on nor begins delayed jobs early', async (context) => {
    const { jobs, runs, startWorker, startWrong } = await open(store, context);
    const settings = { lockDuration: 12_000, stalledInterval: 300 };
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    await startWorker(settings, () => ended);
    const added = await jobs
      .queue(clockQueue)
      .addMany(Array.from({ length: 5 }, (_, n) => ({ data: { name: `job-${n}` } })));
    await vi.waitFor(() => expect(runs).toHaveLength(5), PATIENT);
    const wrong = [2_500, -2_500].map((skew) => startWrong(skew, { start: settings }));
    await Promise.all(wrong.map((child) => child.prints('started')));
    const delay = 6_000;
    const addedAt = Date.now();
    const late = await jobs.queue(clockQueue).add({ name: 'late' }, { delay });
    await jobs.queue(clockQueue).waitFor(late.id, { timeout: 60_000 });
    expect(Date.now() - addedAt).toBeGreaterThan(delay - (store === 'PostgreSQL' ? 50 : 2_600));
    end();
    await Promise.all(added.map(({ id }) => jobs.queue(clockQueue).waitFor(id, { timeout: 60_000 })));
    expect(runs).toHaveLength(5);
    for (const child of wrong) expect(child.output()).not.toContain('runs job');
  });
});

describe('StoreClock', () => {
  it('does not blame a clock for a way that takes long', async () => {
    const clock = new StoreClock({
      address: 'far away',
      async read() {
        const now = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return now;
      },
    });
    const { skew, uncertainty } = await clock.read();
    expect(Math.abs(skew)).toBeLessThanOrEqual(uncertainty);
  });

  it.for([
    [30_000, 4_000, true],
    [30_000, 6_000, false],
    [4_000, 900, true],
    [4_000, 1_500, false],
    [4_000, -1_500, false],
  ] as const)(
    'lets a worker with a lock of %i ms start when it is %i ms off: %s',
    async ([lockDuration, skew, starts]) => {
      const clock = new StoreClock({ address: 'here', read: async () => Date.now() - skew });
      const guard = clock.guard({ lockDuration, pause: async () => {}, resume: async () => {}, onError: () => {} });
      if (starts) await guard.ready;
      else await expect(guard.ready).rejects.toThrow(ClockSkewError);
      guard.close();
    },
  );
});
