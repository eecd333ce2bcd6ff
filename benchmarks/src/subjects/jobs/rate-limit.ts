import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import pg from 'pg';
import type { Contestant } from '../../contestant.js';
import type { Sample } from '../../side.js';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';
import { BATCH, LIMIT } from '../../workload.js';

const CONCURRENCY = 10;

const SIZES = [1_000, 10_000, 100_000];

/** How long PostgreSQL may take to count the statements of a connection that is idle. ms */
const COUNTED = 1_500;

/** One run of a side. */
interface Run extends Sample {
  /** Scripts or statements that the store has run meanwhile. */
  readonly calls: number;
}

export const rateLimit: Subject = {
  name: 'rate-limit',
  about: 'a rate limit that is reached, with 1,000, 10,000 and 100,000 jobs that wait for it, on Redis and PostgreSQL',
  async run(bench) {
    const windows = bench.size(20, 6);
    return [...(await onRedis(bench, windows)), ...(await onPostgres(bench, windows))];
  },
};

async function onRedis(bench: Bench, windows: number): Promise<Row[]> {
  const scripts = async () => {
    const info = await bench.redis.command('INFO', 'commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };
  const rows: Row[] = [];
  for (const waiting of SIZES) {
    bench.say(`rate limit reached, ${count(waiting)} waiting: ${windows} s of each side`);
    await bench.flush();
    const jobs = await runLimited(await bench.open('jobs', { variant: 'limit-reached' }), waiting, windows, scripts);
    await bench.close();
    await bench.flush();
    const plain = await runLimited(await bench.open('plain'), waiting, windows, scripts);
    await bench.close();
    await bench.flush();
    rows.push({
      subject: `rate limit of ${LIMIT.max} a second reached, ${count(waiting)} waiting`,
      jobs: `${textOf(jobs, windows, 'scripts')}; a job of a free key ${waitOf(jobs)}`,
      plain: textOf(plain, windows, 'scripts'),
      ratio: (jobs.jobs / plain.jobs).toFixed(2),
      goal: 'at least 0.98 of the limit, at most 3 scripts a start, 100 ms',
    });
  }
  return rows;
}

async function onPostgres(bench: Bench, windows: number): Promise<Row[]> {
  const postgres = await startPostgres();
  const rows: Row[] = [];
  try {
    for (const waiting of SIZES) {
      bench.say(`rate limit reached on PostgreSQL, ${count(waiting)} waiting: ${windows} s`);
      const { url } = await createDatabase(postgres.url);
      const database = new pg.Pool({ connectionString: url, max: 1 });
      const statements = async () => {
        await new Promise((resolve) => setTimeout(resolve, COUNTED));
        const { rows: found } = await database.query<{ commits: number }>(
          'SELECT xact_commit::integer AS commits FROM pg_stat_database WHERE datname = current_database()',
        );
        return found[0]?.commits ?? 0;
      };
      try {
        const jobs = await runLimited(
          await bench.open('jobs', { variant: 'limit-reached', url }),
          waiting,
          windows,
          statements,
        );
        rows.push({
          subject: `rate limit of ${LIMIT.max} a second reached, ${count(waiting)} waiting on PostgreSQL`,
          jobs: `${textOf(jobs, windows, 'statements')}; a job of a free key ${waitOf(jobs)}`,
          goal: 'at least 0.98 of the limit, at most 3 statements a start, 100 ms',
        });
      } finally {
        await bench.close();
        await database.end();
      }
    }
    return rows;
  } finally {
    await postgres.stop();
  }
}

/** @param calls how many scripts or statements the store has run */
async function runLimited(
  side: Contestant,
  waiting: number,
  windows: number,
  calls: () => Promise<number>,
): Promise<Run> {
  await side.run({ kind: 'add-many', jobs: waiting, batch: BATCH });
  const before = await calls();
  const sample = await side.run({ kind: 'limit', concurrency: CONCURRENCY, ms: windows * LIMIT.per });
  return { ...sample, calls: (await calls()) - before };
}

function textOf({ jobs, starts = [], calls }: Run, windows: number, unit: string): string {
  const gaps = starts.map((at, index) => at - (starts[index - 1] ?? at));
  const share = jobs / (windows * LIMIT.max);
  const longest = Math.max(0, ...gaps);
  return `${share.toFixed(3)} of the limit, longest gap ${count(longest)} ms, ${(calls / jobs).toFixed(1)} ${unit} a start`;
}

function waitOf({ latencies = [] }: Run): string {
  if (latencies.length === 0) return 'never';
  const [first = 0] = latencies;
  const [median = 0, longest = 0] = [0.5, 1].map((share) => quantile(latencies, share));
  return `${count(median)} ms (first ${count(first)}, longest ${count(longest)})`;
}
