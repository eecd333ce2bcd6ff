/** Many jobs of a queue on PostgreSQL and the embedded store, each kind of reading by one statement. */
import type { JobJson } from 'bullmq';
import { defined } from '../../defined.js';
import type { FoundJson } from '../bullmq/queue-store.js';
import { type JobReader, type JobText, PRIORITIES_LOOKED_AT, type StoredState } from '../contract.js';
import { BULLMQ_SCHEMA } from './names.js';
import { JOBS_BY_ID, READ_JOBS } from './sql/index.js';
import type { RunSql } from './state.js';

/** A job as the statement gives it. What is bigint in the store is text here. */
interface JobRow {
  readonly id: string;
  readonly state: StoredState;
  readonly name: string;
  readonly data: string;
  readonly opts: JobJson['opts'];
  readonly progress: JobJson['progress'] | null;
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  readonly stalledCounter: number;
  readonly timestamp: string;
  readonly delay: string;
  readonly priority: number;
  readonly processedOn: string | null;
  readonly finishedOn: string | null;
  readonly failedReason: string | null;
  readonly stacktrace: string | null;
  readonly returnvalue: string | null;
  readonly repeatJobKey: string | null;
  readonly deduplicationId: string | null;
  readonly deferredFailure: string | null;
  readonly processedBy: string | null;
  readonly parentId: string | null;
  readonly parentQueue: string | null;
  readonly parentKey: string | null;
}

export async function readJobs(run: RunSql, queue: string, ids: readonly string[]): Promise<(FoundJson | undefined)[]> {
  const rows = await run<JobRow>(READ_JOBS, [queue, ids]);
  const found = new Map(rows.map((row) => [row.id, { state: row.state, json: toJson(row) }]));
  return ids.map((id) => found.get(id));
}

/** As BullMQ's own `getJobData`, which reads one job. */
function toJson(row: JobRow): JobJson {
  const { id, name, data, opts, attemptsMade, attemptsStarted, stalledCounter, priority, parentId } = row;
  return {
    id,
    name,
    data,
    opts: opts ?? {},
    progress: row.progress ?? 0,
    attemptsMade,
    attemptsStarted,
    stalledCounter,
    timestamp: Number(row.timestamp),
    delay: Number(row.delay),
    priority,
    failedReason: row.failedReason ?? '',
    stacktrace: row.stacktrace ?? '[]',
    returnvalue: row.returnvalue ?? 'null',
    ...defined({
      processedOn: row.processedOn === null ? undefined : Number(row.processedOn),
      finishedOn: row.finishedOn === null ? undefined : Number(row.finishedOn),
      repeatJobKey: row.repeatJobKey ?? undefined,
      deduplicationId: row.deduplicationId ?? undefined,
      deferredFailure: row.deferredFailure ?? undefined,
      processedBy: row.processedBy ?? undefined,
      parent: parentId === null ? undefined : { id: parentId, queueKey: row.parentQueue ?? '' },
      parentKey: row.parentKey ?? undefined,
    }),
  };
}

/**
 * Below this PostgreSQL compresses nothing (its `TOAST_TUPLE_THRESHOLD`), and its own size of a value is the value's. Only
 * of a larger one the text has to be made to know its length.
 */
const PLAIN = 2_000;

const sizeOf = (column: string) =>
  `coalesce(CASE WHEN pg_column_size(${column}) < ${PLAIN} THEN pg_column_size(${column}) ELSE octet_length(${column}::text) END, 0)`;

const SIZE = ['data', 'progress', 'return_value', 'failed_reason', 'stacktrace'].map(sizeOf).join(' + ');

export async function readSizes(run: RunSql, queue: string, ids: readonly string[]): Promise<number[]> {
  const rows = await run<{ id: string; size: number }>(`SELECT id, ${SIZE} AS size FROM ${JOBS_BY_ID}`, [queue, ids]);
  const sizes = new Map(rows.map(({ id, size }) => [id, size]));
  return ids.map((id) => sizes.get(id) ?? 0);
}

interface TextRow {
  readonly id: string;
  readonly data: string;
  readonly failedReason: string | null;
  readonly timestamp: string;
  readonly opts: object;
}

export async function readTexts(run: RunSql, queue: string, ids: readonly string[]): Promise<JobText[]> {
  const rows = await run<TextRow>(
    `SELECT id, data::text AS data, failed_reason AS "failedReason", added_at_ms AS timestamp, opts
     FROM ${JOBS_BY_ID}`,
    [queue, ids],
  );
  return rows.map(({ id, data, failedReason, timestamp, opts }) => ({
    id,
    data,
    failedReason: failedReason ?? '',
    timestamp: Number(timestamp),
    opts,
  }));
}

/** The first job behind a priority. Jobs without one have 0. */
const first = (behind: string) => `
  SELECT id, priority FROM ${BULLMQ_SCHEMA}.job
  WHERE queue = $1 AND state = 'waiting' AND priority > ${behind} ORDER BY priority, seq LIMIT 1`;

const HEADS = `
  WITH RECURSIVE heads AS (
    (${first('-1')})
    UNION ALL
    SELECT next.* FROM heads, LATERAL (${first('heads.priority')}) AS next
  )
  SELECT id FROM heads LIMIT ${PRIORITIES_LOOKED_AT + 1}`;

export async function waitingHeads(run: RunSql, queue: string): Promise<string[]> {
  return (await run<{ id: string }>(HEADS, [queue])).map(({ id }) => id);
}

/** What a state's list holds, and what it is in the order of. */
const LISTS: Readonly<Record<StoredState, readonly [holds: string, ...order: string[]]>> = {
  waiting: ["state = 'waiting' AND priority = 0", 'seq'],
  prioritized: ["state = 'waiting' AND priority > 0", 'priority', 'seq'],
  active: ["state = 'active'", 'seq'],
  delayed: ["state = 'delayed'", 'process_at_ms', 'seq'],
  completed: ["state = 'completed'", 'finished_at_ms', 'seq'],
  failed: ["state = 'failed'", 'finished_at_ms', 'seq'],
  'waiting-children': ["state = 'waiting-children'", 'seq'],
};

/** These lists have indexes in the order of a moment, and not of the jobs within it. */
const BY_MOMENT: ReadonlySet<StoredState> = new Set(['delayed', 'completed', 'failed']);

export interface Part {
  /** The order is turned around: the last of the list come first. */
  readonly fromEnd?: boolean;
  /** Holds for all of them, beside the queue $1. */
  readonly where?: string;
  readonly offset?: string;
  /** Default: all. */
  readonly limit?: string | undefined;
}

/**
 * The statement that reads a column of some jobs of a list in their order.
 *
 * Where the statistics of the table are older than the queue, PostgreSQL would rather sort all jobs of the list than those of
 * a moment each: so only the moment is asked for, with all jobs of the last one.
 */
export function partOf(state: StoredState, column: string, { fromEnd, where = 'true', offset = '0', limit }: Part) {
  const [holds, ...order] = LISTS[state];
  const direction = fromEnd ? 'DESC' : 'ASC';
  const sorted = order.map((by) => `${by} ${direction}`).join(', ');
  const jobs = `FROM ${BULLMQ_SCHEMA}.job WHERE queue = $1 AND ${holds} AND ${where}`;
  const page = `ORDER BY ${sorted} OFFSET ${offset} LIMIT ${limit ?? 'ALL'}`;
  if (limit === undefined || !BY_MOMENT.has(state)) return `SELECT ${column} ${jobs} ${page}`;
  const first = `ORDER BY ${order[0]} ${direction} FETCH FIRST (${offset}::bigint + ${limit}::bigint) ROWS WITH TIES`;
  return `SELECT ${column} FROM (SELECT ${[column, ...order].join(', ')} ${jobs} ${first}) AS first ${page}`;
}

/**
 * The ids of one queue, a page from either end. BullMQ's own pages here are not cut from the end that is asked for, and leave
 * open in which order jobs of one moment come: a reader would miss some.
 */
export function createIds(run: RunSql, queue: string): JobReader['ids'] {
  return async (state, start, end, ascending) => {
    const count = end < 0 ? [] : [end - start + 1];
    const rows = await run<{ id: string }>(
      partOf(state, 'id', { fromEnd: !ascending, offset: '$2', limit: count.length > 0 ? '$3' : undefined }),
      [queue, start, ...count],
    );
    return rows.map(({ id }) => id);
  };
}
