/** Behaviour: fair queues. Tenants take turns, however many jobs each of them has. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcessor, type JobContext } from '../../../processor/definition.js';
import { defineQueue } from '../../../queue/definition.js';
import { gate, type TestBed, uniqueName, until } from '../test-bed.js';

const schema = z.object({ tenant: z.string(), n: z.number() });

const turns = () =>
  defineQueue({
    name: uniqueName('turns'),
    schema,
    tenant: ({ tenant }) => tenant,
    fair: true,
    defaults: { attempts: 3, backoff: { type: 'fixed', delay: 0 } },
  });

/** So many jobs of a tenant, for `addMany`. */
const many = (tenant: string, count: number) => Array.from({ length: count }, (_, n) => ({ data: { tenant, n } }));

/** No tenant of these two is ever more than one job before the other. */
function expectAlternating(ran: readonly string[]): void {
  let lead = 0;
  for (const tenant of ran) {
    lead += tenant === ran[0] ? 1 : -1;
    expect(lead, ran.join('')).toBeGreaterThanOrEqual(-1);
    expect(lead, ran.join('')).toBeLessThanOrEqual(1);
  }
}

export function describeFairness(bed: TestBed): void {
  it('does not make the one job of a tenant wait behind the 1,000 of another', async () => {
    const queue = turns();
    const [one, other] = [bed.open([queue]), bed.open([queue])];
    await one.queue(queue).addMany(many('a', 1_000));
    await one.queue(queue).add({ tenant: 'b', n: 0 });
    const taken: string[] = [];
    let held = gate();
    const process = async ({ data }: JobContext<typeof queue>) => {
      taken.push(data.tenant);
      await held.opened;
    };
    const processor = defineProcessor({ queue, concurrency: 2, process });
    await Promise.all([bed.work(one, processor), bed.work(other, processor)]);
    await until(() => expect(taken).toHaveLength(4));
    expect(taken).toContain('b');

    // The same in the middle of the work.
    await other.queue(queue).add({ tenant: 'c', n: 0 });
    const before = held;
    held = gate();
    before.open();
    await until(() => expect(taken).toHaveLength(8));
    expect(taken.slice(4)).toContain('c');
    await one.queue(queue).empty();
    held.open();
  });

  it('gives each tenant one job a round, whatever its name', async () => {
    const queue = turns();
    const jobs = bed.open([queue]);
    const tenants = ['round', '__proto__', ''];
    // In one call, and the others in many.
    await jobs.queue(queue).addMany([...many('round', 6), ...many('__proto__', 6)]);
    for (const { data } of many('', 6)) await jobs.queue(queue).add(data);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data.tenant) }));
    await until(() => expect(ran).toEqual(Array.from({ length: 6 }, () => tenants).flat()));
  });

  it('gives who comes later the next turn, and not those that it has missed', async () => {
    const queue = turns();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).addMany(many('a', 50));
    const ran: string[] = [];
    const process = async ({ data }: JobContext<typeof queue>) => {
      ran.push(data.tenant);
      if (ran.length === 30) await jobs.queue(queue).addMany(many('b', 20));
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    await until(() => expect(ran).toHaveLength(70));
    expectAlternating(ran.slice(30));
  });

  it('has no memory of turns once the queue is empty', async () => {
    const queue = turns();
    const jobs = bed.open([queue]);
    const ran: string[] = [];
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process: ({ data }) => void ran.push(data.tenant) }));
    const handle = jobs.queue(queue);
    await handle.addMany(many('a', 40));
    await until(async () => expect(await handle.counts()).toMatchObject({ completed: 40 }));
    ran.length = 0;
    await handle.pause();
    await handle.addMany(many('a', 10));
    await handle.addMany(many('b', 10));
    await handle.resume();
    await until(() => expect(ran).toHaveLength(20));
    expectAlternating(ran);
  });

  it('puts a job that is tried again into its tenant’s line, and keeps the turns of the others', async () => {
    const queue = turns();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).addMany([...many('a', 5), ...many('b', 5)]);
    const ran: string[] = [];
    const process = ({ data, attempt }: JobContext<typeof queue>) => {
      ran.push(`${data.tenant}${data.n}`);
      if (data.tenant === 'a' && data.n < 2 && attempt === 1) throw new Error('again');
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    await until(() => expect(ran).toEqual('a0 b0 a1 b1 a2 b2 a3 b3 a4 b4 a0 a1'.split(' ')));
  });

  it('gives a delayed job its turn when it is due', async () => {
    const queue = turns();
    const jobs = bed.open([queue]);
    await jobs.queue(queue).add({ tenant: 'b', n: 0 }, { delay: 40 });
    await jobs.queue(queue).addMany(many('a', 200));
    const ran: string[] = [];
    const process = async ({ data }: JobContext<typeof queue>) => {
      ran.push(data.tenant);
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    await until(() => expect(ran).toContain('b'));
    expect(ran.indexOf('b')).toBeLessThan(150);
    await jobs.queue(queue).empty();
  });

  it('goes on when priorities come near their end: all rounds begin at 1 again, in the same order', async () => {
    const queue = turns();
    const engine = bed.engine();
    const jobs = bed.open([queue], { engine });
    const handle = jobs.queue(queue);
    for (const n of [0, 1, 2]) {
      const options = { attempts: 1, priority: 1_500_000 + n };
      await engine.queue(queue.name).add({ id: `a-${n}`, data: { tenant: 'a', n }, options });
    }
    await handle.addMany(many('b', 3));
    const priorities = await Promise.all(['a-0', 'a-1', 'a-2'].map(async (id) => (await handle.get(id))?.priority));
    expect(priorities).toEqual([1, 2, 3]);
    const ran: string[] = [];
    const process = ({ data }: JobContext<typeof queue>) => void ran.push(`${data.tenant}${data.n}`);
    await bed.work(jobs, defineProcessor({ queue, concurrency: 1, process }));
    await until(() => expect(ran).toEqual('a0 b0 a1 b1 a2 b2'.split(' ')));
  });
}
