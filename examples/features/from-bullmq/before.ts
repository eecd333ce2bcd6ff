// An app as it was with BullMQ alone: several kinds of jobs in one queue, told apart by their names.
import { Queue, Worker } from 'bullmq';

const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', maxRetriesPerRequest: null };

// #region producer
export const images = new Queue('images', { connection });

export async function addImages(): Promise<void> {
  await images.add('resize', { imageId: 'cat', width: 320 });
  await images.add('crop', { imageId: 'dog', box: [0, 0, 64, 64] }, { delay: 3_600_000, attempts: 3 });
  await images.upsertJobScheduler(
    'nightly',
    { pattern: '0 3 * * *' },
    { name: 'resize', data: { imageId: 'hero', width: 1_280 } },
  );
}
// #endregion

export function startWorker(): Worker {
  return new Worker(
    'images',
    async ({ name, data }) => {
      if (data.imageId === 'broken') throw new Error('no such image');
      return `${name} ${data.imageId} by BullMQ`;
    },
    { connection },
  );
}
