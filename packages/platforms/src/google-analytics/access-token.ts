/**
 * Access tokens of Google ("Using OAuth 2.0 for Server to Server Applications", "Using OAuth 2.0 for Web Server
 * Applications"): for a service account that signs for itself, or with a refresh token of a person.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/service-account
 * @see https://developers.google.com/identity/protocols/oauth2/web-server
 */
import { defined } from '@bizinsights/jobs-core';
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import { checkAnswer, parseJson, tryJson } from '../http/answer.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import { retryAfter } from '../http/retry-after.js';
import type { ReadOptions } from '../platform.js';

/** Reading alone. */
const SCOPE = 'https://www.googleapis.com/auth/analytics.readonly';

/** Fixed: the `token_uri` of a key file is not asked, so that no file can send a request elsewhere. */
const TOKEN_URL = new URL('https://oauth2.googleapis.com/token');

/** An assertion is taken for an hour at most, s. */
const ASSERTION_LIFETIME = 3_600;

/** A token is not used in its last minute, ms. */
const MARGIN = 60_000;

/** A 429 of the token endpoint names no time, ms. */
const RATE_LIMIT_PAUSE = 30_000;

/** The parts of a service account's key file that are needed, under its own names. */
export interface ServiceAccountKey {
  readonly client_email: string;
  /** PKCS #8 in PEM. */
  readonly private_key: string;
  readonly private_key_id?: string | undefined;
}

/** What a person's consent gave, and the app that asked for it. */
export interface RefreshToken {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export type GoogleAccess = { readonly serviceAccount: ServiceAccountKey } | { readonly oauth: RefreshToken };

type Asking = Pick<ReadOptions, 'signal' | 'now'>;

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const tokenError = z.object({ error: z.string() });

/** Access tokens of one account. */
export interface AccessTokens {
  /**
   * One that is good, kept for as long as it is.
   *
   * @throws {AccessLostError} when there is none to be had any more
   */
  get(options: Asking): Promise<string>;
  /** The kept one was not accepted: the next `get` asks for another. */
  forget(): void;
}

export function accessTokens(access: GoogleAccess, http: PlatformHttp): AccessTokens {
  const base = http.baseUrl?.('google-analytics', TOKEN_URL) ?? TOKEN_URL;
  let token: { readonly text: string; readonly goodUntil: number } | undefined;
  return {
    async get({ signal, now }) {
      const began = now();
      if (token && began < token.goodUntil) return token.text;
      const body = new URLSearchParams(await grantOf(access, began));
      const url = new URL(TOKEN_URL.pathname, base);
      const response = await http.send({ platform: 'google-analytics', method: 'POST', url, body, signal });
      if (response.status !== 200) throw refusal(response, now());
      const answer = checkAnswer(tokenAnswer, parseJson(response, WHAT), WHAT);
      token = { text: answer.access_token, goodUntil: began + answer.expires_in * 1_000 - MARGIN };
      return token.text;
    },
    forget() {
      token = undefined;
    },
  };
}

const WHAT = "Google's token endpoint";

async function grantOf(access: GoogleAccess, now: number): Promise<Record<string, string>> {
  if ('oauth' in access) {
    const { clientId, clientSecret, refreshToken } = access.oauth;
    return {
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    };
  }
  const assertion = await signAssertion(access.serviceAccount, Math.floor(now / 1_000));
  return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
}

/** @param now epoch seconds */
async function signAssertion(key: ServiceAccountKey, now: number): Promise<string> {
  const { client_email: email, private_key_id: kid } = key;
  // The error of the import may hold the key.
  const privateKey = await importPKCS8(key.private_key, 'RS256').catch(() => {
    throw new AccessLostError('The private_key of the service account is not a key in PKCS #8');
  });
  return new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...defined({ kid }) })
    .setIssuer(email)
    .setAudience(TOKEN_URL.href)
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_LIFETIME)
    .sign(privateKey);
}

/** RFC 6749, section 5.2: what is wrong with the credentials stays wrong. */
const LOST = [
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'access_denied',
  'deleted_client',
];

function refusal(response: PlatformResponse, now: number): Error {
  const { status, headers } = response;
  const { error } = tokenError.safeParse(tryJson(response)).data ?? {};
  const message = `${WHAT}: status ${status}${error === undefined ? '' : ` (${error})`}`;
  if (status === 429) return new RateLimitError(retryAfter(headers, now) ?? RATE_LIMIT_PAUSE, message);
  if (status === 401 || status === 403 || (error !== undefined && LOST.includes(error))) {
    return new AccessLostError(`${message}: the account has to be connected again`);
  }
  return new PlatformResponseError(message, { status });
}
