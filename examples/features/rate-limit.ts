// A rate limit holds over all workers: at most `max` starts in any window of `per` ms for each key.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

// #region queue
const requestQueue = defineQueue({
  name: 'requests',
  schema: z.object({ shop: z.string(), path: z.string() }),
  rateLimit: { key: ({ shop }) => shop, max: 2, per: 1_000 },
});
// #endregion

const jobs = createJobs({ connection: 'memory:', queues: [requestQueue], logger: silentLogger });
let lastStart = 0;

jobs.registerProcessor(
  defineProcessor({
    queue: requestQueue,
    process({ data }) {
      lastStart = Date.now();
      console.log(`GET ${data.shop}${data.path}`);
    },
  }),
  { concurrency: 1 },
);
const begin = Date.now();
await jobs.startWorker();

const queue = jobs.queue(requestQueue);
const added = await queue.addMany(
  ['/orders', '/products', '/customers'].map((path) => ({ data: { shop: 'glaze.example.com', path } })),
);
await Promise.all(added.map(({ id }) => queue.waitFor(id)));

console.log(`the third request has waited: ${lastStart - begin >= 1_000}`);

await jobs.close();

// Output:
// GET glaze.example.com/orders
// GET glaze.example.com/products
// GET glaze.example.com/customers
// the third request has waited: true
