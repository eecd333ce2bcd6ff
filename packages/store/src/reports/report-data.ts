/** What reports are made from: the port `ReportData`, on organizations and metrics. */
import type { ReportData, ReportOrganization, ReportPeriod, SalesData } from '@bizinsights/jobs-reports';
import type { Database } from '../database/database.js';
import type { Organizations } from '../integrations/organizations.js';
import type { Metrics } from '../metrics/metrics.js';
import { dataVersion, periodBefore } from './data-version.js';

export class ReportSource implements ReportData {
  readonly #database: Database;
  readonly #organizations: Organizations;
  readonly #metrics: Metrics;

  /** @internal */
  constructor(database: Database, organizations: Organizations, metrics: Metrics) {
    this.#database = database;
    this.#organizations = organizations;
    this.#metrics = metrics;
  }

  /** See `ReportData`. */
  async organization(id: string): Promise<ReportOrganization | undefined> {
    return await this.#organizations.get(id);
  }

  /** See `ReportData`. */
  async prepare(organizationId: string, period: ReportPeriod): Promise<string> {
    await this.#metrics.refresh(organizationId);
    return await dataVersion(this.#database, organizationId, period);
  }

  /** See `ReportData`. As the last `refresh` has derived the figures. */
  async sales(organizationId: string, period: ReportPeriod): Promise<SalesData> {
    const before = periodBefore(period);
    const days = await this.#metrics.daily(organizationId, { ...period, everyDay: true });
    const products = await this.#metrics.breakdown(organizationId, { ...period, by: 'product' });
    return {
      // `refresh` has brought all days into the organization's currency, and there is at least one.
      currency: days[0]?.currency ?? '',
      period,
      before,
      total: await this.#metrics.total(organizationId, period),
      totalBefore: await this.#metrics.total(organizationId, before),
      days: days.map((day) => ({ ...day, isUnknown: day.unknown.length > 0 })),
      products: products.map(({ label, units, orders, revenue }) => ({ name: label, units, orders, revenue })),
    };
  }
}
