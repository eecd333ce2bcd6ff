/**
 * Derives the stale days of an organization, in parts. Each part is a transaction that takes the marks of some days and
 * replaces the figures of these days, so whatever ends a refresh early (a crash, an error of `convert`) leaves the days
 * that it has not come to marked as stale, and the next refresh derives them.
 */
import { PermanentError } from '@bizinsights/jobs-core';
import { eq, sql } from 'drizzle-orm';
import { type Database, type Transaction, withoutCompiling } from '../database/database.js';
import { dailyMetrics, organizations } from '../database/schema.js';
import { firstWholeDay } from '../records/cut-off.js';
import type { ConvertMoney } from './convert-money.js';
import { type Derivation, type DerivedDays, deriveDays } from './derive-days.js';
import { FIGURES, NO_FIGURES } from './metric-figures.js';
import { findSalesKind } from './metric-records.js';
import { PartSize } from './parts.js';
import { lockMetrics, markAllStale, type StaleDays, takeStaleDays } from './stale-days.js';

type Organization = typeof organizations.$inferSelect;

/** More days than there are. */
const ALL = 1_000_000;

/**
 * @returns how many days were derived: not those whose records were removed, as they keep the figures that they had
 * @throws {PermanentError} when there is no such organization
 * @throws {MetricsError} as `deriveDays`
 */
export async function refreshDays(database: Database, organizationId: string, convert: ConvertMoney): Promise<number> {
  await database.transaction((transaction) => settleSalesKind(database, transaction, organizationId));
  const derived = new Set<string>();
  const size = new PartSize(database);
  let before: string | undefined;
  // From the newest day on, which is looked at first. A day that is marked again behind it is for the next refresh.
  for (;;) {
    const part = await database.transaction(async (transaction) => {
      await withoutCompiling(database, transaction);
      return await refreshPart({ transaction, organizationId, convert }, { limit: size.days, before });
    });
    if (!part) return derived.size;
    for (const day of part.days) derived.add(day);
    before = part.first;
    size.follow(part.count);
  }
}

/**
 * The same in the caller's transaction, with all that is stale by then at once: for who has just called {@link refreshDays}
 * and needs that nothing is left.
 */
export async function refreshRest(
  database: Pick<Database, '$client'>,
  transaction: Refresh['transaction'] & Pick<Database, 'update'>,
  organizationId: string,
  convert: ConvertMoney,
): Promise<void> {
  await settleSalesKind(database, transaction, organizationId);
  await refreshPart({ transaction, organizationId, convert }, { limit: ALL, before: undefined });
}

/** Notes what counts as a sale. Where that is another thing from now on, it is one on every day. */
async function settleSalesKind(
  database: Pick<Database, '$client'>,
  transaction: Transaction & Pick<Database, 'select' | 'update'>,
  id: string,
): Promise<void> {
  await lockMetrics(transaction, id);
  const organization = await findOrganization(transaction, id);
  const salesKind = await findSalesKind(transaction, id);
  if (organization.salesKind === salesKind) return;
  if (organization.salesKind !== null) await markAllStale(database, transaction, id);
  await transaction.update(organizations).set({ salesKind }).where(eq(organizations.id, id));
}

interface Refresh {
  readonly transaction: Transaction & Pick<Database, 'select'>;
  readonly organizationId: string;
  readonly convert: ConvertMoney;
}

/** Undefined: no day is stale any more. */
async function refreshPart(
  { transaction, organizationId, convert }: Refresh,
  range: Parameters<typeof takeStaleDays>[2],
): Promise<(StaleDays & { readonly count: number }) | undefined> {
  await lockMetrics(transaction, organizationId);
  const part = await takeStaleDays(transaction, organizationId, range);
  if (!part) return undefined;
  // As they are now: another process may have changed them since the part before.
  const organization = await findOrganization(transaction, organizationId);
  const first = firstWholeDay(organization);
  const days = part.days.filter((day) => day >= first);
  if (days.length === 0) return { ...part, days, count: 0 };
  const { timeZone, currency } = organization;
  const salesKind = organization.salesKind ?? (await findSalesKind(transaction, organizationId));
  const derivation = { transaction, organizationId, timeZone, currency, salesKind, days };
  const { derived, count } = await deriveDays(derivation, convert);
  await replaceDays(derivation, derived);
  return { ...part, days, count };
}

async function findOrganization(transaction: Pick<Database, 'select'>, id: string): Promise<Organization> {
  const [organization] = await transaction.select().from(organizations).where(eq(organizations.id, id));
  if (!organization) throw noOrganization(id);
  return organization;
}

export function noOrganization(id: string): PermanentError {
  return new PermanentError(`There is no organization "${id}"`);
}

/** Days that have nothing any more go. */
async function replaceDays(
  { transaction, organizationId, currency, days }: Derivation,
  derived: DerivedDays,
): Promise<void> {
  await transaction.execute(sql`
    DELETE FROM ${dailyMetrics}
    WHERE organization_id = ${organizationId} AND day = ANY(${sql.param(days)}::date[])`);
  const rows = [...derived].map(([day, figures]) => ({ ...NO_FIGURES, isPartial: false, ...figures, day }));
  const columns = FIGURES.map((figure) => sql`${sql.param(rows.map((row) => row[figure]))}::bigint[]`);
  await transaction.execute(sql`
    INSERT INTO ${dailyMetrics}
      (organization_id, currency, day, is_partial, revenue, refunds, orders, new_customers, sessions, ad_spend, ad_revenue,
        impressions, clicks)
    SELECT ${organizationId}, ${currency}, given.* FROM unnest(
      ${sql.param(rows.map(({ day }) => day))}::date[], ${sql.param(rows.map(({ isPartial }) => isPartial))}::boolean[],
      ${sql.join(columns, sql`, `)}
    ) AS given`);
}
