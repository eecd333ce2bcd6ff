import { expect, it } from 'vitest';
import { z } from 'zod';
import { ledger } from './acceptance/fixtures/ledger.js';
import { identifyAccount } from './index.js';

it('a platform without `identify` is called as `connect` calls its account', async () => {
  expect(await identifyAccount(ledger('none'), { token: 'a' })).toBe('ledger');
  const nameless = { ...ledger('none'), identify: async () => ' ' };
  await expect(identifyAccount(nameless, { token: 'a' })).rejects.toThrow(/Ledger names an account without a name/);
});

it('an id that is none of ours is refused', async () => {
  // As a host hands it on that does not check what came in.
  for (const id of ['etsy', 'toString', '__proto__']) {
    await expect(Reflect.apply(identifyAccount, undefined, [id, {}])).rejects.toThrow(/none of shopify, stripe/);
  }
});

it('a schema’s own message is not told', async () => {
  const chatty = {
    ...ledger('none'),
    credentials: z.object({ token: z.string().refine(() => false, 'not hush-hush') }),
  };
  const error = await identifyAccount(chatty, { token: 'hush-hush' }).catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(/The credentials of Ledger\s+- token: does not fit/);
  expect(String(error)).not.toContain('hush');
});
