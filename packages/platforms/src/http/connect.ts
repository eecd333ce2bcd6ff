/** `fetch` on Node's own client, which can look at an address in the moment in which it connects to it. */
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PlatformAddressError } from '../errors.js';
import { isPrivateAddress } from './private-address.js';

/** One request on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  /** Whether it may go to an address that is not on the public internet. */
  readonly mayBePrivate: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** Its answer, not yet read. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/** How requests leave the process. Follows no redirect. */
export type Wire = (request: WireRequest) => Promise<WireResponse>;

/** Node's `dns.lookup`, for all addresses of a name. */
export type LookUp = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Connections to public addresses only. The check is on the address that is connected to: a name that leads elsewhere at
 * the second look-up (DNS rebinding) gains nothing.
 */
export function publicOnly(lookUp: LookUp): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      if (addresses.some(({ address }) => isPrivateAddress(address))) return callback(privateAddress(hostname), '');
      if (options.all) return callback(null, addresses);
      const [{ address, family } = { address: '', family: 0 }] = addresses;
      callback(null, address, family);
    });
  };
}

export function privateAddress(hostname: string): PlatformAddressError {
  return new PlatformAddressError(
    `${hostname} is not on the public internet. Allow it with createPlatformHttp({ allowPrivateAddresses: true })`,
  );
}

/**
 * Requests by `node:http` and `node:https`, on connections that are kept. An idle connection holds no process open.
 *
 * @param lookUp default: Node's own
 */
export function nodeWire(lookUp: LookUp = lookup): Wire {
  // Apart, so that no kept connection to a private address is given to a request that may not have one.
  const open = agents({ keepAlive: true });
  const guarded = agents({ keepAlive: true, lookup: publicOnly(lookUp) });
  return (request) => {
    const pair = request.mayBePrivate ? open : guarded;
    return request.url.protocol === 'https:'
      ? sendBy(https.request, pair.https, request)
      : sendBy(http.request, pair.http, request);
  };
}

function agents(options: http.AgentOptions) {
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

function sendBy(
  open: typeof http.request | typeof https.request,
  agent: http.Agent | https.Agent,
  { method, url, headers, body, signal }: WireRequest,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const options = { method, agent, signal, headers: { 'accept-encoding': 'gzip', ...headers } };
    const request = open(url, options, (response) => {
      const zipped = response.headers['content-encoding'] === 'gzip';
      // Its error goes to the reader, who also ends it.
      const plain = zipped ? pipeline(response, createGunzip(), () => {}) : response;
      resolve({ status: response.statusCode ?? 0, headers: toHeaders(response), body: plain });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function toHeaders({ headersDistinct }: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

/** The given `fetch` as a wire. The host that gives it decides what it may connect to. */
export function fetchWire(send: typeof fetch): Wire {
  return async ({ method, url, headers, body, signal }) => {
    const response = await send(url, { method, headers, body: body ?? null, signal, redirect: 'manual' });
    return { status: response.status, headers: response.headers, body: chunksOf(response.body) };
  };
}

async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  for await (const chunk of body) yield chunk;
}
