/**
 * The process of one side. The orchestrator forks it, sends it one task at a time, and gets a sample back.
 *
 * Each side has a process of its own that lives for the whole comparison. In one process both would share the compiled
 * code of bullmq and ioredis, and each would pay for the object shapes of the other; a process for each sample would
 * measure the warming up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Sample, Side, SideOptions, Task, Watcher } from './side.js';
import { openSide } from './sides/open.js';
import { dataOf, LIMIT } from './workload.js';

/** How often a job of a free key is added while others wait for their limit. ms */
const BETWEEN_FREE = 487;

/** How soon schedules are due: time to write them, and for a worker to start. ms */
const FIRST = { least: 3_000, each: 0.25 } as const;
const START = 1_000;

/** And when again: time to run them, and for another worker to start. ms */
const EVERY = { least: 6_000, each: 0.5 } as const;

const options: SideOptions = JSON.parse(process.argv[2] ?? '{}');
const side = await openSide(options);

const tell = (answer: Answer) => process.send?.(answer);
process.on('message', (task: Task) => {
  // What is left over of the last task is not paid for by this one.
  globalThis.gc?.();
  run(side, task).then(
    (sample) => tell({ sample }),
    (error) => tell({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// The orchestrator has closed the channel, or died.
process.on('disconnect', () => {
  side.close().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
tell({ ready: true });

async function run(side: Side, task: Task): Promise<Sample> {
  switch (task.kind) {
    case 'add': {
      const { jobs, inFlight } = task;
      const sample = await timed(jobs, () => inParallel(jobs, inFlight, (index) => side.add(index)));
      await expectWaiting(side, jobs);
      return sample;
    }
    case 'add-many': {
      const { jobs, batch } = task;
      const sample = await timed(jobs, () => addInBatches(side, jobs, batch));
      await expectWaiting(side, jobs);
      return sample;
    }
    case 'process':
      await addInBatches(side, task.jobs, 1_000);
      await expectWaiting(side, task.jobs);
      return await processAll(side, task.jobs, task.concurrency);
    case 'drain':
      return await processAll(side, task.jobs, task.concurrency);
    case 'pick-up':
      return await pickUp(side, task.jobs);
    case 'limit':
      return await startLimited(side, task);
    case 'memory':
      return await lookAtMemory(side, task);
    case 'schedule': {
      const { jobs, inFlight, isKnown } = task;
      if (isKnown) await side.schedule?.(jobs, 500);
      const sample = await timed(jobs, async () => side.schedule?.(jobs, inFlight));
      await expectScheduled(side, jobs);
      return sample;
    }
    case 'schedule-due': {
      const { jobs, inFlight } = task;
      const due = { first: Date.now() + FIRST.least + jobs * FIRST.each, every: EVERY.least + jobs * EVERY.each };
      const sample = await timed(jobs, async () => side.schedule?.(jobs, inFlight, due));
      await expectScheduled(side, jobs);
      if (Date.now() > due.first - START) throw new Error(`${jobs} schedules were due before all of them were written`);
      return sample;
    }
    case 'schedule-memory':
      return await lookAtSchedules(side, task.checkpoints);
    case 'clean':
      return await timed(0, () => side.clean());
  }
}

async function timed(jobs: number, work: () => Promise<unknown>): Promise<Sample> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  return { jobs, ms, cpu: spent(cpu) };
}

function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

async function inParallel(count: number, lanes: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function addInBatches(side: Side, jobs: number, batch: number): Promise<void> {
  for (let start = 0; start < jobs; start += batch) await side.addMany(start, Math.min(batch, jobs - start));
}

/** Nothing was lost and nothing was added twice. */
async function expectWaiting(side: Side, jobs: number): Promise<void> {
  const { waiting, active, failed } = await side.counts();
  if (waiting === jobs && active === 0 && failed === 0) return;
  throw new Error(`${jobs} jobs should wait, but ${waiting} wait, ${active} are active and ${failed} have failed`);
}

/** Each schedule has one next run. */
async function expectScheduled(side: Side, schedules: number): Promise<void> {
  const scheduled = await side.scheduled?.();
  if (scheduled !== schedules)
    throw new Error(`${schedules} schedules should have a next run, and ${scheduled} have one`);
}

/** Writes schedules and looks at them again, and tells how large the heap was at the most. */
async function lookAtSchedules(side: Side, checkpoints: readonly number[]): Promise<Sample> {
  let last: Sample = { jobs: 0, ms: 0, cpu: 0 };
  for (const jobs of checkpoints) {
    let largest = 0;
    const timer = setInterval(() => {
      // Without what a collection would take: that is not held.
      globalThis.gc?.();
      largest = Math.max(largest, process.memoryUsage().heapUsed);
    }, 20);
    await side.schedule?.(jobs, 1);
    const sample = await timed(jobs, async () => side.schedule?.(jobs, 1));
    clearInterval(timer);
    await expectScheduled(side, jobs);
    last = { ...sample, heap: largest, resident: process.memoryUsage().rss };
    tell({ checkpoint: last });
  }
  return last;
}

/** Counts the jobs of one task. */
class Tally {
  started = 0;
  completed = 0;
  readonly done: Promise<void>;
  #finish: () => void = () => {};
  #fail: (error: Error) => void = () => {};

  constructor(
    readonly jobs: number,
    readonly onStarted: () => void = () => {},
    readonly onCompleted: () => void = () => {},
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  readonly watcher = {
    started: () => {
      this.started += 1;
      this.onStarted();
    },
    completed: () => {
      this.completed += 1;
      this.onCompleted();
      if (this.completed === this.jobs) this.#finish();
    },
    failed: (error: Error) => this.#fail(error),
  };

  /** Every job ran once, and the store agrees. */
  async check(side: Side): Promise<void> {
    const { started, completed, jobs } = this;
    if (started !== jobs || completed !== jobs) {
      throw new Error(`${jobs} jobs were added, ${started} were started and ${completed} completed`);
    }
    await expectWaiting(side, 0);
  }
}

/** From the first job's start to the last one's completion: what a worker needs to connect is not in it. */
async function processAll(side: Side, jobs: number, concurrency: number): Promise<Sample> {
  let start = 0;
  let cpu = process.cpuUsage();
  const tally = new Tally(jobs, () => {
    if (start > 0) return;
    start = performance.now();
    cpu = process.cpuUsage();
  });
  const stop = await side.work(concurrency, tally.watcher);
  await tally.done;
  const sample = { jobs, ms: performance.now() - start, cpu: spent(cpu) };
  await stop();
  await tally.check(side);
  return sample;
}

/** The time from `add` to the call of the processor, on a worker that has nothing else to do. */
async function pickUp(side: Side, jobs: number): Promise<Sample> {
  const latencies: number[] = [];
  let addedAt = 0;
  let completed = () => {};
  const tally = new Tally(
    jobs,
    () => latencies.push(performance.now() - addedAt),
    () => completed(),
  );
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const stop = await side.work(1, tally.watcher);
  for (let index = 0; index < jobs; index++) {
    // Long enough for the worker to wait for a job again, and never in step with anything.
    await sleep(5 + Math.random() * 10);
    const ended = new Promise<void>((resolve) => {
      completed = resolve;
    });
    addedAt = performance.now();
    await Promise.all([side.add(index), ended]);
  }
  await tally.done;
  const sample = { jobs, ms: performance.now() - begin, cpu: spent(cpu), latencies };
  await stop();
  await tally.check(side);
  return sample;
}

/** Starts what waits as the limit allows, from the first start on, and adds a job of a free key now and then. */
async function startLimited(side: Side, { concurrency, ms }: Extract<Task, { kind: 'limit' }>): Promise<Sample> {
  const { format } = dataOf(0);
  const starts: number[] = [];
  const latencies: number[] = [];
  let begun = () => {};
  const first = new Promise<void>((resolve) => {
    begun = resolve;
  });
  /** When each job of a free key was added that has not been started. */
  const added: number[] = [];
  const watcher: Watcher = {
    started(data) {
      if (data.format !== format) latencies.push(performance.now() - (added.shift() ?? 0));
      else if (starts.push(performance.now()) === 1) begun();
    },
    completed() {},
    failed(error) {
      throw error;
    },
  };
  const cpu = process.cpuUsage();
  const stop = await side.work(concurrency, watcher, LIMIT);
  await first;
  const begin = starts[0] ?? 0;
  while (performance.now() - begin < ms) {
    const now = performance.now();
    if (side.addFree) added.push(now);
    await Promise.all([side.addFree?.(), sleep(Math.min(BETWEEN_FREE, Math.max(0, begin + ms - now)))]);
  }
  await stop();
  const within = starts.filter((at) => at - begin < ms).map((at) => at - begin);
  return { jobs: within.length, ms, cpu: spent(cpu), latencies, starts: within };
}

/** Adds and processes at the same time, always with the same worker, and looks at the memory now and then. */
async function lookAtMemory(side: Side, task: Extract<Task, { kind: 'memory' }>): Promise<Sample> {
  const { checkpoints, inFlight, concurrency } = task;
  let tally = new Tally(0);
  const stop = await side.work(concurrency, {
    started: () => tally.watcher.started(),
    completed: () => tally.watcher.completed(),
    failed: (error) => tally.watcher.failed(error),
  });
  let done = 0;
  let last: Sample = { jobs: 0, ms: 0, cpu: 0 };
  for (const checkpoint of checkpoints) {
    const jobs = checkpoint - done;
    tally = new Tally(jobs);
    const times = await timed(jobs, () =>
      Promise.all([inParallel(jobs, inFlight, (index) => side.add(index)), tally.done]),
    );
    await tally.check(side);
    done = checkpoint;
    last = { ...times, jobs: done, ...(await memory()) };
    tell({ checkpoint: last });
  }
  await stop();
  return last;
}

async function memory(): Promise<{ heap: number; resident: number }> {
  if (!globalThis.gc) throw new Error('The memory can be measured only with --expose-gc');
  // Twice, with a turn of the loop between: what finalizers hold on to goes with the second one.
  globalThis.gc();
  await sleep(50);
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss };
}
