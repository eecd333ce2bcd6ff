/** Whether a request was made on the machine that answers it. */
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * What it is for, and where it comes from. A proxy that runs here makes both its own, and says in headers what they were:
 * these must be of this machine too.
 */
export function isOfThisMachine(
  request: Request,
  caller: { readonly remoteAddress?: string | undefined } = {},
): boolean {
  const { headers } = request;
  const hosts = [new URL(request.url).host, ...given(headers, 'host'), ...given(headers, 'x-forwarded-host')];
  const addresses = [
    ...(caller.remoteAddress === undefined ? [] : [caller.remoteAddress]),
    ...given(headers, 'x-forwarded-for'),
    ...given(headers, 'x-real-ip'),
  ];
  const forwarded = (headers.get('forwarded') ?? '').matchAll(/(?:^|[;,])\s*(for|host)=("[^"]*"|[^;,]*)/gi);
  for (const [, name = '', value = ''] of forwarded) {
    (name.toLowerCase() === 'host' ? hosts : addresses).push(value.replaceAll('"', '').trim());
  }
  return hosts.every(isLoopbackHost) && addresses.every(isLoopbackAddress);
}

/** Each value of a header; none where it is not sent. */
function given(headers: Headers, name: string): string[] {
  return (
    headers
      .get(name)
      ?.split(',')
      .map((value) => value.trim()) ?? []
  );
}

/** `localhost:3000`. By URL's reading of it, as of the address: `127.1` is written out there. */
function isLoopbackHost(host: string): boolean {
  if (!/^[^\s/\\?#@]+$/.test(host) || !URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname;
  return /(^|\.)localhost\.?$/.test(name) || isLoopbackAddress(name);
}

/** With or without the brackets of an IPv6 address, and with a port behind it or none. */
function isLoopbackAddress(address: string): boolean {
  const bare = /^\[(.*)\](:\d+)?$/.exec(address)?.[1] ?? address.replace(/^([\d.]+):\d+$/, '$1');
  const family = isIP(bare);
  // An IPv4 address of a socket that takes both is written ::ffff:127.0.0.1; BlockList knows.
  return family !== 0 && loopback.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}
