/**
 * Has BullMQ's statements decide by the clock of the PostgreSQL server.
 *
 * BullMQ hands them the time of its own process: a worker that is 45 s ahead takes for stalled what others work on, and
 * begins delayed jobs 45 s early. Here the server's time takes that parameter's place, and a time that BullMQ waits for
 * comes back in the time of its process.
 */

/** Epoch ms of the server. */
const SERVER_NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** Below this the difference between the clocks may be the way between them: a time stays as it was written. ms */
const NEGLIGIBLE = 1_000;

/** How a statement is sent instead. */
interface Rewritten {
  readonly sql: string;
  /** Our own time is one more parameter. */
  readonly hasLocalTime: boolean;
  /** Whether it is needed for what is sent; the default is always. */
  readonly applies: (params: readonly unknown[]) => boolean;
}

interface Rewrite {
  readonly write: (sql: string, local: string) => string;
  readonly applies?: (params: readonly unknown[]) => boolean;
}

/** The server's time for a parameter, which is still named: PostgreSQL has to learn the type of each. */
const byServer = (parameter: number): Rewrite => ({
  write: (sql) => put(sql, parameter, `coalesce(${SERVER_NOW}, $${parameter}::bigint)`),
});

/** What a time of our clock has to be put forward by, to be one of the server. */
const shift = (local: string) =>
  `CASE WHEN abs(${SERVER_NOW} - ${local}) < ${NEGLIGIBLE} THEN 0 ELSE ${SERVER_NOW} - ${local} END`;

/** By the function of BullMQ that a statement calls. */
const REWRITES: Readonly<Record<string, Rewrite>> = {
  move_to_active: byServer(4),
  move_to_completed_fetch: byServer(10),
  move_to_failed_fetch: byServer(11),
  move_stalled_jobs_to_wait: byServer(3),
  move_active_to_wait: byServer(4),
  extend_lock: byServer(5),
  change_delay: byServer(4),
  move_to_delayed: { write: (sql, local) => put(sql, 4, `($4::bigint + ${shift(local)})`) },
  // A delay is counted from the time that its job is added at.
  add_job: {
    write: (sql, local) => put(sql, 8, `($8::bigint + ${shift(local)})`),
    applies: (params) => Number(params[6]) > 0,
  },
  add_jobs_bulk: {
    write: (sql, local) =>
      put(
        sql,
        2,
        `(SELECT jsonb_agg(jsonb_set(job, '{timestamp}', to_jsonb((job ->> 'timestamp')::bigint + ${shift(local)})) ORDER BY n)
          FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS given (job, n))`,
      ),
    applies: (params) => /"delay":[1-9]/.test(String(params[1])),
  },
  next_signal: {
    write: (sql, local) =>
      put(sql, 3, `coalesce(${SERVER_NOW}, $3::bigint)`).replace(
        'next_delay',
        `next_delay - ${SERVER_NOW} + ${local} AS next_delay`,
      ),
  },
  next_delay: {
    write: (sql, local) => sql.replace('next_delay($1)', `next_delay($1) - ${SERVER_NOW} + ${local}`),
  },
};

/** BullMQ's renewal of many locks calls no function. */
const EXTEND_LOCKS = /SET locked_until_ms = \$5::bigint \+/;

const known = new Map<string, Rewritten | undefined>();

/** A statement and its parameters as they are to be sent. Whatever is not BullMQ's stays as it is. */
export function onServerClock(sql: string, params: readonly unknown[]): [string, readonly unknown[]] {
  if (!known.has(sql)) known.set(sql, rewrite(sql));
  const rewritten = known.get(sql);
  if (!rewritten?.applies(params)) return [sql, params];
  return [rewritten.sql, rewritten.hasLocalTime ? [...params, Date.now()] : params];
}

/** The function that a statement of BullMQ calls with its first parameter. */
export function calledFunction(sql: string): string | undefined {
  return /\b(\w+)\(\s*\$1\b/.exec(sql)?.[1];
}

function rewrite(text: string): Rewritten | undefined {
  const sql = text.replace(/--.*$/gm, '');
  const name = calledFunction(sql) ?? '';
  const found = EXTEND_LOCKS.test(sql) ? byServer(5) : Object.hasOwn(REWRITES, name) ? REWRITES[name] : undefined;
  if (!found) return undefined;
  const count = Math.max(...[...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const local = `$${count + 1}::bigint`;
  const written = found.write(sql, local);
  return { sql: written, hasLocalTime: written.includes(local), applies: found.applies ?? (() => true) };
}

function put(sql: string, parameter: number, expression: string): string {
  return sql.replace(new RegExp(`\\$${parameter}(?!\\d)(?:::jsonb|::bigint)?`), () => expression);
}
