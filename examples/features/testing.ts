// `createTestJobs` runs jobs in memory, when the test asks for it, on a clock that the test sets.
import { defineProcessor, defineQueue, type Jobs } from '@bizinsights/jobs-core';
import { createTestJobs } from '@bizinsights/jobs-core/testing';
import { z } from 'zod';

const reminderQueue = defineQueue({ name: 'reminders', schema: z.object({ to: z.string() }) });
const reminders = defineProcessor({
  queue: reminderQueue,
  process({ attempt }) {
    if (attempt === 1) throw new Error('not now');
  },
});

// #region code
/** The code under test: it takes the jobs of production or those of a test. */
async function remind(jobs: Jobs<readonly [typeof reminderQueue]>, to: string): Promise<void> {
  await jobs.queue(reminderQueue).add({ to }, { delay: 60_000 });
}
// #endregion

// #region test
const jobs = createTestJobs({ queues: [reminderQueue], processors: [reminders], now: '2030-01-01T08:00:00Z' });

await remind(jobs, 'ann@example.com');
console.log(jobs.enqueued(reminderQueue).map(({ data, state }) => `${data.to} is ${state}`));
console.log(await jobs.drain()); // nothing is due yet

jobs.clock.advance(60_000);
const { completed, retried } = await jobs.drain({ withDelayed: true }); // also what is due later: the second attempt
console.log({ completed, retried });

await jobs
  .perform(reminders, { to: 'bob@example.com' }, { attempt: 1 })
  .catch((error: Error) => console.log(error.message));
// #endregion

await jobs.close();

// Output:
// [ 'ann@example.com is delayed' ]
// { completed: 0, failed: 0, retried: 0, delayed: 0, unprocessed: 0 }
// { completed: 1, retried: 1 }
// not now
