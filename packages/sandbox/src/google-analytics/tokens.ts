/** Google's token endpoint: assertions that a service account has signed, and a refresh token of the sandbox. */
import { type KeyObject, verify } from 'node:crypto';
import { hmacSha256 } from '@bizinsights/jobs-platforms';
import { z } from 'zod';
import type { SandboxRequest, SandboxResponse } from '../platform.js';

/** What the sandbox takes for a person's consent. */
export const SANDBOX_OAUTH = {
  clientId: '1234567890-glaze.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-sandbox-secret-0000000000',
  refreshToken: '1//0sandbox-refresh-token-000000000000',
} as const;

const LIFETIME = 3_599;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const claims = z.object({ iss: z.string(), scope: z.string(), aud: z.string(), iat: z.number(), exp: z.number() });

interface TokenOptions {
  readonly email: string;
  readonly publicKey: KeyObject;
  /** What tokens are signed with. */
  readonly secret: string;
  /** Epoch ms. */
  now(): number;
}

export function createTokens({ email, publicKey, secret, now }: TokenOptions) {
  let issued = 0;
  /** It says itself until when it is good, epoch ms: a token outlives a restart of the sandbox. */
  const tokenUntil = (until: number, number: string) => {
    const signature = hmacSha256(secret, `${until}.${number}`).toString('base64url');
    return `ya29.sandbox-${until}.${number}.${signature}`;
  };

  function refusedAssertion(assertion: string): string | undefined {
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    const signed = Buffer.from(`${header}.${payload}`);
    if (!verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))) return 'Invalid JWT Signature.';
    const { data } = claims.safeParse(parse(payload));
    if (!data || data.iss !== email) return 'Invalid grant: account not found';
    if (data.aud !== 'https://oauth2.googleapis.com/token') return 'Invalid JWT: Failed audience check.';
    const seconds = now() / 1_000;
    const isTimely = data.iat <= seconds + 60 && data.exp > seconds && data.exp - data.iat <= 3_600;
    return isTimely
      ? undefined
      : 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
  }

  return {
    answer({ body }: SandboxRequest): SandboxResponse {
      const form = new URLSearchParams(body);
      const grant = form.get('grant_type');
      if (grant === JWT_BEARER) {
        const refused = refusedAssertion(form.get('assertion') ?? '');
        if (refused !== undefined) return refusal(400, 'invalid_grant', refused);
      } else if (grant === 'refresh_token') {
        const isClient = form.get('client_id') === SANDBOX_OAUTH.clientId;
        if (!isClient) return refusal(401, 'invalid_client', 'The OAuth client was not found.');
        if (form.get('client_secret') !== SANDBOX_OAUTH.clientSecret)
          return refusal(401, 'invalid_client', 'Unauthorized');
        if (form.get('refresh_token') !== SANDBOX_OAUTH.refreshToken) return revoked();
      } else {
        return refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grant}`);
      }
      const token = tokenUntil(now() + LIFETIME * 1_000, String(++issued));
      return { body: { access_token: token, expires_in: LIFETIME, token_type: 'Bearer' } };
    },
    isGood(authorization: string | null): boolean {
      const [scheme, token = ''] = (authorization ?? '').split(' ');
      const [, until = '', number = ''] = /^ya29\.sandbox-(\d+)\.(\d+)\./.exec(token) ?? [];
      return scheme === 'Bearer' && Number(until) > now() && token === tokenUntil(Number(until), number);
    },
  };
}

/** Consent was taken back, or the account is gone: Google says so where tokens are made. */
export function revoked(): SandboxResponse {
  return refusal(400, 'invalid_grant', 'Token has been expired or revoked.');
}

function parse(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function refusal(status: number, error: string, description: string): SandboxResponse {
  return { status, body: { error, error_description: description } };
}
