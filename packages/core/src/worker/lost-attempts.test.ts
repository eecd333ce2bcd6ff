/** A worker that loses a job while it stands still, or is cut off: another one takes the job, and nothing is done twice. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, startProxy } from '@bizinsights/test-servers';
import { describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { WorkerDiedError } from '../errors.js';
import { createJobs } from '../jobs.js';
import { silentLogger } from '../logger.js';
import { gate, record } from '../testing/behaviour/test-bed.js';
import { Effects, paymentProcessor, payments } from './fixtures/blocking.js';
import { startChild } from './fixtures/child.js';

const PATIENT = { timeout: 60_000, interval: 20 };
const START = { handleSignals: false, lockDuration: 1_500, stalledInterval: 200, shutdownTimeout: 0 };

// A process reads all sources first: seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const stores = {
  Redis: async (_context: TestContext) => inject('redisUrl'),
  'Redis Cluster': async (_context: TestContext) => inject('redisClusterUrl'),
  PostgreSQL: async ({ onTestFinished }: TestContext) => {
    const { url, drop } = await createDatabase(inject('postgresUrl'));
    onTestFinished(drop);
    return url;
  },
  'the embedded store': async ({ onTestFinished }: TestContext) => {
    const dir = await mkdtemp(join(tmpdir(), 'lost-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    return `file:${dir}`;
  },
} as const;
const kinds = ['Redis', 'Redis Cluster', 'PostgreSQL'] as const;

/** A store, an empty file of effects, and `jobs` on the store. */
async function open(context: TestContext, kind: keyof typeof stores) {
  const connection = await stores[kind](context);
  const dir = await mkdtemp(join(tmpdir(), 'effects-'));
  context.onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const effects = new Effects(join(dir, 'effects'));
  await writeFile(effects.file, '');
  const prefix = `lost-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const newJobs = (address = connection) => {
    const jobs = createJobs({ connection: address, prefix, queues: [payments], logger: silentLogger, environment: {} });
    context.onTestFinished(() => jobs.close());
    return jobs;
  };
  /** A process whose worker takes the job and stands still over it. */
  const startBlocked = async (settings: Record<string, string> = {}) => {
    const env = { CONNECTION: connection, PREFIX: prefix, EFFECTS: effects.file, START: JSON.stringify(START) };
    const child = startChild('blocking-worker.ts', { env: { ...env, ...settings } });
    context.onTestFinished(async () => {
      child.kill('SIGKILL');
      await child.ended;
    });
    // One that ends before says why.
    await Promise.race([has('blocked'), child.prints(/it never prints this/)]);
    return child;
  };
  const has = (line: string) => vi.waitFor(() => expect(effects.lines).toContain(line), PATIENT);
  return { connection, effects, newJobs, startBlocked, has };
}

for (const kind of kinds) {
  describe(`on ${kind}`, () => {
    it.for(['has ended', 'is at work'] as const)(
      'a worker whose event loop stood still begins and writes nothing when the newer attempt %s',
      async (newer, context) => {
        const { effects, newJobs, startBlocked, has } = await open(context, kind);
        const jobs = newJobs();
        const { id } = await jobs.queue(payments).add({});
        const child = await startBlocked();

        const failed = record(jobs, 'job:failed');
        const goOn = gate();
        jobs.registerProcessor(
          paymentProcessor(effects, 'the newer one', async () => {
            effects.add('taken over');
            if (newer === 'is at work') await goOn.opened;
          }),
        );
        await jobs.startWorker(START);
        await has('taken over');
        if (newer === 'has ended') await jobs.queue(payments).waitFor(id, { timeout: 60_000 });
        effects.add('go');
        for (const what of ['charge', 'progress', 'cursor']) {
          await has(`the blocked one: ${what} refused with JOB_LOCK_LOST`);
        }
        await has('the blocked one: signal has JOB_LOCK_LOST');
        goOn.open();
        expect(await jobs.queue(payments).waitFor(id, { timeout: 60_000 })).toBe('the newer one');

        expect([effects.count('reserve'), effects.count('charge')]).toEqual([1, 1]);
        expect(await jobs.queue(payments).get(id)).toMatchObject({
          state: 'completed',
          attemptsMade: 1,
          progress: 'the newer one',
        });
        const { lines } = await jobs.queue(payments).logs(id);
        expect(lines.filter((line) => line.includes('the blocked one'))).toEqual([]);
        expect(failed).toEqual([]);
        expect(child.output()).not.toMatch(/attempt \d of \d failed/);
      },
    );
  });
}

for (const kind of ['Redis', 'PostgreSQL'] as const) {
  it(`on ${kind}, a worker that was cut off ends its attempt when it hears of it, and the job is done once`, async (context) => {
    const { connection, effects, newJobs, has } = await open(context, kind);
    const address = new URL(connection);
    const proxy = await startProxy(Number(address.port));
    context.onTestFinished(() => proxy.stop());
    address.port = String(proxy.port);
    const cutOff = newJobs(address.href);
    const jobs = newJobs();
    const [failed, completed] = [record(cutOff, 'job:failed'), record(cutOff, 'job:completed')];
    const goOn = gate();
    cutOff.registerProcessor(
      paymentProcessor(effects, 'the one cut off', async () => {
        effects.add('cut off');
        proxy.pause();
        await goOn.opened;
      }),
    );
    await cutOff.startWorker(START);
    const { id } = await jobs.queue(payments).add({});
    await has('cut off');
    jobs.registerProcessor(paymentProcessor(effects, 'the newer one', () => effects.add('taken over')));
    await jobs.startWorker(START);
    expect(await jobs.queue(payments).waitFor(id, { timeout: 60_000 })).toBe('the newer one');
    // It asks the store, which does not answer yet.
    goOn.open();
    proxy.resume();
    await has('the one cut off: charge refused with JOB_LOCK_LOST');
    await has('the one cut off: signal has JOB_LOCK_LOST');
    expect([effects.count('reserve'), effects.count('charge')]).toEqual([1, 1]);
    expect([failed, completed]).toEqual([[], []]);
    expect(await jobs.queue(payments).get(id)).toMatchObject({ attemptsMade: 1, progress: 'the newer one' });
  });
}

for (const kind of ['Redis', 'PostgreSQL', 'the embedded store'] as const) {
  it(`on ${kind}, the job of a worker that is killed fails with the death that is too many, and may be retried`, async (context) => {
    const { effects, newJobs, startBlocked } = await open(context, kind);
    const id = 'killer';
    // It adds the job itself: the folder of an embedded store is one process's.
    const child = await startBlocked({ ADD: id });
    child.kill('SIGKILL');
    expect(await child.ended).toBe('SIGKILL');

    const jobs = newJobs();
    const queue = jobs.queue(payments);
    const exhausted = record(jobs, 'job:exhausted');
    jobs.registerProcessor(paymentProcessor(effects, 'the newer one', () => effects.add('taken over')));
    await jobs.startWorker({ ...START, maxStalledCount: 0 });
    await expect(queue.waitFor(id, { timeout: 60_000 })).rejects.toThrow(WorkerDiedError);
    expect(effects.lines).not.toContain('taken over');
    expect(await queue.get(id)).toMatchObject({ state: 'failed', starts: 1, deaths: 1, putOffs: 0 });
    await vi.waitFor(() => expect(exhausted).toHaveLength(1), PATIENT);

    expect(await queue.retry(id)).toBe(true);
    expect(await queue.waitFor(id, { timeout: 60_000 })).toBe('the newer one');
    expect(await queue.get(id)).toMatchObject({ attemptsMade: 1, starts: 1, deaths: 0, putOffs: 0 });
  });
}
