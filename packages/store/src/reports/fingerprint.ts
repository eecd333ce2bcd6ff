/** What makes two requests for a report equal. */
import { createHash } from 'node:crypto';
import type { ReportRequest } from '@bizinsights/jobs-reports';

/** The same for equal requests, in whatever order recipients and filters are written. */
export function fingerprintOf(request: ReportRequest): string {
  const { organizationId, template, format, period, locale = null, timeZone = null } = request;
  const { recipients = [], filters = {} } = request;
  const parts = [
    ...[organizationId, template, format, period.from, period.to, locale, timeZone],
    recipients.map((address) => address.toLowerCase()).sort(),
    Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1)),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
