/** Reads the events of many queues. */
import { BULLMQ_SCHEMA } from '../names.js';

export const EVENTS_AT_ONCE = 1_000;

/** BullMQ's default of events that are kept of a queue, in ids of all queues. */
const KEPT = 10_000;

/** The last id that was given, and then who writes events in a transaction that has not ended. */
export const EVENT_WRITERS = `
  SELECT CASE WHEN s.is_called THEN s.last_value ELSE 0 END::text AS last,
    ARRAY(SELECT virtualtransaction FROM pg_locks
          WHERE s.last_value > 0 AND locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
            AND relation = '${BULLMQ_SCHEMA}.event'::regclass
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS writers
  FROM ${BULLMQ_SCHEMA}.event_seq s`;

export const READ_EVENTS = `
  SELECT e.queue, e.id::text AS id, e.event, e.data ->> 'jobId' AS job FROM ${BULLMQ_SCHEMA}.event e
  WHERE e.queue = ANY($1) AND e.id > $2 AND e.id <= $3 ORDER BY e.id LIMIT ${EVENTS_AT_ONCE}`;

/** By the index, where a minimum could be that of all events of the queue. */
const endOf = (direction: 'ASC' | 'DESC') =>
  `(SELECT id FROM ${BULLMQ_SCHEMA}.event e WHERE e.queue = name.queue ORDER BY id ${direction} LIMIT 1)`;

/** BullMQ trims a queue as it writes to it: up to so many ids before its last one. */
export const TRIMMED_EVENTS = `
  SELECT coalesce(bool_or(kept.first > $2 AND kept.last - coalesce(own.most, ${KEPT}) > $2), false) AS trimmed
  FROM unnest($1::text[]) AS name (queue)
  CROSS JOIN LATERAL (SELECT ${endOf('ASC')} AS first, ${endOf('DESC')} AS last) kept
  LEFT JOIN LATERAL (SELECT value::bigint AS most FROM ${BULLMQ_SCHEMA}.meta m
    WHERE m.queue = name.queue AND m.field = 'opts.maxLenEvents') own ON true`;
