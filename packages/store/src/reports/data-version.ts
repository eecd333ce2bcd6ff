/** A text that changes with the figures of a report. */
import type { ReportPeriod } from '@bizinsights/jobs-reports';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.js';
import { dailyMetrics, organizations, staleDays } from '../database/schema.js';
import { addDays, countDays, type DayRange } from '../metrics/day-range.js';
import { ofOrganization } from '../metrics/stale-days.js';

/** As many days, which end on the day before. */
export function periodBefore(period: ReportPeriod): DayRange {
  return { from: addDays(period.from, -countDays(period)), to: addDays(period.from, -1) };
}

/** Of the figures of the period and of the one before, and of the records of these days that are not in them yet. */
export async function dataVersion(
  transaction: Transaction,
  organizationId: string,
  period: ReportPeriod,
): Promise<string> {
  const { from } = periodBefore(period);
  const { to } = period;
  const { rows } = await transaction.execute<{ version: string }>(sql`
    SELECT md5(concat_ws('|',
      (SELECT concat_ws(' ', name, time_zone, currency, sales_kind)
        FROM ${organizations} WHERE id = ${organizationId}),
      (SELECT string_agg(figures::text, '|' ORDER BY figures.day) FROM ${dailyMetrics} AS figures
        WHERE organization_id = ${organizationId} AND figures.day BETWEEN ${from}::date AND ${to}::date),
      (SELECT string_agg(concat_ws(' ', integration_id, stale.day, changes), '|' ORDER BY integration_id, stale.day)
        FROM ${staleDays} AS stale WHERE integration_id IN (${ofOrganization(organizationId)})
          AND stale.day BETWEEN ${addDays(from, -1)}::date AND ${addDays(to, 1)}::date)
    )) AS version`);
  return rows[0]?.version ?? '';
}
