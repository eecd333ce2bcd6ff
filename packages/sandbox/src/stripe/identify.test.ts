import { AccessLostError, identifyAccount } from '@bizinsights/jobs-platforms';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ platforms: ['stripe'], days: 2 });
});
afterAll(() => sandbox.close());

const ACCOUNT = 'acct_1GlazeAndCo';
const RESTRICTED = { secretKey: 'rk_test_51GlazeAndCoSandbox' };
const identify = (credentials: object) => identifyAccount('stripe', credentials, sandbox.http);

it('names one account for each of its keys, which connect calls otherwise', async () => {
  const { secretKey } = sandbox.stripe.credentials;
  const keys = [{ secretKey }, { secretKey, accountId: ACCOUNT }, RESTRICTED, { ...RESTRICTED, accountId: ACCOUNT }];
  for (const credentials of keys) expect(await identify(credentials)).toBe(ACCOUNT);
  const called = keys.map((credentials) => stripe.connect(credentials, sandbox.http).account);
  expect(new Set(called).size).toBe(3);
});

it('refuses an account that the key does not reach', async () => {
  const credentials = { ...sandbox.stripe.credentials, accountId: 'acct_1SomebodyElse' };
  await expect(identify(credentials)).rejects.toThrow(AccessLostError);
  await expect(identify({ ...RESTRICTED, accountId: 'acct_1SomebodyElse' })).rejects.toThrow(AccessLostError);
});

it('says which permission a restricted key lacks, where the refusal names no account', async () => {
  const message =
    "The provided key 'rk_test_***' does not have the required permissions for this endpoint. Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue.";
  const body = { error: { type: 'invalid_request_error', message } };
  sandbox.stripe.faults.push({ response: { status: 403, body } });
  const error = await identify(RESTRICTED).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AccessLostError);
  expect(String(error)).toMatch(/lacks the permission.*rak_accounts_kyc_basic_read.*read "Accounts"/);
});

it('a read says which permission is missing', async () => {
  const message =
    "The provided key 'rk_test_***' does not have the required permissions for this endpoint on account 'acct_1GlazeAndCo'. Having the 'rak_charge_read' permission would allow this request to continue.";
  sandbox.stripe.faults.push({
    response: { status: 403, body: { error: { type: 'invalid_request_error', message } } },
  });
  const [charges] = stripe.connect(RESTRICTED, sandbox.http).streams;
  const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(30_000), now: sandbox.now } as const;
  const read = async () => {
    for await (const _page of charges?.read(options) ?? []);
  };
  await expect(read()).rejects.toThrow(/lacks the permission for it, rak_charge_read/);
});
