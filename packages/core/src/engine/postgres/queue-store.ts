/** What BullMQ can't do with one queue on PostgreSQL and the embedded store. */
import type { QueueStore } from '../bullmq/queue-store.js';
import { takeTurns } from './adding/fair-rounds.js';
import { claimReuse, confirmReuse } from './adding/reuse.js';
import { countList, countQueues, NO_JOBS } from './counts.js';
import { createIds, partOf, readJobs, readSizes, readTexts, waitingHeads } from './job-reads.js';
import { BULLMQ_SCHEMA } from './names.js';
import { createSqlRuns } from './runs.js';
import { createStarts } from './starts.js';
import type { RunSql } from './state.js';

/** Starts that one statement takes where the whole process waits for it. */
const STARTS_IN_PARTS = 3;

/** @param inParts whether the whole process waits for a statement */
export function createSqlQueueStore(run: RunSql, queue: string, inParts = false): QueueStore {
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
        `SELECT id::text AS id FROM ${BULLMQ_SCHEMA}.event WHERE queue = $1 ORDER BY event.id DESC LIMIT 1`,
        [queue],
      );
      return row?.id ?? '0';
    },
    takeTurns: (tenants) => takeTurns(run, queue, tenants),
    takeStart: createStarts(run, queue, inParts ? STARTS_IN_PARTS : undefined),
    claimReuse: (claim) => claimReuse(run, queue, claim),
    confirmReuse: (key, id) => confirmReuse(run, queue, key, id),
    removeSome: (...which) => removeSome(run, queue, ...which),
    async reportRemoved(id) {
      const text = `SELECT ${BULLMQ_SCHEMA}.publish_event($1, 'removed', jsonb_build_object('jobId', $2::text))`;
      await run(text, [queue, id]);
    },
    async noteRetry(ids, from) {
      await run('SELECT bizinsights_jobs.note_retry($1, $2, $3)', [queue, ids, from]);
    },
    runs: createSqlRuns(run, queue),
  };
}

/**
 * In the order of an index, where BullMQ's own removal sorts all jobs of the state for each part. That removal knows more of
 * children, and is left to remove them.
 */
async function removeSome(
  run: RunSql,
  queue: string,
  ...[state, until, count]: Parameters<NonNullable<QueueStore['removeSome']>>
): Promise<number> {
  const isEnded = state === 'completed' || state === 'failed';
  const isOld = `${isEnded ? 'finished_at_ms <= $2' : 'added_at_ms <= $2 AND scheduler_id IS NULL'} AND parent_id IS NULL`;
  const removed = await run(
    // By their places: by their ids, it could read all jobs of the queue. They are locked first, each found by itself, as one
    // that a worker takes meanwhile would be removed all the same by its place.
    `DELETE FROM ${BULLMQ_SCHEMA}.job WHERE ctid = ANY(ARRAY(
       SELECT each.place FROM (${partOf(state, 'id', { where: isOld, limit: '$3' })}) AS found CROSS JOIN LATERAL (
         SELECT ctid AS place FROM ${BULLMQ_SCHEMA}.job
         WHERE queue = $1 AND id = found.id AND state::text = '${state === 'prioritized' ? 'waiting' : state}' AND ${isOld}
         LIMIT 1 FOR UPDATE SKIP LOCKED
       ) AS each
     )) RETURNING 1`,
    [queue, until, count],
  );
  if (removed.length > 0) {
    const text = `SELECT ${BULLMQ_SCHEMA}.publish_event($1, 'cleaned', jsonb_build_object('count', $2::text))`;
    await run(text, [queue, String(removed.length)]);
  }
  return removed.length;
}
