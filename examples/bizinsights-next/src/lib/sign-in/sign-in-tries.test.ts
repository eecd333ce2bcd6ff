import { expect, it } from 'vitest';
import { countTry, forgetTries } from './sign-in-tries';

const tryTimes = (count: number, email: string) => Promise.all(Array.from({ length: count }, () => countTry(email)));

it('lets ten tries through, and says how long to wait then', async () => {
  const waits = await tryTimes(11, 'ann@glaze.example');
  expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
  const wait = await countTry('ann@glaze.example');
  expect(wait).toBeGreaterThan(14 * 60_000);
  expect(wait).toBeLessThanOrEqual(15 * 60_000);
  expect(await countTry('bob@glaze.example')).toBe(0);
});

it('begins anew after a right password', async () => {
  await tryTimes(10, 'cleo@glaze.example');
  await forgetTries('cleo@glaze.example');
  expect(await tryTimes(10, 'cleo@glaze.example')).toEqual(Array.from({ length: 10 }, () => 0));
});
