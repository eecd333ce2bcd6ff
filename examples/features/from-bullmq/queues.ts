// The queue of the same name. Jobs that BullMQ itself has added are of version 1: a migration makes a field of their name.
import { defineQueue } from '@bizinsights/jobs-core/define';
import { z } from 'zod';

// #region queue
const asBullMq = z.looseObject({ imageId: z.string() });

export const imageQueue = defineQueue({
  name: 'images',
  version: 2,
  schema: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('resize'), imageId: z.string(), width: z.number().int().positive() }),
    z.object({ kind: z.literal('crop'), imageId: z.string(), box: z.array(z.number()).length(4) }),
  ]),
  result: z.string(),
  migrate: { 1: (data, { name }) => ({ ...asBullMq.parse(data), kind: name }) },
});
// #endregion
