/** Searches of the monitoring API among many jobs: by a word of the data, by a tenant, by a word of nobody. */
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { z } from 'zod';
import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';
import { count, megabytes, type Row } from '../../table.js';

const TENANTS = 1_000;
const BATCH = 10_000;

/** Searches of each kind. */
const SEARCHES = 40;

const queue = defineQueue({
  name: 'data-sync',
  schema: z.object({ organizationId: z.string(), shop: z.string(), order: z.string(), note: z.string() }),
  tenant: ({ organizationId }) => organizationId,
});

interface SearchAnswer {
  readonly data: { readonly jobs: readonly unknown[]; readonly isComplete: boolean; readonly searched?: number };
}

export const search: Subject = {
  name: 'search',
  about: 'GET /api/jobs/:queue/jobs by text and tenant among 1,000,000 jobs',
  async run(bench) {
    const total = bench.size(1_000_000, 100_000);
    bench.say(`search: adds ${count(total)} jobs`);
    await bench.flush();
    const jobs = createJobs({ connection: bench.redis.url, queues: [queue], logger: silentLogger });
    const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'bench', role: 'viewer' }) });
    const ask = async (query: string): Promise<SearchAnswer['data']> => {
      const response = await handler(new Request(`http://localhost/api/jobs/data-sync/jobs?limit=20&${query}`));
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${query}: ${response.status} ${text}`);
      const { data }: SearchAnswer = JSON.parse(text);
      return data;
    };
    try {
      for (let start = 0; start < total; start += BATCH) {
        await jobs.queue(queue).addMany(Array.from({ length: BATCH }, (_, index) => ({ data: toData(start + index) })));
      }
      const before = process.memoryUsage().rss;
      bench.say('search: the index');
      const started = performance.now();
      const first = await timed(() => ask('text=nothing'));
      while (!(await ask('text=nothing')).isComplete);
      const built = performance.now() - started;
      const grown = process.memoryUsage().rss - before;

      bench.say('search: the searches');
      const order = (n: number) => `text=order${(n * 7_919) % total}`;
      return [
        {
          subject: `search among ${count(total)} jobs, the first answer`,
          jobs: `${first.toFixed(0)} ms, cut short; the index is whole after ${(built / 1_000).toFixed(0)} s, and takes ${megabytes(grown)} MB`,
        },
        await row('one order', order, 1, ask),
        await row('the last 20 of a tenant', (n) => `tenant=org${n}`, 20, ask),
        await row('a word that is nowhere', (n) => `text=nobody${n}`, 0, ask),
      ];
    } finally {
      await jobs.close();
      await bench.flush();
    }
  },
};

function toData(n: number) {
  const tenant = n % TENANTS;
  return {
    organizationId: `org${tenant}`,
    shop: `shop${tenant}.example.com`,
    order: `order${n}`,
    note: 'to be synced',
  };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/** @param found how many jobs each answer has to hold */
async function row(
  what: string,
  query: (n: number) => string,
  found: number,
  ask: (query: string) => Promise<SearchAnswer['data']>,
): Promise<Row> {
  const times: number[] = [];
  for (let n = 0; n < SEARCHES; n++) {
    times.push(
      await timed(async () => {
        const { jobs, isComplete } = await ask(query(n));
        if (!isComplete || jobs.length !== found)
          throw new Error(`${query(n)}: ${jobs.length} jobs, ${isComplete ? 'whole' : 'cut short'}`);
      }),
    );
  }
  return {
    subject: `search, ${what}`,
    jobs: `median ${quantile(times, 0.5).toFixed(0)} ms, longest ${Math.max(...times).toFixed(0)} ms`,
    goal: 'well under 1 s',
  };
}
