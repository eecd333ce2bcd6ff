import { expect, it } from 'vitest';
import { formatAddress, parseAddress, parseAddresses } from './address.js';

it.each([
  ['ann@example.com', { address: 'ann@example.com' }],
  ['Ann Lee <ann@Example.com>', { name: 'Ann Lee', address: 'ann@Example.com' }],
  ['"Lee, Ann" <ann@example.com>', { name: 'Lee, Ann', address: 'ann@example.com' }],
  ['<ann@example.com>', { address: 'ann@example.com' }],
  ['Zoë <zoe@müller.example>', { name: 'Zoë', address: 'zoe@xn--mller-kva.example' }],
  ['not an address', undefined],
])('%s is read', (text, expected) => expect(parseAddress(text)).toEqual(expected));

it('one address or a list becomes a list', () => {
  expect(parseAddresses(undefined)).toEqual([]);
  expect(parseAddresses('a@example.com')).toEqual([{ address: 'a@example.com' }]);
  expect(parseAddresses(['a@example.com', 'b@example.com'])).toHaveLength(2);
});

it.each(['Ann Lee <ann@example.com>', '"Lee, Ann" <ann@example.com>', '"a@b" <ann@example.com>', 'ann@example.com'])(
  '%s is written as it was read',
  (text) => expect(parseAddresses(text).map(formatAddress)).toEqual([text]),
);
