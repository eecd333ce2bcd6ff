/** How the waiting jobs of keys whose limit is reached are put in line, beside the claims of workers: see postgres/lining.ts. */
import { EARLY, LATE } from '../../bullmq/starts.js';
import { BULLMQ_SCHEMA } from '../names.js';
import { CAN_STAND, IS_PAUSED, IS_WAITING, LINING, RATE } from './claims.js';

export const LINING_FUNCTIONS = `
-- Puts the first waiting jobs in line whose limit is reached, one caller at a time. It skips locked jobs, and starts do not
-- wait for it: those that see the line as it was before may let a later job of it begin first. It locks no job of a free
-- key, as claims skip locked jobs: they would take a later one before it. Returns their number.
DROP FUNCTION IF EXISTS bizinsights_jobs.line_up(text, text, integer, bigint, integer);
CREATE OR REPLACE FUNCTION bizinsights_jobs.line_up(p_queue text, p_key text, p_max integer, p_ms bigint, p_batch integer)
RETURNS integer LANGUAGE plpgsql SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
  v_now bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  v_clock bigint := v_now / 1000;
  v_earliest bigint;
  v_count integer;
  v_ids text[];
  v_dues bigint[];
BEGIN
  WITH looked AS MATERIALIZED (
    SELECT id, priority, seq, coalesce(p_key, ${RATE}) AS key FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND state = 'waiting' AND ${CAN_STAND}
    ORDER BY queue, priority, seq LIMIT p_batch
  ), windows AS MATERIALIZED (
    SELECT key, next, head.id AS head, head.priority, head.seq, (
      SELECT due FROM bizinsights_jobs.line AS last WHERE last.queue = p_queue AND last.key = each.key
      ORDER BY queue DESC, key DESC, priority DESC, seq DESC LIMIT 1
    ) AS due
    FROM (SELECT DISTINCT key FROM looked WHERE key IS NOT NULL) AS each
    CROSS JOIN LATERAL bizinsights_jobs.next_start('start:' || p_queue || ':' || key, v_now, p_max, p_ms * 1000) AS next
    LEFT JOIN LATERAL (
      SELECT id, priority, seq FROM bizinsights_jobs.line AS one WHERE one.queue = p_queue AND one.key = each.key
      ORDER BY queue, key, priority, seq LIMIT 1
    ) AS head ON true
  ), reached AS MATERIALIZED (
    SELECT looked.id, key FROM looked JOIN windows USING (key)
    WHERE (head IS NOT NULL OR next > v_now) AND looked.id IS DISTINCT FROM head AND NOT EXISTS (
      SELECT FROM bizinsights_jobs.slot WHERE slot.key = 'start:' || p_queue || ':' || looked.key AND place = looked.id)
  ), locked AS MATERIALIZED (
    -- Without those that were taken since. One by one: as a join, it could read all jobs of the queue.
    SELECT each.id, each.priority, each.seq, key FROM reached CROSS JOIN LATERAL (
      SELECT id, priority, seq FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = reached.id AND ${IS_WAITING}
      LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS each
  ), chosen AS MATERIALIZED (
    SELECT first.id, first.priority, first.seq, key, CASE
      -- The first of a line comes by itself a little before its start.
      WHEN nth = 1 AND (head IS NULL OR (first.priority, first.seq) < (windows.priority, windows.seq))
        THEN v_clock + (next - v_now) / 1000 - ${EARLY}
      ELSE greatest(due, v_clock + ${LATE} + (next - v_now) / 1000) + nth * p_ms / p_max END AS due
    FROM (
      SELECT *, row_number() OVER (PARTITION BY key ORDER BY priority, seq) AS nth FROM locked
    ) AS first JOIN windows USING (key)
  ), lined AS (
    INSERT INTO bizinsights_jobs.line SELECT p_queue, id, key, priority, seq, due FROM chosen
    ON CONFLICT (queue, id) DO UPDATE
    SET key = excluded.key, priority = excluded.priority, seq = excluded.seq, due = excluded.due
  ), told AS (
    INSERT INTO ${BULLMQ_SCHEMA}.event (queue, event, data, created_at_ms)
      SELECT p_queue, 'delayed', jsonb_build_object('jobId', id, 'delay', due), v_clock FROM chosen ORDER BY priority, seq
  )
  SELECT min(due), count(*), array_agg(id), array_agg(due) INTO v_earliest, v_count, v_ids, v_dues FROM chosen;
  FOR v_nth IN 1..v_count LOOP
    UPDATE ${BULLMQ_SCHEMA}.job SET state = 'delayed', process_at_ms = v_dues[v_nth], delay_ms = v_dues[v_nth] - v_clock
      WHERE queue = p_queue AND id = v_ids[v_nth];
  END LOOP;
  IF v_earliest < v_clock + ${LATE} THEN PERFORM pg_notify('bullmq_jobs', p_queue); END IF;
  RETURN v_count;
END $$;

-- The next of them, unless another worker puts them in line. Answers whether there may be more. A job that may begin, and
-- that no claim could see behind so many keys, wakes the workers.
CREATE OR REPLACE FUNCTION bizinsights_jobs.line_up_more(
  p_queue text, p_key text, p_max integer, p_ms bigint, p_batch integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_found boolean := bizinsights_jobs.next_free(p_queue, p_key, false) IS NOT NULL;
BEGIN
  IF NOT pg_try_advisory_xact_lock(${LINING}) OR ${IS_PAUSED} THEN RETURN false; END IF;
  IF bizinsights_jobs.line_up(p_queue, p_key, p_max, p_ms, p_batch) = 0 THEN RETURN false; END IF;
  IF NOT v_found AND bizinsights_jobs.next_free(p_queue, p_key, false) IS NOT NULL THEN
    PERFORM pg_notify('bullmq_jobs', p_queue);
  END IF;
  RETURN true;
END $$;

-- Whether a claim would find a job. BullMQ asks whether any waits, and takes it for one that can be had. Where none can be
-- had of those that wait, they are to be put in line.
CREATE OR REPLACE FUNCTION bizinsights_jobs.look_for_job(
  p_queue text, p_key text, OUT present boolean, OUT stands_outside boolean)
LANGUAGE plpgsql AS $$
BEGIN
  present := EXISTS (SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND state = 'waiting') AND NOT ${IS_PAUSED};
  stands_outside := false;
  IF present AND EXISTS (SELECT FROM bizinsights_jobs.line WHERE queue = p_queue) THEN
    present := bizinsights_jobs.next_free(p_queue, p_key, false) IS NOT NULL;
    stands_outside := NOT present;
  END IF;
END $$;
`;
