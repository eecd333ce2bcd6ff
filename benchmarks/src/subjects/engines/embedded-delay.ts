/** How long the embedded store keeps the event loop of its host's process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, defineProcessor, defineQueue, type Jobs, silentLogger } from '@bizinsights/jobs-core';
import { openEmbedded } from '@bizinsights/jobs-core/embedded';
import { createStore } from '@bizinsights/jobs-store';
import { z } from 'zod';
import { addRecords, DAYS } from '../../metrics/records.js';
import type { Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';

/** ms */
const GOAL = 50;
const BATCH = 1_000;
const RETRIED = 2_000;
const RECORDS = 36_000;

const queue = defineQueue({
  name: 'embedded',
  schema: z.object({ n: z.number() }),
  defaults: { attempts: 1, retention: { completed: { count: 10_000_000 } } },
});

type EmbeddedJobs = Jobs<readonly [typeof queue]>;

export const embeddedDelay: Subject = {
  name: 'embedded-delay',
  about: 'the delay of the event loop by what the embedded store does, with 1,000 to 100,000 jobs',
  async run(bench) {
    const rows: Row[] = [];
    for (const size of [1_000, 10_000, ...(bench.quick ? [] : [100_000])]) {
      bench.say(`embedded-delay: ${count(size)} jobs`);
      const folder = await mkdtemp(join(tmpdir(), 'embedded-delay-'));
      const jobs = createJobs({
        connection: `file:${folder}`,
        queues: [queue],
        logger: silentLogger,
        environment: {},
      });
      try {
        rows.push(...(await measureAll(jobs, size)));
      } finally {
        await jobs.close();
        await rm(folder, { recursive: true });
      }
    }
    bench.say('embedded-delay: the daily metrics of a store');
    rows.push(...(await measureStore()));
    return rows;
  },
};

/** What `@bizinsights/jobs-store` does of which there is much; deriving days is of the subject `refresh`. */
async function measureStore(): Promise<Row[]> {
  const { pool, close } = await openEmbedded({ dir: 'memory:' });
  try {
    const store = createStore({ pool, keys: `2026:${Buffer.alloc(32, 7).toString('base64')}` });
    await store.migrate();
    await addRecords(pool, 'mine', RECORDS);
    const rows = [
      await delayed(`embedded: mark ${DAYS} days as stale`, () => store.metrics.invalidate('mine')),
      await delayed(`embedded: refresh ${DAYS} days`, () => store.metrics.refresh('mine')),
    ];
    const task = store.cleanUpTasks({ records: 1 }).find(({ name }) => name === 'records');
    const given = { signal: new AbortController().signal, logger: silentLogger, now: Date.now() };
    rows.push(
      await delayed(`embedded: clean up ${count(RECORDS)} records`, async () => {
        await task?.run(given);
      }),
    );
    return rows;
  } finally {
    await close();
  }
}

async function measureAll(jobs: EmbeddedJobs, size: number): Promise<Row[]> {
  const handle = jobs.queue(queue);
  const rows: Row[] = [];
  const measure = async (what: string, work: () => Promise<unknown>) => {
    rows.push(await delayed(`embedded: ${what}, ${count(size)} jobs`, work));
  };
  const fill = async () => {
    for (let start = 0; start < size; start += BATCH) {
      await handle.addMany(Array.from({ length: BATCH }, (_, n) => ({ data: { n: start + n } })));
    }
  };
  // Opens the store, and its first statements.
  await handle.addMany([{ data: { n: 0 } }]);
  await handle.empty();
  await measure('add 1,000 at a time', fill);
  await measure('counts and pages of lists', async () => {
    await handle.counts();
    for (const state of ['waiting', 'completed'] as const) await handle.list({ state, limit: 100 });
  });
  await measure('empty', () => handle.empty());
  await handle.addMany(Array.from({ length: RETRIED }, (_, n) => ({ data: { n } })));
  let failing = true;
  let left = RETRIED;
  let finish = () => {};
  const process = () => {
    left -= 1;
    if (left === 0) finish();
    if (failing) throw new Error('not ok');
  };
  const run = async (most: number) => {
    left = most;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const worker = await jobs.startWorker({ handleSignals: false });
    await done;
    await worker.close();
  };
  jobs.registerProcessor(defineProcessor({ queue, concurrency: 10, process }));
  await run(RETRIED);
  await measure(`retry ${count(RETRIED)} failed`, () => handle.retryFailed());
  failing = false;
  await handle.empty();
  await fill();
  await measure('run', () => run(size));
  await measure('clean', () => handle.clean({ state: 'completed', limit: size }));
  return rows;
}

async function delayed(subject: string, work: () => Promise<unknown>): Promise<Row> {
  // What was before is over.
  await sleep(50);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  await sleep(5);
  delay.disable();
  return {
    subject,
    jobs: `p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, longest ${(delay.max / 1e6).toFixed(0)} ms; in all ${count(Math.round(ms))} ms`,
    goal: `p99 under ${GOAL} ms`,
  };
}
