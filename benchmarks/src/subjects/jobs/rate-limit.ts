import { createDatabase, startPostgres } from '@bizinsights/test-servers';
import pg from 'pg';
import { compare } from '../../comparison.js';
import type { Contestant } from '../../contestant.js';
import type { Sample, Variant } from '../../side.js';
import { quantile } from '../../statistics.js';
import { type Bench, type Subject, toRow } from '../../subject.js';
import { count, type Row } from '../../table.js';
import { BATCH, FAR, LIMIT, LIMITS } from '../../workload.js';

const CONCURRENCY = 10;

const SIZES = [1_000, 10_000, 100_000];

/** Jobs that wait while the limits of many keys are reached, and how many windows of these limits are looked at at least. */
const OF_MANY = 10_000;
const WINDOWS_OF_MANY = 2;

/** At least this share of the speed without looks at other keys. */
const FAR_GOAL = 0.95;

/** How long PostgreSQL may take to count the statements of a connection that is idle. ms */
const COUNTED = 1_500;

/** One run of a side. */
interface Run extends Sample {
  /** Scripts or statements that the store has run meanwhile. */
  readonly calls: number;
}

export const rateLimit: Subject = {
  name: 'rate-limit',
  about:
    'a rate limit that is reached, with 1,000, 10,000 and 100,000 jobs that wait for it, on Redis and PostgreSQL, or not',
  async run(bench) {
    const seconds = bench.size(20, 6);
    return [...(await onRedis(bench, seconds)), ...(await onPostgres(bench, seconds))];
  },
};

async function onRedis(bench: Bench, seconds: number): Promise<Row[]> {
  const scripts = async () => {
    const info = await bench.redis.command('INFO', 'commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };
  const rows: Row[] = [];
  for (const waiting of SIZES) {
    bench.say(`rate limit reached, ${count(waiting)} waiting: ${seconds} s of each side`);
    await bench.flush();
    const jobs = await runLimited(await bench.open('jobs', { variant: 'limit-reached' }), waiting, seconds, scripts);
    await bench.close();
    await bench.flush();
    const plain = await runLimited(await bench.open('plain'), waiting, seconds, scripts);
    await bench.close();
    await bench.flush();
    rows.push({
      subject: `rate limit of ${LIMIT.max} a second reached, ${count(waiting)} waiting`,
      jobs: `${textOf(jobs, allowed(seconds), 'scripts')}; a job of a free key ${waitOf(jobs)}`,
      plain: textOf(plain, allowed(seconds), 'scripts'),
      ratio: (jobs.jobs / plain.jobs).toFixed(2),
      goal: 'at least 0.98 of the limit, at most 3 scripts a start, 100 ms',
    });
  }
  bench.say(`limits of ${LIMITS.keys} keys reached, ${count(OF_MANY)} waiting: ${ofMany(seconds)} s`);
  await bench.flush();
  const side = await bench.open('jobs', { variant: 'limits-reached' });
  const many = await runLimited(side, OF_MANY, ofMany(seconds), scripts);
  await bench.close();
  await bench.flush();
  return [...rows, rowOfMany(many, ofMany(seconds), 'scripts')];
}

async function onPostgres(bench: Bench, seconds: number): Promise<Row[]> {
  const postgres = await startPostgres();
  /** In a database of its own. */
  const runOn = async (variant: Variant, waiting: number, of: number): Promise<Run> => {
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
      return await runLimited(await bench.open('jobs', { variant, url }), waiting, of, statements);
    } finally {
      await bench.close();
      await database.end();
    }
  };
  const rows: Row[] = [];
  try {
    for (const waiting of SIZES) {
      bench.say(`rate limit reached on PostgreSQL, ${count(waiting)} waiting: ${seconds} s`);
      const jobs = await runOn('limit-reached', waiting, seconds);
      rows.push({
        subject: `rate limit of ${LIMIT.max} a second reached, ${count(waiting)} waiting on PostgreSQL`,
        jobs: `${textOf(jobs, allowed(seconds), 'statements')}; a job of a free key ${waitOf(jobs)}`,
        goal: 'at least 0.98 of the limit, at most 3 statements a start, 100 ms',
      });
    }
    bench.say(`limits of ${LIMITS.keys} keys reached on PostgreSQL, ${count(OF_MANY)} waiting: ${ofMany(seconds)} s`);
    const many = await runOn('limits-reached', OF_MANY, ofMany(seconds));
    return [...rows, rowOfMany(many, ofMany(seconds), 'statements'), await rowOfFar(bench, postgres.url)];
  } finally {
    await postgres.stop();
  }
}

/** What claims pay for the look at other keys where no limit is reached. */
async function rowOfFar(bench: Bench, server: string): Promise<Row> {
  const rounds = bench.size(10, 5);
  bench.say(`rate limit not reached on PostgreSQL: ${rounds} rounds of each side`);
  const open = async (variant: Variant) => bench.open('jobs', { variant, url: (await createDatabase(server)).url });
  const [far, farther] = [await open('limit-far'), await open('limit-farther')];
  try {
    const task = { kind: 'process', jobs: 2 * FAR.first, concurrency: CONCURRENCY } as const;
    const clean = async () => {
      for (const side of [far, farther]) await side.run({ kind: 'clean' });
    };
    const result = await compare(far, farther, task, { clean, rounds });
    return toRow('rate limit not reached, on PostgreSQL', result, FAR_GOAL, 'a limit beside which no claim looks');
  } finally {
    await bench.close();
  }
}

function ofMany(seconds: number): number {
  return Math.max(seconds, (WINDOWS_OF_MANY * LIMITS.per) / 1_000);
}

function rowOfMany(run: Run, seconds: number, unit: 'scripts' | 'statements'): Row {
  const store = unit === 'statements' ? ' on PostgreSQL' : '';
  const { keys, max, per } = LIMITS;
  return {
    subject: `rate limits of ${count(keys)} keys reached, ${count(OF_MANY)} waiting${store}`,
    // A window that has begun counts as a whole.
    jobs: textOf(run, keys * max * Math.ceil((seconds * 1_000) / per), unit),
    goal: `at least 0.98 of the limits, at most 3 ${unit} a start`,
  };
}

/** @param calls how many scripts or statements the store has run */
async function runLimited(
  side: Contestant,
  waiting: number,
  seconds: number,
  calls: () => Promise<number>,
): Promise<Run> {
  await side.run({ kind: 'add-many', jobs: waiting, batch: BATCH });
  const before = await calls();
  const sample = await side.run({ kind: 'limit', concurrency: CONCURRENCY, ms: seconds * 1_000 });
  return { ...sample, calls: (await calls()) - before };
}

/** Starts that the one limit allows. */
function allowed(seconds: number): number {
  return (seconds * 1_000 * LIMIT.max) / LIMIT.per;
}

function textOf({ jobs, starts = [], calls }: Run, most: number, unit: string): string {
  const gaps = starts.map((at, index) => at - (starts[index - 1] ?? at));
  const longest = Math.max(0, ...gaps);
  return `${(jobs / most).toFixed(3)} of the limit, longest gap ${count(longest)} ms, ${(calls / jobs).toFixed(1)} ${unit} a start`;
}

/** The first job of a free key comes as the worker begins, while the limit has starts left; the others while it is reached. */
function waitOf({ latencies: [first, ...others] = [] }: Run): string {
  if (first === undefined || others.length === 0) return 'never';
  const [median = 0, longest = 0] = [0.5, 1].map((share) => quantile(others, share));
  return `${count(median)} ms (longest ${count(longest)}, before the limit is reached ${count(first)})`;
}
