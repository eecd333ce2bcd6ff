/**
 * Which addresses no request may go to: what a host's own network is made of. A shop's address is typed by a user, so
 * without this a worker could be told to read its own metadata service (server-side request forgery).
 */
import { BlockList, isIP } from 'node:net';

/**
 * What is not an address of a shop on the public internet.
 *
 * Of IPv4 these are the entries of IANA's registry, also those that are reachable and serve the network itself. Of IPv6
 * everything is outside but 2000::/3, of which IANA assigns the addresses of the internet: so 5f00::/16 (segment routing),
 * 100:0:0:1::/64 (dummy prefix), fc00::/7, fe80::/10 and what is not assigned need no entry. `ipaddr.js` (2.5) would have
 * the same ranges, but not all: it takes what is not assigned for the internet.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 * @see https://www.iana.org/assignments/ipv6-address-space
 */
const SPECIAL: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'], // this host
  ['10.0.0.0', 8, 'ipv4'], // private
  ['100.64.0.0', 10, 'ipv4'], // behind a carrier's NAT
  ['127.0.0.0', 8, 'ipv4'], // loopback
  ['169.254.0.0', 16, 'ipv4'], // link-local
  ['172.16.0.0', 12, 'ipv4'], // private
  ['192.0.0.0', 24, 'ipv4'], // protocol assignments
  ['192.0.2.0', 24, 'ipv4'], // documentation
  ['192.31.196.0', 24, 'ipv4'], // AS112
  ['192.52.193.0', 24, 'ipv4'], // AMT
  ['192.88.99.0', 24, 'ipv4'], // 6to4 relays
  ['192.168.0.0', 16, 'ipv4'], // private
  ['192.175.48.0', 24, 'ipv4'], // AS112
  ['198.18.0.0', 15, 'ipv4'], // benchmarks
  ['198.51.100.0', 24, 'ipv4'], // documentation
  ['203.0.113.0', 24, 'ipv4'], // documentation
  ['224.0.0.0', 4, 'ipv4'], // multicast
  ['240.0.0.0', 4, 'ipv4'], // reserved, and broadcast
  ['2001::', 23, 'ipv6'], // protocol assignments, with Teredo
  ['2001:db8::', 32, 'ipv6'], // documentation
  ['2002::', 16, 'ipv6'], // 6to4, which nobody offers any more (RFC 7526)
  ['2620:4f:8000::', 48, 'ipv6'], // AS112
  ['3fff::', 20, 'ipv6'], // documentation
];

/**
 * Where the clouds tell a machine its own credentials. Most lie in the ranges above, and stand here so that none is
 * forgotten when those change.
 */
const METADATA: readonly (readonly [address: string, family: 'ipv4' | 'ipv6'])[] = [
  ['169.254.169.254', 'ipv4'], // AWS, Google, Azure, DigitalOcean, OpenStack and others
  ['169.254.170.2', 'ipv4'], // AWS, of a container
  ['169.254.170.23', 'ipv4'], // AWS, of a pod
  ['168.63.129.16', 'ipv4'], // Azure's WireServer: a public address
  ['100.100.100.200', 'ipv4'], // Alibaba Cloud
  ['192.0.0.192', 'ipv4'], // Oracle Cloud
  ['fd00:ec2::254', 'ipv6'], // AWS
  ['fd00:ec2::23', 'ipv6'], // AWS, of a pod
  ['fd20:ce::254', 'ipv6'], // Google
  ['fd00:c1::a9fe:a9fe', 'ipv6'], // Oracle Cloud
];

const special = new BlockList();
for (const [network, prefix, family] of SPECIAL) special.addSubnet(network, prefix, family);
for (const [address, family] of METADATA) special.addAddress(address, family);

const internet = new BlockList();
internet.addSubnet('2000::', 3, 'ipv6');

/** IPv6 that stands for an IPv4 address, which is the one that counts: in its last two groups. Mapped, and NAT64. */
const STANDS_FOR_IPV4: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];

/** Whether an IP address (without brackets or zone) is not on the public internet. What is no IP address is not either. */
export function isPrivateAddress(address: string): boolean {
  const [bare = ''] = address.split('%');
  const family = isIP(bare);
  if (family === 0) return true;
  if (family === 4) return special.check(bare, 'ipv4');
  const groups = groupsOf(bare);
  const standsForIpv4 = STANDS_FOR_IPV4.some((start) => start.every((group, index) => groups[index] === group));
  if (standsForIpv4) return special.check(lastIpv4(groups), 'ipv4');
  if (!internet.check(bare, 'ipv6') || special.check(bare, 'ipv6')) return true;
  // ISATAP (RFC 5214): within any network, an IPv4 address that the packet is sent on to.
  const isTunnel = (groups[4] === 0 || groups[4] === 0x200) && groups[5] === 0x5efe;
  return isTunnel && special.check(lastIpv4(groups), 'ipv4');
}

function lastIpv4(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // URL writes it in one way: lower case, no dotted tail, the longest run of zeros as `::`.
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const parse = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [head, tail] = [parse(before), parse(after)];
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
