// A schedule adds a job at each of its times, in the time zone of the user.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const reportQueue = defineQueue({ name: 'reports', schema: z.object({ userId: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [reportQueue], logger: silentLogger });

// #region upsert
await jobs.scheduler.upsert({
  key: 'report:ann',
  queue: reportQueue,
  data: { userId: 'ann' },
  cron: '0 8 * * 1',
  timezone: 'Asia/Tokyo',
});
// #endregion

// Monday, 8:00 in Tokyo.
const [next] = await jobs.scheduler.nextRuns('report:ann', 1);
console.log(new Date(next ?? 0).toUTCString().replace(/,.* (?=\d\d:)/, ', '));

jobs.registerProcessor(
  defineProcessor({ queue: reportQueue, process: ({ data }) => console.log(`report for ${data.userId}`) }),
);
await jobs.startWorker();

// #region operate
const { id } = await jobs.scheduler.runNow('report:ann'); // once now, in addition to its times
await jobs.queue(reportQueue).waitFor(id);
await jobs.scheduler.pause('report:ann');
console.log(await jobs.scheduler.nextRuns('report:ann', 2));
console.log(`removed: ${await jobs.scheduler.remove('report:ann')}`);
// #endregion

await jobs.close();

// Output:
// Sun, 23:00:00 GMT
// report for ann
// []
// removed: true
