/** The statements of a batch: each takes its rows as arrays, one a column, whatever their number. */
import type { DeletedRecord, PlatformRecord, RejectedRecord } from '@bizinsights/jobs-platforms';
import { sql } from 'drizzle-orm';
import type { Transaction } from './database.js';
import { columnsOf } from './record-columns.js';
import { records, rejectedRecords, staleDays } from './schema.js';
import { storableJson, storableText } from './storable.js';

/** Rows a statement: more are no faster, and take more memory on both sides. */
const ROWS = 1_000;

/** What a statement has changed. */
interface Changed extends Record<string, unknown> {
  readonly count: number;
  /** In UTC; null for none. */
  readonly days: string[] | null;
}

/** How many rows have changed, and on which days their things happened. */
export interface Changes {
  count: number;
  readonly days: Set<string>;
}

const list = (values: readonly unknown[]) => sql.param(values);

/** The day on which the thing of a row happened. */
const DAY = sql`coalesce(day, (to_timestamp(occurred_at / 1000.0) AT TIME ZONE 'UTC')::date)`;

/** Upserts. A row changes when the record is newer than what is there, or as new and different. */
export async function upsert(
  transaction: Transaction,
  integrationId: string,
  batch: readonly PlatformRecord[],
  changes: Changes,
): Promise<void> {
  for (const chunk of chunks(newest(batch, ({ updatedAt }) => updatedAt))) {
    const columns = chunk.map(columnsOf);
    const { rows } = await transaction.execute<Changed>(sql`
      WITH given AS (
        SELECT * FROM unnest(
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
          ${list(chunk.map(storableJson))}::text[]
        ) AS given (kind, id, updated_at, occurred_at, day, status, amount, refunded, currency, customer_id, data)
      ),
      -- What fits now is no longer kept aside.
      fits AS (
        DELETE FROM ${rejectedRecords} AS aside USING given
        WHERE aside.integration_id = ${integrationId} AND aside.kind = given.kind AND aside.id = given.id
      ),
      changed AS (
        INSERT INTO ${records} AS old
          (integration_id, kind, id, updated_at, occurred_at, day, status, amount, refunded, currency, customer_id, data)
        SELECT ${integrationId}, given.kind, given.id, given.updated_at, given.occurred_at, given.day, given.status,
          given.amount, given.refunded, given.currency, given.customer_id, given.data::jsonb
        FROM given
        ON CONFLICT (integration_id, kind, id) DO UPDATE SET
          updated_at = excluded.updated_at, occurred_at = excluded.occurred_at, day = excluded.day,
          status = excluded.status, amount = excluded.amount, refunded = excluded.refunded,
          currency = excluded.currency, customer_id = excluded.customer_id, data = excluded.data, deleted_at = NULL
        WHERE excluded.updated_at > old.updated_at
          OR (excluded.updated_at = old.updated_at AND old.deleted_at IS NULL AND excluded.data <> old.data)
        RETURNING day, occurred_at
      )
      SELECT count(*)::int AS count, array_agg(DISTINCT (${DAY})::text) FILTER (WHERE ${DAY} IS NOT NULL) AS days
      FROM changed`);
    note(changes, rows[0]);
  }
}

/** Marks as gone, unless the record is newer than that. What was never seen is marked too: it may still come. */
export async function markDeleted(
  transaction: Transaction,
  integrationId: string,
  batch: readonly DeletedRecord[],
  changes: Changes,
): Promise<void> {
  for (const chunk of chunks(newest(batch, ({ deletedAt }) => deletedAt))) {
    const { rows } = await transaction.execute<Changed>(sql`
      WITH changed AS (
        INSERT INTO ${records} AS old (integration_id, kind, id, updated_at, deleted_at)
        SELECT ${integrationId}, given.kind, given.id, given.deleted_at, given.deleted_at
        FROM unnest(
          ${list(chunk.map(({ kind }) => kind))}::text[],
          ${list(chunk.map(({ id }) => storableText(id)))}::text[],
          ${list(chunk.map(({ deletedAt }) => deletedAt))}::bigint[]
        ) AS given (kind, id, deleted_at)
        ON CONFLICT (integration_id, kind, id) DO UPDATE
          SET deleted_at = excluded.deleted_at, updated_at = excluded.updated_at
        WHERE excluded.updated_at >= old.updated_at AND old.deleted_at IS NULL
        RETURNING day, occurred_at
      )
      SELECT count(*)::int AS count, array_agg(DISTINCT (${DAY})::text) FILTER (WHERE ${DAY} IS NOT NULL) AS days
      FROM changed`);
    note(changes, rows[0]);
  }
}

/** Keeps aside what does not fit, with the last reason. */
export async function keepAside(
  transaction: Transaction,
  integrationId: string,
  stream: string,
  batch: readonly RejectedRecord[],
  now: number,
): Promise<void> {
  for (const chunk of chunks(newest(batch, () => 0))) {
    await transaction.execute(sql`
      INSERT INTO ${rejectedRecords} (integration_id, kind, id, stream, reason, raw, rejected_at)
      SELECT ${integrationId}, given.kind, given.id, ${stream}, given.reason, given.raw::jsonb, ${now}
      FROM unnest(
        ${list(chunk.map(({ kind }) => kind))}::text[],
        ${list(chunk.map(({ id }) => storableText(id)))}::text[],
        ${list(chunk.map(({ reason }) => storableText(reason)))}::text[],
        ${list(chunk.map(({ raw }) => storableJson(raw)))}::text[]
      ) AS given (kind, id, reason, raw)
      ON CONFLICT (integration_id, kind, id) DO UPDATE SET
        stream = excluded.stream, reason = excluded.reason, raw = excluded.raw, rejected_at = excluded.rejected_at`);
  }
}

/**
 * Remembers the days whose metrics are to be derived again. `DO UPDATE` and not `DO NOTHING`: it locks the row, so that
 * whoever derives right now waits for this transaction and sees its records.
 */
export async function markStale(
  transaction: Transaction,
  integrationId: string,
  days: ReadonlySet<string>,
): Promise<void> {
  if (days.size === 0) return;
  await transaction.execute(sql`
    INSERT INTO ${staleDays} AS old (integration_id, day, changes)
    SELECT ${integrationId}, day, 1 FROM unnest(${list([...days].sort())}::date[]) AS given (day) ORDER BY day
    ON CONFLICT (integration_id, day) DO UPDATE SET changes = old.changes + 1`);
}

function note(changes: Changes, changed: Changed | undefined): void {
  changes.count += changed?.count ?? 0;
  for (const day of changed?.days ?? []) changes.days.add(day);
}

/**
 * One of each thing, the newest, as a statement can't change a row twice; in one order, as two transactions that took
 * their rows in different orders could wait for each other for ever.
 */
function newest<T extends { readonly kind: string; readonly id: string }>(
  batch: readonly T[],
  time: (item: T) => number,
): T[] {
  const kept = new Map<string, T>();
  for (const item of batch) {
    const key = `${item.kind} ${storableText(item.id)}`;
    const other = kept.get(key);
    if (!other || time(item) >= time(other)) kept.set(key, item);
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += ROWS) yield items.slice(start, start + ROWS);
}
