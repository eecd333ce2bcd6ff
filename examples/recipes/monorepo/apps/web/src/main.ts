// apps/web/src/main.ts: stands for the web app. It adds jobs to all queues and runs none.
import { queues, thumbnailQueue } from '@acme/queues';
import { createJobs, isJobsError } from '@bizinsights/jobs-core';

export const jobs = createJobs({ connection: process.env.REDIS_URL, queues });

const thumbnails = jobs.queue(thumbnailQueue);
for (const width of [320, 10_000]) {
  const { id } = await thumbnails.add({ imageId: 'img_1', width });
  try {
    const { bytes } = await thumbnails.waitFor(id);
    console.log(`the thumbnail of ${width} px has ${bytes} bytes`);
  } catch (error) {
    if (!isJobsError(error)) throw error;
    console.log(`${error.code}: ${error.message}`);
  }
}
await jobs.close();
