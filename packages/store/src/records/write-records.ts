/** The statements of a batch: each takes its rows as arrays, one a column, whatever their number. */
import type {
  CompletedRead,
  DeletedRecord,
  Json,
  PlatformRecord,
  RecordBatch,
  RejectedRecord,
} from '@bizinsights/jobs-platforms';
import { type SQL, sql } from 'drizzle-orm';
import { blocksEventLoop, type Database, type Transaction } from '../database/database.js';
import { cursors, integrations, records, rejectedRecords, staleDays } from '../database/schema.js';
import { dayOf } from '../metrics/stale-days.js';
import { isErased, withoutErased } from '../privacy/erased-records.js';
import { cutOff, isKept } from './cut-off.js';
import { meeting } from './full-reads.js';
import { keptData } from './kept-data.js';
import { columnsOf } from './record-columns.js';
import { storableJson, storableText } from './storable.js';
import { savedRead } from './stream-reads.js';

/** Rows a statement: more are no faster, and take more memory on both sides. */
const ROWS = 1_000;

/** The same on the embedded store, whose host's event loop waits for each statement. */
const EMBEDDED_ROWS = 250;

export function rowsAStatement(database: Pick<Database, '$client'>): number {
  return blocksEventLoop(database) ? EMBEDDED_ROWS : ROWS;
}

/** What a statement has changed. */
interface Changed extends Record<string, unknown> {
  readonly count: number;
  /** See `Changes`; null for none. */
  readonly days: string[] | null;
}

/** How many rows have changed, and on which days (in UTC) their things happened, before the change and after it. */
export interface Changes {
  readonly count: number;
  readonly days: readonly string[];
}

const list = (values: readonly unknown[]) => sql.param(values);

const DAYS = sql`SELECT day FROM changed WHERE is_changed UNION SELECT moved_from FROM changed WHERE is_changed`;

const COUNT = sql`(SELECT count(*)::int FROM changed WHERE is_changed) AS count`;

const CHANGED = sql`
  SELECT ${COUNT},
    (SELECT array_agg(day::text) FROM (${DAYS}) AS days WHERE day IS NOT NULL) AS days`;

/** What of a batch holds for each of its parts. */
export interface Target extends Pick<RecordBatch, 'integrationId' | 'onTie'> {
  /** It is a page of a sync: what it lists is there now. */
  readonly isPage: boolean;
  /** Whether the statement is all of the batch: then it also says which open full reads meet its records. */
  readonly isWhole: boolean;
}

/** Of the time of what is there, and other data. */
const isTied = (given: SQL, data: SQL) =>
  sql`(${given}.updated_at = old.updated_at AND old.deleted_at IS NULL AND ${data} <> old.data)`;

/** What a row's data becomes. */
const DATA = keptData(sql`excluded.data`);

/** Whether a row says something else from now on. Its time alone says nothing: where the platform has none, it is the read's. */
const IS_CHANGE = sql`(
  old.deleted_at IS NOT NULL OR old.data - 'updatedAt' IS DISTINCT FROM (${DATA}) - 'updatedAt'
)`;

/**
 * Upserts. A row is written when the record is newer than what is there, or tied with it and what is there is not to be
 * kept; it counts as changed when its data does. What happened before the cut-off is left out.
 */
function upserted(
  { integrationId, onTie, isPage, isWhole }: Target,
  chunk: readonly PlatformRecord[],
  condition = sql`true`,
): SQL {
  const columns = chunk.map(columnsOf);
  return sql`
    ${cutOff(integrationId)},
    given AS (
      SELECT ${withoutErased(integrationId)} FROM unnest(
        ${list(chunk.map(({ kind }) => kind))}::text[],
        ${list(chunk.map(({ id }) => storableText(id)))}::text[],
        ${list(chunk.map(({ updatedAt }) => updatedAt))}::bigint[],
        ${list(columns.map(({ occurredAt }) => occurredAt ?? null))}::bigint[],
        ${list(columns.map(({ day }) => day ?? null))}::date[],
        ${list(columns.map(({ status }) => status ?? null))}::text[],
        ${list(columns.map(({ money }) => money?.amount ?? null))}::bigint[],
        ${list(columns.map(({ refunded }) => refunded?.amount ?? null))}::bigint[],
        ${list(columns.map(({ money }) => money?.currency ?? null))}::text[],
        ${list(columns.map(({ customerId }) => (customerId === undefined ? null : storableText(customerId))))}::text[],
        -- JSON has no bare line feed, and an array would need a backslash before each of its quotes.
        string_to_array(${chunk.map(storableJson).join('\n')}, E'\n')
      ) AS given (kind, id, updated_at, occurred_at, day, status, amount, refunded, currency, customer_id, data)
      WHERE ${condition} AND ${isKept}
    ),
    -- What fits now is no longer kept aside.
    fits AS (
      DELETE FROM ${rejectedRecords} AS aside USING given
      WHERE aside.integration_id = ${integrationId} AND aside.kind = given.kind AND aside.id = given.id
    ),
    ${isWhole ? sql`${meeting(integrationId)},` : sql``}
    changed AS (
      INSERT INTO ${records} AS old
        (integration_id, kind, id, updated_at, occurred_at, day, status, amount, refunded, currency, customer_id, data,
          changed_at)
      SELECT ${integrationId}, given.kind, given.id, given.updated_at, given.occurred_at, given.day, given.status,
        given.amount, given.refunded, given.currency, given.customer_id, given.data::jsonb, given.updated_at
      FROM given
      ${isWhole ? sql`WHERE (SELECT count(*) FROM met) >= 0` : sql``}
      ON CONFLICT (integration_id, kind, id) DO UPDATE SET
        updated_at = excluded.updated_at, occurred_at = excluded.occurred_at, day = excluded.day,
        status = excluded.status, amount = excluded.amount, refunded = excluded.refunded,
        currency = excluded.currency, customer_id = excluded.customer_id, data = ${DATA}, deleted_at = NULL, is_unmet = false,
        moved_from = nullif(${dayOf('old')}, ${dayOf('excluded')}),
        changed_at = CASE WHEN ${IS_CHANGE} THEN excluded.updated_at ELSE old.changed_at END
      WHERE excluded.updated_at > old.updated_at
        ${isPage ? sql`OR old.is_unmet` : sql``}
        ${onTie === 'keep' ? sql`` : sql`OR ${isTied(sql`excluded`, DATA)}`}
      -- PostgreSQL before 18 tells only what a row has become.
      RETURNING ${dayOf('old')} AS day, moved_from, changed_at IS NOT DISTINCT FROM updated_at AS is_changed
    )`;
}

/** It, where it is there, is not removed before the end of the transaction. */
const locked = (integrationId: string) => sql`SELECT FROM ${integrations} WHERE id = ${integrationId} FOR KEY SHARE`;

/** For a batch of several statements; that of one locks by itself. */
export async function lockIntegration(transaction: Transaction, integrationId: string): Promise<void> {
  await transaction.execute(locked(integrationId));
}

/** How many of a part are tied with what was kept. */
export async function countTied(
  transaction: Transaction,
  integrationId: string,
  chunk: readonly PlatformRecord[],
): Promise<number> {
  const { rows } = await transaction.execute<{ tied: number }>(sql`
    SELECT count(*)::int AS tied
    FROM unnest(
      ${list(chunk.map(({ kind }) => kind))}::text[],
      ${list(chunk.map(({ id }) => storableText(id)))}::text[],
      ${list(chunk.map(({ updatedAt }) => updatedAt))}::bigint[],
      string_to_array(${chunk.map(storableJson).join('\n')}, E'\n')
    ) AS given (kind, id, updated_at, data)
    -- Each by itself: as a join, it could read all records of the integration for each, where statistics are older than these.
    CROSS JOIN LATERAL (
      SELECT * FROM ${records} AS kept
      WHERE kept.integration_id = ${integrationId} AND kept.kind = given.kind AND kept.id = given.id LIMIT 1
    ) AS old
    WHERE ${isTied(sql`given`, keptData(sql`given.data::jsonb`))}`);
  return rows[0]?.tied ?? 0;
}

/** Upserts a part of a batch that has too many for one statement. */
export async function upsert(
  transaction: Transaction,
  target: Target,
  chunk: readonly PlatformRecord[],
): Promise<Changes> {
  return read(await transaction.execute<Changed>(sql`WITH ${upserted(target, chunk)} ${CHANGED}`));
}

/** The end of a batch. */
export interface LastPart {
  readonly stream: string;
  readonly chunk: readonly PlatformRecord[];
  /** Those of the parts before. */
  readonly days: readonly string[];
  readonly cursor: Json | undefined;
  /** Of the last page of a read. */
  readonly read: CompletedRead | undefined;
  readonly now: number;
}

/**
 * Upserts the last part of a batch, saves the cursor and the read that has ended, and remembers the days whose metrics are to be derived again, all in
 * one statement: most batches need no other, and so no transaction with its way to the server and back for each step.
 * Answers how many rows have changed; undefined: there is no such integration. (It is locked against its removal, so that no row is left behind of one that is
 * gone.)
 *
 * The days come last, as others wait for them. `DO UPDATE` and not `DO NOTHING`: it locks the row, so that whoever derives
 * right now waits for this transaction and sees its records.
 */
export async function finish(
  transaction: Transaction,
  target: Target,
  { stream, chunk, days, cursor, read: ended, now }: LastPart,
): Promise<Omit<Changes, 'days'> | undefined> {
  const { integrationId } = target;
  const isThere = sql`EXISTS (SELECT FROM found)`;
  const place = sql`,
    place AS (
      INSERT INTO ${cursors} SELECT ${integrationId}, ${stream}, ${storableJson(cursor)}::jsonb, ${now}::bigint
      WHERE ${isThere}
      ON CONFLICT (integration_id, stream) DO UPDATE SET cursor = excluded.cursor, saved_at = excluded.saved_at
    )`;
  const { rows } = await transaction.execute<{ count: number; found: boolean }>(sql`
    WITH found AS (${locked(integrationId)}),
    ${upserted(target, chunk, isThere)}
    ${cursor === undefined ? sql`` : place}
    ${ended ? sql`, ended AS (${savedRead({ integrationId, stream, isThere }, ended)})` : sql``},
    stale AS (
      INSERT INTO ${staleDays} AS old (integration_id, day, changes)
      SELECT ${integrationId}, day, 1 FROM (
        ${DAYS} UNION SELECT unnest(${list(days)}::date[])
      ) AS days
      WHERE day IS NOT NULL AND ${isThere} ORDER BY day
      ON CONFLICT (integration_id, day) DO UPDATE SET changes = old.changes + 1
    )
    SELECT ${COUNT}, ${isThere} AS found`);
  const [row] = rows;
  return row?.found ? row : undefined;
}

/** Marks as gone, unless the record is newer than that. What was never seen is marked too: it may still come. */
export async function markDeleted(
  transaction: Transaction,
  integrationId: string,
  chunk: readonly DeletedRecord[],
): Promise<Changes> {
  return read(
    await transaction.execute<Changed>(sql`
      WITH changed AS (
        INSERT INTO ${records} AS old (integration_id, kind, id, updated_at, deleted_at, changed_at)
        SELECT ${integrationId}, given.kind, given.id, given.deleted_at, given.deleted_at, given.deleted_at
        FROM unnest(
          ${list(chunk.map(({ kind }) => kind))}::text[],
          ${list(chunk.map(({ id }) => storableText(id)))}::text[],
          ${list(chunk.map(({ deletedAt }) => deletedAt))}::bigint[]
        ) AS given (kind, id, deleted_at)
        ON CONFLICT (integration_id, kind, id) DO UPDATE SET
          deleted_at = excluded.deleted_at, updated_at = excluded.updated_at, is_unmet = false,
          changed_at = CASE WHEN old.deleted_at IS NULL THEN excluded.updated_at ELSE old.changed_at END
        -- What no full read has met is gone already; from now on by the platform's word.
        WHERE excluded.updated_at >= old.updated_at AND (old.deleted_at IS NULL OR old.is_unmet)
        RETURNING ${dayOf('old')} AS day, NULL::date AS moved_from,
          changed_at IS NOT DISTINCT FROM updated_at AS is_changed
      )
      ${CHANGED}`),
  );
}

/** Keeps aside what does not fit, with the last reason. */
export async function keepAside(
  transaction: Transaction,
  integrationId: string,
  { stream, chunk, now }: { readonly stream: string; readonly chunk: readonly RejectedRecord[]; readonly now: number },
): Promise<void> {
  await transaction.execute(sql`
    INSERT INTO ${rejectedRecords} (integration_id, kind, id, stream, reason, raw, rejected_at)
    SELECT ${integrationId}, given.kind, given.id, ${stream}, given.reason,
      CASE WHEN ${isErased(integrationId)} THEN NULL ELSE given.raw::jsonb END, ${now}
    FROM unnest(
      ${list(chunk.map(({ kind }) => kind))}::text[],
      ${list(chunk.map(({ id }) => storableText(id)))}::text[],
      ${list(chunk.map(({ reason }) => storableText(reason)))}::text[],
      ${list(chunk.map(({ raw }) => storableJson(raw)))}::text[]
    ) AS given (kind, id, reason, raw)
    ON CONFLICT (integration_id, kind, id) DO UPDATE SET
      stream = excluded.stream, reason = excluded.reason, raw = excluded.raw, rejected_at = excluded.rejected_at`);
}

function read({ rows: [row] }: { readonly rows: readonly Changed[] }): Changes {
  return { count: row?.count ?? 0, days: row?.days ?? [] };
}

/**
 * What goes into one statement each. One of each thing, the newest, as a statement can't change a row twice; in one order,
 * as two transactions that took their rows in different orders could wait for each other for ever.
 */
export function chunksOf<T extends { readonly kind: string; readonly id: string }>(
  batch: readonly T[],
  rows: number,
  time: (item: T) => number = () => 0,
): T[][] {
  const kept = new Map<string, T>();
  for (const item of batch) {
    const key = `${item.kind} ${storableText(item.id)}`;
    const other = kept.get(key);
    if (!other || time(item) >= time(other)) kept.set(key, item);
  }
  const items = [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
  return Array.from({ length: Math.ceil(items.length / rows) }, (_, index) =>
    items.slice(index * rows, (index + 1) * rows),
  );
}
