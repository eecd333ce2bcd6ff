/**
 * How many jobs each list of a queue has, kept by triggers on BullMQ's table: to count the rows takes the longer, the more
 * wait.
 *
 * A change of a job adds a row that says by how much which count changes, in the transaction of the change. So a count is
 * the sum of its rows, exact for whoever looks, whatever crashes. Nobody waits for another one's row, as there is none that
 * two of them change. Once in a while a change folds the rows of its queue into one a list.
 */
import { BULLMQ_SCHEMA, LOCK } from '../names.js';

/** The list of a row of BullMQ's table: what waits with a priority is one of its own. */
const listOf = (row: string) =>
  `CASE WHEN ${row}state = 'waiting' AND ${row}priority > 0 THEN 'prioritized' ELSE ${row}state::text END`;

/**
 * How many statements that add or remove jobs, and how many changes of a job, fold the rows: a share of them. A
 * count reads some 2,000 rows then, and a fold takes a few ms, also on the embedded store.
 */
const FOLDS = { statement: 0.001, change: 0.001 } as const;

const TRIGGERS = {
  bizinsights_count_added: 'AFTER INSERT ON % REFERENCING NEW TABLE AS jobs FOR EACH STATEMENT',
  bizinsights_count_removed: 'AFTER DELETE ON % REFERENCING OLD TABLE AS jobs FOR EACH STATEMENT',
  bizinsights_count_emptied: 'AFTER TRUNCATE ON % FOR EACH STATEMENT',
  bizinsights_count_changed:
    'AFTER UPDATE ON % FOR EACH ROW WHEN (OLD.state <> NEW.state OR (OLD.priority > 0) <> (NEW.priority > 0))',
} as const;

/** Whether all triggers are there: whoever drops BullMQ's tables drops them too. */
export const ARE_COUNTED = `(
  SELECT count(*) FROM pg_catalog.pg_trigger AS trigger
  JOIN pg_catalog.pg_class AS class ON class.oid = trigger.tgrelid
  JOIN pg_catalog.pg_namespace AS schema ON schema.oid = class.relnamespace
  WHERE schema.nspname = '${BULLMQ_SCHEMA}' AND class.relname = 'job'
    AND trigger.tgname IN (${Object.keys(TRIGGERS).map((name) => `'${name}'`)})
) = ${Object.keys(TRIGGERS).length}`;

/** A role that may use BullMQ's tables, and not ours, changes jobs as before: therefore `SECURITY DEFINER`. */
const asOwner = 'SECURITY DEFINER SET search_path = pg_catalog';

export const COUNTING_SCHEMA = `
CREATE TABLE IF NOT EXISTS bizinsights_jobs.job_count (
  queue text NOT NULL,
  list text NOT NULL,
  change bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS job_count_queue ON bizinsights_jobs.job_count (queue);

-- One at a time for each queue, and nobody waits for it. Not in a transaction that sees the rows as they were at its
-- beginning: it would fail where another one has folded them since.
CREATE OR REPLACE FUNCTION bizinsights_jobs.fold_counts(p_queue text)
RETURNS void LANGUAGE plpgsql ${asOwner} AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed'
    OR NOT pg_try_advisory_xact_lock(hashtextextended('counts:' || p_queue, ${LOCK})) THEN
    RETURN;
  END IF;
  WITH folded AS (DELETE FROM bizinsights_jobs.job_count WHERE queue = p_queue RETURNING list, change)
  INSERT INTO bizinsights_jobs.job_count
    SELECT p_queue, list, sum(change) FROM folded GROUP BY list HAVING sum(change) <> 0;
END $$;

CREATE OR REPLACE FUNCTION bizinsights_jobs.count_jobs()
RETURNS trigger LANGUAGE plpgsql ${asOwner} AS $$
DECLARE
  v_sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
  v_queue text;
BEGIN
  -- It locks the whole table: no job has been changed since.
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM bizinsights_jobs.job_count;
    RETURN NULL;
  END IF;
  INSERT INTO bizinsights_jobs.job_count
    SELECT queue, ${listOf('')}, v_sign * count(*) FROM jobs GROUP BY 1, 2;
  IF random() < ${FOLDS.statement} THEN
    FOR v_queue IN SELECT DISTINCT queue FROM jobs LOOP
      PERFORM bizinsights_jobs.fold_counts(v_queue);
    END LOOP;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION bizinsights_jobs.count_change()
RETURNS trigger LANGUAGE plpgsql ${asOwner} AS $$
BEGIN
  INSERT INTO bizinsights_jobs.job_count
    VALUES (OLD.queue, ${listOf('OLD.')}, -1), (NEW.queue, ${listOf('NEW.')}, 1);
  IF random() < ${FOLDS.change} THEN
    PERFORM bizinsights_jobs.fold_counts(NEW.queue);
  END IF;
  RETURN NULL;
END $$;

DO $$ BEGIN
  ${Object.entries(TRIGGERS)
    .map(([name, when]) => {
      const calls = when.includes('FOR EACH ROW') ? 'count_change' : 'count_jobs';
      return `IF NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = '${BULLMQ_SCHEMA}.job'::regclass AND tgname = '${name}'
  ) THEN
    CREATE TRIGGER ${name} ${when.replace('%', `${BULLMQ_SCHEMA}.job`)} EXECUTE FUNCTION bizinsights_jobs.${calls}();
  END IF;`;
    })
    .join('\n  ')}
END $$;

-- What was there before the triggers, or came and went without them. Jobs and rows are of one moment.
INSERT INTO bizinsights_jobs.job_count
  SELECT queue, list, sum(change) FROM (
    SELECT queue, ${listOf('')} AS list, count(*) AS change FROM ${BULLMQ_SCHEMA}.job GROUP BY 1, 2
    UNION ALL
    SELECT queue, list, -sum(change) FROM bizinsights_jobs.job_count GROUP BY 1, 2
  ) AS found GROUP BY 1, 2 HAVING sum(change) <> 0;
`;
