import type { Contestant } from '../../contestant.js';
import type { Sample } from '../../side.js';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';
import { BATCH, LIMIT } from '../../workload.js';

const CONCURRENCY = 10;

/** One run of a side. */
interface Run extends Sample {
  /** Scripts that Redis has run meanwhile. */
  readonly scripts: number;
}

export const rateLimit: Subject = {
  name: 'rate-limit',
  about: 'a rate limit that is reached, with 1,000, 10,000 and 100,000 jobs that wait for it',
  async run(bench) {
    const rows: Row[] = [];
    const windows = bench.size(20, 6);
    for (const waiting of [1_000, 10_000, 100_000]) {
      bench.say(`rate limit reached, ${count(waiting)} waiting: ${windows} s of each side`);
      const jobs = await runLimited(bench, await bench.open('jobs', { variant: 'limit-reached' }), waiting, windows);
      await bench.close();
      const plain = await runLimited(bench, await bench.open('plain'), waiting, windows);
      await bench.close();
      rows.push({
        subject: `rate limit of ${LIMIT.max} a second reached, ${count(waiting)} waiting`,
        jobs: `${textOf(jobs, windows)}; a job of a free key ${waitOf(jobs)}`,
        plain: textOf(plain, windows),
        ratio: (jobs.jobs / plain.jobs).toFixed(2),
        goal: 'at least 0.98 of the limit, at most 3 scripts a start, 100 ms',
      });
    }
    return rows;
  },
};

async function runLimited(bench: Bench, side: Contestant, waiting: number, windows: number): Promise<Run> {
  await bench.flush();
  await side.run({ kind: 'add-many', jobs: waiting, batch: BATCH });
  await bench.redis.command('CONFIG', 'RESETSTAT');
  const sample = await side.run({ kind: 'limit', concurrency: CONCURRENCY, ms: windows * LIMIT.per });
  const info = await bench.redis.command('INFO', 'commandstats');
  await bench.flush();
  return { ...sample, scripts: Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0) };
}

function textOf({ jobs, starts = [], scripts }: Run, windows: number): string {
  const gaps = starts.map((at, index) => at - (starts[index - 1] ?? at));
  const share = jobs / (windows * LIMIT.max);
  const longest = Math.max(0, ...gaps);
  return `${share.toFixed(3)} of the limit, longest gap ${count(longest)} ms, ${(scripts / jobs).toFixed(1)} scripts a start`;
}

function waitOf({ latencies = [] }: Run): string {
  if (latencies.length === 0) return 'never';
  const [median = 0, longest = 0] = [0.5, 1].map((share) => quantile(latencies, share));
  return `${count(median)} ms (longest ${count(longest)})`;
}
