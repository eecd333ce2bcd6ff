// queues.ts: imported by the function and by the worker.
import { defineQueue } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

export const thumbnailQueue = defineQueue({
  name: 'thumbnails',
  schema: z.object({ imageId: z.uuid(), width: z.int().positive() }),
});
