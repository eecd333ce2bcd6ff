// A name is looked up when its connection is made: what it led to before does not count.
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlatformAddressError } from '../errors.js';
import { type LookUp, nodeWire, publicOnly } from './connect.js';

const PUBLIC: LookupAddress = { address: '93.184.215.14', family: 4 };
const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };

/** A look-up with these answers, one after another, which notes what it was asked. */
function lookUpOf(...answers: LookupAddress[][]) {
  const asked: string[] = [];
  const lookUp: LookUp = (hostname, _options, callback) => {
    asked.push(hostname);
    callback(null, answers.shift() ?? []);
  };
  return { lookUp, asked };
}

describe('a request', () => {
  let server: Server;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests++;
      response.end('secret');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function requestTo(name: string, mayBePrivate: boolean) {
    const address = server.address();
    const url = new URL(`http://${name}:${typeof address === 'object' ? address?.port : 0}/`);
    return { method: 'GET', url, mayBePrivate, headers: {}, body: undefined, signal: AbortSignal.timeout(5_000) };
  }

  it('to a name that leads to a private address is refused by the system’s own look-up', async () => {
    // A name of every machine that leads to its loopback address.
    await expect(nodeWire()(requestTo('localhost', false))).rejects.toBeInstanceOf(PlatformAddressError);
    const { status, body } = await nodeWire()(requestTo('localhost', true));
    expect(status).toBe(200);
    for await (const chunk of body) expect(Buffer.from(chunk).toString()).toBe('secret');
    requests = 0;
  });

  it.each([
    ['a private address', [LOOPBACK]],
    ['a public address and then a private one', [PUBLIC, LOOPBACK]],
    ['a private address and then a public one', [LOOPBACK, PUBLIC]],
    ['a public address and then a private one of IPv6', [PUBLIC, { address: '::ffff:10.0.0.1', family: 6 }]],
  ])('to a name that leads to %s is refused after one look-up', async (_name, addresses) => {
    const { lookUp, asked } = lookUpOf(addresses);
    await expect(nodeWire(lookUp)(requestTo('shop.example', false))).rejects.toBeInstanceOf(PlatformAddressError);
    expect(asked).toEqual(['shop.example']);
    expect(requests).toBe(0);
  });

  it('that may not go to a private address gets no kept connection of one that may', async () => {
    const wire = nodeWire(lookUpOf([LOOPBACK]).lookUp);
    const { body } = await wire(requestTo('localhost', true));
    for await (const chunk of body) expect(chunk.byteLength).toBeGreaterThan(0);
    await expect(wire(requestTo('localhost', false))).rejects.toBeInstanceOf(PlatformAddressError);
  });
});

describe('a look-up for a connection', () => {
  /** What a connection gets to know, with `all` or without. */
  const resolve = (lookUp: LookUp, all: boolean) =>
    new Promise((done) => {
      publicOnly(lookUp)('shop.example', { all }, (error, addresses, family) =>
        done(error ?? (all ? addresses : [{ address: addresses, family }])),
      );
    });

  it.each([true, false])('gives the address that was checked, and no other (all: %s)', async (all) => {
    const { lookUp, asked } = lookUpOf([PUBLIC], [LOOPBACK]);
    expect(await resolve(lookUp, all)).toEqual([PUBLIC]);
    expect(asked).toHaveLength(1);
    // The name leads elsewhere the second time.
    expect(await resolve(lookUp, all)).toBeInstanceOf(PlatformAddressError);
  });

  it('that fails says how', async () => {
    const failure = new Error('getaddrinfo ENOTFOUND');
    expect(await resolve((_hostname, _options, callback) => callback(failure, []), true)).toBe(failure);
  });
});
