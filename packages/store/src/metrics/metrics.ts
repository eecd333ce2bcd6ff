/** Daily metrics: derived from the records, by the organization's zone and currency, for the days that have changed. */
import { dayIn } from '@bizinsights/jobs-core';
import type { MetricCalendar, MetricSource } from '@bizinsights/jobs-insights';
import { and, asc, between, eq } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { dailyMetrics, organizations } from '../database/schema.js';
import { storableId } from '../records/storable.js';
import {
  type BreakdownDimension,
  type BreakdownQuery,
  type BreakdownRows,
  checkBreakdown,
  readBreakdown,
} from './breakdown.js';
import type { ConvertMoney } from './convert-money.js';
import type { Coverage, IntegrationCoverage } from './coverage.js';
import { checkStoredZone } from './day-beginnings.js';
import { checkLength, checkRange, type DayRange, daysOf } from './day-range.js';
import { loadCoverage } from './load-coverage.js';
import { type Figures, NO_FIGURES, type Ratios, ratiosOf, sumFigures } from './metric-figures.js';
import { findSalesKind } from './metric-records.js';
import { noOrganization, refreshDays } from './refresh-days.js';
import { markAllStale } from './stale-days.js';

/** One day of an organization. */
export interface DailyMetrics extends Figures, Ratios {
  /** `2026-11-24`, in the organization's zone. */
  readonly day: string;
  readonly currency: string;
  /** Some money of the day is not in the figures: there was no rate for its currency. */
  readonly isPartial: boolean;
  /**
   * The figures may still change by themselves: the day is not over, it was not over when an integration was last read, or
   * a platform may restate it. Each sync reads such days again, until they are final. (A refund changes the day of its sale
   * at any time.) As of the store's clock and of the last reads, not of the last `refresh`.
   */
  readonly isProvisional: boolean;
  /**
   * The ids of the integrations of which nothing is known of this day, so that its zeros may be gaps: it lies before their
   * first sync or what that has reached, in an outage, or behind the loss of access. Empty: what is 0 was not there.
   */
  readonly unknown: readonly string[];
  /**
   * The figures that an integration feeds of which the day is unknown or provisional: they may be incomplete, or may still
   * change. The others are final. Where ads are restated for 28 days, sales are final long before. There where the query asks
   * for it.
   */
  readonly uncertain?: readonly (keyof Figures)[];
  /**
   * The figures in which a 0 may be a gap: no integration feeds them, or the day is unknown of one that does. In the others a
   * 0 is what there was, whatever is unknown of other integrations. There where the query asks for `uncertain`.
   */
  readonly unknownFigures?: readonly (keyof Figures)[];
}

/** Several days of an organization as one. */
export interface MetricsTotal extends Figures, Ratios {
  /** Some money of at least one day is not in the figures. */
  readonly isPartial: boolean;
  /** What the money is in. Undefined where there are no days, and where they are of several currencies. */
  readonly currency: string | undefined;
  /** The days are of several currencies, so that the sums of money mean nothing. */
  readonly isMixed: boolean;
  /** The figures of at least one day may still change by themselves, as it is with `DailyMetrics`. */
  readonly isProvisional: boolean;
  /** How many days are unknown of at least one integration. Those that have not begun yet are not counted. */
  readonly unknownDays: number;
}

/** What `daily` takes. */
export interface DailyQuery extends DayRange {
  /** Also the days that have nothing, with figures of 0: at most 3,660 days. Default: false. */
  readonly everyDay?: boolean;
  /** Also says which figures of each day are not final, and which are unknown. Default: false. */
  readonly uncertain?: boolean;
}

/** Where an organization says nothing else. */
const DEFAULT_LOCALE = 'en';

export class Metrics implements MetricSource {
  readonly #database: Database;
  readonly #convert: ConvertMoney;
  readonly #now: () => number;

  /** @internal */
  constructor(database: Database, convert: ConvertMoney, now: () => number) {
    this.#database = database;
    this.#convert = convert;
    this.#now = now;
  }

  /**
   * Derives the days whose records have changed, the newest first and in parts, and answers how many days these were. Each
   * part is a transaction. What ends it early leaves the remaining days to the next `refresh`.
   *
   * @throws {PermanentError} when there is no such organization
   * @throws {MetricsError} when `convert` answers no money, a figure can't be counted exactly, or this Node does not know the
   *   organization's zone: the day that it was about, those of its part, and older days keep their figures then
   */
  async refresh(organizationId: string): Promise<number> {
    return await refreshDays(this.#database, storableId(organizationId), this.#convert);
  }

  /**
   * Which day it is for an organization, and how its figures are written. Undefined where there is no such organization.
   *
   * @throws {MetricsError} when this Node does not know the organization's zone
   * @example
   * ```ts
   * const calendar = await store.metrics.calendar('acme');
   * // { today: '2026-11-24', timeZone: 'Europe/Berlin', currency: 'EUR', locale: 'en' }
   * ```
   */
  async calendar(organizationId: string): Promise<MetricCalendar | undefined> {
    const organization = await this.#find(organizationId);
    if (!organization) return undefined;
    const { timeZone, currency, locale } = organization;
    checkStoredZone(timeZone);
    return { today: dayIn(timeZone, this.#now()), timeZone, currency, locale: locale ?? DEFAULT_LOCALE };
  }

  /** All days are derived anew with the next `refresh`: after a change of rates. */
  async invalidate(organizationId: string): Promise<void> {
    await this.#database.transaction((transaction) => markAllStale(this.#database, transaction, organizationId));
  }

  /**
   * The days of a range that have anything, oldest first, or each day of it. As the last `refresh` has derived them.
   *
   * @throws {ArgumentError} for a day that is none, a range that ends before it begins, and one of too many days
   * @throws {PermanentError} for `everyDay` of an organization that does not exist
   * @throws {MetricsError} when this Node does not know the organization's zone
   * @example
   * ```ts
   * const days = await store.metrics.daily('acme', { from: '2026-11-01', to: '2026-11-30', everyDay: true });
   * const gaps = days.filter(({ unknown }) => unknown.length > 0);
   * ```
   */
  async daily(
    organizationId: string,
    { everyDay = false, uncertain = false, ...range }: DailyQuery,
  ): Promise<DailyMetrics[]> {
    checkRange('metrics.daily', range);
    if (everyDay) checkLength('metrics.daily', range);
    const days = await this.#derived(organizationId, range);
    const [first, last] = [days[0], days.at(-1)];
    if (!everyDay) {
      if (!first || !last) return [];
      const coverage = await this.#coverage(organizationId, { from: first.day, to: last.day });
      return days.map((day) => withCoverage(day, coverage, uncertain));
    }
    const coverage = await this.#coverage(organizationId, range);
    const found = new Map(days.map((day) => [day.day, day]));
    const { currency } = coverage;
    return daysOf(range).map((day) =>
      withCoverage(found.get(day) ?? { ...NO_FIGURES, day, currency, isPartial: false }, coverage, uncertain),
    );
  }

  /**
   * A range of days as one.
   *
   * @throws {ArgumentError} for a day that is none, and a range that ends before it begins
   * @throws {MetricsError} when this Node does not know the organization's zone
   */
  async total(organizationId: string, { from, to }: DayRange): Promise<MetricsTotal> {
    const range = { from, to };
    checkRange('metrics.total', range);
    const days = await this.#derived(organizationId, range);
    const coverage = await this.#findCoverage(organizationId, range);
    const sum = sumFigures(days);
    const [currency, ...others] = new Set(days.map((day) => day.currency));
    const isMixed = others.length > 0;
    return {
      ...sum,
      ...ratiosOf(sum),
      isPartial: days.some((day) => day.isPartial),
      currency: isMixed ? undefined : currency,
      isMixed,
      isProvisional: coverage?.isProvisional(range) ?? false,
      unknownDays: coverage?.countUnknown(range) ?? 0,
    };
  }

  /**
   * What is known of a range of days, for each integration of the organization, the oldest first.
   *
   * @throws {ArgumentError} for a day that is none, and a range that ends before it begins
   * @throws {PermanentError} when there is no such organization
   * @throws {MetricsError} when this Node does not know the organization's zone
   * @example
   * ```ts
   * const coverage = await store.metrics.coverage('acme', { from: '2026-11-01', to: '2026-11-30' });
   * // [{ integrationId: '…', platform: 'shopify', unknown: [{ from: '2026-11-12', to: '2026-11-14' }],
   * //   provisionalFrom: '2026-11-24' }]
   * ```
   */
  async coverage(organizationId: string, { from, to }: DayRange): Promise<IntegrationCoverage[]> {
    checkRange('metrics.coverage', { from, to });
    const { integrations } = await this.#coverage(organizationId, { from, to });
    return integrations.map(({ isDisabled: _, feeds: __, ...integration }) => integration);
  }

  /**
   * The figures of a range of days by platform, channel, country, product or campaign, the largest first. Read from the
   * records themselves: it needs no `refresh`, and may be ahead of the last one. By platform, channel and country the rows
   * add up to `total`, also in money that is converted: what nobody says a channel or a country of has a row without `key`.
   *
   * @throws {ArgumentError} for what is not as `BreakdownQuery` says: a day that is none, a range that ends before it begins
   *   or is of more than 3,660 days, another `by`, `sort` or `limit`
   * @throws {PermanentError} when there is no such organization
   * @throws {MetricsError} as `refresh`
   * @example
   * ```ts
   * const month = { from: '2026-11-01', to: '2026-11-30' };
   * const countries = await store.metrics.breakdown('acme', { ...month, by: 'country', limit: 10 });
   * const best = await store.metrics.breakdown('acme', { ...month, by: 'product', sort: 'units', limit: 1 });
   * ```
   */
  async breakdown<By extends BreakdownDimension>(
    organizationId: string,
    query: BreakdownQuery<By>,
  ): Promise<BreakdownRows[By][]> {
    checkBreakdown(query);
    const organization = await this.#find(organizationId);
    if (!organization) throw noOrganization(organizationId);
    const { timeZone, currency } = organization;
    const salesKind = await findSalesKind(this.#database, organizationId);
    const selection = { organizationId, timeZone, salesKind, days: daysOf(query) };
    return await readBreakdown({ ...selection, database: this.#database, currency, convert: this.#convert }, query);
  }

  /** As they were derived. */
  async #derived(organizationId: string, { from, to }: DayRange): Promise<DerivedDay[]> {
    const rows = await this.#database
      .select()
      .from(dailyMetrics)
      .where(and(eq(dailyMetrics.organizationId, storableId(organizationId)), between(dailyMetrics.day, from, to)))
      .orderBy(asc(dailyMetrics.day));
    return rows.map(({ organizationId: _, ...day }) => day);
  }

  async #coverage(organizationId: string, range: DayRange): Promise<Coverage> {
    const coverage = await this.#findCoverage(organizationId, range);
    if (!coverage) throw noOrganization(organizationId);
    return coverage;
  }

  async #find(id: string): Promise<typeof organizations.$inferSelect | undefined> {
    const isIt = eq(organizations.id, storableId(id));
    const [organization] = await this.#database.select().from(organizations).where(isIt);
    return organization;
  }

  async #findCoverage(id: string, range: DayRange): Promise<Coverage | undefined> {
    const organization = await this.#find(id);
    return organization && (await loadCoverage(this.#database, organization, range, this.#now()));
  }
}

type DerivedDay = Figures & Pick<DailyMetrics, 'day' | 'currency' | 'isPartial'>;

function withCoverage(day: DerivedDay, coverage: Coverage, saysUncertain: boolean): DailyMetrics {
  const isProvisional = coverage.isProvisional({ from: day.day, to: day.day });
  const unknown = coverage.unknownOn(day.day);
  const ofFigures = saysUncertain
    ? { uncertain: coverage.uncertainOn(day.day), unknownFigures: coverage.unknownFiguresOn(day.day) }
    : {};
  return { ...day, ...ratiosOf(day), isProvisional, unknown, ...ofFigures };
}
