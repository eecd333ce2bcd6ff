/**
 * Full reads: which records they have met, and what becomes of those that they have not.
 *
 * While one is open, what anybody else writes counts as met too: a webhook's record may be dated by a clock that is behind
 * ours. Who writes locks the open reads against their end before any record, and who ends one waits for them.
 */
import type { RecordBatch, RecordKind, Sweep, SweptRecords } from '@bizinsights/jobs-platforms';
import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.js';
import { fullReads, metRecords, records } from '../database/schema.js';
import { dayOf } from '../metrics/stale-days.js';
import { storableText } from './storable.js';

interface Named {
  readonly kind: RecordKind;
  readonly id: string;
}

/** The reads that have begun and have not ended. Locked against that until the end of the transaction. */
const openReads = (integrationId: string) => sql`
  SELECT stream FROM ${fullReads} WHERE integration_id = ${integrationId} AND is_open ORDER BY stream FOR SHARE`;

/**
 * Parts of a statement whose `given` has records: they are met by each full read that is open. `changed` goes behind it by
 * asking `met`, so that all who write take their locks in one order.
 */
export const meeting = (integrationId: string): SQL => sql`
  open AS (${openReads(integrationId)}),
  met AS (
    INSERT INTO ${metRecords} (integration_id, stream, kind, id)
    SELECT ${integrationId}, open.stream, given.kind, given.id FROM open, given
    ORDER BY open.stream, given.kind, given.id
    ON CONFLICT DO NOTHING
    RETURNING 1
  )`;

/** Remembers the records of a batch, before any of them is written. */
export async function meet(
  transaction: Transaction,
  { integrationId, stream, fullRead, rejected }: RecordBatch,
  chunks: readonly (readonly Named[])[],
): Promise<void> {
  const hasUnknown = rejected.some(({ hasNoId = false }) => hasNoId);
  const streams =
    fullRead === undefined
      ? await streamsOf(transaction, openReads(integrationId))
      : await join(transaction, { integrationId, stream, fullRead, hasUnknown });
  if (streams.length === 0) return;
  for (const chunk of chunks) {
    await transaction.execute(sql`
      INSERT INTO ${metRecords} (integration_id, stream, kind, id)
      SELECT ${integrationId}, stream, kind, id
      FROM unnest(${sql.param(streams)}::text[]) AS stream, unnest(
        ${sql.param(chunk.map(({ kind }) => kind))}::text[], ${sql.param(chunk.map(({ id }) => storableText(id)))}::text[]
      ) AS given (kind, id)
      ORDER BY stream, kind, id
      ON CONFLICT DO NOTHING`);
  }
}

async function streamsOf(transaction: Transaction, query: SQL): Promise<string[]> {
  const { rows } = await transaction.execute<{ stream: string }>(query);
  return rows.map(({ stream }) => stream);
}

interface Page {
  readonly integrationId: string;
  readonly stream: string;
  readonly fullRead: string;
  readonly hasUnknown: boolean;
}

/** Its stream, or nothing where another read of it has begun since: this is a page of one that was given up. */
async function join(transaction: Transaction, { integrationId, stream, fullRead, hasUnknown }: Page) {
  const isStream = sql`integration_id = ${integrationId} AND stream = ${stream}`;
  const { rows } = await transaction.execute(sql`
    INSERT INTO ${fullReads} (integration_id, stream, full_read) VALUES (${integrationId}, ${stream}, ${fullRead})
    ON CONFLICT DO NOTHING RETURNING stream`);
  if (rows.length > 0) {
    // What is kept of the last one tells a late page of it from a new read.
    await transaction.execute(sql`
      DELETE FROM ${fullReads} WHERE ${isStream} AND full_read <> ${fullRead} AND NOT is_open`);
    await transaction.execute(sql`
      UPDATE ${fullReads} SET is_open = false WHERE ${isStream} AND full_read <> ${fullRead}`);
    await transaction.execute(sql`DELETE FROM ${metRecords} WHERE ${isStream}`);
  }
  const isIt = sql`${isStream} AND full_read = ${fullRead} AND is_open`;
  return await streamsOf(
    transaction,
    hasUnknown
      ? sql`UPDATE ${fullReads} SET has_unknown = true WHERE ${isIt} RETURNING stream`
      : sql`SELECT stream FROM ${fullReads} WHERE ${isIt} FOR SHARE`,
  );
}

interface FoundRead extends Record<string, unknown> {
  readonly is_open: boolean;
  readonly has_unknown: boolean;
  readonly missing: number;
  readonly candidates: number;
  readonly is_swept: boolean;
}

/** See `RecordSink.sweep`. Answers with the days (in UTC) of what is gone. */
export async function sweepUnmet(
  transaction: Transaction,
  sweep: Sweep,
): Promise<SweptRecords & { readonly days: readonly string[] }> {
  const { integrationId, stream, fullRead, maxGone } = sweep;
  const isStream = sql`integration_id = ${integrationId} AND stream = ${stream}`;
  const isIt = sql`${isStream} AND full_read = ${fullRead}`;
  const { rows } = await transaction.execute<FoundRead>(sql`
    SELECT is_open, has_unknown, missing::int AS missing, candidates::int AS candidates, is_swept
    FROM ${fullReads} WHERE ${isIt} FOR UPDATE`);
  const [found] = rows;
  if (!found) return { missing: 0, of: 0, isSwept: false, days: [] };
  if (!found.is_open) return { missing: found.missing, of: found.candidates, isSwept: found.is_swept, days: [] };

  const { missing, of } = await count(transaction, sweep);
  const isSwept = missing === 0 || (!found.has_unknown && missing / of <= maxGone);
  const days = isSwept && missing > 0 ? await mark(transaction, sweep) : [];
  await transaction.execute(sql`
    UPDATE ${fullReads} SET is_open = false, missing = ${missing}, candidates = ${of}, is_swept = ${isSwept} WHERE ${isIt}`);
  await transaction.execute(sql`DELETE FROM ${metRecords} WHERE ${isStream}`);
  return { missing, of, isSwept, days };
}

/** What a read that looks back so far could have met. */
const isInReach = ({ integrationId, kind, from, fromDay }: Sweep) => sql`
  integration_id = ${integrationId} AND kind = ${kind} AND deleted_at IS NULL
  ${from === undefined ? sql`` : sql`AND occurred_at >= ${from}::bigint`}
  ${fromDay === undefined ? sql`` : sql`AND day >= ${fromDay}::date`}`;

/**
 * Whether a record was met is looked up by its key, or in a hash of all: a join would go by a guess of how many there are,
 * and compare each with each where it is wrong.
 */
const reached = (sweep: Sweep) => sql`
  SELECT record.ctid AS place, record.updated_at, EXISTS (
    SELECT FROM ${metRecords} AS met WHERE met.integration_id = ${sweep.integrationId} AND met.stream = ${sweep.stream}
      AND met.kind = ${sweep.kind} AND met.id = record.id
  ) AS is_met
  FROM ${records} AS record WHERE ${isInReach(sweep)}`;

async function count(
  transaction: Transaction,
  sweep: Sweep,
): Promise<{ readonly missing: number; readonly of: number }> {
  const { rows } = await transaction.execute<{ missing: number; of: number }>(sql`
    SELECT count(*) FILTER (WHERE NOT is_met)::int AS missing, count(*)::int AS of
    FROM (${reached(sweep)}) AS reached WHERE is_met OR updated_at <= ${sweep.begunAt}::bigint`);
  return rows[0] ?? { missing: 0, of: 0 };
}

/** Found by their place in the table, for the same reason: what is missing may be a few of very many. */
async function mark(transaction: Transaction, sweep: Sweep): Promise<readonly string[]> {
  const { begunAt } = sweep;
  const { rows } = await transaction.execute<{ days: string[] | null }>(sql`
    WITH missing AS MATERIALIZED (
      SELECT place FROM (${reached(sweep)}) AS reached WHERE NOT is_met AND updated_at <= ${begunAt}::bigint
    ),
    gone AS (
      UPDATE ${records} AS old SET deleted_at = ${begunAt}, updated_at = ${begunAt}, is_unmet = true
      FROM missing WHERE old.ctid = missing.place
      RETURNING ${dayOf('old')} AS day
    )
    SELECT array_agg(DISTINCT day::text) AS days FROM gone WHERE day IS NOT NULL`);
  return rows[0]?.days ?? [];
}
