import { expect, it } from 'vitest';
import { hashPassword, isPasswordOf } from './password-hash';

const CHEAP = { N: 16, r: 1, p: 1 };

it('knows the password of a hash, and no other one', async () => {
  const hash = await hashPassword('Zoë’s bicycle', CHEAP);
  expect(hash).toMatch(/^scrypt\$16\$1\$1\$[\w-]{22}\$[\w-]{43}$/);
  expect(await isPasswordOf(hash, 'Zoë’s bicycle')).toBe(true);
  expect(await isPasswordOf(hash, 'Zoe\u0308’s bicycle')).toBe(true);
  expect(await isPasswordOf(hash, 'zoë’s bicycle')).toBe(false);
});

it('gives two people with the same password two hashes', async () => {
  expect(await hashPassword('bizinsights', CHEAP)).not.toBe(await hashPassword('bizinsights', CHEAP));
});

it('accepts no password of somebody who is not known', async () => {
  expect(await isPasswordOf(undefined, '')).toBe(false);
});

it('refuses what is no hash', async () => {
  await expect(isPasswordOf('bizinsights', 'bizinsights')).rejects.toThrow('no hash');
});
