// Tenants take turns: many jobs of one do not delay the job of another.
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

// #region queue
const reportQueue = defineQueue({
  name: 'reports',
  schema: z.object({ organizationId: z.string(), report: z.number() }),
  tenant: ({ organizationId }) => organizationId,
  fair: true,
});
// #endregion

const jobs = createJobs({ connection: 'memory:', queues: [reportQueue], logger: silentLogger });
const queue = jobs.queue(reportQueue);

for (const report of [1, 2, 3]) await queue.add({ organizationId: 'acme', report });
const { id: second } = await queue.add({ organizationId: 'small', report: 1 });
const { id: last } = await queue.add({ organizationId: 'acme', report: 4 });

jobs.registerProcessor(
  defineProcessor({
    queue: reportQueue,
    concurrency: 1,
    process: ({ data }) => console.log(`${data.organizationId}, report ${data.report}`),
  }),
);
await jobs.startWorker();
await Promise.all([queue.waitFor(second), queue.waitFor(last)]);

await jobs.close();

// Output:
// acme, report 1
// small, report 1
// acme, report 2
// acme, report 3
// acme, report 4
