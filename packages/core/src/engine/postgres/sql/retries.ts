/** Notes retries. */
import { BULLMQ_SCHEMA } from '../names.js';

export const RETRY_FUNCTION = `
-- Notes in the jobs of a state how often each had been started when it was retried. One by one, so that each is found by its
-- id, and in the order of the ids: two who note the same ones would else wait for each other.
CREATE OR REPLACE FUNCTION bizinsights_jobs.note_retry(p_queue text, p_ids text[], p_state text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_id text;
BEGIN
  FOR v_id IN SELECT DISTINCT id FROM unnest(p_ids) AS given (id) ORDER BY id LOOP
    UPDATE ${BULLMQ_SCHEMA}.job
      SET opts = opts || jsonb_build_object('bizinsightsRetried', jsonb_build_array(attempts_started, stalled_count))
      WHERE queue = p_queue AND id = v_id AND state::text = p_state;
  END LOOP;
END $$;`;
