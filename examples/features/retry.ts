// A failed attempt is retried after a backoff; `PermanentError` fails the job without a retry.
import { createJobs, defineProcessor, defineQueue, PermanentError, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

// #region queue
const exportQueue = defineQueue({
  name: 'exports',
  schema: z.object({ file: z.string() }),
  defaults: { attempts: 3, backoff: { type: 'exponential', delay: 50 } }, // waits 50 ms, then 100 ms
});
// #endregion

const jobs = createJobs({ connection: 'memory:', queues: [exportQueue], logger: silentLogger });

// #region processor
const exports = defineProcessor({
  queue: exportQueue,
  concurrency: 1,
  process({ data, attempt, maxAttempts }) {
    console.log(`${data.file}: attempt ${attempt} of ${maxAttempts}`);
    if (data.file === 'gone.csv') throw new PermanentError('The file does not exist');
    if (attempt < 3) throw new Error('The server is busy');
  },
  onExhausted(job, error) {
    console.log(`${job.data?.file}: failed after ${job.attempts} attempt, ${error.message}`);
  },
});
// #endregion

jobs.registerProcessor(exports);
await jobs.startWorker();

const queue = jobs.queue(exportQueue);
const busy = await queue.add({ file: 'orders.csv' });
await queue.waitFor(busy.id);
console.log('orders.csv: completed');

const gone = await queue.add({ file: 'gone.csv' });
await queue.waitFor(gone.id).catch((error: Error) => console.log(error.message));

await jobs.close();

// Output:
// orders.csv: attempt 1 of 3
// orders.csv: attempt 2 of 3
// orders.csv: attempt 3 of 3
// orders.csv: completed
// gone.csv: attempt 1 of 3
// gone.csv: failed after 1 attempt, The file does not exist
// The file does not exist
