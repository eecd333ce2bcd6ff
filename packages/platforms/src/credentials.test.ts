// What holds for the credentials of every platform.
import { describe, expect, it } from 'vitest';
import { facebookHandshake } from './facebook-ads/index.js';
import { platforms } from './platforms.js';
import { hmacSha256 } from './webhooks/signature.js';

const CREDENTIALS: Readonly<Record<string, object>> = {
  shopify: { shop: 'glaze.myshopify.com', accessToken: 'shpat_1' },
  stripe: { secretKey: 'rk_live_1', accountId: 'acct_1' },
  'google-analytics': {
    propertyId: '123456789',
    oauth: { clientId: 'id', clientSecret: 'secret', refreshToken: 'token' },
  },
  'facebook-ads': { accountId: 'act_1', accessToken: 'token', appSecret: 'secret' },
  woocommerce: { url: 'https://shop.example', consumerKey: 'ck_1', consumerSecret: 'cs_1' },
};

/** Each text of a value with another one in its place. */
function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withTexts(one, change)]));
}

describe.each(Object.values(platforms))('$id', ({ id, credentials }) => {
  it('reads its credentials without the white space around them', () => {
    const read = credentials.safeParse(withTexts(CREDENTIALS[id], (text) => ` \t${text}\r\n`));
    expect(read.data).toEqual(CREDENTIALS[id]);
  });

  it('refuses white space alone, and white space inside', () => {
    expect(credentials.safeParse(withTexts(CREDENTIALS[id], () => ' \n')).success).toBe(false);
    if (id === 'google-analytics' || id === 'facebook-ads') return;
    expect(credentials.safeParse(withTexts(CREDENTIALS[id], (text) => `${text}\n${text}`)).success).toBe(false);
  });
});

it('an app secret of white space alone is none', () => {
  const { data } = platforms['facebook-ads'].credentials.safeParse({ ...CREDENTIALS['facebook-ads'], appSecret: ' ' });
  expect(data?.appSecret).toBeUndefined();
});

it('the private key of a service account stays as the key file has it', () => {
  const private_key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
  const serviceAccount = { client_email: ' robot@example.iam.gserviceaccount.com ', private_key };
  expect(platforms['google-analytics'].credentials.parse({ propertyId: '1', serviceAccount })).toEqual({
    propertyId: '1',
    serviceAccount: { client_email: 'robot@example.iam.gserviceaccount.com', private_key },
  });
});

describe('a webhook’s signature', () => {
  const body = Buffer.from('{}');
  const base64 = (secret: string) => hmacSha256(secret, body).toString('base64');
  const HEADERS = {
    shopify: (secret: string) => ['x-shopify-hmac-sha256', base64(secret)],
    'facebook-ads': (secret: string) => ['x-hub-signature-256', `sha256=${hmacSha256(secret, body).toString('hex')}`],
    woocommerce: (secret: string) => ['x-wc-webhook-signature', base64(secret)],
    stripe: (secret: string) => ['stripe-signature', `t=1,v1=${hmacSha256(secret, '1.', body).toString('hex')}`],
  } as const;

  it.each(['shopify', 'facebook-ads', 'woocommerce', 'stripe'] as const)('of %s', (id) => {
    const verdict = (signedWith: string, secrets: readonly string[]) => {
      const [name = '', value = ''] = HEADERS[id](signedWith);
      return platforms[id].webhook?.verify({ headers: new Map([[name, value]]), body }, secrets, 1_000).verified;
    };
    expect(verdict('secret', [' secret\n'])).toBe(true);
    expect(verdict(' \n', [' \n'])).toBe(false);
    expect(verdict('secret', ['other'])).toBe(false);
  });
});

it('Facebook’s handshake does not count white space around a token, and none is no token', () => {
  const query = (token: string) =>
    new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': '1', 'hub.verify_token': token });
  expect(facebookHandshake(query('token'), [' token\n'])).toBe('1');
  expect(facebookHandshake(query(' '), [' '])).toBeUndefined();
  expect(facebookHandshake(query(''), [' '])).toBeUndefined();
});
