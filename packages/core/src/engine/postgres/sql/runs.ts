/** The runs of schedules. */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

export const RUN_FUNCTIONS = `
-- The next runs of schedules, of those that have one. Each schedule and its job are found by themselves: as joins, all of the
-- queue could be read. The order has the schedule looked for by its key, as the index of the next runs is as good for a queue
-- that is taken for one with next to no schedules.
CREATE OR REPLACE FUNCTION bizinsights_jobs.planned_runs(p_queue text, p_keys text[])
RETURNS TABLE (key text, at bigint, is_live boolean) LANGUAGE sql STABLE SET enable_sort = off AS $$
  SELECT wanted.key, planned.next_run_ms, coalesce((
    SELECT state::text NOT IN ('completed', 'failed') FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND id = 'repeat:' || wanted.key || ':' || planned.next_run_ms
  ), false)
  FROM unnest(p_keys) AS wanted (key) CROSS JOIN LATERAL (
    SELECT next_run_ms FROM ${BULLMQ_SCHEMA}.scheduler
    WHERE queue = p_queue AND scheduler_id BETWEEN wanted.key AND wanted.key ORDER BY scheduler_id LIMIT 1
  ) AS planned
$$;

-- Gives planned runs their new data and options. Answers the keys of those that are still planned for their slot. Behind the
-- same lock as plan_runs, which takes rows in another order.
CREATE OR REPLACE FUNCTION bizinsights_jobs.refresh_runs(p_queue text, p_runs jsonb)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  v_refreshed jsonb[] := '{}';
  v_each jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('schedules:' || p_queue, ${LOCK}));
  -- One by one, so that each is found by its key. The schedules come before all jobs: who holds a job may wait for one.
  FOR v_each IN SELECT run FROM jsonb_array_elements(p_runs) AS given (run) LOOP
    UPDATE ${BULLMQ_SCHEMA}.scheduler SET template_data = v_each -> 'data', template_opts = v_each -> 'template'
      WHERE queue = p_queue AND scheduler_id = v_each ->> 'key' AND next_run_ms = (v_each ->> 'at')::bigint;
    IF FOUND THEN
      v_refreshed := v_refreshed || v_each;
      RETURN NEXT v_each ->> 'key';
    END IF;
  END LOOP;
  FOREACH v_each IN ARRAY v_refreshed LOOP
    UPDATE ${BULLMQ_SCHEMA}.job SET data = v_each -> 'data', opts = v_each -> 'options',
      priority = coalesce((v_each #>> '{options,priority}')::integer, 0),
      max_attempts = coalesce((v_each #>> '{options,attempts}')::integer, 1),
      added_at_ms = (v_each #>> '{options,timestamp}')::bigint, delay_ms = (v_each #>> '{options,delay}')::bigint
      WHERE queue = p_queue AND id = 'repeat:' || (v_each ->> 'key') || ':' || (v_each ->> 'at')
        AND attempts_started = 0 AND state IN ('delayed', 'waiting');
  END LOOP;
END $$;

-- Plans runs by BullMQ's own functions, one caller at a time: they read before they write, and of two at once each would
-- leave a run. Answers the keys whose slot was free.
CREATE OR REPLACE FUNCTION bizinsights_jobs.plan_runs(p_queue text, p_now bigint, p_runs jsonb)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  v_run record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('schedules:' || p_queue, ${LOCK}));
  FOR v_run IN
    SELECT * FROM jsonb_to_recordset(p_runs)
      AS run (key text, at bigint, data jsonb, template jsonb, repeat jsonb, options jsonb)
    ORDER BY key
  LOOP
    BEGIN
      PERFORM ${BULLMQ_SCHEMA}.remove_job_scheduler(p_queue, v_run.key);
      PERFORM ${BULLMQ_SCHEMA}.add_job_scheduler(
        p_queue, v_run.key, v_run.at, v_run.data, v_run.template, v_run.repeat, v_run.options, p_now, NULL);
      RETURN NEXT v_run.key;
    EXCEPTION WHEN SQLSTATE 'BM001' THEN
      -- There is a job in the slot: promoted by hand and done before its time. The earlier plan stays until there is
      -- another, as its removal is undone.
      NULL;
    END;
  END LOOP;
END $$;
`;
