/**
 * Which shop the keys are of. A user types its address in one of several forms (with www or without, http, a slash at the
 * end), so WordPress is asked for its own: `home` of its index, which is what webhooks name as their source, too.
 *
 * @see https://developer.wordpress.org/reference/classes/wp_rest_server/get_index/
 */
import { z } from 'zod';
import { AccessLostError, PlatformAddressError, PlatformResponseError, RateLimitError } from '../errors.js';
import { tryJson } from '../http/answer.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import { retryAfter } from '../http/retry-after.js';
import type { Asking } from '../platform.js';
import { shopName, shopUrl, type WooCommerceCredentials, wooCommerceClient } from './client.js';
import { placeOf } from './signed-body.js';

/** A host that says 429 without saying for how long, ms. */
const RATE_LIMIT_PAUSE = 60_000;

/** WordPress before 4.5 has `url` alone. */
const index = z.object({ home: z.string().optional(), url: z.string().optional() });

/** The newest order, which has an address of its own, and nothing of what was bought. */
const ONE_ORDER = { per_page: 1, _fields: 'id,_links' } as const;

export async function identifyWooShop(
  credentials: WooCommerceCredentials,
  http: PlatformHttp,
  options: Asking,
): Promise<string> {
  const url = shopUrl(credentials.url);
  const { items } = await wooCommerceClient(credentials, http).list('orders', ONE_ORDER, options);
  const given = shopName(url);
  const own = (await indexedName(url, http, options)) ?? placeOf(items[0])?.shop ?? given;
  if (own === given) return given;
  // Any site can say that it is another's shop, whose webhooks would then be taken for its own: the keys prove it.
  const isProven = await opens({ ...credentials, url: `${url.protocol}//${own}` }, http, options);
  return isProven ? own : given;
}

/** What the index calls the shop; undefined where a host hides the index, as some do. */
async function indexedName(url: URL, http: PlatformHttp, { signal, now }: Asking): Promise<string | undefined> {
  const base = http.baseUrl?.('woocommerce', url) ?? url;
  const address = new URL(`${base.pathname.replace(/\/+$/, '')}/wp-json/?_fields=home,url`, base);
  let response: PlatformResponse;
  try {
    // Without the keys: WordPress takes them for a user's password here, and refuses.
    response = await http.send({ platform: 'woocommerce', url: address, signal });
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
  const { status, headers } = response;
  if (status === 429 || status >= 500) {
    // It passes. The given address is no stand-in for that long: it may be another name of a shop that is connected already.
    const message = `WordPress's index: status ${status}`;
    const wait = retryAfter(headers, now()) ?? (status === 429 ? RATE_LIMIT_PAUSE : undefined);
    throw wait === undefined ? new PlatformResponseError(message, { status }) : new RateLimitError(wait, message);
  }
  const { home, url: site } = index.safeParse(tryJson(response)).data ?? {};
  const own = home ?? site ?? '';
  return status === 200 && /^https?:/.test(own) && URL.canParse(own) ? shopName(new URL(own)) : undefined;
}

/** Whether the keys open the shop at this address. */
async function opens(credentials: WooCommerceCredentials, http: PlatformHttp, options: Asking): Promise<boolean> {
  try {
    await wooCommerceClient(credentials, http).list('orders', ONE_ORDER, options);
    return true;
  } catch (error) {
    if (isRefused(error) || isUnknownHost(error)) return false;
    throw error;
  }
}

/** Refused, or redirected, for good. */
function isRefused(error: unknown): boolean {
  if (error instanceof AccessLostError || error instanceof PlatformAddressError) return true;
  return error instanceof PlatformResponseError && error.status !== undefined && error.status < 500;
}

function isUnknownHost(error: unknown): boolean {
  const { cause } = error instanceof PlatformResponseError ? error : {};
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOTFOUND';
}
