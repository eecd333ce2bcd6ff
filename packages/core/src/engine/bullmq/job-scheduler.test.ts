/** Errors where BullMQ plans the run behind one that a worker has taken: on the engines that are on BullMQ. */
import type {} from '@bizinsights/test-servers';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../../jobs.js';
import { silentLogger } from '../../logger.js';
import { defineProcessor } from '../../processor/definition.js';
import { defineQueue } from '../../queue/definition.js';
import { uniqueName } from '../../testing/behaviour/test-bed.js';
import { runId } from '../contract.js';
import { resolveEngine } from '../resolve.js';
import { PatientJobScheduler } from './job-scheduler.js';

const HOUR = 3_600_000;
const PATIENT = { timeout: 20_000, interval: 20 };

/** A worker with the default times, by which a job that it loses is away for half a minute and more. */
async function open(connection: string, settings: { lockDuration?: number; stalledInterval?: number } = {}) {
  const queue = defineQueue({ name: uniqueName('planned'), schema: z.object({}) });
  const key = uniqueName('schedule');
  const errors: Error[] = [];
  const ran: string[] = [];
  const jobs = createJobs({ connection, queues: [queue], logger: silentLogger, environment: {} });
  onTestFinished(() => jobs.close());
  const engine = resolveEngine(connection, { prefix: 'bull', onError() {} });
  onTestFinished(() => engine.close());
  jobs.events.on('worker:error', ({ error }) => void errors.push(error));
  jobs.registerProcessor(defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
  await jobs.startWorker({ handleSignals: false, ...settings });
  await engine.ready();
  await jobs.scheduler.upsert({ key, queue, data: {}, every: HOUR });
  const { next = 0 } = (await jobs.scheduler.get(key)) ?? {};
  const id = runId(key, next);
  return {
    jobs,
    key,
    id,
    errors,
    ran,
    next,
    makeDue: () => engine.queue(queue.name).promote(id),
    planned: async () => (await engine.queue(queue.name).plannedRuns([key]))[0],
  };
}

/** Lets the next tries to plan a run fail, of all workers of this file: one test after the other. */
function failPlanning(server: 'redisUrl' | 'redisClusterUrl' | 'postgresUrl', ...errors: Error[]) {
  const spy = vi.spyOn(PatientJobScheduler.prototype, server === 'postgresUrl' ? 'plan' : 'planOwn');
  for (const error of errors) spy.mockRejectedValueOnce(error);
  onTestFinished(() => spy.mockRestore());
  return spy;
}

describe.each(['redisUrl', 'redisClusterUrl', 'postgresUrl'] as const)('%s', (name) => {
  it('a connection that is lost meanwhile drops no run, and the next one is planned', async () => {
    const { makeDue, planned, ran, id, next } = await open(inject(name));
    const terminated = new Error('terminating connection due to administrator command');
    failPlanning(
      name,
      new Error('Connection terminated unexpectedly'),
      Object.assign(terminated, { code: '57P01' }),
      Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    );
    await makeDue();
    await vi.waitFor(() => expect(ran).toEqual([id]), PATIENT);
    expect(await planned()).toEqual({ at: next + HOUR, isLive: true });
  });

  it('a run behind which none can be planned is done, told, and its schedule is repaired by the next check', async () => {
    const { jobs, key, makeDue, planned, ran, id, errors } = await open(inject(name));
    failPlanning(name, new TypeError('CronPattern: Invalid configuration'));
    await makeDue();
    await vi.waitFor(() => expect(ran).toEqual([id]), PATIENT);
    await vi.waitFor(
      () => expect(errors.map(({ message }) => message).join()).toContain(`the schedule "${key}"`),
      PATIENT,
    );
    await vi.waitFor(async () => expect(await planned()).toMatchObject({ isLive: false }), PATIENT);
    expect((await jobs.scheduler.check()).repaired).toContain(key);
    expect(await planned()).toMatchObject({ isLive: true });
  });

  it('a store that stays away gives the run back when its lock has run out', async () => {
    const times = { lockDuration: 1_000, stalledInterval: 200 };
    const { makeDue, planned, ran, id, next } = await open(inject(name), times);
    const spy = failPlanning(name);
    spy.mockRejectedValue(new Error('connect ETIMEDOUT, the connection is closed'));
    await makeDue();
    await vi.waitFor(() => expect(spy.mock.calls.length).toBeGreaterThan(1), PATIENT);
    expect(ran).toEqual([]);
    spy.mockRestore();
    await vi.waitFor(() => expect(ran).toEqual([id]), PATIENT);
    expect(await planned()).toEqual({ at: next + HOUR, isLive: true });
  });

  it('a schedule that finds no free slot keeps the plan that it has until there is another', async () => {
    const engine = resolveEngine(inject(name), { prefix: 'bull', onError() {} });
    onTestFinished(() => engine.close());
    await engine.ready();
    const key = uniqueName('busy');
    const queue = engine.queue(uniqueName('planned'));
    const start = Math.floor(Date.now() / HOUR + 1) * HOUR;
    const far = start + 1_000 * HOUR;
    const plan = (startAt: number) =>
      queue.planRuns([{ key, data: {}, rhythm: { every: HOUR, offset: 0, startAt }, options: { attempts: 1 } }]);
    await plan(far);
    // More than are looked at: what is seen then is what is seen after each of them.
    const taken = Array.from({ length: 110 }, (_, n) => runId(key, start + n * HOUR));
    for (const id of taken) await queue.add({ id, data: {}, options: { attempts: 1, delay: HOUR } });
    await plan(start);
    expect(await queue.plannedRuns([key])).toEqual([{ at: far, isLive: true }]);
    expect((await queue.getMany([runId(key, far)]))[0]).toMatchObject({ state: 'delayed' });
    for (const id of taken) await queue.remove(id);
    await plan(start);
    expect((await queue.plannedRuns([key]))[0]?.at).toBeLessThan(start + 2 * HOUR);
    expect(await queue.getMany([runId(key, far)])).toEqual([undefined]);
  });

  it('two workers that share many due schedules run each slot once, and plan one run after each', async () => {
    const queue = defineQueue({ name: uniqueName('shared'), schema: z.object({ shop: z.string() }) });
    const keys = Array.from({ length: 60 }, (_, n) => uniqueName(`shared-${n}`));
    const ran: string[] = [];
    const connection = inject(name);
    const processes = [0, 1].map(() => {
      const jobs = createJobs({ connection, queues: [queue], logger: silentLogger, environment: {} });
      onTestFinished(() => jobs.close());
      jobs.registerProcessor(defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
      return jobs;
    });
    const [first] = processes;
    if (!first) return expect.fail();
    const engine = resolveEngine(connection, { prefix: 'bull', onError() {} });
    onTestFinished(() => engine.close());
    const due = Date.now() + HOUR;
    const upsert = (key: string, n: number) => {
      const options = { key, queue, data: { shop: key }, ...(n % 2 === 0 ? { priority: 5 } : {}) };
      if (n % 3 === 0) return first.scheduler.upsert({ ...options, every: HOUR, startAt: due });
      if (n % 3 === 1)
        return first.scheduler.upsert({ ...options, cron: '*/20 * * * *', timezone: 'America/New_York' });
      // Has no other run: its end comes before.
      return first.scheduler.upsert({ ...options, every: HOUR, startAt: due, endAt: due + HOUR });
    };
    await Promise.all(keys.map(upsert));
    const slots = (await engine.queue(queue.name).plannedRuns(keys)).map((run) => run?.at ?? 0);
    const ids = keys.map((key, n) => runId(key, slots[n] ?? 0));
    await Promise.all(ids.map((id) => engine.queue(queue.name).promote(id)));
    // One is removed while its run waits, and one is changed.
    const [removed = '', changed = ''] = keys;
    await first.scheduler.remove(removed);
    await first.scheduler.upsert({ key: changed, queue, data: { shop: 'new' }, every: 2 * HOUR });
    await Promise.all(
      processes.map((jobs) => jobs.startWorker({ handleSignals: false, concurrency: { [queue.name]: 20 } })),
    );
    const expected = ids.slice(2).toSorted();
    await vi.waitFor(() => expect(ran.filter((id) => expected.includes(id)).toSorted()).toEqual(expected), PATIENT);
    await vi.waitFor(async () => expect((await first.queue(queue).counts()).active).toBe(0), PATIENT);
    expect(new Set(ran).size).toBe(ran.length);
    const check = async () => {
      for (const [n, run] of (await engine.queue(queue.name).plannedRuns(keys)).entries()) {
        const [slot = 0, key = ''] = [slots[n], keys[n]];
        if (n === 0) expect(run).toBeUndefined();
        else if (n % 3 === 2) expect((await first.scheduler.get(key))?.next).toBeUndefined();
        else {
          expect(run, key).toMatchObject({ isLive: true });
          expect(run?.at).toBeGreaterThan(slot);
          expect(await first.scheduler.nextRuns(key, 3)).toContain(run?.at);
          const job = await engine.queue(queue.name).get(runId(key, run?.at ?? 0));
          expect(job?.priority).toBe(n % 2 === 0 && n > 1 ? 5 : 0);
        }
      }
    };
    // The check of the schedules, which begins with a worker, plans them again: here they have run before they were due.
    await vi.waitFor(check, PATIENT);
  });

  it('two workers run slot after slot of the same schedules once, whichever of them did the run before', async () => {
    const queue = defineQueue({ name: uniqueName('turns'), schema: z.object({}) });
    const keys = Array.from({ length: 30 }, (_, n) => uniqueName(`turns-${n}`));
    const ran: string[] = [];
    const skipped: string[] = [];
    const connection = inject(name);
    const [first, second] = [0, 1].map(() => {
      const jobs = createJobs({ connection, queues: [queue], logger: silentLogger, environment: {} });
      onTestFinished(() => jobs.close());
      jobs.events.on('schedule:skipped', ({ reason }) => void skipped.push(reason));
      jobs.registerProcessor(defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
      return jobs;
    });
    if (!first || !second) return expect.fail();
    const engine = resolveEngine(connection, { prefix: 'bull', onError() {} });
    onTestFinished(() => engine.close());
    await engine.ready();
    const engineQueue = engine.queue(queue.name);
    await Promise.all(keys.map((key) => first.scheduler.upsert({ key, queue, data: {}, every: HOUR })));
    const start = { handleSignals: false, concurrency: { [queue.name]: 10 } };
    await Promise.all([first, second].map((jobs) => jobs.startWorker(start)));
    const expected: string[] = [];
    for (let round = 0; round < 4; round++) {
      const planned = await engineQueue.plannedRuns(keys);
      const ids = planned.map((run, n) => runId(keys[n] ?? '', run?.at ?? 0));
      await Promise.all(ids.map((id) => engineQueue.promote(id)));
      expected.push(...ids);
      await vi.waitFor(() => expect(ran).toHaveLength(expected.length), PATIENT);
      await vi.waitFor(async () => expect((await first.queue(queue).counts()).active).toBe(0), PATIENT);
    }
    expect(ran.toSorted()).toEqual(expected.toSorted());
    expect(skipped).toEqual([]);
  });
});
