// A scheduler of BullMQ becomes a schedule.
import { images } from './before.js';
import { jobs } from './jobs.js';
import { imageQueue } from './queues.js';

export async function moveSchedules(): Promise<void> {
  // #region schedules
  await images.removeJobScheduler('nightly');
  await jobs.scheduler.upsert({
    key: 'nightly',
    queue: imageQueue,
    cron: '0 3 * * *',
    timezone: 'UTC', // a pattern of BullMQ without `tz` is in the time zone of its process
    data: { kind: 'resize', imageId: 'hero', width: 1_280 },
  });
  // #endregion
}
