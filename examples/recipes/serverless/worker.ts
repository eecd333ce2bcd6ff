// worker.ts: a process that stays, on a machine or in a container.
import { createJobs, defineProcessor } from '@bizinsights/jobs-core';
import { thumbnailQueue } from './queues.js';

const thumbnails = defineProcessor({
  queue: thumbnailQueue,
  concurrency: 5,
  process: async (job) => job.logger.info(`a thumbnail of ${job.data.imageId}, ${job.data.width} px wide`),
});

const jobs = createJobs({ connection: process.env.REDIS_URL, queues: [thumbnailQueue], processors: [thumbnails] });
await jobs.startWorker();
