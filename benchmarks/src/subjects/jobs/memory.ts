import type { Sample } from '../../side.js';
import type { Subject } from '../../subject.js';
import { count, megabytes } from '../../table.js';
import { CONCURRENCY, IN_FLIGHT } from '../../workload.js';

const CHECKPOINTS = [100_000, 250_000, 500_000, 750_000, 1_000_000];
const QUICK_CHECKPOINTS = [25_000, 50_000, 100_000];

/** A leak of a few bytes a job would show as more than this by the end. Bytes. */
const ALLOWED_GROWTH = 8 * 2 ** 20;

export const memory: Subject = {
  name: 'memory',
  about: 'the memory of one process that adds and runs 1,000,000 jobs, and of its Redis',
  async run(bench) {
    const checkpoints = bench.quick ? QUICK_CHECKPOINTS : CHECKPOINTS;
    bench.say(`memory: one process adds and runs ${count(checkpoints.at(-1) ?? 0)} jobs`);
    await bench.flush();
    const side = await bench.open('jobs');
    const seen: { sample: Sample; redis: Promise<number> }[] = [];
    await side.run({ kind: 'memory', checkpoints, inFlight: IN_FLIGHT, concurrency: CONCURRENCY }, (sample) => {
      bench.say(`  ${count(sample.jobs)} jobs: heap ${megabytes(sample.heap ?? 0)} MB`);
      seen.push({ sample, redis: usedMemory(bench.redis) });
    });
    await bench.close();
    const [first, last] = [seen[0]?.sample.heap ?? 0, seen.at(-1)?.sample.heap ?? 0];
    if (last - first > ALLOWED_GROWTH) {
      throw new Error(`The heap grew from ${megabytes(first)} to ${megabytes(last)} MB: something is kept of each job`);
    }
    return await Promise.all(
      seen.map(async ({ sample, redis }) => ({
        subject: `memory after ${count(sample.jobs)} jobs`,
        jobs:
          `heap ${megabytes(sample.heap ?? 0)} MB, resident ${megabytes(sample.resident ?? 0)} MB; ` +
          `Redis ${megabytes(await redis)} MB`,
        ...(sample.jobs === seen.at(-1)?.sample.jobs ? { goal: 'flat' } : {}),
      })),
    );
  },
};

async function usedMemory(redis: { command(...words: string[]): Promise<string> }): Promise<number> {
  const used = /used_memory:(\d+)/.exec(await redis.command('INFO', 'memory'))?.[1];
  if (used === undefined) throw new Error('Redis did not tell its memory');
  return Number(used);
}
