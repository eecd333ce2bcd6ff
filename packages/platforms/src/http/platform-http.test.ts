import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { PlatformAddressError, PlatformResponseError } from '../errors.js';
import { createPlatformHttp, type PlatformHttpOptions } from './platform-http.js';

const SECRET = 'sk_live_0123456789';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function listen(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const signal = AbortSignal.timeout(20_000);
const open = (options: PlatformHttpOptions = {}) => createPlatformHttp({ allowPrivateAddresses: true, ...options });

/** What `send` fails with. The secret that was sent may not stand in it. */
async function failure(options: PlatformHttpOptions, url: string, headers = {}): Promise<Error> {
  const sent = createPlatformHttp(options).send({
    url: new URL(url),
    headers: { authorization: SECRET, ...headers },
    signal,
  });
  const error: unknown = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
  return error;
}

describe('a request', () => {
  const echo: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method, headers } = request;
    response.end(JSON.stringify({ method, type: headers['content-type'], body: Buffer.concat(chunks).toString() }));
  };

  it.each([
    ['nothing', undefined, { method: 'GET', body: '' }],
    ['JSON', { a: 'ü' }, { method: 'POST', type: 'application/json', body: '{"a":"ü"}' }],
    ['a form', new URLSearchParams({ a: 'b c' }), { type: 'application/x-www-form-urlencoded', body: 'a=b+c' }],
    ['a text', 'as it is', { body: 'as it is' }],
  ])('with %s', async (_name, body, expected) => {
    const url = new URL(await listen(echo));
    const byFetch = await open({ fetch }).send({ url, body, signal });
    const { status, text } = await open().send({ url, body, signal });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject(expected);
    expect(byFetch.text).toBe(text);
  });

  it('gives the text of an answer without its byte-order mark', async () => {
    const url = new URL(await listen((_request, response) => response.end('\ufeff{"a":"ü\ufeff"}')));
    for (const options of [{}, { fetch }]) {
      expect((await open(options).send({ url, signal })).text).toBe('{"a":"ü\ufeff"}');
    }
  });

  it('takes a packed answer, and any status', async () => {
    const url = await listen((_request, response) => {
      response.writeHead(418, { 'content-encoding': 'gzip', 'x-one': ['a', 'b'] }).end(gzipSync('a teapot'));
    });
    const { status, headers, text } = await open().send({ url: new URL(url), signal });
    expect([status, headers.get('x-one'), text]).toEqual([418, 'a, b', 'a teapot']);
  });
});

describe('bounds', () => {
  it('an answer may not be larger, also when it is unpacked', async () => {
    const big = Buffer.alloc(1024 * 1024, 'x');
    for (const headers of [{}, { 'content-encoding': 'gzip' }]) {
      const url = await listen((_request, response) => {
        response.writeHead(200, headers).end('content-encoding' in headers ? gzipSync(big) : big);
      });
      const error = await failure({ allowPrivateAddresses: true, maxBytes: 100_000 }, url);
      expect(error).toBeInstanceOf(PlatformResponseError);
      expect(error.message).toContain('more than 100000 bytes');
      server?.closeAllConnections();
      server?.close();
    }
  });

  it.each([
    ['no answer', (() => {}) satisfies RequestListener],
    ['an answer that never ends', ((_request, response) => void response.write('{')) satisfies RequestListener],
  ])('%s ends at the time limit', async (_name, answer) => {
    const url = await listen(answer);
    expect((await failure({ allowPrivateAddresses: true, timeout: 60 }, url)).message).toContain('within 60 ms');
    expect((await failure({ allowPrivateAddresses: true, timeout: 60, fetch }, url)).message).toContain('within 60 ms');
  });

  it('the signal ends a request, with its reason', async () => {
    const controller = new AbortController();
    const url = new URL(await listen(() => controller.abort(new Error('stop'))));
    await expect(open().send({ url, signal: controller.signal })).rejects.toThrow('stop');
  });

  it('redirects are not followed', async () => {
    const url = await listen((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/secret' }).end();
      else response.end('secret');
    });
    for (const options of [{}, { fetch }]) {
      const error = await failure({ allowPrivateAddresses: true, ...options }, url);
      expect(error).toMatchObject({ name: 'PlatformResponseError', status: 302 });
    }
  });

  it('a refused connection says so', async () => {
    const url = await listen(() => {});
    await new Promise((resolve) => server?.close(resolve));
    for (const options of [{}, { fetch }]) {
      const error = await failure({ allowPrivateAddresses: true, ...options }, url);
      expect(error).toMatchObject({ name: 'PlatformResponseError', message: expect.stringContaining('ECONNREFUSED') });
    }
  });
});

describe('addresses', () => {
  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://shop.localhost./',
    'https://metadata.google.internal/',
    'http://1.1.1.1/',
    'ftp://1.1.1.1/',
    'https://user:password@1.1.1.1/',
  ])('%s is refused before anything is sent', async (url) => {
    expect(await failure({}, url)).toBeInstanceOf(PlatformAddressError);
    expect(await failure({ fetch: () => Promise.reject(new Error('was sent')) }, url)).toBeInstanceOf(
      PlatformAddressError,
    );
  });

  it('a base URL of the host’s own may be private; another of the same machine is not', async () => {
    const url = await listen((_request, response) => response.end('mine'));
    const http = createPlatformHttp({ baseUrls: { stripe: url } });
    const base = http.baseUrl?.('stripe', new URL('https://api.stripe.com')) ?? new URL('x:');
    expect((await http.send({ platform: 'stripe', url: base, signal })).text).toBe('mine');
    expect(http.baseUrl?.('shopify', new URL('https://a.example'))?.href).toBe('https://a.example/');
    const other = new URL('http://127.0.0.1:1/');
    await expect(http.send({ platform: 'stripe', url: other, signal })).rejects.toBeInstanceOf(PlatformAddressError);
    expect(() => createPlatformHttp({ baseUrls: { stripe: 'nowhere' } })).toThrow(PlatformAddressError);
  });

  it.each([
    ['of another platform', { platform: 'woocommerce' }],
    ['that names no platform', {}],
  ])('a base URL that is private is closed to a request %s', async (_name, request) => {
    let asked = 0;
    const url = await listen((_request, response) => {
      asked++;
      response.end('secret');
    });
    for (const options of [{}, { fetch }]) {
      const http = createPlatformHttp({ baseUrls: { stripe: url }, ...options });
      await expect(http.send({ ...request, url: new URL(url), signal })).rejects.toBeInstanceOf(PlatformAddressError);
    }
    expect(asked).toBe(0);
  });

  it('a header that no header may be is refused without its value', async () => {
    const error = await failure({ allowPrivateAddresses: true }, 'https://a.example', { authorization: `${SECRET}\n` });
    expect(error.message).toContain('authorization');
  });
});
