import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PlatformAddressError } from '../errors.js';
import { createPlatformHttp } from './platform-http.js';
import { isPrivateAddress } from './private-address.js';

describe('not on the public internet', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fc00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
    '2001:db8::1',
    '::8.8.8.8',
    '::ffff:0:8.8.8.8',
    '64:ff9b:1::8.8.8.8',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2a00:1450::5efe:10.0.0.1',
    '2a00:1450::200:5efe:169.254.169.254',
    '4000::1',
    '8000::1',
    'not an address',
    '',
  ])('%j', (address) => expect(isPrivateAddress(address)).toBe(true));
});

describe('public', () => {
  it.each([
    '1.1.1.1',
    '100.63.255.255',
    '172.32.0.1',
    '192.167.1.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '64:ff9b::101:101',
  ])('%s', (address) => expect(isPrivateAddress(address)).toBe(false));
});

/** "IANA IPv4 and IPv6 Special-Purpose Address Registry", November 2026, and what IANA has reserved beside them. */
const REGISTRIES = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
].map(readRange);

interface Range {
  readonly name: string;
  readonly bits: number;
  readonly first: bigint;
  readonly last: bigint;
}

function readRange(name: string): Range {
  const [network = '', prefix = ''] = name.split('/');
  const bits = isIP(network) === 4 ? 32 : 128;
  const first = toNumber(network);
  return { name, bits, first, last: first + (1n << BigInt(bits - Number(prefix))) - 1n };
}

function toNumber(address: string): bigint {
  if (isIP(address) === 4) return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const before = [...head];
  const after = [...(tail ?? [])];
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function toAddress(number: bigint, bits: number): string {
  const [count, size] = bits === 32 ? [4, 8] : [8, 16];
  const parts = Array.from({ length: count }, (_, index) => {
    const part = BigInt.asUintN(size, number >> BigInt(size * (count - 1 - index)));
    return bits === 32 ? String(part) : part.toString(16);
  });
  return parts.join(bits === 32 ? '.' : ':');
}

describe('the special ranges of IANA', () => {
  it.each(REGISTRIES.map((range) => [range.name, range] as const))(
    '%s is private from its first address to its last',
    (_name, range) => {
      const { bits, first, last } = range;
      for (const number of [first, first + 1n, (first + last) / 2n, last - 1n, last]) {
        expect(isPrivateAddress(toAddress(number, bits)), toAddress(number, bits)).toBe(true);
      }
    },
  );

  it('of IPv4, and of the addresses of the internet in IPv6, their neighbours are public', () => {
    let looked = 0;
    for (const { bits, first, last } of REGISTRIES) {
      for (const number of [first - 1n, last + 1n]) {
        const isThere = number >= 0n && number < 1n << BigInt(bits);
        const isSpecial = REGISTRIES.some((one) => one.bits === bits && number >= one.first && number <= one.last);
        const isAssigned = bits === 32 || number >> 125n === 1n;
        if (!isThere || isSpecial || !isAssigned) continue;
        expect(isPrivateAddress(toAddress(number, bits)), toAddress(number, bits)).toBe(false);
        looked++;
      }
    }
    expect(looked).toBeGreaterThan(30);
  });

  it('of IPv4 are private also where an address of IPv6 stands for theirs', () => {
    for (const { bits, first, last } of REGISTRIES) {
      if (bits !== 32) continue;
      for (const address of [toAddress(first, 32), toAddress(last, 32)]) {
        for (const start of ['::ffff:', '64:ff9b::', '::ffff:0:', '::', '2a00:1450::5efe:']) {
          expect(isPrivateAddress(start + address), start + address).toBe(true);
        }
      }
    }
  });
});

const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
];

describe('the metadata service of a cloud', () => {
  it.each(METADATA)('%s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
    if (isIP(address) === 4) expect(isPrivateAddress(`::ffff:${address}`)).toBe(true);
  });
  it('has neighbours', () =>
    expect(isPrivateAddress('168.63.129.15') || isPrivateAddress('168.63.129.17')).toBe(false));
});

/** As an address can be typed that URL takes. */
const spellings = (address: string): string[] => {
  if (isIP(address) === 6)
    return [`[${address}]`, `[${address.toUpperCase()}]`, `[${toAddress(toNumber(address), 128)}]`];
  const number = toNumber(address);
  const parts = address.split('.').map(Number);
  const [a = 0, b = 0] = parts;
  const octal = (part: number) => `0${part.toString(8)}`;
  return [
    address,
    `${address}.`,
    String(number),
    `0x${number.toString(16)}`,
    `0${number.toString(8)}`,
    parts.map(octal).join('.'),
    parts.map((part) => `0x${part.toString(16)}`).join('.'),
    `${a}.${number & 0xffffffn}`,
    `${a}.${b}.${number & 0xffffn}`,
    `%${address.charCodeAt(0).toString(16)}${address.slice(1)}`,
    [...address].map((sign) => (/\d/.test(sign) ? String.fromCodePoint(0xff10 + Number(sign)) : '\u3002')).join(''),
    `[::ffff:${address}]`,
    `[64:ff9b::${address}]`,
    `[0:0:0:0:0:ffff:${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}]`,
  ];
};

it.each(['127.0.0.1', '10.0.0.1', '172.31.255.255', '192.168.0.1', '::1', ...METADATA])(
  'no request goes to %s, however it is written',
  async (address) => {
    const asked: string[] = [];
    const http = createPlatformHttp({
      fetch: async (input) => {
        asked.push(String(input));
        return new Response('{}');
      },
    });
    for (const host of spellings(address)) {
      const url = new URL(`https://${host}/latest/meta-data`);
      const answer = http.send({ url, signal: AbortSignal.timeout(10_000) });
      await expect(answer, `${host} is ${url.host}`).rejects.toThrow(PlatformAddressError);
    }
    expect(asked).toEqual([]);
  },
);

it.each([
  'metadata.google.internal',
  'metadata.google.internal.',
  'METADATA.GOOGLE.INTERNAL',
  'metadata.azure.internal',
  'instance-data.ec2.internal',
  'localhost',
  'shop.localhost',
  'router.local',
])('no request goes to the name %s', async (name) => {
  const http = createPlatformHttp({ fetch: async () => new Response('{}') });
  const answer = http.send({ url: new URL(`https://${name}/`), signal: AbortSignal.timeout(10_000) });
  await expect(answer).rejects.toThrow(PlatformAddressError);
});
