import { createJobs, defineQueue, hotReloadable } from '@bizinsights/jobs-core';
import { z } from 'zod';

const thumbnailQueue = defineQueue({
  name: 'thumbnails',
  schema: z.object({ organizationId: z.string(), imageId: z.string() }),
  tenant: (data) => data.organizationId,
});

export const jobs = hotReloadable('jobs', () =>
  createJobs({ connection: process.env.REDIS_URL, queues: [thumbnailQueue] }),
);
