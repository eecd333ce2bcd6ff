/** Claims jobs that are reused. */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

/** `added`: the job has been seen in the store, so that it was removed if it is gone. */
export const REUSE_TABLE = `
CREATE TABLE IF NOT EXISTS bizinsights_jobs.reuse (
  queue text NOT NULL,
  key text NOT NULL,
  id text NOT NULL,
  added boolean NOT NULL,
  claimed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (queue, key)
);
CREATE INDEX IF NOT EXISTS reuse_expiry ON bizinsights_jobs.reuse (expires_at);
`;

export const REUSE_FUNCTION = `
CREATE OR REPLACE FUNCTION bizinsights_jobs.claim_reuse(
  p_queue text, p_key text, p_id text, p_max_age double precision, p_kept_for double precision, p_patience integer)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz;
  v_claim bizinsights_jobs.reuse;
  v_job record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('reuse:' || p_queue || ':' || p_key, ${LOCK}));
  v_now := clock_timestamp();
  SELECT * INTO v_claim FROM bizinsights_jobs.reuse WHERE queue = p_queue AND key = p_key AND expires_at > v_now;
  IF FOUND THEN
    SELECT state::text AS state, finished_at_ms INTO v_job FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND id = v_claim.id;
    IF FOUND THEN
      IF v_job.state = 'completed' AND v_job.finished_at_ms >= extract(epoch FROM v_now) * 1000 - p_max_age
        OR v_job.state NOT IN ('completed', 'failed') THEN
        UPDATE bizinsights_jobs.reuse
          SET added = true, expires_at = greatest(expires_at, v_now + p_kept_for * interval '1 millisecond')
          WHERE queue = p_queue AND key = p_key;
        RETURN jsonb_build_object('id', v_claim.id, 'exists', true);
      END IF;
    ELSIF NOT v_claim.added AND v_claim.claimed_at > v_now - p_patience * interval '1 millisecond' THEN
      RETURN jsonb_build_object('id', v_claim.id, 'exists', false);
    END IF;
  END IF;
  INSERT INTO bizinsights_jobs.reuse
    VALUES (p_queue, p_key, p_id, false, v_now, v_now + p_kept_for * interval '1 millisecond')
    ON CONFLICT (queue, key) DO UPDATE
      SET id = excluded.id, added = false, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at;
  -- Once in a while, what has expired is swept away. It waits for nobody, so that nobody waits in a circle.
  IF random() < 0.001 THEN
    DELETE FROM bizinsights_jobs.reuse WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM bizinsights_jobs.reuse WHERE expires_at <= v_now FOR UPDATE SKIP LOCKED));
  END IF;
  RETURN jsonb_build_object('id', p_id, 'exists', false);
END $$;`;
