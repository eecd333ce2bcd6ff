/** What attempts keep. The functions by which they write look first whether a later one has begun. */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

/**
 * `is_last_attempt` keeps the job's row from being changed until the transaction ends, so that no later attempt begins
 * in between. A worker that looks for jobs meanwhile passes a locked row by: it is woken again.
 */
export const ATTEMPT_FUNCTIONS = `
CREATE OR REPLACE FUNCTION bizinsights_jobs.is_last_attempt(p_queue text, p_id text, p_started integer, p_added bigint)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state::text INTO v_state FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND id = p_id AND attempts_started = p_started AND added_at_ms = p_added FOR SHARE;
  IF v_state = 'waiting' THEN PERFORM pg_notify('bullmq_jobs', p_queue); END IF;
  RETURN v_state;
END $$;

CREATE OR REPLACE FUNCTION bizinsights_jobs.save(
  p_queue text, p_id text, p_started integer, p_added bigint, p_key text, p_field text, p_value text, p_ttl bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(bizinsights_jobs.is_last_attempt(p_queue, p_id, p_started, p_added), 'completed') = 'completed' THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(p_key, ${LOCK}));
  IF NOT EXISTS (SELECT FROM bizinsights_jobs.field
    WHERE key = p_key AND field = 'life' AND value = p_added::text AND expires_at > now()) THEN
    PERFORM bizinsights_jobs.set_field(p_key, 'life', p_added::text, p_ttl, true);
  END IF;
  PERFORM bizinsights_jobs.set_field(p_key, p_field, p_value, p_ttl, false);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION bizinsights_jobs.save_progress(
  p_queue text, p_id text, p_started integer, p_added bigint, p_progress jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  -- Not by is_last_attempt: two at once would each keep the other from changing the row.
  UPDATE ${BULLMQ_SCHEMA}.job SET progress = p_progress
    WHERE queue = p_queue AND id = p_id AND attempts_started = p_started AND added_at_ms = p_added;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM ${BULLMQ_SCHEMA}.publish_event(p_queue, 'progress',
    jsonb_build_object('jobId', p_id, 'data', p_progress::text));
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION bizinsights_jobs.save_log(
  p_queue text, p_id text, p_started integer, p_added bigint, p_line text, p_keep integer)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_idx bigint;
BEGIN
  IF bizinsights_jobs.is_last_attempt(p_queue, p_id, p_started, p_added) IS NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('logs:' || p_queue || ':' || p_id, ${LOCK}));
  INSERT INTO ${BULLMQ_SCHEMA}.job_log (queue, job_id, idx, row)
    SELECT p_queue, p_id, coalesce(max(idx) + 1, 0), p_line FROM ${BULLMQ_SCHEMA}.job_log
      WHERE queue = p_queue AND job_id = p_id
    RETURNING idx INTO v_idx;
  IF v_idx >= p_keep THEN
    DELETE FROM ${BULLMQ_SCHEMA}.job_log WHERE queue = p_queue AND job_id = p_id AND idx <= v_idx - p_keep;
  END IF;
  RETURN true;
END $$;
`;

/** A row of the job, with nothing beside it where nothing has been saved. */
export const READ_SAVED = `
  SELECT field.field, field.value FROM ${BULLMQ_SCHEMA}.job
  LEFT JOIN bizinsights_jobs.field ON field.key = $5 AND field.expires_at > now()
  WHERE job.queue = $1 AND job.id = $2 AND job.attempts_started = $3 AND job.added_at_ms = $4`;

/** A line after the other, in one statement. */
export const SAVE_LOG = `
  SELECT bizinsights_jobs.save_log($1, $2, $3, $4, kept.line, $6) AS done
  FROM (SELECT line FROM unnest($5::text[]) WITH ORDINALITY AS given (line, n) ORDER BY n) kept`;

export const FORGET_SAVED = `
  DELETE FROM bizinsights_jobs.field WHERE key = $5
  AND EXISTS (SELECT FROM bizinsights_jobs.field WHERE key = $5 AND field = 'life' AND value = $4::bigint::text)
  AND NOT EXISTS (
    SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND id = $2
    AND NOT (attempts_started = $3 AND added_at_ms = $4::bigint AND state = 'completed')
  )`;
