/** Behaviour: whose a job is. Decided from its parsed data when it is added, and kept with it. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { runId } from '../../../engine/contract.js';
import { defineProcessor } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { keptTenant } from '../../../queue/job-tenant.js';
import { type TestBed, uniqueName, until } from '../test-bed.js';

/** Stored is what was given; parsed is the part before the colon. */
const schema = z.object({ shop: z.string().transform((given) => given.split(':')[0] ?? '') });

export function describeTenants(bed: TestBed): void {
  it.each([false, true])('keeps the tenant through attempts and a retry by hand (fair: %s)', async (fair) => {
    const name = uniqueName('kept');
    const queue = defineQueue({
      name,
      schema,
      fair,
      tenant: ({ shop }) => shop,
      defaults: { attempts: 2, backoff: { type: 'fixed', delay: 0 } },
    });
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    await handle.add({ shop: 'a:b' }, { id: 'one' });
    await handle.addMany([{ data: { shop: 'b:a' }, options: { id: 'two' } }]);
    const ran: string[] = [];
    let isBroken = true;
    await bed.work(
      jobs,
      defineProcessor({
        queue,
        process({ id, data }) {
          ran.push(`${id} ${data.shop}`);
          if (isBroken) throw new Error('not yet');
        },
      }),
    );
    await until(async () => expect(await handle.counts()).toMatchObject({ failed: 2 }));
    expect(ran.sort()).toEqual(['one a', 'one a', 'two b', 'two b']);
    const failed = await handle.list({ state: 'failed' });
    expect(failed.jobs.map(({ id, tenant }) => `${id} ${tenant}`).sort()).toEqual(['one a', 'two b']);
    const texts = await engine.queue(name).texts(['one', 'two']);
    expect(texts.map((text) => `${text.id} ${keptTenant(text)}`).sort()).toEqual(['one a', 'two b']);

    isBroken = false;
    expect(await handle.retryFailed({ filter: ({ tenant }) => tenant === 'a:b' })).toBe(0);
    expect(await handle.retryFailed({ filter: ({ tenant }) => tenant === 'b' })).toBe(1);
    await until(async () => expect(await handle.get('two')).toMatchObject({ state: 'completed', tenant: 'b' }));
    expect(await handle.get('one')).toMatchObject({ state: 'failed', tenant: 'a' });
  });

  it('keeps the tenant when the data gets a new version, which names another', async () => {
    const name = uniqueName('versions');
    const before = defineQueue({ name, schema, tenant: ({ shop }) => shop });
    const after = defineQueue({
      name,
      schema: z.object({ owner: z.string() }),
      tenant: ({ owner }) => owner,
      version: 2,
      migrate: { 1: () => ({ owner: 'other' }) },
    });
    const engine = bed.engine();
    await bed.open([before], { engine }).queue(before).add({ shop: 'a:b' }, { id: 'one' });
    // As an older release, which kept no tenant, has added it.
    await engine.queue(name).add({ id: 'old', data: { shop: 'a:b' }, options: { attempts: 1 } });
    const jobs = bed.open([after], { engine });
    expect((await jobs.queue(after).get('one'))?.tenant).toBe('a');
    expect((await jobs.queue(after).get('old'))?.tenant).toBe('other');
    const seen: string[] = [];
    await bed.work(jobs, defineProcessor({ queue: after, process: ({ id, data }) => void seen.push(id + data.owner) }));
    await until(async () => expect(await jobs.queue(after).counts()).toMatchObject({ completed: 2 }));
    expect(seen.sort()).toEqual(['oldother', 'oneother']);
    expect((await jobs.queue(after).get('one'))?.tenant).toBe('a');
  });

  it('runs what was planned for a tenant with its own data, also when the schedule is another one’s by then', async () => {
    const queue = defineQueue({ name: uniqueName('moved'), schema, tenant: ({ shop }) => shop });
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const key = uniqueName('moved');
    const schedule = { key, queue, every: 3_600_000 };
    await jobs.scheduler.upsert({ ...schedule, data: { shop: 'b:a' } });
    const [theirs = ''] = await engine.schedules.records([key]);
    await jobs.scheduler.upsert({ ...schedule, data: { shop: 'a:b' } });
    // Their process has written the record, and ours has taken the run before it could plan anew.
    const stored = { key, print: 'theirs', record: theirs, indexes: ['all', 'source:', `queue:${queue.name}`] };
    await engine.schedules.put([stored]);
    await engine.schedules.settle([stored]);
    try {
      const seen: string[] = [];
      const processor = defineProcessor({ queue, process: ({ id, data }) => void seen.push(`${id} ${data.shop}`) });
      await bed.work(jobs, processor);
      const { next = 0 } = (await jobs.scheduler.get(key)) ?? {};
      const id = runId(key, next);
      await engine.queue(queue.name).promote(id);
      await until(() => expect(seen).toEqual([`${id} a`]));
      expect((await jobs.queue(queue).get(id))?.tenant).toBe('a');
      await until(async () => {
        const { jobs: delayed } = await jobs.queue(queue).list({ state: 'delayed' });
        expect(delayed).toMatchObject([{ tenant: 'b' }]);
      });
    } finally {
      await jobs.scheduler.remove(key);
    }
  });

  it('keeps nothing in a queue without tenants', async () => {
    const queue = defineQueue({ name: uniqueName('none'), schema });
    const engine = bed.engine();
    const handle = bed.open([queue], { engine }).queue(queue);
    await handle.add({ shop: 'a:b' }, { id: 'one' });
    const [stored] = await engine.queue(queue.name).getMany(['one']);
    expect(stored?.opts).not.toHaveProperty('bizinsights');
    expect(await handle.get('one')).toMatchObject({ tenant: undefined });
  });
}
