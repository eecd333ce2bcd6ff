/**
 * The quotas of the Data API ("Limits and Quotas on API Requests"): tokens a day and an hour, requests at once. Each answer
 * says what is left; a read stops before it takes the last, as reports of people use the same property.
 *
 * @see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
 */
import { dayIn, dayStretches } from '@bizinsights/jobs-core';
import { z } from 'zod';

const status = z.object({ consumed: z.number().optional(), remaining: z.number().optional() });

/** `PropertyQuota`. A zero is left out of JSON. */
export const propertyQuota = z.object({
  tokensPerDay: status.optional(),
  tokensPerHour: status.optional(),
  tokensPerProjectPerHour: status.optional(),
});
export type PropertyQuota = z.output<typeof propertyQuota>;

/** "Concurrent requests": over as soon as another one ends, ms. */
const CONCURRENT_PAUSE = 10_000;

const HOUR = 3_600_000;

const QUOTA_ZONE = 'America/Los_Angeles';

/**
 * How long to wait before the next report, ms; 0 where there is enough for one more.
 *
 * @param now epoch ms
 */
export function pauseOf({ tokensPerDay, tokensPerHour, tokensPerProjectPerHour }: PropertyQuota, now: number): number {
  if (isSpent(tokensPerDay)) return untilMidnight(now);
  return isSpent(tokensPerHour) || isSpent(tokensPerProjectPerHour) ? untilFullHour(now) : 0;
}

/** Whether a report as the last one would be too much. */
function isSpent(quota: PropertyQuota['tokensPerDay']): boolean {
  return quota !== undefined && (quota.remaining ?? 0) < Math.max(1, quota.consumed ?? 0);
}

/**
 * How long a refusal (429, `RESOURCE_EXHAUSTED`) asks to wait, by what its message says is used up, ms.
 *
 * @param now epoch ms
 */
export function exhaustedFor(message: string, now: number): number {
  if (/concurrent/i.test(message)) return CONCURRENT_PAUSE;
  return /per day|daily/i.test(message) ? untilMidnight(now) : untilFullHour(now);
}

/** Hourly tokens come back within an hour, ms: the next full hour, and not at once. */
function untilFullHour(now: number): number {
  return Math.max(60_000, HOUR - (now % HOUR));
}

/** Daily tokens come back at midnight in Pacific time, ms; their clock may be behind ours. */
function untilMidnight(now: number): number {
  const today = dayIn(QUOTA_ZONE, now);
  const midnight = dayStretches(QUOTA_ZONE, today, today).at(-1)?.to ?? now;
  return Math.max(60_000, midnight - now);
}
