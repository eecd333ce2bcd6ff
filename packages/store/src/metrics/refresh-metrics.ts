/** Derives the days of an organization whose records have changed. */
import { PermanentError } from '@bizinsights/jobs-core';
import { eq, sql } from 'drizzle-orm';
import type { Database, Transaction } from '../database/database.js';
import { dailyMetrics, organizations } from '../database/schema.js';
import { firstWholeDay } from '../records/cut-off.js';
import type { ConvertMoney } from './convert-money.js';
import { deriveDays } from './derive-days.js';
import { FIGURES, type Figures, NO_FIGURES } from './metric-figures.js';
import { findSalesKind } from './metric-records.js';
import { markAllStale, takeStaleDays } from './stale-days.js';

/**
 * For who holds the lock of the metrics. Answers how many days were derived: not those whose records were removed, as they
 * keep the figures that they had.
 *
 * @throws {PermanentError} when there is no such organization
 * @throws {MetricsError} see `Metrics.refresh`
 */
export async function refreshMetrics(
  transaction: Pick<Database, 'execute' | 'select' | 'update'>,
  organizationId: string,
  convert: ConvertMoney,
): Promise<number> {
  const [organization] = await transaction.select().from(organizations).where(eq(organizations.id, organizationId));
  if (!organization) throw noOrganization(organizationId);

  const salesKind = await findSalesKind(transaction, organizationId);
  if (organization.salesKind !== salesKind) {
    // What counts as a sale is another thing now, on every day.
    if (organization.salesKind !== null) await markAllStale(transaction, organizationId);
    await transaction.update(organizations).set({ salesKind }).where(eq(organizations.id, organizationId));
  }
  const first = firstWholeDay(organization);
  const days = (await takeStaleDays(transaction, organizationId)).filter((day) => day >= first);
  if (days.length === 0) return 0;
  const { timeZone, currency } = organization;
  const derived = await deriveDays({ transaction, organizationId, timeZone, currency, salesKind, days }, convert);
  await replaceDays(transaction, organizationId, currency, days, derived);
  return days.length;
}

export function noOrganization(id: string): PermanentError {
  return new PermanentError(`There is no organization "${id}"`);
}

/** Days that have nothing any more go. */
async function replaceDays(
  transaction: Transaction,
  organizationId: string,
  currency: string,
  days: readonly string[],
  derived: ReadonlyMap<string, Partial<Figures> & { readonly isPartial?: boolean }>,
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
