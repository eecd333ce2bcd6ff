/** Whose a job is: decided from the parsed data when it is added, kept with it, and asked for nowhere else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Engine } from '../engine/contract.js';
import { defineQueue } from '../queue/definition.js';
import { ENGINES, openBare } from './fixtures/engines.js';

/** The number of a shop, with or without a sign before it, is what stands in front of the colon. */
const schema = z.object({
  shop: z.string().transform((given) => given.split(':')[0]?.replace('#', '') ?? ''),
  note: z.string().optional(),
});
const orders = defineQueue({ name: 'orders', schema, tenant: ({ shop }) => shop });
const turns = defineQueue({ name: 'turns', schema, tenant: ({ shop }) => shop, fair: true });
const picky = defineQueue({
  name: 'picky',
  schema: schema.refine(async ({ note }) => note !== 'wrong'),
  tenant: ({ shop }) => shop,
});
const moved = defineQueue({
  name: 'moved',
  schema: z.object({ owner: z.string() }),
  version: 2,
  migrate: { 1: (data) => ({ owner: z.object({ shop: z.string() }).parse(data).shop }) },
  tenant: ({ owner }) => owner,
});
const own = (tenant: string) => ({ actor: `shop ${tenant}`, role: 'admin', tenants: [tenant] });
const all = { actor: 'ann', role: 'admin' };

describe.each(ENGINES)('on %s', (_name, connect) => {
  const open = (connection: string | undefined) => openBare(connection, [orders, turns, picky, moved]);
  let api: ReturnType<typeof open>;
  beforeEach(async () => {
    api = open(await connect());
  });
  afterEach(() => api.close());

  /** The ids of the jobs that a list answers. */
  async function idsOf(principal: unknown, path: string): Promise<string[]> {
    let ids: string[] = [];
    await expect
      .poll(async () => {
        const { status, data } = await api.ask(principal, 'GET', path);
        expect(status).toBe(200);
        ids = z
          .array(z.object({ id: z.string() }))
          .parse(data.jobs)
          .map(({ id }) => id);
        return data.isComplete;
      })
      .toBe(true);
    return ids.sort();
  }

  it.each([orders, turns, picky].map((queue) => [queue.name, queue] as const))(
    'a job of %s is seen and touched by the tenant of its parsed data alone',
    async (name, queue) => {
      await api.jobs.queue(queue).add({ shop: '#a:b' }, { id: 'one' });
      await api.jobs.queue(queue).addMany([{ data: { shop: 'b:a' }, options: { id: 'two' } }]);
      expect(await api.jobs.queue(queue).get('one')).toMatchObject({ tenant: 'a', data: { shop: '#a:b' } });
      expect(await idsOf(own('a'), `/${name}/jobs?state=waiting`)).toEqual(['one']);
      expect(await idsOf(own('b'), `/${name}/jobs`)).toEqual(['two']);
      expect(await idsOf(all, `/${name}/jobs?tenant=a`)).toEqual(['one']);
      // As it is written in the data, nobody is called.
      expect(await idsOf(own('#a:b'), `/${name}/jobs`)).toEqual([]);
      expect(await idsOf(own('#a:b'), `/${name}/jobs?id=one`)).toEqual([]);
      for (const action of ['retry', 'promote', 'cancel', 'remove']) {
        const refused = await api.ask(own('#a:b'), 'POST', `/${name}/jobs/one?action=${action}`);
        const missing = await api.ask(own('#a:b'), 'POST', `/${name}/jobs/nothing?action=${action}`);
        expect([refused.status, missing.status]).toEqual([404, 404]);
        expect(JSON.stringify(refused.error).replace('one', '?')).toBe(
          JSON.stringify(missing.error).replace('nothing', '?'),
        );
      }
      expect((await api.ask(own('b'), 'GET', `/${name}/jobs/one`)).status).toBe(404);
      expect((await api.ask(own('a'), 'GET', `/${name}/jobs/one`)).data).toMatchObject({ tenant: 'a' });
    },
  );

  it('a job that says nothing of it belongs to whom its parsed data names, and to nobody where that fails', async () => {
    const opts = { attempts: 1 };
    await raw(api.engine, orders.name, 'old', { shop: '#a:b' }, opts);
    await raw(api.engine, orders.name, 'broken', { shop: 7 }, opts);
    await raw(api.engine, moved.name, 'first', { shop: 'a' }, opts);
    expect(await idsOf(own('a'), '/orders/jobs')).toEqual(['old']);
    expect(await idsOf(own('#a:b'), '/orders/jobs')).toEqual([]);
    expect(await idsOf(all, '/orders/jobs')).toEqual(['broken', 'old']);
    expect(await idsOf(own('a'), '/moved/jobs')).toEqual(['first']);
  });

  it('stays what it was when the definition of the queue has changed', async () => {
    await raw(api.engine, moved.name, 'kept', { shop: 'a' }, { attempts: 1, bizinsights: { tenant: 'a1' } });
    expect(await idsOf(own('a1'), '/moved/jobs')).toEqual(['kept']);
    expect(await idsOf(own('a'), '/moved/jobs')).toEqual([]);
  });

  it('is of the job that is there where an add finds one by its key or its id', async () => {
    const queue = api.jobs.queue(orders);
    const options = { id: 'one', deduplicate: { key: 'same' } };
    await queue.add({ shop: 'a' }, options);
    expect(await queue.add({ shop: 'b' }, { deduplicate: { key: 'same' } })).toMatchObject({
      id: 'one',
      deduplicated: true,
    });
    await queue.add({ shop: 'b' }, { id: 'one' });
    expect(await idsOf(own('b'), '/orders/jobs')).toEqual([]);
    expect((await queue.get('one'))?.tenant).toBe('a');
  });

  it('nobody is a tenant without a name', async () => {
    await api.jobs.queue(orders).add({ shop: '' }, { id: 'one' });
    await api.jobs.scheduler.upsert({ key: 'daily', queue: 'orders', data: { shop: '' }, every: 3_600_000 });
    expect(await idsOf(own(''), '/orders/jobs')).toEqual([]);
    expect((await api.ask(own(''), 'GET', '/schedules')).data).toEqual({ schedules: [] });
    expect((await api.ask(own(''), 'POST', '/schedules/daily?action=run')).status).toBe(404);
    expect(await idsOf(all, '/orders/jobs?id=one')).toEqual(['one']);
    expect((await api.ask(all, 'GET', '/schedules')).data.schedules).toHaveLength(1);
  });

  it('who listens hears of the jobs of the tenant that is kept', async () => {
    const abort = new AbortController();
    const stream = await api.listen(own('a'), abort.signal);
    await api.jobs.queue(orders).add({ shop: 'a:b' }, { id: 'theirs' });
    await api.jobs.queue(orders).add({ shop: 'b:a' }, { id: 'not theirs' });
    await api.jobs.queue(orders).add({ shop: '#a' }, { id: 'last' });
    let told = '';
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      told += text;
      if (told.includes('"last"')) break;
    }
    abort.abort();
    expect(told).toContain('"theirs"');
    expect(told).not.toContain('not theirs');
  });

  it('a schedule for the data of another tenant is refused before anything is written, and so is a change of one', async () => {
    const put = (principal: unknown, shop: string, key = 'daily') =>
      api.ask(principal, 'PUT', `/schedules/${key}`, { body: { queue: 'orders', data: { shop }, every: 3_600_000 } });
    // The data says "a" to who reads it as it is.
    expect((await put(own('a:b'), 'a:b')).status).toBe(403);
    expect((await put(own('b'), 'a:b')).status).toBe(403);
    expect((await put(own('b'), '')).status).toBe(403);
    expect(await api.jobs.scheduler.get('daily')).toBeUndefined();
    expect(await api.jobs.queue(orders).counts()).toMatchObject({ delayed: 0 });

    expect((await put(own('a'), '#a:b')).data).toMatchObject({ tenant: 'a' });
    expect((await put(own('b'), 'b')).status).toBe(404);
    expect((await put(own('a'), 'b')).status).toBe(403);
    expect(await api.jobs.scheduler.get('daily')).toMatchObject({ tenant: 'a', data: { shop: '#a:b' } });
    for (const action of ['pause', 'resume', 'run']) {
      expect((await api.ask(own('b'), 'POST', `/schedules/daily?action=${action}`)).status).toBe(404);
    }
    expect((await api.ask(own('b'), 'DELETE', '/schedules/daily')).status).toBe(404);
    expect((await api.ask(own('a:b'), 'GET', '/schedules')).data).toEqual({ schedules: [] });
    expect((await api.ask(own('a'), 'GET', '/schedules')).data.schedules).toHaveLength(1);
  });

  it('the runs of a schedule are of its tenant, also after that has changed', async () => {
    const schedule = { key: 'daily', queue: 'orders', every: 3_600_000 } as const;
    await api.jobs.scheduler.upsert({ ...schedule, data: { shop: '#a:b' } });
    const { id } = await api.jobs.scheduler.runNow('daily');
    expect(await idsOf(own('a'), '/orders/jobs')).toContain(id);
    expect(await idsOf(own('a'), '/orders/jobs?state=delayed')).toHaveLength(1);
    await api.jobs.scheduler.upsert({ ...schedule, data: { shop: 'b' } });
    expect((await api.jobs.queue(orders).list({ state: 'delayed' })).jobs).toMatchObject([{ tenant: 'b' }]);
    expect((await api.jobs.queue(orders).get(id))?.tenant).toBe('a');
  });
});

/** Adds a job as an older release did. */
async function raw(engine: Engine, queue: string, id: string, data: object, options: object): Promise<void> {
  await engine.queue(queue).add({ id, data, options });
}
