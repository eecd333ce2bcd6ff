/**
 * Requests to Shopify: domain, version, token, cost, errors.
 *
 * @see https://shopify.dev/docs/api/usage/response-codes
 * @see https://shopify.dev/docs/api/usage/limits
 */
import { z } from 'zod';
import { AccessLostError, PlatformAddressError, PlatformResponseError, RateLimitError } from '../errors.js';
import { checkAnswer, parseJson } from '../http/answer.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import { retryAfter } from '../http/retry-after.js';

/** "About Shopify API versioning": a version lives for a year. */
export const SHOPIFY_VERSION = '2026-10';

/** The only form of a shop's address that requests go to. */
export const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com$/;

/** Where Shopify says to slow down, and not for how long, ms. */
const RATE_LIMIT_PAUSE = 2_000;

/**
 * "Status and error codes" of the Admin API: who is told so has no access, or will not have it before a person has done
 * something. 402: the shop is frozen. 404: there is none. 423: it is locked.
 */
const ACCESS_LOST = [401, 402, 403, 404, 423];

const cost = z.object({
  requestedQueryCost: z.number(),
  throttleStatus: z
    .object({ maximumAvailable: z.number(), currentlyAvailable: z.number(), restoreRate: z.number().positive() })
    .optional(),
});

const answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.unknown().optional(),
        extensions: z.object({ code: z.string().optional() }).optional(),
      }),
    )
    .optional(),
  extensions: z.object({ cost: cost.optional() }).optional(),
});
type Answer = z.output<typeof answer>;

/** What a shop's query is made of. */
export interface ShopifyQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Epoch ms. */
  readonly now: () => number;
}

/** The query would cost more than one query may: ask for less at once. */
export class QueryCostError extends PlatformResponseError {}

/** The app lacks a scope, or an approval to read some fields. */
export class AccessDeniedError extends AccessLostError {
  /** Where Shopify says so: the names in the path of each refused field, its alias where it has one. May be empty. */
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super('Shopify: the app lacks a scope, or an approval, that it needs');
    this.names = names;
  }
}

export interface ShopifyClient {
  /**
   * @returns the data, and what the query was asked to cost, in points
   * @throws {RateLimitError} when the bucket holds too little, with the time until it holds enough
   * @throws {AccessLostError} when the token is not accepted, or the shop is closed
   * @throws {AccessDeniedError} when the app may not read some of it; one of `AccessLostError`
   * @throws {QueryCostError} when one query may not cost so much
   */
  query<T>(schema: z.ZodType<T>, query: ShopifyQuery): Promise<{ readonly data: T; readonly cost: number | undefined }>;
}

/** @throws {PlatformAddressError} when the shop's domain is not `<name>.myshopify.com` */
export function shopifyClient(
  { shop, accessToken }: { readonly shop: string; readonly accessToken: string },
  http: PlatformHttp,
): ShopifyClient {
  if (!SHOP_DOMAIN.test(shop)) throw new PlatformAddressError('The shop is not of the form <name>.myshopify.com');
  const standard = new URL(`https://${shop}`);
  const url = new URL(`/admin/api/${SHOPIFY_VERSION}/graphql.json`, http.baseUrl?.('shopify', standard) ?? standard);
  return {
    async query(schema, { query, variables, signal, now }) {
      const headers = { 'x-shopify-access-token': accessToken, accept: 'application/json' };
      const body = { query, variables };
      const response = await http.send({ platform: 'shopify', method: 'POST', url, headers, body, signal });
      if (response.status !== 200) throw refusal(response, now());
      const parsed = checkAnswer(answer, parseJson(response, 'Shopify'), 'Shopify');
      if (parsed.errors && parsed.errors.length > 0) throw queryRefusal(parsed, parsed.errors);
      return { data: checkAnswer(schema, parsed.data, 'Shopify'), cost: parsed.extensions?.cost?.requestedQueryCost };
    },
  };
}

function refusal({ status, headers }: PlatformResponse, now: number): Error {
  const message = `Shopify answered ${status}`;
  if (status === 429) return new RateLimitError(retryAfter(headers, now) ?? RATE_LIMIT_PAUSE, message);
  if (ACCESS_LOST.includes(status)) return new AccessLostError(`${message}: ${REASONS[status]}`);
  return new PlatformResponseError(message, { status });
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'the access token is not accepted',
  402: 'the shop is frozen until it pays',
  403: 'the app may not do this',
  404: 'there is no such shop',
  423: 'the shop is locked',
};

/** Errors that come with status 200 ("GraphQL error codes"). */
function queryRefusal({ extensions }: Answer, errors: NonNullable<Answer['errors']>): Error {
  const codes = new Set(errors.map((error) => error.extensions?.code));
  if (codes.has('THROTTLED')) return new RateLimitError(waitFor(extensions?.cost), 'Shopify: throttled');
  if (codes.has('ACCESS_DENIED')) return new AccessDeniedError(errors.flatMap(namesOf));
  if (codes.has('SHOP_INACTIVE')) return new AccessLostError('Shopify: the shop is not active');
  const list = errors
    .map(({ message }) => message)
    .join('; ')
    .slice(0, 500);
  if (codes.has('MAX_COST_EXCEEDED')) return new QueryCostError(`Shopify: ${list}`, { status: 200 });
  return new PlatformResponseError(`Shopify refused the query: ${list}`, { status: 200 });
}

/** By the path of the field; without one, by the message: "Access denied for customer field. …", "… to use the email field". */
function namesOf({ path, message, extensions }: NonNullable<Answer['errors']>[number]): string[] {
  if (extensions?.code !== 'ACCESS_DENIED') return [];
  if (Array.isArray(path)) return path.filter((name: unknown) => typeof name === 'string');
  return [...message.matchAll(/(\w+) field\b/g)].flatMap(([, name = '']) => name);
}

/** How long until the bucket holds what the query asks for ("Rate limits", "The leaky bucket algorithm"), ms. */
function waitFor(told: z.output<typeof cost> | undefined): number {
  if (!told?.throttleStatus) return RATE_LIMIT_PAUSE;
  const { currentlyAvailable, restoreRate } = told.throttleStatus;
  return Math.max(100, ((told.requestedQueryCost - currentlyAvailable) / restoreRate) * 1_000);
}
