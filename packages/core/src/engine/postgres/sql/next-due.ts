/** When the next delayed job of a queue is due. */
import { BULLMQ_SCHEMA } from '../names.js';

export const NEXT_DUE_FUNCTIONS = `
-- As BullMQ's functions of the same names, which take the minimum of all delayed jobs: where the table has not been analyzed
-- since it was filled, PostgreSQL reads all of them for it, in 4 ms for 10,000. Here the first entry of the index.
CREATE OR REPLACE FUNCTION bizinsights_jobs.next_delay(p_queue text)
RETURNS bigint LANGUAGE sql SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  SELECT process_at_ms FROM ${BULLMQ_SCHEMA}.job WHERE queue = p_queue AND state = 'delayed' AND process_at_ms IS NOT NULL
    ORDER BY queue, process_at_ms LIMIT 1
$$;

CREATE OR REPLACE FUNCTION bizinsights_jobs.next_signal(p_queue text, p_limiter_max integer, p_now bigint)
RETURNS TABLE (rate_limit_ttl bigint, next_delay bigint) LANGUAGE sql AS $$
  SELECT ${BULLMQ_SCHEMA}.rate_limit_effective(p_queue, p_limiter_max, p_now), bizinsights_jobs.next_delay(p_queue)
$$;
`;
