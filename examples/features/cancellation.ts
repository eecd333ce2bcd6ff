// Cancelling removes a waiting job. A running job has its `signal` aborted, and fails without a retry.
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const renderQueue = defineQueue({ name: 'renders', schema: z.object({ video: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [renderQueue], logger: silentLogger });
const queue = jobs.queue(renderQueue);

// #region processor
const renders = defineProcessor({
  queue: renderQueue,
  concurrency: 1,
  async process(job) {
    console.log(`renders ${job.data.video}`);
    await job.progress({ done: 0, total: 1 });
    await sleep(3_600_000, undefined, { signal: job.signal }); // pass the signal to every wait and every request
  },
});
// #endregion

jobs.registerProcessor(renders);
const running = await queue.add({ video: 'launch.mp4' });
const waiting = await queue.add({ video: 'teaser.mp4' });

const isRendering = new Promise((resolve) => jobs.events.once('job:progress', resolve));
await jobs.startWorker();
await isRendering;

console.log(await queue.cancel(waiting.id));
console.log(await queue.cancel(running.id, 'the user has closed the page'));
await queue.waitFor(running.id).catch((error: Error) => console.log(`${error.name}: ${error.message}`));
console.log(await queue.cancel(running.id));

await jobs.close();

// Output:
// renders launch.mp4
// removed
// requested
// JobCancelledError: the user has closed the page
// finished
