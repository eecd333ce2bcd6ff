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
function failPlanning(...errors: Error[]) {
  const spy = vi.spyOn(PatientJobScheduler.prototype, 'plan');
  for (const error of errors) spy.mockRejectedValueOnce(error);
  onTestFinished(() => spy.mockRestore());
  return spy;
}

describe.each(['redisUrl', 'redisClusterUrl', 'postgresUrl'] as const)('%s', (name) => {
  it('a connection that is lost meanwhile drops no run, and the next one is planned', async () => {
    const { makeDue, planned, ran, id, next } = await open(inject(name));
    const terminated = new Error('terminating connection due to administrator command');
    failPlanning(
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
    failPlanning(new TypeError('CronPattern: Invalid configuration'));
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
    const spy = failPlanning();
    spy.mockRejectedValue(new Error('connect ETIMEDOUT, the connection is closed'));
    await makeDue();
    await vi.waitFor(() => expect(spy.mock.calls.length).toBeGreaterThan(1), PATIENT);
    expect(ran).toEqual([]);
    spy.mockRestore();
    await vi.waitFor(() => expect(ran).toEqual([id]), PATIENT);
    expect(await planned()).toEqual({ at: next + HOUR, isLive: true });
  });
});
