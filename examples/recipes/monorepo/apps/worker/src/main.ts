// apps/worker/src/main.ts: runs the jobs.
import { checkWidth, queues, thumbnailQueue } from '@acme/queues';
import { createJobs, defineProcessor } from '@bizinsights/jobs-core';

const thumbnails = defineProcessor({
  queue: thumbnailQueue,
  process({ data: { width } }) {
    checkWidth(width);
    return { bytes: width * 100 };
  },
});

const jobs = createJobs({ connection: process.env.REDIS_URL, queues, processors: [thumbnails] });
await jobs.startWorker();
