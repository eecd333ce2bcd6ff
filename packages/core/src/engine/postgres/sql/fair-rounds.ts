/** Gives the turns of tenants in a fair queue. */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

export const FAIR_FUNCTION = `
-- See redis/scripts/fair-rounds.ts: the same rules. The row 'round' holds the round, 't:...' a tenant's last one.
CREATE OR REPLACE FUNCTION bizinsights_jobs.fair_priorities(p_queue text, p_limit integer, p_tenants text[])
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
  v_round integer;
  v_served integer;
  v_by integer;
  v_result integer[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('fair:' || p_queue, ${LOCK}));
  SELECT round INTO v_round FROM bizinsights_jobs.fair WHERE queue = p_queue AND tenant = 'round';
  v_round := coalesce(v_round, 1);
  SELECT priority INTO v_served FROM ${BULLMQ_SCHEMA}.job
    WHERE queue = p_queue AND state = 'active' ORDER BY processed_at_ms DESC NULLS LAST LIMIT 1;
  IF v_served IS NULL THEN
    SELECT priority INTO v_served FROM ${BULLMQ_SCHEMA}.job
      WHERE queue = p_queue AND state = 'waiting' AND priority > 0 ORDER BY priority, seq LIMIT 1;
  END IF;
  IF v_served IS NOT NULL THEN
    v_round := greatest(v_round, v_served);
  ELSIF NOT EXISTS (SELECT FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND state = 'delayed') THEN
    DELETE FROM bizinsights_jobs.fair WHERE queue = p_queue;
    v_round := 1;
  END IF;
  IF v_round > p_limit / 2 THEN
    v_by := v_round - 1;
    UPDATE ${BULLMQ_SCHEMA}.job SET priority = greatest(1, priority - v_by)
      WHERE queue = p_queue AND state IN ('waiting', 'active', 'delayed') AND priority > 0;
    UPDATE bizinsights_jobs.fair SET round = greatest(1, round - v_by) WHERE queue = p_queue;
    v_round := 1;
  END IF;
  INSERT INTO bizinsights_jobs.fair VALUES (p_queue, 'round', v_round)
    ON CONFLICT (queue, tenant) DO UPDATE SET round = excluded.round;
  WITH asked AS (
    SELECT tenant, place, row_number() OVER (PARTITION BY tenant ORDER BY place) AS nth
    FROM unnest(p_tenants) WITH ORDINALITY AS each (tenant, place)
  ), given AS (
    SELECT asked.place, 't:' || asked.tenant AS tenant,
      least(p_limit, greatest(v_round, coalesce((
        -- Not as a join, which could read all tenants of the queue.
        SELECT fair.round FROM bizinsights_jobs.fair WHERE fair.queue = p_queue AND fair.tenant = 't:' || asked.tenant
      ), 0) + 1) + asked.nth - 1)::integer AS round
    FROM asked
  ), kept AS (
    INSERT INTO bizinsights_jobs.fair SELECT p_queue, tenant, max(round) FROM given GROUP BY tenant
    ON CONFLICT (queue, tenant) DO UPDATE SET round = excluded.round
  )
  SELECT array_agg(round ORDER BY place) INTO v_result FROM given;
  RETURN v_result;
END $$;`;
