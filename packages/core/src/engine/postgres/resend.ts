/**
 * What to send to PostgreSQL instead of a statement of BullMQ that may have been carried out, its answer lost with the
 * connection. Most are simply sent again: they read, set what is set already, or add a job by its id. Of the others,
 * what they have done is looked for first, and answered.
 */
import { calledFunction } from './server-clock.js';

/** A job of the queue $1. */
const job = (...conditions: string[]) => `SELECT FROM job WHERE ${['queue = $1', ...conditions].join(' AND ')}`;

/** The answer, which ends with WHERE, if it has been done; else it is done. PostgreSQL does not begin what is ruled out. */
const unless = (isDone: string, answer: string) => (sql: string) =>
  `${answer} ${isDone} UNION ALL SELECT * FROM (${sql}) AS again WHERE NOT (${isDone})`;

/** The job that a token has taken. */
const takenBy = (token: string, ...besides: string[]) =>
  `SELECT taken.* FROM job AS taken WHERE ${['queue = $1', "state = 'active'", `lock_token = ${token}`, ...besides].join(' AND ')} AND`;

/** A job ended at this very ms, or is not kept. */
const ended = (state: 'completed' | 'failed', at: string) =>
  `(NOT EXISTS (${job('id = $2')}) OR EXISTS (${job('id = $2', `state = '${state}'`, `finished_at_ms = ${at}::bigint`)}))`;

const isOurs = `EXISTS (${job('id = $2', "state = 'active'", 'lock_token = $3')})`;

/** By the function of BullMQ that the statement calls. */
const AGAIN: Readonly<Record<string, (sql: string) => string>> = {
  // Each fetch has a token of its own.
  move_to_active: unless(`EXISTS (${job("state = 'active'", 'lock_token = $2')})`, takenBy('$2')),
  move_to_completed_fetch: unless(ended('completed', '$5'), takenBy('$3', 'id <> $2')),
  move_to_failed_fetch: unless(ended('failed', '$6'), takenBy('$3', 'id <> $2')),
  move_to_completed: unless(ended('completed', '$5'), 'SELECT $5::bigint AS finished_on WHERE'),
  move_to_failed: unless(ended('failed', '$6'), 'SELECT $6::bigint AS finished_on WHERE'),
  move_to_delayed: unless(`NOT ${isOurs}`, 'SELECT 1 AS n WHERE'),
  retry_job: unless(`NOT ${isOurs}`, 'SELECT 1 AS n WHERE'),
  reprocess_job: unless(`EXISTS (${job('id = $2', "state IN ('waiting', 'active')")})`, 'SELECT 1 AS code WHERE'),
  promote: unless(`EXISTS (${job('id = $2', "state IN ('waiting', 'active')")})`, 'SELECT 0 AS code WHERE'),
  remove: unless(`NOT EXISTS (${job('id = $2')})`, 'SELECT 1 AS n WHERE'),
};

/** The statement that is sent the second time. */
export function whenSentAgain(text: string): string {
  const name = calledFunction(text);
  const write = name !== undefined && Object.hasOwn(AGAIN, name) ? AGAIN[name] : undefined;
  return write ? write(text.replace(/--.*$/gm, '').replace(/;\s*$/, '')) : text;
}
