/** Behaviour: records of schedules that another release, or somebody's hand, has written, and nobody can read or plan. */
import { expect, it } from 'vitest';
import type { Engine } from '../../../engine/contract.js';
import { runId } from '../../../engine/contract.js';
import { ScheduleError } from '../../../errors.js';
import { createMonitoringHandler } from '../../../monitoring/app.js';
import { defineProcessor } from '../../../processor/definition.js';
import { CapturedLog } from '../captured-log.js';
import { record, rejection, type TestBed, uniqueName, until } from '../test-bed.js';
import { expectNothing } from './refusals.js';
import { syncs } from './schedules.js';

const HOUR = 3_600_000;
const data = { shop: 'a' };

/** Stores records as somebody else's hand would. */
async function store(engine: Engine, queue: string, records: Readonly<Record<string, string>>): Promise<void> {
  const stored = Object.entries(records).map(([key, text]) => {
    return { key, print: 'theirs', record: text, indexes: ['all', 'source:', `queue:${queue}`] };
  });
  await engine.schedules.put(stored);
  await engine.schedules.settle(stored);
}

export function describeScheduleRecords(bed: TestBed): void {
  it('goes on past records that cannot be read or planned, reports each by its key, and repairs the others', async () => {
    const queue = syncs();
    const log = new CapturedLog();
    const jobs = bed.open([queue], { logger: log.logger });
    const engine = bed.engine();
    const [first, last] = [uniqueName('a-first'), uniqueName('z-last')];
    await jobs.scheduler.upsertMany([first, last].map((key) => ({ key, queue, data, every: HOUR })));
    const [text = ''] = await engine.schedules.records([first]);
    const change = (key: string, fields: object) => {
      const { definition, ...rest } = JSON.parse(text);
      const { every: _, ...others } = definition;
      return [key, JSON.stringify({ ...rest, definition: { ...others, key, ...fields } })] as const;
    };
    const broken = Object.fromEntries([
      [uniqueName('m-cut'), text.slice(0, 20)],
      [uniqueName('m-empty'), ''],
      [uniqueName('m-null'), 'null'],
      [uniqueName('m-list'), '[]'],
      [uniqueName('m-text'), '"text"'],
      [uniqueName('m-shape'), '{"definition":{}}'],
      [uniqueName('m-other-key'), text],
      change(uniqueName('m-far'), { every: HOUR, startAt: Number.MAX_SAFE_INTEGER }),
      change(uniqueName('m-far-cron'), { cron: '0 3 * * *', startAt: Number.MAX_SAFE_INTEGER }),
      change(uniqueName('m-cron'), { cron: '0 3 * * * * * *' }),
      change(uniqueName('m-zone'), { cron: '0 3 * * *', timezone: 'Mars/Base' }),
      change(uniqueName('m-zero'), { every: 0 }),
      change(uniqueName('m-no-rhythm'), {}),
      change(uniqueName('m-tags'), { every: HOUR, tags: 'none' }),
    ]);
    await store(engine, queue.name, broken);
    // Of a queue that this host does not know: that is another one's.
    const foreign = uniqueName('m-foreign');
    await store(engine, queue.name, Object.fromEntries([change(foreign, { every: HOUR, queue: 'elsewhere' })]));
    const keys = Object.keys(broken);
    try {
      for (const key of [first, last]) await engine.queue(queue.name).unplanRuns([key]);
      const { repaired, failed, problems } = await jobs.scheduler.check();
      expect(repaired).toEqual(expect.arrayContaining([first, last]));
      expect(failed).toBeGreaterThanOrEqual(keys.length);
      const told = problems.map(({ key }) => key);
      expect(told).toEqual(expect.arrayContaining(keys));
      expect(told).not.toContain(foreign);
      expect(log.find('schedule not checked')).toMatchObject({ level: 'error', schedule: expect.any(String) });
      const { schedules } = await jobs.scheduler.list({ queue });
      expect(schedules.map(({ key }) => key)).toEqual(expect.arrayContaining([first, last]));
      for (const key of keys) {
        // Written anew, it is whole again; removed, it is gone.
        await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
        expect(await jobs.scheduler.get(key)).toMatchObject({ every: HOUR });
      }
      expect((await jobs.scheduler.check()).problems.filter(({ key }) => keys.includes(key))).toEqual([]);
    } finally {
      await store(engine, queue.name, broken);
      for (const key of [...keys, foreign]) expect(await jobs.scheduler.remove(key)).toBe(true);
    }
    for (const key of keys) await expectNothing(engine, queue.name, key);
  });

  it('keeps running a schedule whose zone is an offset, which earlier releases took', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const engine = bed.engine();
    const key = uniqueName('offset');
    await jobs.scheduler.upsert({ key, queue, data, cron: '30 8,20 * * *' });
    const [text = ''] = await engine.schedules.records([key]);
    const { definition, ...rest } = JSON.parse(text);
    const stored = JSON.stringify({ ...rest, definition: { ...definition, timezone: '+05:30' } });
    try {
      await store(engine, queue.name, { [key]: stored });
      await engine.queue(queue.name).unplanRuns([key]);
      const { repaired, problems } = await jobs.scheduler.check();
      expect(problems.filter((problem) => problem.key === key)).toEqual([]);
      expect(repaired).toContain(key);
      const runs = await jobs.scheduler.nextRuns(key, 4);
      // 08:30 and 20:30 there.
      expect(new Set(runs.map((at) => new Date(at).toISOString().slice(11, 16)))).toEqual(new Set(['03:00', '15:00']));
      const [next = 0, behind] = runs;
      const ran: string[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
      await engine.queue(queue.name).promote(runId(key, next));
      await until(() => expect(ran).toHaveLength(1));
      await until(async () => {
        expect(await engine.queue(queue.name).plannedRuns([key])).toMatchObject([{ at: behind, isLive: true }]);
      });
    } finally {
      await jobs.scheduler.remove(key);
    }
  });

  it('a run whose record cannot be read is left out, and the next one is planned', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const engine = bed.engine();
    const key = uniqueName('unreadable');
    await jobs.scheduler.upsert({ key, queue, data, every: HOUR });
    const { next = 0 } = (await jobs.scheduler.get(key)) ?? {};
    await store(engine, queue.name, { [key]: '{"definition":' });
    try {
      const skipped = record(jobs, 'schedule:skipped');
      const ran: string[] = [];
      await bed.work(jobs, defineProcessor({ queue, process: ({ id }) => void ran.push(id) }));
      await engine.queue(queue.name).promote(runId(key, next));
      await until(() => expect(skipped).toMatchObject([{ key, reason: expect.stringContaining('cannot be read') }]));
      expect(ran).toEqual([]);
      const planned = await engine.queue(queue.name).plannedRuns([key]);
      expect(planned).toMatchObject([{ at: next + HOUR, isLive: true }]);
      const error = await rejection(jobs.scheduler.pause(key));
      expect(error).toBeInstanceOf(ScheduleError);
      expect(error.message).toContain('cannot be read');
      const monitoring = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
      const ask = async (method: string, body?: object) => {
        const headers = { host: 'localhost', 'content-type': 'application/json' };
        const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
        return (await monitoring(new Request(`http://localhost/api/jobs/schedules/${key}`, init))).status;
      };
      expect(await ask('PUT', { queue: queue.name, data, every: HOUR })).toBe(400);
      expect(await ask('DELETE')).toBe(200);
      expect(await ask('DELETE')).toBe(404);
    } finally {
      await jobs.scheduler.remove(key);
    }
  });
}
