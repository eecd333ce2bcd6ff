/** `createPlatformHttp`: the client that a host hands to `connect`. */
import { isIP } from 'node:net';
import { PlatformAddressError, PlatformResponseError } from '../errors.js';
import { fetchWire, nodeWire, privateAddress, type Wire, type WireResponse } from './connect.js';
import type { PlatformHttp, PlatformRequest, PlatformResponse } from './http.js';
import { isPrivateAddress } from './private-address.js';

/** What `createPlatformHttp` takes. */
export interface PlatformHttpOptions {
  /**
   * Used instead of Node's own client, by a proxy say. The check of the resolved address is then its own: here only
   * addresses that are written as numbers can be refused. Default: Node's client.
   */
  readonly fetch?: typeof fetch;
  /** Lets requests go to loopback, link-local and private addresses, and to plain http. Default: false. */
  readonly allowPrivateAddresses?: boolean;
  /** Time limit of one request, from the first byte out to the last byte in, ms. Default: 30,000. */
  readonly timeout?: number;
  /** What an answer may have, unpacked, bytes. Default: 32 MiB. */
  readonly maxBytes?: number;
  /**
   * Where a platform's API is, by its id: `{ stripe: 'http://127.0.0.1:4010' }`. The host says so, so that address may be
   * a private one, to the requests that name this platform alone. Default: each platform's own.
   */
  readonly baseUrls?: Readonly<Record<string, string | URL>>;
}

const DEFAULTS = { timeout: 30_000, maxBytes: 32 * 1024 * 1024 } as const;

/**
 * The HTTP client of all platforms. It has bounds, follows no redirect, and retries nothing.
 *
 * @throws {PlatformAddressError} for a base URL that is none
 * @example
 * ```ts
 * const { streams } = stripe.connect({ secretKey }, createPlatformHttp());
 * ```
 */
export function createPlatformHttp(options: PlatformHttpOptions = {}): PlatformHttp {
  const { timeout = DEFAULTS.timeout, maxBytes = DEFAULTS.maxBytes, allowPrivateAddresses = false } = options;
  const bases = new Map(Object.entries(options.baseUrls ?? {}).map(([id, url]) => [id, parseBase(id, url)]));
  const isOwnBase = ({ platform, url }: PlatformRequest) =>
    platform !== undefined && bases.get(platform)?.origin === url.origin;
  const wire: Wire = options.fetch ? fetchWire(options.fetch) : nodeWire();

  return {
    baseUrl: (platform, standard) => new URL(bases.get(platform) ?? standard),
    async send(request) {
      const mayBePrivate = allowPrivateAddresses || isOwnBase(request);
      checkAddress(request.url, mayBePrivate);
      const limit = AbortSignal.timeout(timeout);
      try {
        const response = await wire({
          method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
          url: request.url,
          mayBePrivate,
          ...encode(request),
          signal: AbortSignal.any([request.signal, limit]),
        });
        return await readAnswer(response, request.url, maxBytes);
      } catch (error) {
        request.signal.throwIfAborted();
        if (error instanceof PlatformResponseError || error instanceof PlatformAddressError) throw error;
        const what = `${request.url.host} could not be reached`;
        if (limit.aborted) throw new PlatformResponseError(`${what}: no whole answer within ${timeout} ms`);
        const { code, cause } = reasonOf(error);
        throw new PlatformResponseError(`${what}: ${code}`, cause);
      }
    },
  };
}

function parseBase(id: string, url: string | URL): URL {
  if (URL.canParse(url.toString())) return new URL(url);
  throw new PlatformAddressError(`baseUrls.${id} is not an address: https://… is one`);
}

/** What can be seen before connecting. The resolved address is checked in connect.ts. */
function checkAddress(url: URL, mayBePrivate: boolean): void {
  if (url.username !== '' || url.password !== '') {
    throw new PlatformAddressError(`An address with a user name or password in it is not sent to: ${url.host}`);
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePrivate)) {
    throw new PlatformAddressError(`Requests go out by https only, and not to ${url.protocol}//${url.host}`);
  }
  if (mayBePrivate) return;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const isLocalName = /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/i.test(name);
  if (isLocalName || (isIP(name) !== 0 && isPrivateAddress(name))) throw privateAddress(url.hostname);
}

/** The body and its headers. */
function encode({ headers = {}, body }: PlatformRequest): {
  headers: Record<string, string>;
  body: string | undefined;
} {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of Object.entries(named)) {
    // Before the client does, whose error may hold the value.
    if (!/^[\t\x20-\x7e]*$/.test(value)) {
      throw new PlatformAddressError(`The header ${name} holds what no header may: check the credentials`);
    }
  }
  if (body === undefined) return { headers: named, body: undefined };
  const form = body instanceof URLSearchParams;
  const text = typeof body === 'string' ? body : form ? body.toString() : JSON.stringify(body);
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  const length = String(Buffer.byteLength(text));
  return { headers: { 'content-type': type, 'content-length': length, ...named }, body: text };
}

async function readAnswer(response: WireResponse, url: URL, maxBytes: number): Promise<PlatformResponse> {
  const { status, headers } = response;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new PlatformResponseError(`${url.host} answered with more than ${maxBytes} bytes`, { status });
    }
    chunks.push(chunk);
  }
  if (status >= 300 && status < 400) {
    const message = `${url.host} answered with a redirect (${status}), which is not followed: give the final address`;
    throw new PlatformResponseError(message, { status });
  }
  // Without a byte-order mark.
  return { status, headers, text: new TextDecoder().decode(Buffer.concat(chunks)) };
}

/** Why a request failed. The error of the client goes along where it is the system's: others may hold what was sent. */
function reasonOf(error: unknown): { code: string; cause: ErrorOptions } {
  for (const one of [error, error instanceof Error ? error.cause : undefined]) {
    if (one instanceof Error && 'code' in one && typeof one.code === 'string') {
      return { code: one.code, cause: 'syscall' in one ? { cause: one } : {} };
    }
  }
  return { code: error instanceof Error ? error.name : 'an unknown error', cause: {} };
}
