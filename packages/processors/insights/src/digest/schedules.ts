/** The recurring digests: each Monday morning of each organization. */
import { isTimeZone, type Schedule } from '@bizinsights/jobs-core';
import { type InsightDigestQueue, insightDigestQueue } from '../contract/digest-queue.js';
import type { InsightOrganizations } from '../ports.js';
import { checkOptions, checkOrganizations } from '../reading/given.js';
import { scheduleKey } from '../schedules.js';

/** Monday, at eight. */
const CRON = '0 8 * * 1';

/** What `insightDigestSchedules` takes. */
export interface InsightDigestScheduleOptions {
  /** `store.organizations`: the mail comes in the organization's zone. */
  readonly organizations: InsightOrganizations & {
    get(organizationId: string): Promise<{ readonly timeZone: string } | undefined>;
  };
}

/** The key of an organization's digest, for `jobs.scheduler`. */
export function insightDigestScheduleKey(organizationId: string): string {
  return scheduleKey('insight-digest', organizationId);
}

/**
 * A schedule for each organization: Mondays at 08:00 in its zone. A worker keeps them when they are given to
 * `insightDigestProcessor({ schedules })`.
 *
 * @example
 * ```ts
 * await jobs.scheduler.reconcile({
 *   name: 'digests',
 *   schedules: () => insightDigestSchedules({ organizations: store.organizations }),
 * });
 * ```
 */
export async function* insightDigestSchedules(
  options: InsightDigestScheduleOptions,
): AsyncGenerator<Schedule<InsightDigestQueue>> {
  checkOptions('insightDigestSchedules', options, '{ organizations: store.organizations }');
  const { organizations } = options;
  checkOrganizations('insightDigestSchedules', organizations, ['ids', 'get']);
  for await (const organizationId of organizations.ids()) {
    const { timeZone = 'UTC' } = (await organizations.get(organizationId)) ?? {};
    yield {
      key: insightDigestScheduleKey(organizationId),
      queue: insightDigestQueue,
      data: { organizationId },
      cron: CRON,
      timezone: isTimeZone(timeZone) ? timeZone : 'UTC',
      overlap: 'skip',
      // After a Monday without workers it comes later, and once.
      catchUp: 'one',
    };
  }
}
