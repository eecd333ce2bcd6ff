/**
 * Requests to the Graph API of the Marketing API: version, token, errors, usage.
 *
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
import { z } from 'zod';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import { checkAnswer, parseJson, tryJson } from '../http/answer.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import type { ReadOptions } from '../platform.js';
import { hmacSha256 } from '../webhooks/signature.js';
import { pauseOf, refusedFor } from './usage.js';

/** "Graph API Changelog": the version that is asked for unless another is given. Each lives for about two years. */
export const FACEBOOK_VERSION = 'v26.0';

const STANDARD = new URL('https://graph.facebook.com');

/** "Error Handling" and "Rate Limits": what each code means for a sync. */
const CODES = {
  /** Application, user, account, custom, and those by business use case. */
  rateLimit: [4, 17, 32, 613, 80_000, 80_001, 80_002, 80_003, 80_004],
  /** The token has expired or was revoked. */
  token: [102, 190],
  /** A permission is missing, or was taken back: with 200 to 299. */
  permission: [10],
} as const;

/** "Insights API: Limits": code and subcode that say to ask for less at once. */
const TOO_LARGE: readonly (readonly [code: number, subcode: number])[] = [
  [100, 1_504_018],
  [2, 1_504_038],
];

const graphError = z.object({
  error: z.object({ code: z.number(), error_subcode: z.number().optional(), message: z.string().optional() }),
});
type GraphError = z.output<typeof graphError>['error'];

/** A refusal that may be looked at. */
export class FacebookRefusal extends PlatformResponseError {
  constructor(
    message: string,
    status: number,
    readonly code: number | undefined,
    readonly subcode: number | undefined,
  ) {
    super(message, { status });
  }
}

/** Whether less has to be asked for at once. */
export function isTooLarge(error: unknown): boolean {
  if (!(error instanceof FacebookRefusal)) return false;
  return TOO_LARGE.some(([code, subcode]) => error.code === code && error.subcode === subcode);
}

/** Whether the object that was named is not there (any more): a report that was made too long ago. */
export function isMissing(error: unknown): boolean {
  return error instanceof FacebookRefusal && error.code === 100 && error.subcode === 33;
}

/** What one request asks. */
export interface FacebookQuery extends Pick<ReadOptions, 'signal' | 'now'> {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST';
  /** Behind the version: `act_1/campaigns`. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface FacebookClient {
  /**
   * @throws {RateLimitError} at the codes of rate limits, and when the answer before said that the limit is near
   * @throws {AccessLostError} at code 190, and at those of permissions
   * @throws {FacebookRefusal} at another error
   */
  request<T>(schema: z.ZodType<T>, query: FacebookQuery): Promise<T>;
}

/** How to reach the Graph API for one account. */
export interface FacebookAccess {
  readonly accessToken: string;
  /** Proves that the token is used by the app that it was given to ("Secure Graph API Calls"). */
  readonly appSecret?: string | undefined;
  readonly version: string;
}

export function facebookClient(
  { accessToken, appSecret, version }: FacebookAccess,
  http: PlatformHttp,
): FacebookClient {
  const base = http.baseUrl?.('facebook-ads', STANDARD) ?? STANDARD;
  const proof = appSecret && hmacSha256(appSecret, accessToken).toString('hex');
  /** No request before this, epoch ms. */
  let pausedUntil = 0;
  return {
    async request(schema, { method = 'GET', path, parameters = {}, signal, now }) {
      const pause = pausedUntil - now();
      if (pause > 0) throw new RateLimitError(pause, `Facebook's ${path}: the account's limit is near`);
      const all = new URLSearchParams({ ...parameters, ...(proof ? { appsecret_proof: proof } : {}) });
      const url = new URL(`/${version}/${path}`, base);
      if (method === 'GET') url.search = all.toString();
      const response = await http.send({
        platform: 'facebook-ads',
        method,
        url,
        // In a header, not in the query: addresses are written into logs.
        headers: { authorization: `Bearer ${accessToken}` },
        ...(method === 'POST' ? { body: all } : {}),
        signal,
      });
      if (response.status !== 200) throw refusal(response, path);
      pausedUntil = now() + pauseOf(response.headers);
      return checkAnswer(schema, parseJson(response, `Facebook's ${path}`), `Facebook's ${path}`);
    },
  };
}

/** The code decides, not the status: most errors come with 400. */
function refusal(response: PlatformResponse, path: string): Error {
  const { status, headers } = response;
  const { error } = graphError.safeParse(tryJson(response)).data ?? {};
  const message = `Facebook's ${path}: status ${status}${error ? ` (code ${codesOf(error)})` : ''}`;
  const { code, error_subcode: subcode } = error ?? {};
  const isOneOf = (codes: readonly number[]) => code !== undefined && codes.includes(code);
  if (status === 429 || isOneOf(CODES.rateLimit)) return new RateLimitError(refusedFor(headers), message);
  if (isOneOf(CODES.token)) return new AccessLostError(`${message}: the access token is not accepted`);
  if (isOneOf(CODES.permission) || (code !== undefined && code >= 200 && code <= 299)) {
    return new AccessLostError(`${message}: the account may not be read with this token`);
  }
  return new FacebookRefusal(message, status, code, subcode);
}

function codesOf({ code, error_subcode: subcode }: GraphError): string {
  return subcode === undefined ? String(code) : `${code}/${subcode}`;
}
