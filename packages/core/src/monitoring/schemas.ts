/** Shapes that several routes answer or take. */
import { z } from 'zod';

/** The numbers of one queue. A prioritized job counts as waiting; the waiting jobs of a paused queue count as paused. */
export const numbers = z.object({
  waiting: z.int(),
  active: z.int(),
  completed: z.int(),
  failed: z.int(),
  delayed: z.int(),
  paused: z.int(),
});

export const queueParams = z.object({ queue: z.string() });

/** How many entries a page holds. */
export const limit = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(1_000)
  .default(50)
  .describe('1 to 1,000, by default 50.');
