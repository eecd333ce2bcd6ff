/** How PostgreSQL finds the rows of BullMQ's own functions, where that would cost more the longer a queue is. */
import { BULLMQ_SCHEMA } from '../names.js';

/** Functions that look for schedules and jobs by their keys, which have yet to be planned for any queue. */
const PLANNED_FOR_ONE = `SELECT function.oid FROM pg_catalog.pg_proc AS function
  JOIN pg_catalog.pg_namespace AS schema ON schema.oid = function.pronamespace
  WHERE schema.nspname = '${BULLMQ_SCHEMA}' AND function.proname IN
    ('add_job_scheduler', 'remove_job_scheduler', 'update_job_scheduler_next_millis', 'extend_lock')
    AND array_position(function.proconfig, 'plan_cache_mode=force_generic_plan') IS NULL`;

const INDEX = 'bizinsights_stalled';

/** Whether what is below was done. A migration of BullMQ may replace its functions, and dropping its tables drops our index. */
export const ARE_PLANNED = `NOT EXISTS (${PLANNED_FOR_ONE}) AND EXISTS (
  SELECT FROM pg_catalog.pg_indexes WHERE schemaname = '${BULLMQ_SCHEMA}' AND indexname = '${INDEX}')`;

export const BULLMQ_PLANS = `
-- Where the statistics of the tables are older than the queue, PostgreSQL takes it for one with next to no rows, and reads all of
-- its schedules, delayed or running jobs, where it plans for this queue: the first five times on each connection. A plan for
-- any queue finds them by the key.
DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN ${PLANNED_FOR_ONE} LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END $$;

-- The running jobs that the last look for dead workers has marked. Each look takes the marks off: without an index, it reads all
-- jobs of the queue for that, every 30 s.
CREATE INDEX IF NOT EXISTS ${INDEX} ON ${BULLMQ_SCHEMA}.job (queue) WHERE stalled_marked;
`;
