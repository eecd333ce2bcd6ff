import { ArgumentError, ERROR_CODES } from '@bizinsights/jobs-core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ledger } from './acceptance/fixtures/ledger.js';
import { CredentialsError, identifyAccount } from './index.js';

it('a platform without `identify` is called as `connect` calls its account', async () => {
  expect(await identifyAccount(ledger('none'), { token: 'a' })).toBe('ledger');
  const nameless = { ...ledger('none'), identify: async () => ' ' };
  await expect(identifyAccount(nameless, { token: 'a' })).rejects.toThrow(/Ledger names an account without a name/);
});

it('an id that is none of ours is refused', async () => {
  // As a host hands it on that does not check what came in.
  for (const id of ['etsy', 'toString', '__proto__']) {
    const asked = Reflect.apply(identifyAccount, undefined, [id, {}]);
    await expect(asked).rejects.toBeInstanceOf(ArgumentError);
    await expect(asked).rejects.toThrow(/known are shopify, stripe/);
  }
});

it('a schema’s own message is not told', async () => {
  const chatty = {
    ...ledger('none'),
    credentials: z.object({ token: z.string().refine(() => false, 'not hush-hush') }),
  };
  const error = await identifyAccount(chatty, { token: 'hush-hush' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CredentialsError);
  expect(error).toMatchObject({
    code: ERROR_CODES.ArgumentError,
    message: 'The credentials of Ledger are invalid, at token',
    issues: [{ path: ['token'], message: 'does not fit' }],
  });
  expect(String(error)).not.toContain('hush');
});
