import { generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { AccessLostError, PlatformResponseError, RateLimitError } from '../errors.js';
import type { PlatformHttp, PlatformRequest } from '../http/http.js';
import { accessTokens, type GoogleAccess } from './access-token.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const serviceAccount = {
  client_email: 'sync@project.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  private_key_id: 'abc',
};

const oauth = { clientId: 'client', clientSecret: 'GOCSPX-secret', refreshToken: '1//refresh' };

/** Answers each request for a token, and keeps what was asked. */
function endpoint(answer: object = { access_token: 'ya29.1', expires_in: 3_599 }, status = 200) {
  const requests: PlatformRequest[] = [];
  const http: PlatformHttp = {
    async send(request) {
      requests.push(request);
      return { status, headers: new Headers(), text: JSON.stringify(answer) };
    },
  };
  return { http, requests };
}

const signal = new AbortController().signal;
const ask = (access: GoogleAccess, http: PlatformHttp, at = NOW) =>
  accessTokens(access, http).get({ signal, now: () => at });

describe('a service account', () => {
  it('signs for itself, for an hour, to read alone', async () => {
    const { http, requests } = endpoint();
    expect(await ask({ serviceAccount }, http)).toBe('ya29.1');
    const [{ url, body } = {}] = requests;
    expect(url?.href).toBe('https://oauth2.googleapis.com/token');
    const form = new URLSearchParams(String(body));
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'abc', alg: 'RS256' }] });
    const { payload } = await jwtVerify(form.get('assertion') ?? '', keys, { currentDate: new Date(NOW) });
    expect(payload).toEqual({
      iss: serviceAccount.client_email,
      scope: 'https://www.googleapis.com/auth/analytics.readonly',
      aud: 'https://oauth2.googleapis.com/token',
      iat: NOW / 1_000,
      exp: NOW / 1_000 + 3_600,
    });
  });

  it('a key that is none is lost access, and is not shown', async () => {
    const broken = {
      ...serviceAccount,
      private_key: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----',
    };
    const error = await ask({ serviceAccount: broken }, endpoint().http).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AccessLostError);
    expect(String(error)).not.toContain('c2VjcmV0');
  });
});

describe('a token', () => {
  it('is kept until its last minute', async () => {
    const { http, requests } = endpoint();
    const tokens = accessTokens({ serviceAccount }, http);
    for (const at of [0, 3_538_000]) await tokens.get({ signal, now: () => NOW + at });
    expect(requests).toHaveLength(1);
    await tokens.get({ signal, now: () => NOW + 3_539_000 });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['invalid_grant', 400, AccessLostError],
    ['invalid_client', 401, AccessLostError],
    ['unauthorized_client', 400, AccessLostError],
    ['temporarily_unavailable', 503, PlatformResponseError],
    ['rate_limit_exceeded', 429, RateLimitError],
  ])('%s with status %d', async (code, status, expected) => {
    const { http } = endpoint({ error: code, error_description: 'why' }, status);
    const error = await ask({ oauth }, http).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(expected);
    expect(String(error)).toContain(code);
    expect(String(error)).not.toContain(oauth.refreshToken);
  });

  it('an answer without one is told', async () => {
    await expect(ask({ serviceAccount }, endpoint({ token_type: 'Bearer' }).http)).rejects.toThrow(
      PlatformResponseError,
    );
  });
});
