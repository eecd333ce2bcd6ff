// A typed queue, its processor and a worker: the job is checked when it is added, and its result comes back typed.
import { createJobs, defineProcessor, defineQueue, JobDataError, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const thumbnailQueue = defineQueue({
  name: 'thumbnails',
  schema: z.object({ imageId: z.string(), width: z.number().int().positive() }),
  result: z.object({ bytes: z.number() }),
});

// 'redis://…' and 'postgres://…' keep the jobs on a server. 'memory:' forgets them when the process ends.
const jobs = createJobs({ connection: 'memory:', queues: [thumbnailQueue], logger: silentLogger });

jobs.registerProcessor(
  defineProcessor({
    queue: thumbnailQueue,
    process: (job) => ({ bytes: job.data.width * 100 }),
  }),
);
await jobs.startWorker();

const thumbnails = jobs.queue(thumbnailQueue);
const { id } = await thumbnails.add({ imageId: 'img_1', width: 320 });
const { bytes } = await thumbnails.waitFor(id);
console.log(`the thumbnail has ${bytes} bytes`);

try {
  await thumbnails.add({ imageId: 'img_2', width: -1 });
} catch (error) {
  if (error instanceof JobDataError) console.log(`refused: ${error.issues.map(({ path }) => path.join('.')).join()}`);
}

await jobs.close();

// Output:
// the thumbnail has 32000 bytes
// refused: width
