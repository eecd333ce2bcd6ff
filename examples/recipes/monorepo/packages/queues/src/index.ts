// packages/queues/src/index.ts: all queues of the product. It loads no engine.
import { defineQueue, PermanentError } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

export const thumbnailQueue = defineQueue({
  name: 'thumbnails',
  schema: z.object({ imageId: z.string(), width: z.int().positive() }),
  result: z.object({ bytes: z.int() }),
});

export const mailQueue = defineQueue({
  name: 'mails',
  schema: z.object({ to: z.email() }),
});

export const queues = [thumbnailQueue, mailQueue] as const;

export const LARGEST_WIDTH = 4_000;

/** @throws {PermanentError} for a width that no attempt can make */
export function checkWidth(width: number): void {
  if (width > LARGEST_WIDTH) throw new PermanentError(`A thumbnail has at most ${LARGEST_WIDTH} px, not ${width}`);
}
