/**
 * Where the keys of one `prefix` begin on Redis, so that no two prefixes meet, whatever is named behind them. BullMQ's keys
 * are `prefix:queue:…`, ours `bizinsights:prefix:family:…`.
 */

/** The beginning of all keys of ours. */
const ROOT = 'bizinsights';

/** Has no colon and no `%` that stands for itself, and is another one for each prefix. */
function escaped(prefix: string): string {
  return prefix.replace(/[%:]/g, encodeURIComponent);
}

/**
 * Of our own keys, with its colon. The prefix `app:cache` begins where `app` keeps its cache: its colon is written as
 * `%3A`.
 */
export function ownBase(prefix: string): string {
  return `${ROOT}:${escaped(prefix)}:`;
}

/** Of BullMQ's keys: the prefix itself, but where that is the beginning of our own keys. */
export function bullPrefix(prefix: string): string {
  return prefix === ROOT || prefix.startsWith(`${ROOT}:`) ? `%${prefix}` : prefix;
}
