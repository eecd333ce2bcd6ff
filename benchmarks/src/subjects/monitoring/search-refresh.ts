/** What the search of a fair queue costs as jobs come to it: the same however many wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { createMonitoringHandler } from '@bizinsights/jobs-core/monitoring';
import { z } from 'zod';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

const BATCH = 10_000;
const TENANTS = 100;

/** Jobs that come between two searches. */
const NEW = 100;
const ROUNDS = 7;

/** The index is brought up to date once a second. ms */
const FRESH = 1_100;

const queue = defineQueue({
  name: 'turns',
  schema: z.object({ tenant: z.string(), order: z.string() }),
  tenant: ({ tenant }) => tenant,
  fair: true,
});

const answer = z.object({ data: z.object({ jobs: z.array(z.unknown()), isComplete: z.boolean() }) });

export const searchRefresh: Subject = {
  name: 'search-refresh',
  about: 'searches of a fair queue with 3,000, 30,000 and 300,000 jobs waiting, to which jobs come',
  async run(bench) {
    const rows: Row[] = [];
    for (const waiting of [3_000, 30_000, ...(bench.quick ? [] : [300_000])]) {
      bench.say(`search-refresh: ${count(waiting)} jobs`);
      await bench.flush();
      rows.push(await measure(bench, waiting));
    }
    await bench.flush();
    return rows;
  },
};

async function measure(bench: Bench, waiting: number): Promise<Row> {
  const jobs = createJobs({ connection: bench.redis.url, queues: [queue], logger: silentLogger });
  const handler = createMonitoringHandler(jobs, { authorize: () => ({ actor: 'bench', role: 'viewer' }) });
  const find = async (order: number) => {
    const response = await handler(new Request(`http://localhost/api/jobs/turns/jobs?text=order${order}`));
    return answer.parse(await response.json()).data;
  };
  let added = 0;
  const add = async (most: number) => {
    const data = Array.from({ length: most }, (_, n) => ({
      data: { tenant: `t${n % TENANTS}`, order: `order${added + n}` },
    }));
    await jobs.queue(queue).addMany(data);
    added += most;
  };
  try {
    while (added < waiting) await add(Math.min(BATCH, waiting - added));
    while (!(await find(0)).isComplete) await sleep(100);
    const times: number[] = [];
    const node: number[] = [];
    const redis: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await add(NEW);
      await sleep(FRESH);
      await bench.redis.command('CONFIG', 'RESETSTAT');
      const cpu = process.cpuUsage();
      const began = performance.now();
      const { jobs: found } = await find(added - 1);
      times.push(performance.now() - began);
      const { user, system } = process.cpuUsage(cpu);
      node.push((user + system) / 1_000);
      redis.push(await redisTime(bench));
      if (found.length !== 1) throw new Error(`${found.length} jobs are found, and not the newest one`);
    }
    return {
      subject: `search of a fair queue, ${count(waiting)} waiting and ${NEW} new`,
      jobs: `median ${text(times)} ms; ${text(node)} ms of Node, ${text(redis)} ms of Redis`,
      goal: 'Redis: the same at each size',
    };
  } finally {
    await jobs.close();
  }
}

/** What Redis has spent on commands since its numbers were reset, ms. */
async function redisTime(bench: Bench): Promise<number> {
  const info = await bench.redis.command('INFO', 'commandstats');
  let spent = 0;
  // All that a search asks for; a script's time has that of its commands in it.
  for (const [, usec] of info.matchAll(/cmdstat_(?:eval|evalsha|xread):calls=\d+,usec=(\d+)/g))
    spent += Number(usec) / 1_000;
  return spent;
}

function text(values: readonly number[]): string {
  return quantile(values, 0.5).toFixed(1);
}
