/**
 * How much of its limits an account has used, which the Graph API says in headers of each answer ("Rate Limits": Headers;
 * "Insights API: Limits & Best Practices"). All but the times are percentages; at 100 the next request is refused.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
import { z } from 'zod';

/** A read stops here and leaves the rest to others, percent. */
const MAX_USED = 95;

/** Where no time is named, ms. */
const DEFAULT_PAUSE = 5 * 60_000;

const percent = z.number().default(0);

/** `X-App-Usage`, and each entry of `X-Business-Use-Case-Usage`. */
const calls = z.object({
  call_count: percent,
  total_cputime: percent,
  total_time: percent,
  /** Minutes. */
  estimated_time_to_regain_access: z.number().default(0),
});

/** `X-Ad-Account-Usage`, and those of the insights. */
const account = z.object({
  acc_id_util_pct: percent,
  app_id_util_pct: percent,
  /** Seconds. */
  reset_time_duration: z.number().default(0),
});

/** Each header, and how the JSON in it becomes numbers that can be compared. */
const HEADERS = {
  'x-app-usage': calls.transform((usage) => [toUse(usage)]),
  'x-business-use-case-usage': z
    .record(z.string(), z.array(calls))
    .transform((byBusiness) => Object.values(byBusiness).flat().map(toUse)),
  'x-ad-account-usage': account.transform((usage) => [toAccountUse(usage)]),
  'x-fb-ads-insights-throttle': account.transform((usage) => [toAccountUse(usage)]),
  'x-fb-ads-insights-reach-throttle': account.transform((usage) => [toAccountUse(usage)]),
} as const;

interface Use {
  readonly percent: number;
  /** ms; 0 where it is not named. */
  readonly pause: number;
}

function toUse(usage: z.output<typeof calls>): Use {
  return {
    percent: Math.max(usage.call_count, usage.total_cputime, usage.total_time),
    pause: usage.estimated_time_to_regain_access * 60_000,
  };
}

function toAccountUse({ acc_id_util_pct, app_id_util_pct, reset_time_duration }: z.output<typeof account>): Use {
  return { percent: Math.max(acc_id_util_pct, app_id_util_pct), pause: reset_time_duration * 1_000 };
}

/** How long to wait before the next request, ms; 0 where there is room for it. */
export function pauseOf(headers: Headers): number {
  const uses = Object.entries(HEADERS).flatMap(
    ([name, schema]) => schema.safeParse(parse(headers.get(name))).data ?? [],
  );
  const pauses = uses.map(({ percent: used, pause }) => (used >= MAX_USED ? pause || DEFAULT_PAUSE : 0));
  return Math.max(0, ...pauses);
}

/** How long a refusal asks to wait, ms. */
export function refusedFor(headers: Headers): number {
  return pauseOf(headers) || DEFAULT_PAUSE;
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}
