/** Our own tables and functions, beside BullMQ's: shared state, rate limits, fair turns, schedules. */
import { LOCK } from '../names.js';
import { ATTEMPT_FUNCTIONS } from './attempts.js';
import { BULLMQ_PLANS } from './bullmq-plans.js';
import { CLAIM_FUNCTIONS } from './claims.js';
import { COUNTING_SCHEMA } from './counting.js';
import { FAIR_FUNCTION } from './fair-rounds.js';
import { LINING_FUNCTIONS } from './lining.js';
import { NEXT_DUE_FUNCTIONS } from './next-due.js';
import { RETRY_FUNCTION } from './retries.js';
import { REUSE_FUNCTION, REUSE_TABLE } from './reuse.js';
import { RUN_FUNCTIONS } from './runs.js';
import { START_FUNCTIONS, START_TABLE } from './starts.js';

/** Raise it with every change of {@link SCHEMA}. */
export const SCHEMA_VERSION = 16;

/** Everything may be run again: it changes only what differs. */
export const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS bizinsights_jobs;

CREATE TABLE IF NOT EXISTS bizinsights_jobs.version (version integer NOT NULL);

CREATE TABLE IF NOT EXISTS bizinsights_jobs.state (
  key text PRIMARY KEY,
  value text NOT NULL,
  expires_at timestamptz
);
CREATE INDEX IF NOT EXISTS state_expiry ON bizinsights_jobs.state (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS bizinsights_jobs.field (
  key text NOT NULL,
  field text NOT NULL,
  value text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (key, field)
);
CREATE INDEX IF NOT EXISTS field_expiry ON bizinsights_jobs.field (expires_at);

-- Past starts and kept places of a rate limit; times in microseconds since the epoch.
CREATE TABLE IF NOT EXISTS bizinsights_jobs.slot (
  key text NOT NULL,
  at bigint NOT NULL,
  place text,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (key, at, seq)
);
CREATE UNIQUE INDEX IF NOT EXISTS slot_place ON bizinsights_jobs.slot (key, place) WHERE place IS NOT NULL;

CREATE TABLE IF NOT EXISTS bizinsights_jobs.log (
  key text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  entry text NOT NULL,
  PRIMARY KEY (key, seq)
);

CREATE TABLE IF NOT EXISTS bizinsights_jobs.fair (
  queue text NOT NULL,
  tenant text NOT NULL,
  round integer NOT NULL,
  PRIMARY KEY (queue, tenant)
);

${REUSE_TABLE}${START_TABLE}
-- Records of schedules. The print begins with ~ while what it asks for has not been done.
CREATE TABLE IF NOT EXISTS bizinsights_jobs.schedule (
  key text COLLATE "C" PRIMARY KEY,
  print text NOT NULL,
  record text NOT NULL,
  indexes text[] NOT NULL
);
CREATE INDEX IF NOT EXISTS schedule_indexes ON bizinsights_jobs.schedule USING gin (indexes);

-- Sets one field of a map, which lives as one: its other fields get the new time too, or go. One at a time for each map,
-- as two that touch the same rows in another order would wait for each other.
CREATE OR REPLACE FUNCTION bizinsights_jobs.set_field(p_key text, p_field text, p_value text, p_ttl bigint, p_reset boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_expiry timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_key, ${LOCK}));
  v_expiry := now() + p_ttl * interval '1 millisecond';
  IF p_reset THEN
    DELETE FROM bizinsights_jobs.field WHERE key = p_key AND field <> p_field;
  ELSE
    UPDATE bizinsights_jobs.field SET expires_at = v_expiry WHERE key = p_key AND field <> p_field AND expires_at > now();
  END IF;
  INSERT INTO bizinsights_jobs.field VALUES (p_key, p_field, p_value, v_expiry)
    ON CONFLICT (key, field) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at;
END $$;

${ATTEMPT_FUNCTIONS}
-- See TAKE_SLOT of the Redis engine: the same rules. Answers ms to wait, 0 to start.
CREATE OR REPLACE FUNCTION bizinsights_jobs.take_slot(p_key text, p_member text, p_max integer, p_per bigint)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  v_now bigint;
  v_per bigint := p_per * 1000;
  v_kept boolean;
  v_nth bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_key, ${LOCK}));
  v_now := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  DELETE FROM bizinsights_jobs.slot WHERE key = p_key AND at <= v_now - v_per;
  DELETE FROM bizinsights_jobs.slot WHERE key = p_key AND place = p_member;
  v_kept := FOUND;
  SELECT at INTO v_nth FROM bizinsights_jobs.slot
    WHERE key = p_key AND (NOT v_kept OR at <= v_now) ORDER BY at DESC, seq DESC OFFSET p_max - 1 LIMIT 1;
  IF v_nth IS NOT NULL AND v_nth + v_per > v_now THEN
    INSERT INTO bizinsights_jobs.slot (key, at, place) VALUES (p_key, v_nth + v_per, p_member);
    RETURN ceil((v_nth + v_per - v_now) / 1000.0);
  END IF;
  INSERT INTO bizinsights_jobs.slot (key, at) VALUES (p_key, v_now);
  RETURN 0;
END $$;

${START_FUNCTIONS}
${CLAIM_FUNCTIONS}
${LINING_FUNCTIONS}
${NEXT_DUE_FUNCTIONS}

${FAIR_FUNCTION}

${REUSE_FUNCTION}

${BULLMQ_PLANS}
${RUN_FUNCTIONS}
${RETRY_FUNCTION}
${COUNTING_SCHEMA}
DELETE FROM bizinsights_jobs.version;
INSERT INTO bizinsights_jobs.version VALUES (${SCHEMA_VERSION});
`;
