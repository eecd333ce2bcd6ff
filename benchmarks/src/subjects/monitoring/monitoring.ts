/** What a dashboard asks for over HTTP, beside the best known one: the overview of all queues, and a page of jobs. */
import autocannon from 'autocannon';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { QUEUES, type ServerOptions } from '../../monitoring/queues.js';
import { bundleServer, startServer } from '../../servers.js';
import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

const JOBS = 10_000;
const BATCH = 1_000;
const CONNECTIONS = 50;
const PAGE = 100;
const [FIRST_QUEUE] = QUEUES;

/** What is asked for, and the requests of both sides that show it. */
interface View {
  readonly subject: string;
  readonly jobs: string;
  readonly board: string;
  /** Requests of each side before it is measured. */
  readonly warmUp: number;
  /** How often what both show is in an answer. */
  readonly shown: { readonly pattern: RegExp; readonly times: number };
  readonly goal?: number;
}

const VIEWS: readonly View[] = [
  {
    subject: `overview of ${QUEUES.length} queues of ${count(JOBS)} jobs, ${CONNECTIONS} connections`,
    jobs: '/api/jobs/monitoring',
    board: '/board/api/queues',
    warmUp: 5_000,
    shown: { pattern: new RegExp(`"wait(ing)?":${JOBS}\\b`, 'g'), times: QUEUES.length },
    goal: 4,
  },
  {
    subject: `page of ${PAGE} of ${count(JOBS)} waiting jobs, ${CONNECTIONS} connections`,
    jobs: `/api/jobs/${FIRST_QUEUE}/jobs?state=waiting&limit=${PAGE}`,
    // With it come the counts of all queues.
    board: `/board/api/queues?activeQueue=${FIRST_QUEUE}&status=waiting&page=1&jobsPerPage=${PAGE}`,
    warmUp: 1_000,
    shown: { pattern: /"index":\d+/g, times: PAGE },
  },
];

interface Sample {
  /** Requests a second. */
  readonly speed: number;
  /** ms */
  readonly p99: number;
}

export const monitoring: Subject = {
  name: 'monitoring',
  about: 'GET /api/jobs/monitoring and a page of jobs beside bull-board’s GET /api/queues, both in Express 5',
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
    const rows: Row[] = [];
    try {
      for (const view of VIEWS) {
        bench.say(`monitoring: ${view.subject}, ${rounds} rounds of ${duration} s of each side`);
        rows.push(await compare(view, { jobs: ours.url, board: theirs.url }, { rounds, duration }));
      }
    } finally {
      await Promise.all([ours.close(), theirs.close()]);
      await bench.flush();
    }
    return rows;
  },
};

async function compare(
  view: View,
  server: { readonly jobs: string; readonly board: string },
  { rounds, duration }: { readonly rounds: number; readonly duration: number },
): Promise<Row> {
  const sides = [
    { url: server.jobs + view.jobs, samples: [] as Sample[] },
    { url: server.board + view.board, samples: [] as Sample[] },
  ] as const;
  for (const { url } of sides) await expectShown(url, view.shown);
  // By requests, not by time: the slower side is to be compiled as well as the faster one.
  for (const { url } of sides) await autocannon({ url, connections: CONNECTIONS, amount: view.warmUp });
  for (let round = 0; round < rounds; round++) {
    for (const { url, samples } of round % 2 === 0 ? sides : [...sides].reverse()) {
      samples.push(await load(url, duration));
    }
  }
  return toRow(view, sides[0].samples, sides[1].samples);
}

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

/** Both sides show the same. */
async function expectShown(url: string, { pattern, times }: View['shown']): Promise<void> {
  const text = await (await fetch(url)).text();
  const found = text.match(pattern)?.length ?? 0;
  if (found !== times) throw new Error(`${url} shows ${found} of ${times}: ${text.slice(0, 500)}`);
}

async function load(url: string, duration: number): Promise<Sample> {
  const { requests, latency, non2xx, errors } = await autocannon({ url, connections: CONNECTIONS, duration });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused and ${errors} failed of ${requests.total}`);
  return { speed: requests.average, p99: latency.p99 };
}

function toRow({ subject, goal }: View, ours: readonly Sample[], theirs: readonly Sample[]): Row {
  const median = (samples: readonly Sample[], key: keyof Sample) =>
    quantile(
      samples.map((sample) => sample[key]),
      0.5,
    );
  const text = (samples: readonly Sample[]) =>
    `${count(median(samples, 'speed'))}/s, p99 ${median(samples, 'p99').toFixed(0)} ms`;
  const ratios = ours.map(({ speed }, index) => speed / (theirs[index]?.speed ?? Number.NaN));
  return {
    subject,
    jobs: text(ours),
    plain: `bull-board: ${text(theirs)}`,
    ratio: quantile(ratios, 0.5).toFixed(1),
    ...(goal === undefined ? {} : { goal: `at least ${goal.toFixed(1)}` }),
  };
}
