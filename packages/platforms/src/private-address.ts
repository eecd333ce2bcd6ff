/**
 * Which addresses no request may go to: what a host's own network is made of. A shop's address is typed by a user, so
 * without this a worker could be told to read its own metadata service (server-side request forgery).
 */
import { BlockList, isIP } from 'node:net';

/** What is not on the public internet (IANA IPv4 and IPv6 Special-Purpose Address Registries). */
const SPECIAL: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'], // this host
  ['10.0.0.0', 8, 'ipv4'], // private
  ['100.64.0.0', 10, 'ipv4'], // behind a carrier's NAT
  ['127.0.0.0', 8, 'ipv4'], // loopback
  ['169.254.0.0', 16, 'ipv4'], // link-local, with the clouds' metadata services
  ['172.16.0.0', 12, 'ipv4'], // private
  ['192.0.0.0', 24, 'ipv4'], // protocol assignments
  ['192.0.2.0', 24, 'ipv4'], // documentation
  ['192.88.99.0', 24, 'ipv4'], // 6to4 relays
  ['192.168.0.0', 16, 'ipv4'], // private
  ['198.18.0.0', 15, 'ipv4'], // benchmarks
  ['198.51.100.0', 24, 'ipv4'], // documentation
  ['203.0.113.0', 24, 'ipv4'], // documentation
  ['224.0.0.0', 4, 'ipv4'], // multicast
  ['240.0.0.0', 4, 'ipv4'], // reserved, and broadcast
  ['::', 128, 'ipv6'], // this host
  ['::1', 128, 'ipv6'], // loopback
  ['64:ff9b:1::', 48, 'ipv6'], // translation to private IPv4
  ['100::', 64, 'ipv6'], // discard
  ['2001::', 23, 'ipv6'], // protocol assignments, with Teredo
  ['2001:db8::', 32, 'ipv6'], // documentation
  ['fc00::', 7, 'ipv6'], // unique local
  ['fe80::', 10, 'ipv6'], // link-local
  ['fec0::', 10, 'ipv6'], // site-local
  ['ff00::', 8, 'ipv6'], // multicast
];

const special = new BlockList();
for (const [network, prefix, family] of SPECIAL) special.addSubnet(network, prefix, family);

/** Where an IPv6 address carries an IPv4 one, and how many of its eight groups stand before it: mapped, NAT64, 6to4. */
const CARRIERS: readonly (readonly [start: readonly number[], position: number])[] = [
  [[0, 0, 0, 0, 0, 0xffff], 6],
  [[0, 0, 0, 0, 0xffff, 0], 6],
  [[0, 0, 0, 0, 0, 0], 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 6],
  [[0x2002], 1],
];

/** Whether an IP address (without brackets or zone) is not on the public internet. What is no IP address is not either. */
export function isPrivateAddress(address: string): boolean {
  const [bare = ''] = address.split('%');
  const family = isIP(bare);
  if (family === 0) return true;
  if (family === 4) return special.check(bare, 'ipv4');
  if (special.check(bare, 'ipv6')) return true;
  const groups = groupsOf(bare);
  return CARRIERS.some(([start, position]) => {
    if (!start.every((group, index) => groups[index] === group)) return false;
    const [high = 0, low = 0] = groups.slice(position);
    return special.check([high >> 8, high & 255, low >> 8, low & 255].join('.'), 'ipv4');
  });
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // URL writes it in one way: lower case, no dotted tail, the longest run of zeros as `::`.
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [head, tail] = [parse(before), parse(after)];
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
