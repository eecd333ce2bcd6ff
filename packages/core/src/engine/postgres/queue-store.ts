/** What BullMQ can't do with one queue on PostgreSQL and the embedded store. */
import type { QueueStore } from '../bullmq/queue-store.js';
import { takeTurns } from './adding/fair-rounds.js';
import { claimReuse, confirmReuse } from './adding/reuse.js';
import { countQueues, NO_JOBS } from './counts.js';
import { eventsKept, lastEventId, reportRemoved } from './events.js';
import { createIds, readJobs, readSizes, readTexts, waitingHeads } from './job-reads.js';
import { createSqlRuns } from './runs.js';
import { takeStart } from './starts.js';
import type { RunSql } from './state.js';

export function createSqlQueueStore(run: RunSql, queue: string): QueueStore {
  return {
    counts: async () => (await countQueues(run, [queue]))[0] ?? NO_JOBS,
    jobs: (ids) => readJobs(run, queue, ids),
    sizes: (ids) => readSizes(run, queue, ids),
    texts: (ids) => readTexts(run, queue, ids),
    waitingHeads: () => waitingHeads(run, queue),
    ids: createIds(run, queue),
    lastEventId: () => lastEventId(run, queue),
    eventsKept: (after) => eventsKept(run, queue, after),
    takeTurns: (tenants) => takeTurns(run, queue, tenants),
    takeStart: (request) => takeStart(run, queue, request),
    claimReuse: (claim) => claimReuse(run, queue, claim),
    confirmReuse: (key, id) => confirmReuse(run, queue, key, id),
    reportRemoved: (id) => reportRemoved(run, queue, id),
    runs: createSqlRuns(run, queue),
  };
}
