/** Starts of rate limits: see bullmq/starts.ts. */
import { AHEAD, EARLY, LATE } from '../../bullmq/starts.js';
import { BULLMQ_SCHEMA, LOCK } from '../names.js';
import { RATE } from './claims.js';

/**
 * As {@link AHEAD}, while only jobs wait that stand behind a line: a job of a free key that is added meanwhile finds more of
 * the worker's places free. ms
 */
const SOON = 40;

/** A moment that has moved by less is the same. ms */
const SAME = 5;

/** Jobs of a line that are gone, which are taken out of it one by one: where there are more, all are. */
const FEW = 100;

/**
 * As a text, so that a job is found by its id: where the table has not been analyzed since it was filled, PostgreSQL would go
 * through the index of all that are delayed.
 */
const IS_DELAYED = "state::text = 'delayed'";

export const START_TABLE = `
-- Jobs that wait for a start of their rate limit, in the order of the queue; due: when each comes by itself, epoch ms. A
-- job is delayed meanwhile and keeps its seq, so that it comes back to its place, which is before all that were added later.
CREATE TABLE IF NOT EXISTS bizinsights_jobs.line (
  queue text NOT NULL,
  id text NOT NULL,
  key text NOT NULL,
  priority integer NOT NULL,
  seq bigint NOT NULL,
  due bigint NOT NULL,
  PRIMARY KEY (queue, id)
);
CREATE INDEX IF NOT EXISTS line_order ON bizinsights_jobs.line (queue, key, priority, seq);
`;

export const START_FUNCTIONS = `
-- When the next start of a window may be, in microseconds.
CREATE OR REPLACE FUNCTION bizinsights_jobs.next_start(p_window text, p_now bigint, p_max integer, p_per bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN greatest(p_now, (SELECT at + p_per FROM bizinsights_jobs.slot
    WHERE key = p_window AND at > p_now - p_per ORDER BY at DESC, seq DESC OFFSET p_max - 1 LIMIT 1));
END $$;

-- Tells of a job as BullMQ does, without the trimming of old events that is done with some of them: it takes 70 to 190 ms
-- after 100,000 jobs were added, while all other starts would wait.
CREATE OR REPLACE FUNCTION bizinsights_jobs.tell(p_queue text, p_event text, p_data jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${BULLMQ_SCHEMA}.event (queue, event, data, created_at_ms)
    VALUES (p_queue, p_event, p_data, (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  IF pg_try_advisory_xact_lock(hashtext('bullmq:evnotify:' || p_queue)) THEN
    PERFORM pg_notify('bullmq_events', p_queue);
  END IF;
END $$;

-- The first of a line that is still there, without those that are gone.
CREATE OR REPLACE FUNCTION bizinsights_jobs.line_head(p_queue text, p_key text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_head record;
BEGIN
  FOR v_nth IN 1..${FEW} LOOP
    SELECT id, seq, ctid AS place INTO v_head FROM bizinsights_jobs.line
      WHERE queue = p_queue AND key = p_key ORDER BY queue, key, priority, seq LIMIT 1;
    IF NOT FOUND OR EXISTS (SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = v_head.id AND seq = v_head.seq
      AND state IN ('delayed', 'waiting', 'active')) THEN RETURN v_head.id; END IF;
    DELETE FROM bizinsights_jobs.line WHERE ctid = v_head.place;
  END LOOP;
  -- Not by NOT EXISTS, which is a join: it could read all jobs of the queue for each.
  DELETE FROM bizinsights_jobs.line WHERE queue = p_queue AND key = p_key AND (
    SELECT job.seq = line.seq AND job.state IN ('delayed', 'waiting', 'active') FROM ${BULLMQ_SCHEMA}.job
    WHERE job.queue = p_queue AND job.id = line.id) IS NOT TRUE;
  RETURN (SELECT id FROM bizinsights_jobs.line WHERE queue = p_queue AND key = p_key
    ORDER BY queue, key, priority, seq LIMIT 1);
END $$;

-- By indexes alone, also where the tables have not been analyzed since they were filled: as joins, its questions would read
-- all that stand in line.
-- Answers ms until the start, -1 when the job stands in line, -2 when it is not the caller's. A start is a row of the slots
-- without a place; one that is kept for a job at the front has its id. NULL where the job is locked, unless it is waited for.
DROP FUNCTION IF EXISTS bizinsights_jobs.take_start(text, text, text, integer, text, integer, bigint, integer);
CREATE OR REPLACE FUNCTION bizinsights_jobs.take_start(
  p_queue text, p_id text, p_token text, p_started integer, p_key text, p_max integer, p_ms bigint,
  p_concurrency integer, p_waits boolean DEFAULT true)
RETURNS integer LANGUAGE plpgsql SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
  v_window text := 'start:' || p_queue || ':' || p_key;
  v_per bigint := p_ms * 1000;
  v_now bigint;
  v_clock bigint;
  v_job record;
  v_kept bigint;
  v_at bigint;
  v_mine bigint;
  v_head text;
  v_limit bigint;
  v_soon integer;
  v_room integer;
  v_due bigint;
  v_known bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('start:' || p_queue, ${LOCK}));
  v_now := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  v_clock := v_now / 1000;
  IF NOT p_waits AND EXISTS (SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = p_id) THEN
    PERFORM FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = p_id FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  SELECT state::text AS state, lock_token, priority, seq INTO v_job FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND id = p_id AND attempts_started = p_started FOR UPDATE;
  IF NOT FOUND THEN RETURN -2; END IF;
  -- Asked before, and the answer was lost.
  IF v_job.state = 'delayed' AND EXISTS (SELECT FROM bizinsights_jobs.line WHERE queue = p_queue AND id = p_id) THEN
    RETURN -1;
  END IF;
  IF v_job.state <> 'active' OR v_job.lock_token IS DISTINCT FROM p_token THEN RETURN -2; END IF;

  DELETE FROM bizinsights_jobs.slot WHERE key = v_window AND at <= v_now - v_per;
  DELETE FROM bizinsights_jobs.slot WHERE key = v_window AND place = p_id RETURNING at INTO v_kept;
  -- Until its limit is reached, a key has no line, and nothing else is to be decided.
  IF v_kept IS NULL AND NOT EXISTS (SELECT FROM bizinsights_jobs.line WHERE queue = p_queue AND key = p_key)
    AND bizinsights_jobs.next_start(v_window, v_now, p_max, v_per) <= v_now THEN
    DELETE FROM bizinsights_jobs.line WHERE queue = p_queue AND id = p_id;
    INSERT INTO bizinsights_jobs.slot (key, at) VALUES (v_window, v_now);
    RETURN 0;
  END IF;
  -- Those at the front that no worker has taken yet leave room for as many as a worker will soon take. While others
  -- wait that may begin, no worker waits for a start.
  SELECT count(*) INTO v_soon FROM bizinsights_jobs.slot WHERE key = v_window AND place IS NOT NULL;
  v_room := CASE WHEN v_soon > p_concurrency THEN 0 ELSE 2 * p_concurrency - v_soon END;
  SELECT CASE WHEN bool_or(may_begin) THEN 0 WHEN bool_or(NOT is_coming) THEN ${SOON} ELSE ${AHEAD} END * 1000 + v_now
    INTO v_limit
    FROM (
      SELECT is_coming, NOT is_coming AND (SELECT seq FROM bizinsights_jobs.line
        WHERE line.queue = p_queue AND line.key = first.key ORDER BY queue, key, priority, seq LIMIT 1) IS NULL AS may_begin
      FROM (
        SELECT id, coalesce(${RATE}, p_key) AS key FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND state = 'waiting' ORDER BY queue, priority, seq LIMIT v_soon + 1
      ) AS first, LATERAL (
        SELECT (SELECT at FROM bizinsights_jobs.slot
          WHERE key = 'start:' || p_queue || ':' || first.key AND place = first.id) IS NOT NULL AS is_coming
      ) AS come
    ) AS other;
  IF v_kept > v_now THEN
    v_at := v_kept;
  ELSIF v_kept IS NOT NULL
    AND (SELECT count(*) FROM bizinsights_jobs.slot WHERE key = v_window AND at <= v_now) < p_max
    AND NOT EXISTS (
      SELECT FROM bizinsights_jobs.slot AS later
      WHERE later.key = v_window AND later.at >= greatest(v_now + 1, v_kept + v_per) AND p_max <= (
        SELECT count(*) FROM bizinsights_jobs.slot AS each
        WHERE each.key = v_window AND each.at > later.at - v_per AND each.at <= later.at
      )
    ) THEN
    -- Who comes late for its place is held up only by starts and places that were due before now, unless it comes so late that
    -- the places behind its own start were given already: then those have no room for it any more.
    v_at := v_now;
  ELSIF v_kept IS NOT NULL OR coalesce(bizinsights_jobs.line_head(p_queue, p_key), p_id) = p_id THEN
    v_at := bizinsights_jobs.next_start(v_window, v_now, p_max, v_per);
  END IF;
  IF v_at <= greatest(v_limit, v_kept) THEN
    v_mine := v_at;
    DELETE FROM bizinsights_jobs.line WHERE queue = p_queue AND id = p_id;
    INSERT INTO bizinsights_jobs.slot (key, at) VALUES (v_window, v_mine);
  ELSE
    -- Later than the job is likely to be brought to the front: it comes by itself then if nobody has done that.
    SELECT due INTO v_due FROM bizinsights_jobs.line
      WHERE queue = p_queue AND key = p_key ORDER BY queue DESC, key DESC, priority DESC, seq DESC LIMIT 1;
    v_due := greatest(v_due, v_clock + ${LATE} +
      (bizinsights_jobs.next_start(v_window, v_now, p_max, v_per) - v_now) / 1000) + p_ms / p_max;
    INSERT INTO bizinsights_jobs.line VALUES (p_queue, p_id, p_key, v_job.priority, v_job.seq, v_due)
      ON CONFLICT (queue, id) DO UPDATE
      SET key = excluded.key, priority = excluded.priority, seq = excluded.seq, due = excluded.due;
  END IF;

  LOOP
    v_head := bizinsights_jobs.line_head(p_queue, p_key);
    v_at := bizinsights_jobs.next_start(v_window, v_now, p_max, v_per);
    EXIT WHEN v_head IS NULL OR v_at > v_limit OR v_head <> p_id AND v_room <= 0;
    DELETE FROM bizinsights_jobs.line WHERE queue = p_queue AND id = v_head;
    IF v_head = p_id THEN
      v_mine := v_at;
      INSERT INTO bizinsights_jobs.slot (key, at) VALUES (v_window, v_at);
    ELSE
      v_room := v_room - 1;
      INSERT INTO bizinsights_jobs.slot (key, at, place) VALUES (v_window, v_at, v_head)
        ON CONFLICT (key, place) WHERE place IS NOT NULL DO UPDATE SET at = excluded.at;
      -- One that is not delayed, or that BullMQ has in its hands, is on its way already.
      UPDATE ${BULLMQ_SCHEMA}.job SET state = 'waiting', delay_ms = 0 WHERE queue = p_queue AND id =
        (SELECT id FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = v_head AND ${IS_DELAYED} FOR UPDATE SKIP LOCKED);
      IF FOUND THEN
        PERFORM bizinsights_jobs.tell(p_queue, 'waiting', jsonb_build_object('jobId', v_head, 'prev', 'delayed'));
        PERFORM pg_notify('bullmq_jobs', p_queue);
      END IF;
    END IF;
  END LOOP;

  IF v_mine IS NULL THEN
    UPDATE ${BULLMQ_SCHEMA}.job SET state = 'delayed', process_at_ms = v_due, delay_ms = v_due - v_clock,
      lock_token = NULL, locked_until_ms = NULL WHERE queue = p_queue AND id = p_id;
    PERFORM bizinsights_jobs.tell(p_queue, 'delayed', jsonb_build_object('jobId', p_id, 'delay', v_due));
  END IF;
  -- The first of the line becomes due by itself, a little before its start. While others wait, whoever takes them brings it
  -- to the front when it may start, and it would ask too early again and again: it comes a little after that. Else half of
  -- the time before it that a worker waits for a start.
  v_head := bizinsights_jobs.line_head(p_queue, p_key);
  v_due := v_clock + (bizinsights_jobs.next_start(v_window, v_now, p_max, v_per) - v_now) / 1000
    + CASE WHEN v_limit = v_now THEN ${EARLY} ELSE (v_now - v_limit) / 2000 END;
  SELECT process_at_ms INTO v_known FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND id = v_head AND ${IS_DELAYED} AND abs(process_at_ms - v_due) > ${SAME} FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    UPDATE ${BULLMQ_SCHEMA}.job SET process_at_ms = v_due WHERE queue = p_queue AND id = v_head;
    -- Who waits for it until later looks then: only an earlier moment has to be told.
    IF v_due < v_known THEN PERFORM pg_notify('bullmq_jobs', p_queue); END IF;
  END IF;
  IF v_mine IS NULL THEN RETURN -1; END IF;
  RETURN ceil((v_mine - v_now) / 1000.0);
END $$;

-- The starts of many jobs, in their order, as of take_start: one lock and one statement. It holds the rows of all of them, so
-- it waits for none but the first, as who locks rows of several might wait for one of these. What is behind a locked job of
-- the same key has to be asked for again too.
CREATE OR REPLACE FUNCTION bizinsights_jobs.take_starts(
  p_queue text, p_ids text[], p_tokens text[], p_started integer[], p_keys text[], p_max integer, p_ms bigint,
  p_concurrency integer)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  v_waits integer[] := '{}';
  v_at timestamptz[] := '{}';
  v_locked text[] := '{}';
BEGIN
  FOR v_nth IN 1..cardinality(p_ids) LOOP
    IF p_keys[v_nth] = ANY (v_locked) THEN
      v_waits[v_nth] := NULL;
      CONTINUE;
    END IF;
    v_at[v_nth] := clock_timestamp();
    v_waits[v_nth] := bizinsights_jobs.take_start(
      p_queue, p_ids[v_nth], p_tokens[v_nth], p_started[v_nth], p_keys[v_nth], p_max, p_ms, p_concurrency, v_nth = 1);
    IF v_waits[v_nth] IS NULL THEN v_locked := v_locked || p_keys[v_nth]; END IF;
  END LOOP;
  -- Without what those behind have taken.
  FOR v_nth IN 1..cardinality(p_ids) LOOP
    CONTINUE WHEN v_waits[v_nth] IS NULL OR v_waits[v_nth] <= 0;
    v_waits[v_nth] := greatest(0, v_waits[v_nth] - floor(extract(epoch FROM clock_timestamp() - v_at[v_nth]) * 1000));
  END LOOP;
  RETURN v_waits;
END $$;`;
