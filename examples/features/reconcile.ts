// A source lists all schedules that should exist; `reconcile` adds, changes and removes stored ones to match.
import { createJobs, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const syncQueue = defineQueue({ name: 'syncs', schema: z.object({ id: z.string() }) });
const jobs = createJobs({ connection: 'memory:', queues: [syncQueue], logger: silentLogger });

const HOUR = 3_600_000;
/** In a product: a table of the database. */
const integrations = new Map([
  ['shop', 2 * HOUR],
  ['ads', 4 * HOUR],
  ['payments', HOUR],
]);

// #region reconcile
async function reconcile() {
  return await jobs.scheduler.reconcile({
    name: 'integrations',
    async *schedules() {
      for (const [id, every] of integrations) yield { key: `sync:${id}`, queue: syncQueue, data: { id }, every };
    },
  });
}
// #endregion

const first = await reconcile();
console.log(`added ${first.added}`);

integrations.delete('ads');
integrations.set('payments', 6 * HOUR);
const { added, changed, removed, untouched } = await reconcile();
console.log(`added ${added}, changed ${changed}, removed ${removed}, untouched ${untouched}`);

const { schedules } = await jobs.scheduler.list({ queue: syncQueue });
console.log(schedules.map(({ key, every = 0 }) => `${key} every ${every / HOUR} h`).join(', '));

await jobs.close();

// Output:
// added 3
// added 0, changed 1, removed 1, untouched 1
// sync:payments every 6 h, sync:shop every 2 h
