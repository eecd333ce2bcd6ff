/** How often the store is asked for much at once: log lines of a job, a retry of failed jobs, lists. */
import { createJobs, defineProcessor, defineQueue, PermanentError, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

const ADDED_AT_ONCE = 1_000;
const PAGE = 100;

const schema = z.object({ lines: z.number() });
const logging = defineQueue({ name: 'logging', schema });
const failing = defineQueue({ name: 'failing', schema, defaults: { attempts: 1 } });
const queues = [logging, failing] as const;

export const roundTrips: Subject = {
  name: 'round-trips',
  about: 'reads of Redis for 100, 1,000 and 10,000 log lines, retried failed jobs, and listed jobs',
  async run(bench) {
    const rows: Row[] = [];
    for (const size of [100, 1_000, 10_000]) {
      bench.say(`round trips: ${count(size)}`);
      rows.push(...(await runSize(bench, size)));
    }
    return rows;
  },
};

async function runSize(bench: Bench, size: number): Promise<Row[]> {
  await bench.flush();
  const jobs = createJobs({ connection: bench.redis.url, queues, logger: silentLogger, environment: {} });
  const measured = async (name: string, work: () => Promise<unknown>): Promise<Row> => {
    const before = await readsOf(bench);
    const start = performance.now();
    await work();
    const ms = performance.now() - start;
    const reads = (await readsOf(bench)) - before;
    return {
      subject: `${name}, ${count(size)}`,
      jobs: `${((1_000 * ms) / size).toFixed(0)} µs each, ${(reads / size).toFixed(3)} reads each`,
    };
  };
  try {
    jobs.registerProcessor(
      defineProcessor({
        queue: logging,
        process(job) {
          for (let line = 0; line < job.data.lines; line++) job.logger.info(`line ${line}`);
        },
      }),
    );
    jobs.registerProcessor(
      defineProcessor({
        queue: failing,
        concurrency: 50,
        process() {
          throw new PermanentError('always');
        },
      }),
    );
    const worker = await jobs.startWorker({ handleSignals: false });
    const { id: warm } = await jobs.queue(logging).add({ lines: 1 });
    await jobs.queue(logging).waitFor(warm, { timeout: 60_000 });
    const logged = await measured('log lines of a job', async () => {
      const { id } = await jobs.queue(logging).add({ lines: size });
      await jobs.queue(logging).waitFor(id, { timeout: 60_000 });
    });
    const failed = new Promise<void>((resolve) => {
      let left = size;
      jobs.events.on('job:exhausted', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    for (let start = 0; start < size; start += ADDED_AT_ONCE) {
      const some = Math.min(ADDED_AT_ONCE, size - start);
      await jobs.queue(failing).addMany(Array.from({ length: some }, () => ({ data: { lines: 0 } })));
    }
    await failed;
    await worker.close();
    const retried = await measured('retryFailed', async () => {
      const moved = await jobs.queue(failing).retryFailed({ limit: size });
      if (moved !== size) throw new Error(`${size} jobs had failed, and ${moved} were retried`);
    });
    const listed = await measured(`list, ${PAGE} a page`, async () => {
      let found = 0;
      let cursor: string | undefined;
      do {
        const page = await jobs.queue(failing).list({ state: 'waiting', limit: PAGE, ...(cursor ? { cursor } : {}) });
        found += page.jobs.length;
        cursor = page.cursor;
      } while (cursor);
      if (found !== size) throw new Error(`${size} jobs wait, and ${found} were listed`);
    });
    return [logged, retried, listed];
  } finally {
    await jobs.close();
  }
}

/** How often Redis has read from its connections: for an idle one, the round trips. */
async function readsOf(bench: Bench): Promise<number> {
  const info = await bench.redis.command('INFO', 'stats');
  return Number(/total_reads_processed:(\d+)/.exec(info)?.[1] ?? 0);
}
