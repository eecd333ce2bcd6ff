// Jobs on the same Redis. The default prefix is BullMQ's, `bull`.
import { createJobs, defineProcessor } from '@bizinsights/jobs-core';
import { imageQueue } from './queues.js';

// #region jobs
export const imageProcessor = defineProcessor({
  queue: imageQueue,
  process: ({ data }) =>
    data.kind === 'resize' ? `${data.imageId} is ${data.width} wide` : `${data.imageId} is cropped`,
});

export const jobs = createJobs({
  connection: process.env.REDIS_URL, // the Redis of the BullMQ app; with its `prefix`, if it has set one
  queues: [imageQueue],
  processors: [imageProcessor],
});
// #endregion
