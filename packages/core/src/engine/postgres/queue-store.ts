/** What BullMQ can't do with one queue on PostgreSQL and the embedded store. */
import type { QueueStore } from '../bullmq/queue-store.js';
import { takeTurns } from './adding/fair-rounds.js';
import { claimReuse, confirmReuse } from './adding/reuse.js';
import { countList, countQueues, NO_JOBS } from './counts.js';
import { createIds, readJobs, readSizes, readTexts, waitingHeads } from './job-reads.js';
import { BULLMQ_SCHEMA } from './names.js';
import { createSqlRuns } from './runs.js';
import { REMOVE_PENDING } from './sql/index.js';
import { takeStart } from './starts.js';
import type { RunSql } from './state.js';

/** @param batch how many jobs one statement removes at most; absent: as many as there are */
export function createSqlQueueStore(run: RunSql, queue: string, batch?: number): QueueStore {
  const removePending = async (count: number) => {
    // What comes meanwhile may stay, so that it ends also where jobs are added faster.
    for (let left = count; batch !== undefined && left > batch; left -= batch)
      await run(REMOVE_PENDING, [queue, batch]);
  };
  return {
    counts: async () => (await countQueues(run, [queue]))[0] ?? NO_JOBS,
    length: (list) => countList(run, queue, list),
    jobs: (ids) => readJobs(run, queue, ids),
    sizes: (ids) => readSizes(run, queue, ids),
    texts: (ids) => readTexts(run, queue, ids),
    waitingHeads: () => waitingHeads(run, queue),
    ids: createIds(run, queue),
    async lastEventId() {
      const [row] = await run<{ id: string }>(
        `SELECT coalesce(max(id), 0)::text AS id FROM ${BULLMQ_SCHEMA}.event WHERE queue = $1`,
        [queue],
      );
      return row?.id ?? '0';
    },
    takeTurns: (tenants) => takeTurns(run, queue, tenants),
    takeStart: (request) => takeStart(run, queue, request),
    claimReuse: (claim) => claimReuse(run, queue, claim),
    confirmReuse: (key, id) => confirmReuse(run, queue, key, id),
    removePending,
    async reportRemoved(id) {
      const text = `SELECT ${BULLMQ_SCHEMA}.publish_event($1, 'removed', jsonb_build_object('jobId', $2::text))`;
      await run(text, [queue, id]);
    },
    runs: createSqlRuns(run, queue),
  };
}
