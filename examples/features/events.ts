// `jobs.events` reports the jobs that this process adds and those that its worker runs. Events carry ids and times, never a job's data.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const greetingQueue = defineQueue({ name: 'greetings', schema: z.object({ name: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [greetingQueue], logger: silentLogger });
const queue = jobs.queue(greetingQueue);

// #region listen
jobs.events.on('job:added', ({ queue, id }) => console.log(`${queue} ${id}: added`));
jobs.events.on('job:active', ({ id }) => console.log(`${id}: begun`));
jobs.events.on('job:failed', ({ id, error, willRetry }) => console.log(`${id}: ${error.message}, retry ${willRetry}`));
jobs.events.on('job:exhausted', ({ id }) => console.log(`${id}: failed for good`));
jobs.events.on('job:completed', ({ id }) => console.log(`${id}: completed`));
// #endregion

let isListening = false;
jobs.registerProcessor(
  defineProcessor({
    queue: greetingQueue,
    process({ data }) {
      if (!isListening) throw new Error(`${data.name} does not listen`);
    },
  }),
);

const isExhausted = new Promise((resolve) => jobs.events.once('job:exhausted', resolve));
await queue.add({ name: 'Ann' }, { id: 'hello-ann', attempts: 1 });
await jobs.startWorker();
await isExhausted;

isListening = true;
const isCompleted = new Promise((resolve) => jobs.events.once('job:completed', resolve));
await queue.retry('hello-ann');
await isCompleted;

await jobs.close();

// Output:
// greetings hello-ann: added
// hello-ann: begun
// hello-ann: Ann does not listen, retry false
// hello-ann: failed for good
// hello-ann: begun
// hello-ann: completed
