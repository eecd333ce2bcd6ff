// Job result caching: the finished job of equal data is given instead of a new one, and its result at once.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const forecastQueue = defineQueue({
  name: 'forecasts',
  schema: z.object({ shop: z.string(), days: z.int().default(30) }),
  result: z.object({ revenue: z.int() }),
});
const jobs = createJobs({ connection: 'memory:', queues: [forecastQueue], logger: silentLogger });
const queue = jobs.queue(forecastQueue);

let runs = 0;
jobs.registerProcessor(
  defineProcessor({
    queue: forecastQueue,
    process({ data }) {
      runs += 1;
      return { revenue: data.days * 100 };
    },
  }),
);
const worker = await jobs.startWorker();

// #region reuse
const first = await queue.add({ shop: 'ann', days: 30 }, { reuse: { maxAge: 3_600_000 } });
console.log(await queue.waitFor(first.id));

const second = await queue.add({ shop: 'ann' }, { reuse: { maxAge: 3_600_000 } });
console.log(second.deduplicated, await queue.waitFor(second.id));
// #endregion

// Ten at once do the work once.
const many = await Promise.all(
  Array.from({ length: 10 }, () => queue.add({ shop: 'ben' }, { reuse: { maxAge: 3_600_000 } })),
);
await Promise.all(many.map(({ id }) => queue.waitFor(id)));
console.log(`${runs} runs`);

await worker.close();
await jobs.close();

// Output:
// { revenue: 3000 }
// true { revenue: 3000 }
// 2 runs
