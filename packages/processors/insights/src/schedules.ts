/** The recurring runs: every six hours for each organization. */
import { createHash } from 'node:crypto';
import type { Schedule } from '@bizinsights/jobs-core';
import type { InsightOrganizations } from './ports.js';
import { type InsightPeriod, type InsightsQueue, insightsQueue } from './queue.js';
import { checkOptions, checkOrganizations } from './reading/given.js';

const EVERY = 6 * 3_600_000;

/** What a key of a schedule can hold: one line of well-formed text, with room for what is before it. */
const PLAIN = /^[^\p{Cc}\p{Cs}]{1,120}$/u;

/** What `insightSchedules` takes. */
export interface InsightScheduleOptions {
  /** `store.organizations`. */
  readonly organizations: InsightOrganizations;
  /** What is judged with each run. Default: `30d`. */
  readonly period?: InsightPeriod;
}

/** The key of an organization's schedule, for `jobs.scheduler`. */
export function insightScheduleKey(organizationId: string): string {
  return scheduleKey('insights', organizationId);
}

/** The key of one of an organization's schedules. */
export function scheduleKey(name: string, organizationId: string): string {
  if (PLAIN.test(organizationId)) return `${name}:${organizationId}`;
  return `${name}:~${createHash('sha256').update(organizationId).digest('base64url')}`;
}

/**
 * A schedule for each organization, every six hours, each at its own place in them. A worker keeps them when they are given
 * to `insightsProcessor({ schedules })`.
 *
 * @example
 * ```ts
 * await jobs.scheduler.reconcile({
 *   name: 'insights',
 *   schedules: () => insightSchedules({ organizations: store.organizations }),
 * });
 * ```
 */
export async function* insightSchedules(options: InsightScheduleOptions): AsyncGenerator<Schedule<InsightsQueue>> {
  checkOptions('insightSchedules', options, '{ organizations: store.organizations }');
  const { organizations, period = '30d' } = options;
  checkOrganizations('insightSchedules', organizations, ['ids']);
  for await (const organizationId of organizations.ids()) {
    yield {
      key: insightScheduleKey(organizationId),
      queue: insightsQueue,
      data: { organizationId, period },
      every: EVERY,
      jitter: EVERY,
      overlap: 'skip',
      // After a time without workers one run is enough: it looks at the whole period.
      catchUp: 'one',
    };
  }
}
