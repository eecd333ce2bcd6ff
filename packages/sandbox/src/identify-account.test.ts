import {
  AccessLostError,
  CredentialsError,
  identifyAccount,
  type PlatformHttp,
  PlatformResponseError,
  platforms,
  RateLimitError,
} from '@bizinsights/jobs-platforms';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReceiver } from './fixtures/receiver.js';
import { type Sandbox, type SandboxPlatformId, startSandbox } from './index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ days: 3 });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  for (const id of IDS) {
    sandbox[id].faults.splice(0);
    sandbox[id].accessLost = false;
  }
});

const ACCOUNTS = {
  shopify: 'glaze-and-co.myshopify.com',
  stripe: 'acct_1GlazeAndCo',
  'google-analytics': 'properties/412345678',
  'facebook-ads': 'act_102030405',
  woocommerce: 'glaze-and-co.example',
} as const satisfies Record<SandboxPlatformId, string>;
const IDS = ['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce'] as const;

/** Credentials of the right form that are accepted by nobody. */
const WRONG: Readonly<Record<SandboxPlatformId, object>> = {
  shopify: { accessToken: 'shpat_ffffffffffffffffffffffffffffffff' },
  stripe: { secretKey: 'sk_test_51SomebodyElse00000' },
  'google-analytics': { propertyId: '999' },
  'facebook-ads': { accessToken: 'EAAGsomebodyElse00000000000000' },
  woocommerce: { consumerSecret: 'cs_ffffffffffffffffffffffffffffffffffffffff' },
};

const credentialsOf = (id: SandboxPlatformId, changes: object = {}) => ({ ...sandbox[id].credentials, ...changes });
const identify = (id: SandboxPlatformId, changes?: object) =>
  identifyAccount(id, credentialsOf(id, changes), sandbox.http, { now: sandbox.now });

/** Texts of credentials that are long enough to be secrets, and no addresses or account names. */
const secretsIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.values(value).flatMap(secretsIn)
    : typeof value === 'string' && value.length >= 16 && !/[.:/@]/.test(value)
      ? [value]
      : [];

describe.each(IDS)('%s', (id) => {
  it('names the account that the credentials are of', async () => {
    expect(await identify(id)).toBe(ACCOUNTS[id]);
    const given = identifyAccount(platforms[id], credentialsOf(id), sandbox.http, { now: sandbox.now });
    expect(await given).toBe(ACCOUNTS[id]);
  });

  it('refuses wrong credentials, and tells none of them', async () => {
    const wrong = credentialsOf(id, WRONG[id]);
    const error = await identify(id, WRONG[id]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AccessLostError);
    for (const secret of secretsIn(wrong)) expect(String(error)).not.toContain(secret);
  });

  it('refuses credentials that were revoked', async () => {
    sandbox[id].accessLost = true;
    await expect(identify(id)).rejects.toThrow(AccessLostError);
    sandbox[id].accessLost = false;
    sandbox[id].faults.push('access-lost');
    await expect(identify(id)).rejects.toThrow(AccessLostError);
    expect(await identify(id)).toBe(ACCOUNTS[id]);
  });

  it('says when to come back, and what went wrong', async () => {
    sandbox[id].faults.push('rate-limited');
    await expect(identify(id)).rejects.toThrow(RateLimitError);
    for (const fault of ['server-error', 'cut', 'not-json'] as const) {
      sandbox[id].faults.push(fault);
      await expect(identify(id)).rejects.toThrow(PlatformResponseError);
    }
  });

  it('names of misshapen credentials the paths alone', async () => {
    const [path = ''] = Object.keys(WRONG[id]);
    const error = await identify(id, { [path]: { secret: 'hush-hush' } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CredentialsError);
    expect(String(error)).toContain(path);
    expect(String(error)).not.toContain('hush');
  });

  it('ends with its signal', async () => {
    const signal = AbortSignal.abort(new Error('no longer wanted'));
    const asked = identifyAccount(id, credentialsOf(id), sandbox.http, { signal });
    await expect(asked).rejects.toThrow('no longer wanted');
  });
});

it.each(['shopify', 'stripe', 'facebook-ads', 'woocommerce'] as const)(
  '%s calls it in webhooks the same',
  async (id) => {
    const receiver = await createReceiver();
    try {
      const topic = id === 'stripe' ? 'account.application.deauthorized' : (sandbox[id].webhookTopics[0] ?? '');
      await sandbox[id].sendWebhook(topic, { to: receiver.url });
      expect(platforms[id].webhook?.read(receiver.take())?.account).toBe(await identify(id));
    } finally {
      await receiver.close();
    }
  },
);

it.each([{ accountId: 'act_999' }, { appSecret: 'ffffffffffffffffffffffffffffffff' }])(
  'facebook-ads refuses %j',
  async (wrong) => {
    await expect(identify('facebook-ads', wrong)).rejects.toThrow(AccessLostError);
  },
);

it.each([
  ['"102030405"', 'act_102030405'],
  ['102030405', 'act_102030405'],
  ['90071992547409931234', 'act_90071992547409931234'],
])('facebook-ads reads the account %s, also where it is sent as a number', async (sent, account) => {
  const response = { status: 200, headers: {}, body: `{"account_id":${sent},"id":"act_102030405"}` };
  sandbox['facebook-ads'].faults.push({ response });
  expect(await identify('facebook-ads')).toBe(account);
});

it.each(['null', '-7', '1.5', '"act"', '{}'])('facebook-ads refuses %s as the account', async (sent) => {
  sandbox['facebook-ads'].faults.push({ response: { status: 200, headers: {}, body: `{"account_id":${sent}}` } });
  await expect(identify('facebook-ads')).rejects.toThrow(PlatformResponseError);
});

it('facebook-ads takes the digits of an account alone', async () => {
  expect(await identify('facebook-ads', { accountId: '102030405' })).toBe(ACCOUNTS['facebook-ads']);
});

/** The sandbox's client, with other texts in its answers. */
const through = (change: (text: string) => string): PlatformHttp => ({
  ...sandbox.http,
  async send(request) {
    const response = await sandbox.http.send(request);
    return { ...response, text: change(response.text) };
  },
});

it.each(IDS)('%s: byte-order marks before answers, tokens and errors change nothing', async (id) => {
  const http = through((text) => `\ufeff\r\n\ufeff${text}`);
  const options = { now: sandbox.now };
  expect(await identifyAccount(id, credentialsOf(id), http, options)).toBe(ACCOUNTS[id]);
  for (const fault of ['rate-limited', 'access-lost'] as const) {
    sandbox[id].faults.push(fault, fault);
    const plain = await identify(id).catch((thrown: unknown) => thrown);
    expect(plain).toBeInstanceOf(Error);
    sandbox[id].faults.splice(0);
    sandbox[id].faults.push(fault, fault);
    await expect(identifyAccount(id, credentialsOf(id), http, options)).rejects.toThrow(
      String(plain).replace(/^\w+: /, ''),
    );
    sandbox[id].faults.splice(0);
  }
});

it.each([102_030_405, '9007199254740993'])('facebook-ads reads the number %s as its digits', async (number) => {
  const http = through((text) => text.replace(/"account_id":"\d+"/, `"account_id":${number}`));
  const account = identifyAccount('facebook-ads', credentialsOf('facebook-ads'), http, { now: sandbox.now });
  expect(await account).toBe(`act_${number}`);
});
