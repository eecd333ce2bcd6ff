/** The room that a host gives the search of its jobs. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Principal } from '../../http/principal.js';
import { defineQueue } from '../../queue/definition.js';
import { createTestJobs } from '../../testing/index.js';
import { createMonitoringHandler, type MonitoringOptions } from '../app.js';

const schema = z.object({ tenant: z.string(), word: z.string() });
const large = defineQueue({ name: 'large', schema, tenant: ({ tenant }) => tenant });
const small = defineQueue({ name: 'small', schema, tenant: ({ tenant }) => tenant });

const page = z.object({
  data: z.object({
    jobs: z.array(z.object({ id: z.string() })),
    isComplete: z.boolean(),
    searched: z.number().optional(),
    cursor: z.string().optional(),
  }),
});

async function openApi(search: MonitoringOptions['search'], principal: Principal = { actor: 'ann', role: 'viewer' }) {
  const jobs = createTestJobs({ queues: [large, small] });
  const add = (queue: typeof large | typeof small, count: number, name: string) =>
    jobs.queue(queue).addMany(
      Array.from({ length: count }, (_, n) => ({
        data: { tenant: 'a', word: `${name}${n}` },
        options: { id: `${name}-${n}` },
      })),
    );
  await add(large, 1_500, 'first');
  await add(small, 200, 'other');
  const handler = createMonitoringHandler(jobs, {
    authorize: () => principal,
    ...(search === undefined ? {} : { search }),
  });
  return {
    jobs,
    add,
    async ask(path: string) {
      const response = await handler(
        new Request(`http://localhost/api/jobs/${path}`, { headers: { host: 'localhost' } }),
      );
      const { jobs: found, ...rest } = page.parse(await response.json()).data;
      return { ids: found.map(({ id }) => id), ...rest };
    },
  };
}

it('finds the newest jobs of a queue that is larger than its room, and says that there are more', async () => {
  const { ask, jobs } = await openApi({ maxJobs: 1_000 });
  await expect.poll(() => ask('large/jobs?text=nothing')).toEqual({ ids: [], isComplete: false, searched: 1_000 });
  expect((await ask('large/jobs?text=first1499')).ids).toEqual(['first-1499']);
  expect((await ask('large/jobs?text=first1')).ids).toEqual([]);
  expect((await ask('large/jobs?id=first-1')).ids).toEqual(['first-1']);
  await jobs.close();
});

it('gives a small queue the room that it needs, and a large one the rest', async () => {
  const { ask, jobs } = await openApi({ maxJobs: 1_000 });
  await expect.poll(() => ask('large/jobs?text=nothing')).toMatchObject({ searched: 1_000 });
  await expect.poll(() => ask('small/jobs?text=other0')).toMatchObject({ ids: ['other-0'], isComplete: true });
  const { searched = 0 } = await ask('large/jobs?text=nothing');
  expect(searched).toBeGreaterThanOrEqual(700);
  expect(searched).toBeLessThanOrEqual(800);
  await jobs.close();
});

it('holds all jobs of a queue without a word about it', async () => {
  const { ask, jobs } = await openApi(undefined);
  await expect
    .poll(() => ask('large/jobs?text=first1'))
    .toEqual({ ids: ['first-1'], isComplete: true, searched: 1_500 });
  await jobs.close();
});

it('finds no jobs where it is off, and says that there may be some', async () => {
  const { ask, jobs } = await openApi(false);
  expect(await ask('large/jobs?text=first1')).toEqual({ ids: [], isComplete: false, searched: 0 });
  expect((await ask('large/jobs?id=first-1')).ids).toEqual(['first-1']);
  expect((await ask('large/jobs?state=waiting&limit=1')).ids).toEqual(['first-1499']);
  await jobs.close();
  const bound = await openApi(false, { actor: 'shop a', role: 'viewer', tenants: ['a'] });
  expect(await bound.ask('large/jobs?state=waiting')).toEqual({ ids: [], isComplete: false });
  expect((await bound.ask('large/jobs?id=first-1')).ids).toEqual(['first-1']);
  await bound.jobs.close();
});

it.each([0, 999, 1_000.5, Number.NaN])('refuses room for %s jobs', (maxJobs) => {
  const authorize = () => null;
  expect(() => createMonitoringHandler(createTestJobs({ queues: [] }), { authorize, search: { maxJobs } })).toThrow(
    'search.maxJobs: must be a whole number, 1000 or more',
  );
});
