/** Works on both queues, and writes down each effect, and each that is known to be kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, defineProcessor } from '@bizinsights/jobs-core';
import { openEntries } from './entries.js';
import { connectionOf, PLANNED_FAILURE, readSettings, TICKS, tickQueue, workQueue } from './queues.js';

const settings = readSettings();
const { prefix, folder, name, lockDuration, stalledInterval } = settings;
const write = openEntries(folder, name);
const jobs = createJobs({
  connection: connectionOf(settings),
  prefix,
  queues: [workQueue, tickQueue],
  environment: {},
});

type Step = <T>(name: string, fn: () => Promise<T> | T) => Promise<T>;

/** An effect that the library must carry out once: unless the process dies between it and the answer of `step`. */
async function carryOut(ref: string, effect: string, step: Step): Promise<void> {
  await step(effect, () => {
    write({ kind: 'effect', ref, effect });
    return true;
  });
  write({ kind: 'kept', ref, effect });
}

jobs.registerProcessor(
  defineProcessor({
    queue: workQueue,
    concurrency: 20,
    async process({ data: { ref, ms, failsFirst }, attempt, step }) {
      write({ kind: 'started', ref, attempt });
      await sleep(ms / 2);
      await carryOut(ref, 'charge', step);
      if (failsFirst && attempt === 1) throw new Error(PLANNED_FAILURE);
      // An attempt that has ended goes on in its processor, as most do that look at no signal: `step` has to refuse.
      await sleep(ms / 2);
      await carryOut(ref, 'mail', step);
      write({ kind: 'done', ref });
    },
  }),
);

jobs.registerProcessor(
  defineProcessor({
    queue: tickQueue,
    concurrency: TICKS.length,
    schedules: TICKS.map((key) => ({ key, every: 1_000, data: { key } })),
    async process({ id, data: { key }, step }) {
      // The slot stands at the end of the id of each run that the store has planned.
      const ref = `${key}@${id.slice(id.lastIndexOf(':') + 1)}`;
      await carryOut(ref, 'tick', step);
    },
  }),
);

await jobs.startWorker({ lockDuration, stalledInterval, maxStalledCount: 100, shutdownTimeout: 5_000 });
write({ kind: 'ready' });
