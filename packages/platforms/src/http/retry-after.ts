/** How long a platform that says "slow down" wants us to wait. */

/**
 * `retry-after` in seconds, whole or not, or as a date (RFC 9110, "Retry-After"), in ms. Undefined when it is not there or
 * can't be read.
 *
 * @param now epoch ms
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
