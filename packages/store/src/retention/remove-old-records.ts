/** Removes the records of what happened too long ago, in each organization. The figures of their days stay. */
import { dayIn, toError } from '@bizinsights/jobs-core';
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { toPlain } from '../database/plain-errors.js';
import { removeRows } from '../database/remove-rows.js';
import { integrations, organizations, records } from '../database/schema.js';
import type { ConvertMoney } from '../metrics/convert-money.js';
import { checkStoredZone } from '../metrics/day-beginnings.js';
import { addDays } from '../metrics/day-range.js';
import { DATED_KINDS, TIMED_KINDS } from '../metrics/metric-records.js';
import { noOrganization, refreshDays, refreshRest } from '../metrics/refresh-days.js';
import { beginningOf } from '../records/cut-off.js';

/** What is removed where. */
export interface OldRecords {
  readonly database: Database;
  readonly convert: ConvertMoney;
  /** How many days are kept, before the one that it is. */
  readonly days: number;
  /** Epoch ms. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Answers how many were removed. An organization whose figures can't be derived keeps its records, and takes nothing away
 * from the others.
 *
 * @throws {Error} that names it; of several {AggregateError}
 */
export async function removeOldRecords(old: OldRecords): Promise<number> {
  let removed = 0;
  const failures: Error[] = [];
  for (const { id } of await old.database.select({ id: organizations.id }).from(organizations)) {
    old.signal.throwIfAborted();
    try {
      await moveCutOff(old, id);
      removed += await removeBefore(old, id);
    } catch (thrown) {
      old.signal.throwIfAborted();
      const cause = toError(toPlain(thrown));
      failures.push(new Error(`The old records of organization "${id}" stay: ${cause.message}`, { cause }));
    }
  }
  const [first] = failures;
  if (!first) return removed;
  if (failures.length === 1) throw first;
  throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
}

/** In one transaction with the figures of what has changed until then, so that they are derived while the records are there. */
async function moveCutOff({ database, convert, days, now }: OldRecords, organizationId: string): Promise<void> {
  // Most of it in parts, which let others in.
  await refreshDays(database, organizationId, convert);
  await database.transaction(async (transaction) => {
    await refreshRest(database, transaction, organizationId, convert);
    const [organization] = await transaction.select().from(organizations).where(eq(organizations.id, organizationId));
    if (!organization) throw noOrganization(organizationId);
    const { timeZone } = organization;
    checkStoredZone(timeZone);
    const day = addDays(dayIn(timeZone, now), -days);
    // It never moves back: what is gone is gone.
    await transaction.execute(sql`
      UPDATE ${organizations} SET
        records_from = greatest(records_from, ${beginningOf(timeZone, day)}::bigint),
        records_from_day = greatest(records_from_day, ${day}::date)
      WHERE id = ${organizationId}`);
  });
}

async function removeBefore({ database, signal }: OldRecords, organizationId: string): Promise<number> {
  const before = sql`FROM ${organizations} WHERE id = ${organizationId}`;
  const isOld = [
    sql`kind = ANY(${sql.param(TIMED_KINDS)}::text[]) AND occurred_at < (SELECT records_from ${before})`,
    sql`kind = ANY(${sql.param(DATED_KINDS)}::text[]) AND day < (SELECT records_from_day ${before})`,
  ];
  const mine = await database
    .select({ id: integrations.id })
    .from(integrations)
    .where(eq(integrations.organizationId, organizationId));
  let removed = 0;
  for (const { id } of mine) {
    for (const condition of isOld)
      removed += await removeRows(database, records, sql`integration_id = ${id} AND ${condition}`, signal);
  }
  return removed;
}
