/**
 * Requests to Stripe: version, key, errors.
 *
 * @see https://docs.stripe.com/api/errors
 * @see https://docs.stripe.com/rate-limits
 */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import { checkAnswer, parseJson, tryJson } from '../http/answer.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import { retryAfter } from '../http/retry-after.js';

/** "Versioning": sent with each request, so that an upgrade of the account changes nothing for us. */
export const STRIPE_VERSION = '2026-10-28.endive';

/** "API Reference", base URL. */
const STANDARD = new URL('https://api.stripe.com');

/** Stripe says 429 without saying for how long ("Rate limits": its limits are by the second), ms. */
const RATE_LIMIT_PAUSE = 2_000;

const stripeError = z.object({
  error: z.object({ type: z.string(), code: z.string().optional(), message: z.string().optional() }),
});

/** A refusal that may be looked at: `resource_missing`, say. */
export class StripeRefusal extends PlatformResponseError {
  readonly code: string | undefined;

  constructor(message: string, status: number, code: string | undefined) {
    super(message, { status });
    this.code = code;
  }
}

/**
 * The key is good, and is a restricted one without the permission that is needed: Stripe names both the permission and the
 * account.
 */
export class MissingPermissionError extends AccessLostError {
  /** `acct_…` */
  readonly account: string | undefined;

  constructor(message: string, account: string | undefined) {
    super(message);
    this.account = account;
  }
}

/** Whether an id was named that is not there (any more). */
export function isMissing(error: unknown): boolean {
  return error instanceof StripeRefusal && error.code === 'resource_missing';
}

/** What one GET asks. */
export interface StripeQuery {
  readonly path: string;
  readonly parameters?: readonly (readonly [name: string, value: string])[];
  readonly signal: AbortSignal;
  /** Epoch ms. */
  readonly now: () => number;
}

/** An answer, with the moment that it stands for. */
export interface StripeAnswer<T> {
  readonly data: T;
  /**
   * A moment at which the answer was already true, by Stripe's clock, epoch ms: what changed later may not be in it. Not
   * after the moment in which Stripe looked.
   */
  readonly asOf: number;
}

export interface StripeClient {
  /**
   * @throws {RateLimitError} at status 429
   * @throws {AccessLostError} at 401 and 403
   * @throws {MissingPermissionError} at a 403 for want of a permission
   * @throws {StripeRefusal} at another error
   */
  get<T>(schema: z.ZodType<T>, query: StripeQuery): Promise<StripeAnswer<T>>;
}

export function stripeClient(
  { secretKey, accountId }: { readonly secretKey: string; readonly accountId?: string | undefined },
  http: PlatformHttp,
): StripeClient {
  const base = http.baseUrl?.('stripe', STANDARD) ?? STANDARD;
  return {
    async get(schema, { path, parameters = [], signal, now }) {
      const url = new URL(path, base);
      for (const [name, value] of parameters) url.searchParams.append(name, value);
      const began = now();
      const headers = {
        authorization: `Bearer ${secretKey}`,
        'stripe-version': STRIPE_VERSION,
        ...defined({ 'stripe-account': accountId }),
      };
      const response = await http.send({ platform: 'stripe', url, headers, signal });
      if (response.status !== 200) throw refusal(response, now());
      const data = checkAnswer(schema, parseJson(response, `Stripe's ${path}`), `Stripe's ${path}`);
      return { data, asOf: asOf(response.headers, began, now()) };
    },
  };
}

/** The answer's `Date`, less how long it took and the second that the header leaves out. */
function asOf(headers: Headers, began: number, ended: number): number {
  const date = Date.parse(headers.get('date') ?? '');
  const answered = Number.isNaN(date) ? ended : Math.min(date, ended + 60_000);
  return answered - Math.max(0, ended - began) - 1_000;
}

/** "Errors" and "HTTP status code summary". */
function refusal(response: PlatformResponse, now: number): Error {
  const { status, headers } = response;
  const { error } = stripeError.safeParse(tryJson(response)).data ?? {};
  const message = `Stripe answered ${status}${error ? ` (${error.code ?? error.type})` : ''}`;
  if (status === 429) return new RateLimitError(retryAfter(headers, now) ?? RATE_LIMIT_PAUSE, message);
  if (status === 403 && error?.message?.includes('required permissions')) {
    const permission = /'(rak_\w+)'/.exec(error.message)?.[1];
    const reason = `the restricted key lacks the permission for it${permission ? `, ${permission}` : ''}`;
    return new MissingPermissionError(`${message}: ${reason}`, /on account '(acct_\w+)'/.exec(error.message)?.[1]);
  }
  if (status === 401 || status === 403) return new AccessLostError(`${message}: the key is not accepted`);
  return new StripeRefusal(message, status, error?.code);
}
