/** The overview of all queues over HTTP, beside that of the best known dashboard. */
import autocannon from 'autocannon';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { QUEUES, type ServerOptions } from '../monitoring/queues.js';
import { bundleServer, startServer } from '../servers.js';
import { quantile } from '../statistics.js';
import type { Subject } from '../subject.js';
import { count, type Row } from '../table.js';

const JOBS = 10_000;
const BATCH = 1_000;
const CONNECTIONS = 50;
const WARM_UP = 5_000;
const GOAL = 4;

interface Sample {
  /** Requests a second. */
  readonly speed: number;
  /** ms */
  readonly p99: number;
}

export const monitoring: Subject = {
  name: 'monitoring',
  about: 'GET /api/jobs/monitoring beside bull-board’s GET /api/queues, both in Express 5',
  async run(bench) {
    const rounds = bench.size(3, 2);
    const duration = bench.size(5, 2);
    await bench.flush();
    await fill(bench.redis.url);
    const program = await bundleServer('monitoring');
    const redisUrl = bench.redis.url;
    const [ours, theirs] = await Promise.all([
      startServer(program, { side: 'jobs', redisUrl } satisfies ServerOptions),
      startServer(program, { side: 'bull-board', redisUrl } satisfies ServerOptions),
    ]);
    const sides = [
      { url: `${ours.url}/api/jobs/monitoring`, samples: [] as Sample[] },
      { url: `${theirs.url}/board/api/queues`, samples: [] as Sample[] },
    ] as const;
    bench.say(`monitoring: ${rounds} rounds of ${duration} s of each side`);
    try {
      for (const { url } of sides) await expectCounts(url);
      // By requests, not by time: the slower side is to be compiled as well as the faster one.
      for (const { url } of sides) await autocannon({ url, connections: CONNECTIONS, amount: WARM_UP });
      for (let round = 0; round < rounds; round++) {
        for (const { url, samples } of round % 2 === 0 ? sides : [...sides].reverse()) {
          samples.push(await load(url, duration));
        }
      }
    } finally {
      await Promise.all([ours.close(), theirs.close()]);
      await bench.flush();
    }
    return [toRow(sides[0].samples, sides[1].samples)];
  },
};

async function fill(url: string): Promise<void> {
  const connection = new Redis(url);
  for (const name of QUEUES) {
    const queue = new Queue(name, { connection });
    for (let start = 0; start < JOBS; start += BATCH) {
      await queue.addBulk(Array.from({ length: BATCH }, (_, index) => ({ name, data: { index: start + index } })));
    }
    await queue.close();
  }
  connection.disconnect();
}

/** Both sides see all jobs of all queues. */
async function expectCounts(url: string): Promise<void> {
  const text = await (await fetch(url)).text();
  const found = text.match(new RegExp(`"wait(ing)?":${JOBS}\\b`, 'g'))?.length ?? 0;
  if (found !== QUEUES.length) throw new Error(`${url} shows ${found} full queues: ${text.slice(0, 500)}`);
}

async function load(url: string, duration: number): Promise<Sample> {
  const { requests, latency, non2xx, errors } = await autocannon({ url, connections: CONNECTIONS, duration });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused and ${errors} failed of ${requests.total}`);
  return { speed: requests.average, p99: latency.p99 };
}

function toRow(ours: readonly Sample[], theirs: readonly Sample[]): Row {
  const median = (samples: readonly Sample[], key: keyof Sample) =>
    quantile(
      samples.map((sample) => sample[key]),
      0.5,
    );
  const text = (samples: readonly Sample[]) =>
    `${count(median(samples, 'speed'))}/s, p99 ${median(samples, 'p99').toFixed(0)} ms`;
  const ratios = ours.map(({ speed }, index) => speed / (theirs[index]?.speed ?? Number.NaN));
  return {
    subject: `overview of ${QUEUES.length} queues of ${count(JOBS)} jobs, ${CONNECTIONS} connections`,
    jobs: text(ours),
    plain: `bull-board: ${text(theirs)}`,
    ratio: quantile(ratios, 0.5).toFixed(1),
    goal: `at least ${GOAL.toFixed(1)}`,
  };
}
