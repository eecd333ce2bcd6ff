/**
 * Requests to a shop on WooCommerce: version, keys, errors.
 *
 * @see https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication-over-https
 */
import { z } from 'zod';
import { AccessLostError, PlatformAddressError, PlatformResponseError, RateLimitError } from '../errors.js';
import { checkAnswer, parseJson, tryJson } from '../http/answer.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import { retryAfter } from '../http/retry-after.js';
import type { ReadOptions } from '../platform.js';

/** "WooCommerce REST API", "Request/Response Format": the version stands in the path. */
export const WOOCOMMERCE_VERSION = 'wc/v3';

/** A host that says 429 without saying for how long, ms: WooCommerce itself has no limit. */
const RATE_LIMIT_PAUSE = 60_000;

/** "Errors": what WordPress wraps each error in. */
const wordPressError = z.object({ code: z.string(), message: z.string() });

/** What connects a shop. */
export interface WooCommerceCredentials {
  /** Where the shop's WordPress is: `https://shop.example`, or with its folder. */
  readonly url: string;
  /** "REST API keys": one that may read. */
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /**
   * Where requests carry the keys. `query` is for hosts that drop the `Authorization` header before WordPress sees it; it
   * needs https, and servers and proxies write addresses with their query into their logs. Default: `header`.
   */
  readonly keysIn?: 'header' | 'query' | undefined;
}

/** One page of a list. */
export interface WooCommerceList {
  readonly items: readonly unknown[];
  /** "Pagination", `X-WP-Total`. Undefined where a proxy dropped the header. */
  readonly total: number | undefined;
  /** Not after the moment, by the shop's clock and by ours, in which the shop looked. Epoch ms. */
  readonly asOf: number;
}

type Parameters = Readonly<Record<string, string | number>>;
type Asking = Pick<ReadOptions, 'signal' | 'now'>;

export interface WooCommerceClient {
  /**
   * @throws {RateLimitError} at status 429, and at 503 with a time (WordPress in maintenance)
   * @throws {AccessLostError} at 401, and at a 403 of WordPress itself
   * @throws {PlatformResponseError} at another error
   */
  list(path: string, parameters: Parameters, options: Asking): Promise<WooCommerceList>;
  /** The shop's currency, ISO 4217 ("List all currencies", current): products do not name it. Errors as above. */
  currency(options: Asking): Promise<string>;
}

/**
 * The shop's address. Whether a request may go there is the HTTP client's to say: it sees what the name leads to.
 *
 * @throws {PlatformAddressError} for what is no address of a web site
 */
export function shopUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash) return url;
  throw new PlatformAddressError('The url of a shop is its address alone: https://shop.example');
}

/** What a shop is called: its host, and its folder if it is in one. */
export function shopName({ host, pathname }: URL): string {
  return (host + pathname).replace(/\/+$/, '');
}

export function wooCommerceClient(credentials: WooCommerceCredentials, http: PlatformHttp): WooCommerceClient {
  const standard = shopUrl(credentials.url);
  const base = http.baseUrl?.('woocommerce', standard) ?? standard;
  const { consumerKey, consumerSecret, keysIn = 'header' } = credentials;
  if (keysIn === 'query' && standard.protocol !== 'https:') {
    throw new PlatformAddressError(`The keys of ${shopName(standard)} may stand in the query over https alone`);
  }
  // "Authentication over HTTPS": in a header, as servers write addresses into their logs.
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;

  async function get(path: string, parameters: Parameters, { signal, now }: Asking): Promise<PlatformResponse> {
    const url = new URL(`${base.pathname.replace(/\/+$/, '')}/wp-json/${WOOCOMMERCE_VERSION}/${path}`, base);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
    if (keysIn === 'query') {
      url.searchParams.set('consumer_key', consumerKey);
      url.searchParams.set('consumer_secret', consumerSecret);
    }
    const headers = keysIn === 'query' ? {} : { authorization };
    const response = await http.send({ platform: 'woocommerce', url, headers, signal });
    if (response.status !== 200) throw refusal(response, path, { keysIn, now: now() });
    return response;
  }

  return {
    async list(path, parameters, options) {
      const began = options.now();
      const response = await get(path, parameters, options);
      const items = checkAnswer(z.array(z.unknown()), parseJson(response, what(path)), what(path));
      const total = z.coerce
        .number()
        .int()
        .nonnegative()
        .safeParse(response.headers.get('x-wp-total') ?? '-').data;
      const date = Date.parse(response.headers.get('date') ?? '');
      // The header leaves out what is less than a second, and was written after the shop looked.
      const answered = date - Math.max(0, options.now() - began) - 1_000;
      return { items, total, asOf: Number.isNaN(answered) ? began : Math.min(began, answered) };
    },
    async currency(options) {
      const path = 'data/currencies/current';
      const response = await get(path, {}, options);
      return checkAnswer(z.object({ code: z.string() }), parseJson(response, what(path)), what(path)).code;
    },
  };
}

function what(path: string): string {
  return `WooCommerce's ${path}`;
}

/** How WordPress answers with status 401 where it has seen no keys. Wrong ones it calls an authentication error. */
const NOBODY_CODES: ReadonlySet<string> = new Set([
  'woocommerce_rest_cannot_view',
  'rest_forbidden',
  'rest_not_logged_in',
  'rest_login_required',
]);

/** "Authentication over HTTPS": "Consumer key is missing" is said to be a server's that does not parse the header. */
const MISSING_KEY = /\bmissing\b/i;

interface Asked {
  readonly keysIn: 'header' | 'query';
  /** Epoch ms. */
  readonly now: number;
}

/** "Errors": the status, and a code in WordPress's own words. */
function refusal(response: PlatformResponse, path: string, { keysIn, now }: Asked): Error {
  const { status, headers } = response;
  const { code, message: text = '' } = wordPressError.safeParse(tryJson(response)).data ?? {};
  const message = `${what(path)}: status ${status}${code === undefined ? '' : ` (${code})`}`;
  const wait = retryAfter(headers, now);
  if (status === 429) return new RateLimitError(wait ?? RATE_LIMIT_PAUSE, message);
  if (status === 503 && wait !== undefined) return new RateLimitError(wait, message);
  if (status === 401) {
    if (code === undefined) return new AccessLostError(`${message}: ${NOT_WORDPRESS}`);
    const sawNoKeys = NOBODY_CODES.has(code) || MISSING_KEY.test(text);
    return new AccessLostError(`${message}: ${sawNoKeys ? NO_KEYS[keysIn] : REFUSED_KEYS}`);
  }
  // A 403 without WordPress's words is a firewall's in front of it, and passes.
  if (status === 403 && code !== undefined) return new AccessLostError(`${message}: ${REFUSED_KEYS}`);
  if (code === 'rest_no_route') {
    return new PlatformResponseError(`${message}: no WooCommerce answers at this address`, { status });
  }
  return new PlatformResponseError(message, { status });
}

const REFUSED_KEYS = 'the keys are not accepted, or may not read this';

/** A password of the host's own takes the place of the keys, wherever they stand. */
const NOT_WORDPRESS =
  'not WordPress but what stands in front of it has refused the request, such as a password for the whole site: it must let requests to /wp-json/ through';

const NO_KEYS = {
  header:
    "WordPress has seen no keys that it knows. If they are still in the shop's list of REST API keys, its host drops the Authorization header: let the server hand it on to PHP (CGIPassAuth On), or connect the shop with keysIn: 'query'. The README of @bizinsights/jobs-platforms says how",
  query: "WordPress has seen no keys that it knows: make new ones in the shop's list of REST API keys",
} as const;
