/** Which waiting job a worker takes while the limits of some keys are reached: see bullmq/starts.ts. */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

/** Jobs at the front of the queue that are looked at one by one, before the keys of all others are. */
const FRONT = 20;

/** Keys of waiting jobs that one claim looks at. Where there are more, those that are reached are put in line first. */
const KEYS = 500;

/**
 * A job waits behind fewer starts of another key than that: it is not worth a look. Where the limit has more than that left,
 * it takes too long to look whether so many jobs wait for them.
 */
const MANY_STARTS = { least: FRONT, most: 1_000 } as const;

/** The share of claims that look for a job of another key than the one whose jobs will reach its limit. */
const LOOKS = 1 / 6;

/** The share of these that look also where the pace of the key's starts reaches no limit. */
const LOOKS_BELOW = 1 / 30;

/** The starts by which that pace is known, or all of the window where it has fewer. */
const PACE = 20;

/** The share of a part that is put in line by the way, where a job of a free key was found. */
const BY_THE_WAY = 5;

/** The key by which the rate of a job is limited, as it was when it was added. */
export const RATE = "(opts #>> '{bizinsights,rate}')";

/**
 * As a text, so that a job is found by its id: where the table has not been analyzed since it was filled, PostgreSQL would go
 * through the index of all that wait.
 */
export const IS_WAITING = "state::text = 'waiting'";

/** Others ask for a start by themselves, or need none. */
export const CAN_STAND = 'scheduler_id IS NULL AND deferred_failure IS NULL';

export const IS_PAUSED = `EXISTS (
    SELECT FROM ${BULLMQ_SCHEMA}.meta WHERE queue = p_queue AND field = 'paused' AND value = '1')`;

/** The lock of who puts jobs in line. */
export const LINING = `hashtextextended('line:' || p_queue, ${LOCK})`;

const INDEX = 'bizinsights_rate';

/** Whether our index exists: dropping BullMQ's tables drops it too. */
export const HAS_RATE_INDEX = `EXISTS (
  SELECT FROM pg_catalog.pg_indexes WHERE schemaname = '${BULLMQ_SCHEMA}' AND indexname = '${INDEX}')`;

/** Joins the first job of a key's line, where it is not gone. Not as a join of the jobs, which could read all of the queue. */
const headOf = (key: string) => `LEFT JOIN LATERAL (
        SELECT first.id FROM (
          SELECT id, seq FROM bizinsights_jobs.line WHERE queue = p_queue AND key = ${key}
          ORDER BY queue, key, priority, seq LIMIT 1
        ) AS first WHERE (
          SELECT job.seq = first.seq AND job.state IN ('delayed', 'waiting', 'active') FROM ${BULLMQ_SCHEMA}.job
          WHERE job.queue = p_queue AND job.id = first.id)
      ) AS head ON true`;

/** What BullMQ gives its functions that end a job and take the next one, before what it gives `move_to_active`. */
const ENDS = {
  completed: ['p_return_value jsonb'],
  failed: ['p_failed_reason text', 'p_stacktrace jsonb'],
} as const;

const END_OPTIONS = ['p_finished_on bigint', 'p_remove_all boolean', 'p_keep_age bigint', 'p_keep_count integer'];
const CLAIM = ['p_lock_ms bigint', 'p_now bigint', 'p_name text', 'p_limiter_max integer', 'p_limiter_ms bigint'];
const LIMIT = ['p_key text', 'p_max integer', 'p_ms bigint', 'p_batch integer'];

const names = (parameters: readonly string[]) => parameters.map((parameter) => parameter.split(' ')[0]).join(', ');

/** Ends a job as BullMQ does, and takes the next one as a claim does. */
const endAndFetch = (end: keyof typeof ENDS) => {
  const job = ['p_queue text', 'p_id text', 'p_token text', ...ENDS[end], ...END_OPTIONS];
  return `
CREATE OR REPLACE FUNCTION bizinsights_jobs.move_to_${end}_fetch(${[...job, ...CLAIM, ...LIMIT].join(', ')})
RETURNS SETOF ${BULLMQ_SCHEMA}.job LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ${BULLMQ_SCHEMA}.move_to_${end}(${names(job)});
  RETURN QUERY SELECT * FROM bizinsights_jobs.move_to_active(p_queue, p_token, ${names([...CLAIM, ...LIMIT])}, false);
END $$;
`;
};

export const CLAIM_FUNCTIONS = `
-- The waiting jobs of each key in their order: only of queues whose limit has keys.
CREATE INDEX IF NOT EXISTS ${INDEX} ON ${BULLMQ_SCHEMA}.job (queue, ${RATE}, priority, seq)
  WHERE state = 'waiting' AND ${RATE} IS NOT NULL;

-- The first waiting job that may begin: one without a key, of a key without a line, or that has come to the front of its
-- line. It is locked, unless it is only looked for. By indexes alone, also where the table has not been analyzed since it was
-- filled.
DROP FUNCTION IF EXISTS bizinsights_jobs.next_free(text, text);
DROP FUNCTION IF EXISTS bizinsights_jobs.next_free(text, text, boolean, text, integer);
CREATE OR REPLACE FUNCTION bizinsights_jobs.next_free(p_queue text, p_key text, p_locks boolean DEFAULT true)
RETURNS text LANGUAGE plpgsql SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_each record;
  v_id text;
BEGIN
  FOR v_each IN
    WITH front AS MATERIALIZED (
      SELECT id, priority, seq, CASE WHEN ${CAN_STAND} THEN coalesce(p_key, ${RATE}) END AS key FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND state = 'waiting' ORDER BY queue, priority, seq LIMIT ${FRONT}
    ), heads AS MATERIALIZED (
      SELECT each.key, head.id FROM (SELECT DISTINCT key FROM front) AS each ${headOf('each.key')}
    )
    SELECT front.id FROM front LEFT JOIN heads USING (key)
    WHERE heads.id IS NULL OR heads.id = front.id
      OR EXISTS (SELECT FROM bizinsights_jobs.slot WHERE key = 'start:' || p_queue || ':' || front.key AND place = front.id)
    ORDER BY front.priority, front.seq
  LOOP
    IF NOT p_locks THEN RETURN v_each.id; END IF;
    SELECT id INTO v_id FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND id = v_each.id AND ${IS_WAITING} FOR UPDATE SKIP LOCKED;
    IF FOUND THEN RETURN v_id; END IF;
  END LOOP;

  FOR v_each IN
    WITH RECURSIVE keys (key, nth) AS (
      (SELECT coalesce(p_key, (SELECT ${RATE} FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL ORDER BY queue, ${RATE} LIMIT 1)), 1)
      UNION ALL
      SELECT (SELECT ${RATE} FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL AND ${RATE} > keys.key ORDER BY queue, ${RATE} LIMIT 1),
        nth + 1
      FROM keys WHERE key IS NOT NULL AND p_key IS NULL AND nth <= ${KEYS}
    ), heads AS MATERIALIZED (
      SELECT keys.key, head.id FROM keys ${headOf('keys.key')}
      WHERE keys.key IS NOT NULL AND NOT EXISTS (SELECT FROM keys WHERE nth > ${KEYS})
    )
    SELECT first.priority, first.seq, heads.key, NULL AS id, first.id AS first FROM heads CROSS JOIN LATERAL (
      SELECT id, priority, seq FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL AND ${RATE} = heads.key
      ORDER BY queue, ${RATE}, priority, seq LIMIT 1
    ) AS first
    WHERE p_key IS NULL AND heads.id IS NULL
    UNION ALL
    SELECT each.priority, each.seq, heads.key, each.id, each.id FROM heads CROSS JOIN LATERAL (
      SELECT heads.id UNION
      SELECT place FROM bizinsights_jobs.slot WHERE key = 'start:' || p_queue || ':' || heads.key AND place IS NOT NULL
    ) AS come (id) CROSS JOIN LATERAL (
      -- One by one: as a join, it would read all jobs of the queue where the table has not been analyzed.
      SELECT id, priority, seq FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = come.id AND ${IS_WAITING} LIMIT 1
    ) AS each
    WHERE heads.id IS NOT NULL
    ORDER BY 1, 2
  LOOP
    IF NOT p_locks THEN RETURN v_each.first; END IF;
    -- Another worker may take the first of the key at this moment, and the second one is free too.
    IF v_each.id IS NOT NULL THEN
      SELECT id INTO v_id FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND id = v_each.id AND ${IS_WAITING} FOR UPDATE SKIP LOCKED;
    ELSE
      SELECT id INTO v_id FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL AND ${RATE} = v_each.key
        ORDER BY queue, ${RATE}, priority, seq LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    IF FOUND THEN RETURN v_id; END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- The first waiting job of another key, where the next jobs are all of one key, and more of it wait than its limit has starts
-- left. They will reach the limit whether they let others pass or not. Without this, those would wait for all starts that are
-- left. A queue whose limit is not reached pays for the first questions, which end most looks.
CREATE OR REPLACE FUNCTION bizinsights_jobs.next_beside(p_queue text, p_max integer, p_ms bigint)
RETURNS text LANGUAGE plpgsql SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_id text;
  v_key text;
  v_other text;
  v_priority integer;
  v_left integer;
  v_window text;
  v_per bigint := p_ms * 1000;
  v_now bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
BEGIN
  IF EXISTS (SELECT FROM bizinsights_jobs.line WHERE queue = p_queue) THEN
    v_id := bizinsights_jobs.next_free(p_queue, NULL, false);
    SELECT ${RATE}, priority INTO v_key, v_priority FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND id = v_id AND ${CAN_STAND};
  ELSE
    -- One of another key among the next ones comes soon by itself.
    SELECT min(key), min(priority) INTO v_key, v_priority FROM (
      SELECT priority, CASE WHEN ${CAN_STAND} THEN ${RATE} END AS key FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND state = 'waiting' ORDER BY queue, priority, seq LIMIT ${FRONT}
    ) AS front HAVING count(key) = ${FRONT} AND min(key) = max(key) AND min(priority) = max(priority);
  END IF;
  IF v_key IS NULL THEN RETURN NULL; END IF;
  v_window := 'start:' || p_queue || ':' || v_key;
  -- Kept for a whole window, the pace of the last starts comes to fewer than the limit.
  IF random() >= ${LOOKS_BELOW} AND (
    SELECT count(*) * v_per < (v_now - min(at)) * p_max FROM (
      SELECT at FROM bizinsights_jobs.slot WHERE key = v_window AND at > v_now - v_per
      ORDER BY key DESC, at DESC, seq DESC LIMIT ${PACE}
    ) AS latest) THEN
    RETURN NULL;
  END IF;
  IF (SELECT ${RATE} FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL
      ORDER BY queue, ${RATE} LIMIT 1) = v_key
    AND (SELECT ${RATE} FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL
      ORDER BY queue DESC, ${RATE} DESC LIMIT 1) = v_key THEN
    RETURN NULL;
  END IF;
  v_left := p_max - (SELECT count(*) FROM bizinsights_jobs.slot WHERE key = v_window AND at > v_now - v_per);
  IF v_left < ${MANY_STARTS.least} OR NOT EXISTS (SELECT FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL AND ${RATE} = v_key
    ORDER BY queue, ${RATE}, priority, seq OFFSET v_left LIMIT 1) THEN
    RETURN NULL;
  END IF;
  FOR v_other IN
    WITH RECURSIVE keys (key, priority, seq, nth) AS (
      (SELECT ${RATE}, priority, seq, 1 FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL ORDER BY queue, ${RATE}, priority, seq LIMIT 1)
      UNION ALL
      SELECT next.key, next.priority, next.seq, nth + 1 FROM keys CROSS JOIN LATERAL (
        SELECT ${RATE} AS key, priority, seq FROM ${BULLMQ_SCHEMA}.job
        WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL AND ${RATE} > keys.key
        ORDER BY queue, ${RATE}, priority, seq LIMIT 1
      ) AS next WHERE nth <= ${KEYS}
    )
    SELECT key FROM keys WHERE key <> v_key AND priority = v_priority AND NOT EXISTS (SELECT FROM keys WHERE nth > ${KEYS})
    ORDER BY seq
  LOOP
    -- What has come to the front of a line is taken by the other claims.
    CONTINUE WHEN EXISTS (SELECT FROM bizinsights_jobs.line WHERE queue = p_queue AND key = v_other);
    SELECT id INTO v_id FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND state = 'waiting' AND ${RATE} IS NOT NULL AND ${RATE} = v_other AND priority = v_priority
      ORDER BY queue, ${RATE}, priority, seq LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF FOUND THEN RETURN v_id; END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- BullMQ's claim, by which a worker takes the first waiting job, for a queue in which some jobs stand in line: takes the
-- first that may begin, or now and then one that waits behind many starts. It is the first of the queue while BullMQ takes
-- it, and for no other transaction. Workers of earlier versions do not put jobs in line beside their claims: for them the
-- claim does, and waits for another that does (p_waits).
CREATE OR REPLACE FUNCTION bizinsights_jobs.move_to_active(
  p_queue text, p_token text, ${[...CLAIM, ...LIMIT].join(', ')}, p_waits boolean DEFAULT true)
RETURNS SETOF ${BULLMQ_SCHEMA}.job LANGUAGE plpgsql AS $$
DECLARE
  v_lining bigint := ${LINING};
  v_free text;
  v_first text;
  v_id text;
  v_place record;
  v_taken ${BULLMQ_SCHEMA}.job;
BEGIN
  IF p_key IS NULL AND p_max BETWEEN ${MANY_STARTS.least} AND ${MANY_STARTS.most} AND random() < ${LOOKS}
    AND NOT ${IS_PAUSED}
  THEN
    v_free := bizinsights_jobs.next_beside(p_queue, p_max, p_ms);
  END IF;
  IF v_free IS NULL AND EXISTS (SELECT FROM bizinsights_jobs.line WHERE queue = p_queue)
    AND EXISTS (SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND state = 'waiting')
    AND NOT ${IS_PAUSED}
  THEN
    v_free := bizinsights_jobs.next_free(p_queue, p_key);
    IF v_free IS NULL AND NOT p_waits THEN
      -- Those that have become due, as BullMQ brings them.
      FOR v_id IN
        UPDATE ${BULLMQ_SCHEMA}.job SET state = 'waiting', delay_ms = 0
          WHERE queue = p_queue AND state = 'delayed' AND process_at_ms <= p_now RETURNING id
      LOOP
        PERFORM bizinsights_jobs.tell(p_queue, 'waiting', jsonb_build_object('jobId', v_id, 'prev', 'delayed'));
      END LOOP;
      IF v_id IS NULL THEN RETURN; END IF;
      v_free := bizinsights_jobs.next_free(p_queue, p_key);
      IF v_free IS NULL THEN RETURN; END IF;
    END IF;
    IF v_free IS NULL AND NOT pg_try_advisory_xact_lock(v_lining) THEN
      -- Another worker puts the same jobs in line.
      PERFORM pg_advisory_xact_lock(v_lining);
      v_free := bizinsights_jobs.next_free(p_queue, p_key);
    END IF;
    SELECT id INTO v_first FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND state = 'waiting' ORDER BY queue, priority, seq LIMIT 1;
    IF v_free IS NULL THEN
      PERFORM bizinsights_jobs.line_up(p_queue, p_key, p_max, p_ms, p_batch);
    ELSIF p_waits AND v_free <> v_first AND pg_try_advisory_xact_lock(v_lining) THEN
      -- They stay in the way no longer than those that all workers find reached.
      PERFORM bizinsights_jobs.line_up(p_queue, p_key, p_max, p_ms, p_batch / ${BY_THE_WAY});
    END IF;
  END IF;
  IF v_free IS NULL OR v_free = v_first THEN
    RETURN QUERY SELECT * FROM ${BULLMQ_SCHEMA}.move_to_active(p_queue, p_token, ${names(CLAIM)});
    RETURN;
  END IF;
  SELECT priority, seq INTO v_place FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = v_free;
  UPDATE ${BULLMQ_SCHEMA}.job SET priority = 0, seq = -9223372036854775808 WHERE queue = p_queue AND id = v_free;
  FOR v_taken IN SELECT * FROM ${BULLMQ_SCHEMA}.move_to_active(p_queue, p_token, ${names(CLAIM)}) LOOP
    IF v_taken.id = v_free THEN
      v_taken.priority := v_place.priority;
      v_taken.seq := v_place.seq;
    END IF;
    RETURN NEXT v_taken;
  END LOOP;
  UPDATE ${BULLMQ_SCHEMA}.job SET priority = v_place.priority, seq = v_place.seq WHERE queue = p_queue AND id = v_free;
END $$;
${endAndFetch('completed')}${endAndFetch('failed')}`;
