// A cursor saves the position of a long loop with the job, so that the next attempt continues there.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const importQueue = defineQueue({
  name: 'imports',
  schema: z.object({ pages: z.number().int() }),
  defaults: { backoff: { type: 'fixed', delay: 10 } },
});

const jobs = createJobs({ connection: 'memory:', queues: [importQueue], logger: silentLogger });

// #region processor
const imports = defineProcessor({
  queue: importQueue,
  async process(job) {
    const page = await job.cursor('page', 1);
    while (page.value <= job.data.pages) {
      console.log(`attempt ${job.attempt} imports page ${page.value}`);
      if (job.attempt === 1 && page.value === 3) throw new Error('The connection was lost');
      await page.save(page.value + 1);
    }
  },
});
// #endregion

jobs.registerProcessor(imports);
await jobs.startWorker();

const { id } = await jobs.queue(importQueue).add({ pages: 4 });
await jobs.queue(importQueue).waitFor(id);

await jobs.close();

// Output:
// attempt 1 imports page 1
// attempt 1 imports page 2
// attempt 1 imports page 3
// attempt 2 imports page 3
// attempt 2 imports page 4
