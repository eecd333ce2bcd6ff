/**
 * `pg_stat_activity` with a row for each connection, where PGlite has one for its only session: BullMQ finds workers in
 * it by their connections' `application_name`. A temporary view of the same name stands before the system's.
 */
import { quoteText } from './wire.js';

/** What the view tells of a connection. */
export interface SessionActivity {
  /** What `pg` knows as the connection's `processID`. */
  readonly id: number;
  readonly settings: ReadonlyMap<string, string>;
  readonly isRunning: boolean;
}

/** Whether a statement asks for the view. */
export function asksForActivity(sql: string): boolean {
  return /\bpg_stat_activity\b/i.test(sql);
}

/** Asks for the names of the system view's columns, in their order: they change from release to release. */
export const ACTIVITY_COLUMNS = `
  SELECT attname FROM pg_catalog.pg_attribute
  WHERE attrelid = 'pg_catalog.pg_stat_activity'::regclass AND attnum > 0 ORDER BY attnum`;

/** Columns that are the connection's own; the others are those of the one session. */
const OWN_COLUMNS: Readonly<Record<string, string>> = {
  pid: 's.pid',
  application_name: 's.application_name',
  state: 's.state',
  backend_type: "'client backend'::text",
};

/** Makes the view, or makes it anew. */
export function activityView(columns: readonly string[], sessions: readonly SessionActivity[]): string {
  const rows = sessions.map(({ id, settings, isRunning }) => {
    const name = quoteText(settings.get('application_name') ?? '');
    return `(${id}, ${name}, '${isRunning ? 'active' : 'idle'}')`;
  });
  const selected = columns.map((column) => `${OWN_COLUMNS[column] ?? `a.${column}`} AS ${column}`);
  return `CREATE OR REPLACE TEMPORARY VIEW pg_stat_activity AS
    SELECT ${selected.join(', ')}
    FROM (VALUES ${rows.join(', ')}) AS s (pid, application_name, state)
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = pg_backend_pid()`;
}
