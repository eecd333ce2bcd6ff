/** BullMQ's events of a queue on PostgreSQL and the embedded store: where they end, and how far back they go. */
import type { EventsKept } from '../contract.js';
import { BULLMQ_SCHEMA } from './schema.js';
import type { RunSql } from './state.js';

export async function lastEventId(run: RunSql, queue: string): Promise<string> {
  const rows = await run<{ id: string }>(
    `SELECT coalesce(max(id), 0)::text AS id FROM ${BULLMQ_SCHEMA}.event WHERE queue = $1`,
    [queue],
  );
  return rows[0]?.id ?? '0';
}

export async function eventsKept(run: RunSql, queue: string, after: string): Promise<EventsKept> {
  const rows = await run<{ first: string; last: string }>(
    `SELECT coalesce(min(id), 0)::text AS first, coalesce(max(id), 0)::text AS last
     FROM ${BULLMQ_SCHEMA}.event WHERE queue = $1`,
    [queue],
  );
  const { first = '0', last = '0' } = rows[0] ?? {};
  if (!/^\d{1,18}$/.test(after) || BigInt(after) > BigInt(last)) return 'unknown';
  // From before the very first event: whether that is still the first one, the table does not say.
  return BigInt(first) > BigInt(after) ? 'some' : 'all';
}

/** BullMQ's removal reports nothing here. */
export async function reportRemoved(run: RunSql, queue: string, id: string): Promise<void> {
  await run(`SELECT ${BULLMQ_SCHEMA}.publish_event($1, 'removed', jsonb_build_object('jobId', $2::text))`, [queue, id]);
}
