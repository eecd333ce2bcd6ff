/** Behaviour: schedules that cannot be planned, of callers and of sources. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Engine, RunPlan } from '../../../engine/contract.js';
import { runId } from '../../../engine/contract.js';
import { ScheduleError, ScheduleNotFoundError } from '../../../errors.js';
import { createMonitoringHandler } from '../../../monitoring/app.js';
import { defineQueue } from '../../../queue/definition.js';
import { rejection, type TestBed, uniqueName } from '../test-bed.js';
import { syncs } from './schedules.js';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const data = { shop: 'a' };

/** Fields that can't be planned, and the one that is told. */
const UNPLANNABLE: readonly (readonly [fields: Readonly<Record<string, unknown>>, field: string])[] = [
  [{ every: HOUR, startAt: Number.MAX_SAFE_INTEGER }, 'startAt'],
  [{ cron: '0 3 * * *', startAt: Number.MAX_SAFE_INTEGER }, 'startAt'],
  [{ every: HOUR, startAt: 8.64e15 + 1 }, 'startAt'],
  [{ every: HOUR, startAt: 8.64e15 }, 'startAt'],
  [{ every: HOUR, startAt: new Date(8.64e15) }, 'startAt'],
  [{ every: HOUR, startAt: 2 ** 53 }, 'startAt'],
  [{ every: HOUR, startAt: -1 }, 'startAt'],
  [{ every: HOUR, startAt: Number.NaN }, 'startAt'],
  [{ every: HOUR, startAt: Number.POSITIVE_INFINITY }, 'startAt'],
  [{ every: HOUR, startAt: 0.5 }, 'startAt'],
  [{ every: HOUR, startAt: '' }, 'startAt'],
  [{ every: HOUR, startAt: new Date(Number.NaN) }, 'startAt'],
  [{ every: HOUR, startAt: '9999-12-31' }, 'startAt'],
  [{ cron: '0 3 * * *', startAt: '9999-12-31' }, 'startAt'],
  [{ every: HOUR, startAt: Date.UTC(2500, 0, 1) }, 'startAt'],
  [{ every: HOUR, endAt: Number.MAX_SAFE_INTEGER }, 'endAt'],
  [{ every: HOUR, endAt: Date.UTC(10_000, 0, 1) }, 'endAt'],
  [{ every: HOUR, endAt: -1 }, 'endAt'],
  [{ every: HOUR, startAt: 2_000, endAt: 1_000 }, 'endAt'],
  [{ every: HOUR, startAt: 1_000, endAt: 1_000 }, 'endAt'],
  [{ every: 999 }, 'every'],
  [{ every: 0 }, 'every'],
  [{ every: -HOUR }, 'every'],
  [{ every: Number.NaN }, 'every'],
  [{ every: Number.POSITIVE_INFINITY }, 'every'],
  [{ every: Number.MAX_SAFE_INTEGER }, 'every'],
  [{ every: 1_000.5 }, 'every'],
  [{}, 'every'],
  [{ cron: '' }, 'cron'],
  [{ cron: '0 3 30 2 *' }, 'cron'],
  [{ cron: '0 3 31 4,6,9,11 *' }, 'cron'],
  [{ cron: '61 * * * *' }, 'cron'],
  [{ cron: '* * * * * * *' }, 'cron'],
  [{ cron: 'never' }, 'cron'],
  [{ cron: '\0 * * * *' }, 'cron'],
  [{ cron: `${'0,'.repeat(600)}0 * * * *` }, 'cron'],
  [{ cron: '0 3 * * *', timezone: '' }, 'timezone'],
  [{ cron: '0 3 * * *', timezone: 'Mars/Base' }, 'timezone'],
  // Some versions of Node take it, others do not.
  [{ cron: '0 3 * * *', timezone: '+02:00' }, 'timezone'],
  [{ cron: '0 3 * * *', timezone: 'UTC\0' }, 'timezone'],
  [{ cron: '0 3 * * *', timezone: 'x'.repeat(100_000) }, 'timezone'],
  [{ every: HOUR, jitter: -1 }, 'jitter'],
  [{ every: HOUR, jitter: HOUR + 1 }, 'jitter'],
  [{ every: HOUR, jitter: Number.NaN }, 'jitter'],
  [{ every: HOUR, priority: -1 }, 'priority'],
  [{ every: HOUR, priority: 2 ** 31 }, 'priority'],
  [{ every: HOUR, tags: ['\0'] }, 'tags.0'],
  [{ every: HOUR, tags: ['half \ud83c'] }, 'tags.0'],
  [{ every: HOUR, tags: ['x'.repeat(1_000)] }, 'tags.0'],
  [{ every: HOUR, data: { shop: 5 } }, 'data.shop'],
  [{ every: HOUR, data: null }, 'data'],
];

/** What the types forbid, as JSON and plain JavaScript have it. */
const untyped = <T>(value: unknown): T => value as T;

/** Neither a record nor a plan. */
export async function expectNothing(engine: Engine, queue: string, key: string): Promise<void> {
  expect(await engine.schedules.records([key])).toEqual([undefined]);
  expect(await engine.queue(queue).plannedRuns([key])).toEqual([undefined]);
}

export function describeScheduleRefusals(bed: TestBed): void {
  it('refuses what cannot be planned with its field, and leaves nothing behind', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const engine = bed.engine();
    for (const [fields, field] of UNPLANNABLE) {
      const [key, neighbour] = [uniqueName('unplannable'), uniqueName('neighbour')];
      const schedule = untyped<{ key: string; queue: typeof queue; data: typeof data; every: number }>({
        key,
        queue,
        data,
        ...fields,
      });
      const good = { key: neighbour, queue, data, every: HOUR };
      for (const written of [
        () => jobs.scheduler.upsert(schedule),
        () => jobs.scheduler.upsertMany([good, schedule]),
      ]) {
        const error = await rejection(written()).catch(() => expect.fail(`${JSON.stringify(fields)} was taken`));
        expect(error, field).toBeInstanceOf(ScheduleError);
        expect(error instanceof ScheduleError && error.issues.map(({ path }) => path.join('.')), field).toContain(
          field,
        );
      }
      await expectNothing(engine, queue.name, key);
      await expectNothing(engine, queue.name, neighbour);
    }
  });

  it('finds nothing by a name that no schedule can have', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    await jobs.scheduler.upsert({ key: uniqueName('\ufffd'), queue, data, every: HOUR });
    for (const name of ['', '\0', 'half \ud83c', 'two\nlines']) {
      expect(await jobs.scheduler.get(name)).toBeUndefined();
      expect(await jobs.scheduler.remove(name)).toBe(false);
      const { scheduler } = jobs;
      for (const asked of [
        () => scheduler.pause(name),
        () => scheduler.runNow(name),
        () => scheduler.nextRuns(name, 1),
      ]) {
        expect(await rejection(asked())).toBeInstanceOf(ScheduleNotFoundError);
      }
      for (const query of [{ tag: name }, { tenant: name }, { queue: name }]) {
        expect(await jobs.scheduler.list(query)).toEqual({ schedules: [] });
      }
    }
  });

  it('finds the schedules of a tenant, whatever it is called', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const tenants = ['two\nlines', 'two lines', 'a\ttab'].map((name) => `${name} ${uniqueName('of')}`);
    for (const shop of tenants)
      await jobs.scheduler.upsert({ key: uniqueName('tenant'), queue, data: { shop }, every: HOUR });
    for (const tenant of tenants) {
      expect((await jobs.scheduler.list({ tenant })).schedules).toMatchObject([{ tenant }]);
    }
  });

  it('takes what is at the edge of what can be planned', async () => {
    const queue = syncs();
    const jobs = bed.open([queue]);
    const soon = Math.ceil((Date.now() + HOUR) / 1_000) * 1_000;
    const edges = [
      { startAt: 0 },
      { startAt: '1970-01-01', endAt: '9999-12-31T23:59:59.999Z' },
      { startAt: soon + 9 * YEAR },
      { endAt: Date.UTC(9999, 11, 31, 23, 59, 59, 999) },
      { every: 10 * YEAR },
      { every: 10 * YEAR, jitter: 10 * YEAR },
    ];
    for (const edge of edges) {
      const key = uniqueName('edge');
      await jobs.scheduler.upsert({ key, queue, data, every: HOUR, ...edge });
      const { next = 0 } = (await jobs.scheduler.get(key)) ?? {};
      expect(await jobs.queue(queue).get(runId(key, next))).toMatchObject({ state: 'delayed', data });
      await jobs.scheduler.remove(key);
    }
  });

  it('one bad entry of a source keeps none of its neighbours from their next runs', async () => {
    const queue = syncs();
    const strict = defineQueue({
      name: uniqueName('strict'),
      schema: z.object({ shop: z.string() }),
      tenant: ({ shop }) => (shop === 'odd' ? expect.fail('this shop has no tenant') : shop),
    });
    const jobs = bed.open([queue, strict]);
    const name = uniqueName('mixed');
    const good = Array.from({ length: 3 }, (_, n) => ({ key: `${name}-${n}`, queue, data, every: HOUR }));
    const bad = [
      ...UNPLANNABLE.map(([fields]) => ({ key: uniqueName('bad'), queue, data, ...fields })),
      { key: `${name}\0`, queue, data, every: HOUR },
      { key: `${name}\ud83c`, queue, data, every: HOUR },
      { key: 'x'.repeat(10_000), queue, data, every: HOUR },
      { key: Symbol('key'), queue, data, every: HOUR },
      { key: uniqueName('bad'), queue: Object.create(null), data, every: HOUR },
      { key: uniqueName('bad'), queue: { name: Symbol('queue') }, data, every: HOUR },
      { key: uniqueName('bad'), queue: 'no such queue', data, every: HOUR },
      { key: uniqueName('bad'), queue, data: { shop: 'a', big: 1n }, every: HOUR },
      { key: uniqueName('bad'), queue: strict, data: { shop: 'odd' }, every: HOUR },
      null,
      'a text',
    ];
    const source = { name, schedules: () => untyped<typeof good>([good[0], ...bad, good[1], good[2]]) };
    const result = await jobs.scheduler.reconcile(source);
    expect(result).toMatchObject({ added: 3, refused: bad.length });
    expect(result.problems).toHaveLength(bad.length);
    const planned = await bed
      .engine()
      .queue(queue.name)
      .plannedRuns(good.map(({ key }) => key));
    expect(planned).toEqual(good.map(() => expect.objectContaining({ isLive: true })));
    expect(await jobs.scheduler.reconcile(source)).toMatchObject({ untouched: 3, refused: bad.length, removed: 0 });
  });

  it('a schedule that the store refuses to plan leaves nothing behind, and its neighbours are planned', async () => {
    const queue = syncs();
    const engine = bed.engine();
    const name = uniqueName('refused');
    const keys = Array.from({ length: 7 }, (_, n) => `${name}-${n}`);
    const refused = new Set([keys[2], keys[5]]);
    const jobs = bed.open([queue], { engine: refusing(engine, ({ key }) => refused.has(key)) });
    const schedules = keys.map((key) => ({ key, queue, data, every: HOUR }));
    const result = await jobs.scheduler.reconcile({ name, schedules: () => schedules });
    expect(result).toMatchObject({ added: 5, refused: 2 });
    expect(result.problems.map(({ key }) => key)).toEqual([keys[2], keys[5]]);
    for (const key of keys) {
      if (refused.has(key)) await expectNothing(engine, queue.name, key);
      else expect(await engine.queue(queue.name).plannedRuns([key])).toMatchObject([{ isLive: true }]);
    }
    // What there was before stays as it was.
    const [first = ''] = keys;
    const before = await jobs.scheduler.get(first);
    refused.add(first);
    const changed = { key: first, queue, data, every: 2 * HOUR };
    expect(await jobs.scheduler.reconcile({ name, schedules: () => [changed] })).toMatchObject({ refused: 1 });
    const other = uniqueName('refused');
    refused.add(other);
    const error = await rejection(
      jobs.scheduler.upsertMany([
        { ...changed, key: `${other}-beside` },
        { ...changed, key: other },
      ]),
    );
    expect(error).toBeInstanceOf(ScheduleError);
    for (const key of [other, `${other}-beside`]) await expectNothing(engine, queue.name, key);
    refused.delete(first);
    await jobs.scheduler.check();
    expect(await jobs.scheduler.get(first)).toEqual(before);
  });

  it('answers no PUT /schedules with 500, whatever it holds', async () => {
    const queue = syncs();
    const open = defineQueue({ name: uniqueName('open'), schema: z.unknown() });
    const jobs = bed.open([queue, open]);
    const engine = bed.engine();
    const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'ann', role: 'admin' }) });
    const put = async (key: string, body: string) => {
      const request = new Request(`http://localhost/api/jobs/schedules/${key}`, {
        method: 'PUT',
        headers: { host: 'localhost', 'content-type': 'application/json' },
        body,
      });
      const response = await handler(request);
      return { status: response.status, text: await response.text() };
    };
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const bodies = [
      ...UNPLANNABLE.map(([fields]) => JSON.stringify({ queue: queue.name, data, ...fields })),
      // As JSON can have it, and JSON.stringify does not write it.
      `{"queue":"${queue.name}","data":{"shop":"a"},"every":1e400}`,
      `{"queue":"${queue.name}","data":{"shop":"a"},"every":3600000,"startAt":1e400}`,
      `{"queue":"${queue.name}","data":{"shop":"a"},"every":3600000,"startAt":-1e400}`,
      `{"queue":"${queue.name}","data":{"shop":"a"},"every":3600000,"__proto__":{"startAt":9007199254740991}}`,
      `{"queue":"__proto__","data":{},"every":3600000}`,
      `{"queue":"constructor","data":{},"every":3600000}`,
      `{"queue":"${'q'.repeat(100_000)}","data":{},"every":3600000}`,
      `{"queue":"\\ud83c","data":{},"every":3600000}`,
      `{"queue":"${queue.name}","data":{"shop":"${'s'.repeat(100_000)}"},"every":3600000}`,
      `{"queue":"${queue.name}","data":{"shop":"\\u0000"},"every":3600000}`,
      `{"queue":"${queue.name}","data":{"shop":"\\ud83c"},"every":3600000}`,
      `{"queue":"${open.name}","data":{"__proto__":{"a":1},"constructor":1},"every":3600000}`,
      `{"queue":"${open.name}","data":"\\u0000","every":3600000}`,
      `{"queue":"${open.name}","data":{"\\ud83c":1},"every":3600000}`,
      `{"queue":"${open.name}","data":null,"every":3600000}`,
      `{"queue":"${open.name}","data":${deep(500)},"every":3600000}`,
      `{"queue":"${open.name}","data":${deep(10_000)},"every":3600000}`,
      `{"queue":"${open.name}","data":${'['.repeat(10_000)}${']'.repeat(10_000)},"every":3600000}`,
    ];
    for (const [index, body] of bodies.entries()) {
      const key = uniqueName('put');
      const { status, text } = await put(key, body);
      expect([200, 400, 413], `${index}: ${body.slice(0, 200)} ${status} ${text.slice(0, 300)}`).toContain(status);
      if (status === 200) expect(await jobs.scheduler.remove(key)).toBe(true);
      for (const { name } of [queue, open]) await expectNothing(engine, name, key);
    }
    const body = JSON.stringify({ queue: queue.name, data, every: HOUR });
    for (const key of ['%00', '%F0%9F', '%ED%A0%80', 'x'.repeat(3_000), '%0A', '__proto__', '%E2%80%A8', '..%2F..']) {
      const { status, text } = await put(key, body);
      expect([200, 400, 404], `${key.slice(0, 50)} ${status} ${text.slice(0, 300)}`).toContain(status);
      if (status === 200) await jobs.scheduler.remove(JSON.parse(text).data.key);
    }
  });
}

/** An engine that refuses to plan some schedules, for a reason of its own. */
function refusing(engine: Engine, isRefused: (plan: RunPlan) => boolean): Engine {
  return {
    ...engine,
    queue(name) {
      const queue = engine.queue(name);
      return new Proxy(queue, {
        get(target, property) {
          if (property === 'planRuns') {
            return async (plans: readonly RunPlan[]) => {
              if (plans.some(isRefused)) throw new Error('value out of range');
              await target.planRuns(plans);
            };
          }
          const value: unknown = Reflect.get(target, property);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}
