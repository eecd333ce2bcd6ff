/** Stale days: those (in UTC) whose records have changed, so that their metrics are to be derived again. */
import { type SQL, sql } from 'drizzle-orm';
import { blocksEventLoop, type Database, type Transaction } from '../database/database.js';
import { dailyMetrics, integrations, records, staleDays } from '../database/schema.js';
import { DATED_KINDS, TIMED_KINDS } from './metric-records.js';

const DAY = 86_400_000;

/** Before all days that there are. */
const FIRST_DAY = '4713-11-24 BC';

/** Days that are marked at once on the embedded store: about 10 ms, which the host's process waits for. */
const EMBEDDED_DAYS = 50;

/** Any number of our own. */
const LOCK = 0x6d_65_74;

/** Until the end of the transaction: two that derive the same organization's days at once would be in each other's way. */
export async function lockMetrics(transaction: Transaction, organizationId: string): Promise<void> {
  await transaction.execute(sql`SELECT pg_advisory_xact_lock(${LOCK}, hashtext(${organizationId}))`);
}

/** The day on which the thing of a record happened. */
export function dayOf(row: 'record' | 'old' | 'excluded'): SQL {
  return sql.raw(`coalesce(${row}.day, (to_timestamp(${row}.occurred_at / 1000.0) AT TIME ZONE 'UTC')::date)`);
}

export const ofOrganization = (organizationId: string) =>
  sql`SELECT id FROM ${integrations} WHERE organization_id = ${organizationId}`;

/** In order, as all do that take several of these rows: nobody waits for somebody who waits for them. */
async function markStale(transaction: Transaction, days: SQL): Promise<void> {
  await transaction.execute(sql`
    INSERT INTO ${staleDays} AS old (integration_id, day, changes)
    SELECT integration_id, day, 1 FROM (${days}) AS days WHERE day IS NOT NULL ORDER BY integration_id, day
    ON CONFLICT (integration_id, day) DO UPDATE SET changes = old.changes + 1`);
}

export async function markDaysStale(
  transaction: Transaction,
  integrationId: string,
  days: readonly string[],
): Promise<void> {
  if (days.length === 0) return;
  await markStale(
    transaction,
    sql`SELECT ${integrationId}::text AS integration_id, unnest(${sql.param(days)}::date[]) AS day`,
  );
}

/** Marks all days that have records, in the caller's transaction; on the embedded store in parts, which let others in. */
export async function markAllStale(
  database: Pick<Database, '$client'>,
  transaction: Transaction,
  organizationId: string,
): Promise<void> {
  if (!blocksEventLoop(database)) {
    const days = daysWithRecords(ofOrganization(organizationId), FIRST_DAY);
    await markStale(transaction, sql`SELECT DISTINCT integration_id, day FROM (${days}) AS found`);
    return;
  }
  const { rows } = await transaction.execute<{ id: string }>(sql`${ofOrganization(organizationId)} ORDER BY id`);
  for (const { id } of rows) {
    for (let from: string | undefined = FIRST_DAY; from !== undefined; ) from = await markPart(transaction, id, from);
  }
}

/** Marks the days of a part that begins with a day. Answers the first of those that are left. */
async function markPart(transaction: Transaction, integrationId: string, from: string): Promise<string | undefined> {
  const next = sql`(${from}::date + ${EMBEDDED_DAYS}::int)`;
  const { rows } = await transaction.execute<{ day: string; isLeft: boolean }>(sql`
    SELECT day::text, day >= ${next} AS "isLeft"
    FROM (${daysWithRecords(sql`SELECT ${integrationId}::text AS id`, from, next)}) AS found
    WHERE day IS NOT NULL GROUP BY found.day ORDER BY found.day`);
  const days = rows.filter(({ isLeft }) => !isLeft).map(({ day }) => day);
  await markDaysStale(transaction, integrationId, days);
  return rows.find(({ isLeft }) => isLeft)?.day;
}

/**
 * From one day that has records to the next, by an index: as long as there are days, and not records. Of each kind the last
 * one is the first that is not before `until`, where that is given.
 */
function daysWithRecords(integrationIds: SQL, from: string, until?: SQL): SQL {
  const past = (column: SQL, kinds: readonly string[], at: (day: SQL) => SQL, after: SQL) => {
    const first = (of: SQL, condition: SQL) => sql`(
      SELECT min(${column}) FROM ${records} WHERE integration_id = ${of}.integration_id AND kind = ${of}.kind AND ${condition}
    )`;
    return sql`
      SELECT mine.integration_id, mine.kind, ${first(sql`mine`, sql`${column} >= ${at(sql`${from}::date`)}`)} AS found
      FROM (
        SELECT id AS integration_id, unnest(${sql.param(kinds)}::text[]) AS kind FROM (${integrationIds}) AS ids
      ) AS mine
      UNION ALL
      SELECT integration_id, kind, ${first(sql`past`, sql`${column} ${after}`)} FROM past
      WHERE ${until ? sql`found < ${at(until)}` : sql`found IS NOT NULL`}`;
  };
  const inMs = (day: SQL) => sql`((${day} - date '1970-01-01')::bigint * ${DAY})`;
  const nextDay = sql`>= (floor(found / ${DAY}::numeric) + 1)::bigint * ${DAY}`;
  return sql`
    (WITH RECURSIVE past AS (${past(sql`occurred_at`, TIMED_KINDS, inMs, nextDay)})
    SELECT integration_id, (to_timestamp(found / 1000.0) AT TIME ZONE 'UTC')::date AS day FROM past)
    UNION ALL
    (WITH RECURSIVE past AS (${past(sql`day`, DATED_KINDS, (day) => day, sql`> found`)})
    SELECT integration_id, found FROM past)`;
}

/**
 * What an integration that has been removed leaves behind, before its records go: another one of the organization takes
 * over its days, and with the last one the organization has no metrics any more. For who holds the lock.
 */
export async function bequeathDays(
  transaction: Transaction,
  integrationId: string,
  organizationId: string,
): Promise<void> {
  await markStale(
    transaction,
    sql`SELECT heir.id AS integration_id, left_behind.day
      FROM (${ofOrganization(organizationId)} ORDER BY id LIMIT 1) AS heir, (
        SELECT ${dayOf('record')} AS day FROM ${records} AS record WHERE record.integration_id = ${integrationId}
        UNION SELECT day FROM ${staleDays} WHERE integration_id = ${integrationId}
      ) AS left_behind`,
  );
  await transaction.execute(sql`
    DELETE FROM ${dailyMetrics}
    WHERE organization_id = ${organizationId} AND NOT EXISTS (${ofOrganization(organizationId)})`);
}

/** Marks that were taken. */
export interface StaleDays {
  /** The first of the marked days. */
  readonly first: string;
  /** The organization's days that may have changed, in order: a day in UTC is in two of them, before or after. */
  readonly days: readonly string[];
}

/**
 * Takes the marks of some days of the organization, the newest: so many, or fewer, and only those before a day. Whoever
 * writes records of these days right now is waited for.
 *
 * @returns undefined where no day is marked
 */
export async function takeStaleDays(
  transaction: Transaction,
  organizationId: string,
  { limit, before = 'infinity' }: { readonly limit: number; readonly before: string | undefined },
): Promise<StaleDays | undefined> {
  const stale = sql`FROM ${staleDays} WHERE integration_id IN (${ofOrganization(organizationId)}) AND day < ${before}::date`;
  const since = sql`${stale} AND day >= (
    SELECT min(day) FROM (SELECT DISTINCT day ${stale} ORDER BY day DESC LIMIT ${limit}) AS newest
  )`;
  await transaction.execute(sql`SELECT ${since} ORDER BY integration_id, day FOR UPDATE`);
  const { rows } = await transaction.execute<{ first: string; day: string }>(sql`
    WITH taken AS (DELETE ${since} RETURNING day)
    SELECT DISTINCT (SELECT min(day) FROM taken)::text AS first, (day + shift)::text AS day
    FROM taken, generate_series(-1, 1) AS shift ORDER BY 2`);
  const [some] = rows;
  return some && { first: some.first, days: rows.map(({ day }) => day) };
}
