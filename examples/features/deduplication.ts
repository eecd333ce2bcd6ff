// While a job with a key waits or runs, adding another one with this key adds nothing.
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const refreshQueue = defineQueue({ name: 'refreshes', schema: z.object({ dashboard: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [refreshQueue], logger: silentLogger });
const queue = jobs.queue(refreshQueue);

// #region deduplicate
const first = await queue.add({ dashboard: 'sales' }, { deduplicate: { key: 'sales' } });
const again = await queue.add({ dashboard: 'sales' }, { deduplicate: { key: 'sales' } });
console.log(first.deduplicated, again.deduplicated, again.id === first.id);
// #endregion

// An id of your own makes an `add` safe to repeat, also after the job has ended (until its retention is over).
// #region id
await queue.add({ dashboard: 'costs' }, { id: 'costs-2030-01-01' });
await queue.add({ dashboard: 'costs' }, { id: 'costs-2030-01-01' });
// #endregion

const { waiting } = await queue.counts();
console.log(`${waiting} jobs wait`);

await jobs.close();

// Output:
// false true true
// 2 jobs wait
