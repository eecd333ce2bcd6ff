/** Behaviour: what can be done to a job that is a run of a schedule. Its chain of runs survives each of these. */
import { expect, it } from 'vitest';
import { runId } from '../../../engine/contract.js';
import { JobConflictError } from '../../../errors.js';
import type { Jobs } from '../../../jobs-instance.js';
import { createMonitoringHandler } from '../../../monitoring/app.js';
import { defineProcessor } from '../../../processor/definition.js';
import { gate, rejection, type TestBed, uniqueName, until } from '../test-bed.js';
import { makeDue, syncs } from './schedules.js';

const HOUR = 3_600_000;
const data = { shop: 'a' };

/** The id of its next run, which is planned. */
async function nextOf(bed: TestBed, jobs: Pick<Jobs, 'scheduler'>, key: string): Promise<string> {
  const { next, queue = '' } = (await jobs.scheduler.get(key)) ?? {};
  expect(await bed.engine().queue(queue).plannedRuns([key])).toEqual([{ at: next, isLive: true }]);
  return runId(key, next ?? 0);
}

export function describeScheduleJobs(bed: TestBed): void {
  it('the next run is neither removed nor cancelled, delayed or waiting: the error names its schedule', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const key = uniqueName('kept:a:b c');
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const monitoring = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
    const refuses = async (id: string) => {
      for (const refused of [() => handle.remove(id), () => handle.cancel(id)]) {
        const error = await rejection(refused());
        expect(error).toBeInstanceOf(JobConflictError);
        expect(error.message).toContain(`the schedule "${key}"`);
      }
      for (const action of ['remove', 'cancel']) {
        const url = `http://localhost/api/jobs/${queue.name}/jobs/${encodeURIComponent(id)}?action=${action}`;
        const answer = await monitoring(new Request(url, { method: 'POST', headers: { host: 'localhost' } }));
        expect(answer.status).toBe(409);
        expect(await answer.json()).toMatchObject({
          error: { code: 'JOB_CONFLICT', message: expect.stringContaining(key) },
        });
      }
    };
    await refuses(await nextOf(bed, jobs, key));
    await handle.pause();
    const due = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await refuses(due);
    expect(await nextOf(bed, jobs, key)).toBe(due);
    // Its schedule gives it up.
    await jobs.scheduler.pause(key);
    expect(await handle.remove(due)).toBe(true);
    expect(await handle.counts()).toMatchObject({ paused: 0, delayed: 0 });
  });

  it('a run that runs is cancelled as any job; the one behind it stays', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const key = uniqueName('running');
    const started = gate();
    const process = async ({ signal }: { signal: AbortSignal }) => {
      started.open();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await bed.work(jobs, defineProcessor({ queue, process }));
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const id = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await started.opened;
    expect(await handle.remove(id)).toBe(false);
    expect(await handle.cancel(id)).toBe('requested');
    await until(async () => expect((await handle.get(id))?.state).toBe('failed'));
    expect(await nextOf(bed, jobs, key)).not.toBe(id);
    expect(await handle.cancel(id)).toBe('finished');
    expect(await handle.remove(id)).toBe(true);
    expect(await handle.get(id)).toBeUndefined();
    await nextOf(bed, jobs, key);
  });

  it('runs that are over are retried and removed as any job', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const key = uniqueName('over');
    let fails = true;
    const process = () => {
      if (fails) throw new Error('not yet');
    };
    await bed.work(jobs, defineProcessor({ queue, process }));
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const first = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await until(async () => expect((await handle.get(first))?.state).toBe('failed'));
    fails = false;
    expect(await handle.retry(first)).toBe(true);
    await until(async () => expect((await handle.get(first))?.state).toBe('completed'));
    expect(await nextOf(bed, jobs, key)).not.toBe(first);
    expect(await handle.remove(first)).toBe(true);
    fails = true;
    const failed = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await until(async () => expect((await handle.get(failed))?.state).toBe('failed'));
    expect(await handle.clean({ state: 'failed' })).toBe(1);
    await nextOf(bed, jobs, key);
  });

  it('a run that waits for its next attempt is removed, as the run behind it is planned', async () => {
    const queue = syncs({ attempts: 2, backoff: HOUR });
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const key = uniqueName('again');
    await bed.work(jobs, defineProcessor({ queue, process: () => Promise.reject(new Error('later')) }));
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR, overlap: 'allow' });
    const ids = [];
    for (let n = 0; n < 2; n++) {
      const id = await makeDue(bed.engine().queue(queue.name), jobs, key);
      await until(async () => expect((await handle.get(id))?.attemptsMade).toBe(1));
      await until(async () => expect((await handle.get(id))?.state).toBe('delayed'));
      ids.push(id);
    }
    const [removed = '', cancelled = ''] = ids;
    expect(await handle.remove(removed)).toBe(true);
    expect(await handle.cancel(cancelled)).toBe('removed');
    await nextOf(bed, jobs, key);
    expect(await handle.counts()).toMatchObject({ delayed: 1, waiting: 0 });
  });

  it('the last run of a schedule that has ended is removed like any job', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    const key = uniqueName('last');
    const slot = Math.floor(Date.now() / HOUR + 2) * HOUR;
    await jobs.scheduler.upsert({ key, queue, data, cron: '0 * * * *', startAt: slot, endAt: slot + 1 });
    await bed.work(jobs, defineProcessor({ queue, process: () => undefined }));
    const id = await makeDue(bed.engine().queue(queue.name), jobs, key);
    await until(async () => expect((await handle.get(id))?.state).toBe('completed'));
    expect(await handle.remove(id)).toBe(true);
    expect(await handle.get(id)).toBeUndefined();
    expect((await jobs.scheduler.get(key))?.next).toBeUndefined();
  });

  it('a waiting run of a schedule that is gone is removed like any job', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const key = uniqueName('orphan');
    await jobs.queue(queue).pause();
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const [one, other] = [uniqueName('one'), uniqueName('other')];
    await jobs.scheduler.upsertMany([one, other].map((name) => ({ key: name, queue, data, every: HOUR })));
    const engineQueue = bed.engine().queue(queue.name);
    const [first, second] = [await makeDue(engineQueue, jobs, one), await makeDue(engineQueue, jobs, other)];
    await jobs.scheduler.remove(one);
    await jobs.scheduler.remove(other);
    expect(await jobs.queue(queue).remove(first)).toBe(true);
    expect(await jobs.queue(queue).cancel(second)).toBe('removed');
    expect(await jobs.queue(queue).counts()).toMatchObject({ paused: 0, delayed: 1 });
    await nextOf(bed, jobs, key);
  });

  it.each(['empty', 'clean'] as const)('%s takes the jobs and leaves the next runs of schedules', async (how) => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const handle = jobs.queue(queue);
    await handle.pause();
    const [delayed, waiting] = [uniqueName('delayed'), uniqueName('waiting')];
    await jobs.scheduler.upsertMany([delayed, waiting].map((key) => ({ key, queue, data, every: HOUR })));
    const due = await makeDue(bed.engine().queue(queue.name), jobs, waiting);
    await handle.addMany([{ data }, { data }, { data, options: { delay: HOUR } }, { data, options: { priority: 3 } }]);
    const removed =
      how === 'empty'
        ? await handle.empty()
        : (await handle.clean({ state: 'waiting' })) + (await handle.clean({ state: 'delayed' }));
    expect(removed).toBe(4);
    expect(await handle.counts()).toMatchObject({ paused: 1, delayed: 1 });
    expect(await nextOf(bed, jobs, waiting)).toBe(due);
    await nextOf(bed, jobs, delayed);
  });
}
