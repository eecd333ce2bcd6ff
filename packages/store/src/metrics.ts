/** Daily metrics: derived from the records, by the organization's zone and currency, for the days that have changed. */
import { PermanentError } from '@bizinsights/jobs-core';
import { and, asc, between, eq, sql } from 'drizzle-orm';
import type { ConvertMoney } from './convert-money.js';
import type { Database, Transaction } from './database.js';
import { deriveDays, type SalesKind } from './derive-days.js';
import { FIGURES, type Figures, NO_FIGURES, type Ratios, ratiosOf, sumFigures } from './metric-figures.js';
import { dailyMetrics, organizations, records } from './schema.js';
import { lockMetrics, markAllStale, ofOrganization, takeStaleDays } from './stale-days.js';

/** One day of an organization. */
export interface DailyMetrics extends Figures, Ratios {
  /** `2026-11-24`, in the organization's zone. */
  readonly day: string;
  readonly currency: string;
  /** Some money of the day is not in the figures: there was no rate for its currency. */
  readonly isPartial: boolean;
}

/** Several days of an organization as one. */
export interface MetricsTotal extends Figures, Ratios {
  /** Some money of at least one day is not in the figures. */
  readonly isPartial: boolean;
  /** What the money is in. Undefined where there are no days, and where they are of several currencies. */
  readonly currency: string | undefined;
  /** The days are of several currencies, so that the sums of money mean nothing. */
  readonly isMixed: boolean;
}

/** From and to a day, both included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

export class Metrics {
  readonly #database: Database;
  readonly #convert: ConvertMoney;

  constructor(database: Database, convert: ConvertMoney) {
    this.#database = database;
    this.#convert = convert;
  }

  /**
   * Derives the days whose records have changed, and answers how many days these were.
   *
   * @throws {PermanentError} when there is no such organization
   * @throws {MetricsError} when `convert` answers no money, a figure can't be counted exactly, or this Node does not know the
   *   organization's zone: nothing is changed then
   */
  async refresh(organizationId: string): Promise<number> {
    return await this.#database.transaction(async (transaction) => {
      await lockMetrics(transaction, organizationId);
      const [organization] = await transaction.select().from(organizations).where(eq(organizations.id, organizationId));
      if (!organization) throw new PermanentError(`There is no organization "${organizationId}"`);

      const salesKind = await findSalesKind(transaction, organizationId);
      if (organization.salesKind !== salesKind) {
        // What counts as a sale is another thing now, on every day.
        if (organization.salesKind !== null) await markAllStale(transaction, organizationId);
        await transaction.update(organizations).set({ salesKind }).where(eq(organizations.id, organizationId));
      }
      const days = await takeStaleDays(transaction, organizationId);
      if (days.length === 0) return 0;
      const { timeZone, currency } = organization;
      const derived = await deriveDays(
        { transaction, organizationId, timeZone, currency, salesKind, days },
        this.#convert,
      );
      await replaceDays(transaction, organizationId, currency, days, derived);
      return days.length;
    });
  }

  /** All days are derived anew with the next `refresh`: after a change of rates. */
  async invalidate(organizationId: string): Promise<void> {
    await this.#database.transaction((transaction) => markAllStale(transaction, organizationId));
  }

  /** The days of a range that have anything, oldest first. As the last `refresh` has derived them. */
  async daily(organizationId: string, { from, to }: DayRange): Promise<DailyMetrics[]> {
    const rows = await this.#database
      .select()
      .from(dailyMetrics)
      .where(and(eq(dailyMetrics.organizationId, organizationId), between(dailyMetrics.day, from, to)))
      .orderBy(asc(dailyMetrics.day));
    return rows.map(({ organizationId: _, ...day }) => ({ ...day, ...ratiosOf(day) }));
  }

  /** A range of days as one. */
  async total(organizationId: string, range: DayRange): Promise<MetricsTotal> {
    const days = await this.daily(organizationId, range);
    const sum = sumFigures(days);
    const [currency, ...others] = new Set(days.map((day) => day.currency));
    const isMixed = others.length > 0;
    return {
      ...sum,
      ...ratiosOf(sum),
      isPartial: days.some((day) => day.isPartial),
      currency: isMixed ? undefined : currency,
      isMixed,
    };
  }
}

/** Orders, where there are any; else charges: a shop's payments by card are the same sales once more. */
async function findSalesKind(transaction: Transaction, organizationId: string): Promise<SalesKind> {
  const { rows } = await transaction.execute(sql`
    SELECT 1 FROM ${records} WHERE integration_id IN (${ofOrganization(organizationId)})
      AND kind = 'order' AND deleted_at IS NULL LIMIT 1`);
  return rows.length > 0 ? 'order' : 'charge';
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
