/** How long a server that says "slow down" wants us to wait. */

/**
 * `retry-after` in seconds or as a date (RFC 9110, "Retry-After"), else `ratelimit-reset` in seconds, in ms. Undefined when
 * neither says something that can be read.
 */
export function retryAfter(headers: Headers, now: () => number): number | undefined {
  for (const name of ['retry-after', 'ratelimit-reset']) {
    const value = headers.get(name)?.trim();
    if (!value) continue;
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
    const date = Date.parse(value);
    if (!Number.isNaN(date)) return Math.max(0, date - now());
  }
  return undefined;
}
