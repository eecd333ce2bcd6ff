/** `identifyAccount`: which account credentials are of, as its platform says it. */
import { ArgumentError, toIssues } from '@bizinsights/jobs-core';
import { CredentialsError, PlatformResponseError } from './errors.js';
import type { PlatformHttp } from './http/http.js';
import { createPlatformHttp } from './http/platform-http.js';
import type { AnyPlatform, Asking } from './platform.js';
import { type PlatformId, platforms } from './platforms.js';

/**
 * The platform's own name of the account that the credentials are of, asked of the platform: a shop's domain, an account's
 * id. It is the same for all credentials of one account, so that an account that is connected again can be told from a new
 * one; it is the name that the platform's webhooks have in `account`.
 *
 * A platform without `identify` is not asked: its account is what `connect` calls it.
 *
 * @param platform one of ours by its id, or any
 * @param credentials what the platform's `credentials` schema takes
 * @param http default: `createPlatformHttp()`
 * @param options `signal` ends the wait; `now` is the clock, epoch ms
 * @throws {ArgumentError} for an id that is none of ours
 * @throws {CredentialsError} for credentials that do not fit; `issues` has their paths. It is an `ArgumentError`
 * @throws {AccessLostError} when the credentials are not accepted
 * @throws {PlatformAddressError} when they name an address that no request may go to
 * @throws {RateLimitError} when the platform says to come back later
 * @throws {PlatformResponseError} when there is no answer, or one that can't be understood
 * @example
 * ```ts
 * const account = await identifyAccount('shopify', { shop, accessToken });
 * const { reconnected } = await store.integrations.connect({
 *   organizationId,
 *   platform: 'shopify',
 *   account,
 *   credentials: { shop, accessToken },
 * });
 * ```
 */
export async function identifyAccount(
  platform: PlatformId | AnyPlatform,
  credentials: unknown,
  http: PlatformHttp = createPlatformHttp(),
  options: Partial<Asking> = {},
): Promise<string> {
  const asked = typeof platform === 'string' ? ownPlatform(platform) : platform;
  const { success, data, error } = asked.credentials.safeParse(credentials);
  if (!success) {
    // Paths alone: a message of a schema may hold what was given.
    const issues = toIssues(error.issues).map(({ path }) => ({ path, message: 'does not fit' }));
    throw new CredentialsError(asked.name, issues);
  }
  const { signal = new AbortController().signal, now = Date.now } = options;
  signal.throwIfAborted();
  const account = (await asked.identify?.(data, http, { signal, now })) ?? asked.connect(data, http).account;
  if (account.trim() === '') throw new PlatformResponseError(`${asked.name} names an account without a name`);
  return account;
}

function ownPlatform(id: string): AnyPlatform {
  const known: Readonly<Record<string, AnyPlatform>> = platforms;
  const platform = Object.hasOwn(known, id) ? known[id] : undefined;
  if (platform) return platform;
  const ids = Object.keys(known).join(', ');
  throw new ArgumentError(
    `Unknown platform "${id}"; known are ${ids}. For a platform of your own, pass the platform itself`,
  );
}
