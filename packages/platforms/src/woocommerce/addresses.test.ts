import { once } from 'node:events';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PlatformAddressError } from '../errors.js';
import { createPlatformHttp } from '../http/platform-http.js';
import { wooCommerce } from './index.js';

describe('addresses', () => {
  const keys = { consumerKey: 'ck_1', consumerSecret: 'cs_1' };
  const connect = (url: string, http = createPlatformHttp()) => wooCommerce.connect({ url, ...keys }, http);
  const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: Date.now } as const;
  const firstPage = async (url: string, http = createPlatformHttp()) => {
    for await (const page of connect(url, http).streams[0]?.read(options) ?? []) return page;
    return undefined;
  };

  it('no request goes to loopback', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end('[]');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    for (const url of [`http://127.0.0.1:${port}`, `https://localhost:${port}`, `https://2130706433:${port}`]) {
      await expect(firstPage(url), url).rejects.toThrow(PlatformAddressError);
    }
    // Where the host has its own proxy for another platform: this shop's address is typed by a user all the same.
    const http = createPlatformHttp({ baseUrls: { stripe: `http://127.0.0.1:${port}` } });
    await expect(firstPage(`http://127.0.0.1:${port}`, http)).rejects.toThrow(PlatformAddressError);
    expect(asked).toBe(0);
    server.close();
  });

  it.each([
    'https://169.254.169.254/latest',
    'https://[::1]',
    'https://[::ffff:10.0.0.1]',
    'https://192.168.1.4/shop',
    'https://metadata.google.internal',
    'http://shop.example',
  ])('no request goes to %s', async (url) => {
    await expect(firstPage(url)).rejects.toThrow(PlatformAddressError);
  });

  it.each(['shop.example', 'file:///etc/passwd', 'https://me:pw@shop.example', 'https://shop.example?a=b', ''])(
    '%j is not the address of a shop',
    (url) => expect(() => connect(url)).toThrow(PlatformAddressError),
  );

  it('an account is called by its host and folder', () => {
    expect(connect('https://Shop.Example/store/').account).toBe('shop.example/store');
    expect(connect('https://shop.example').account).toBe('shop.example');
  });

  it('requests go into the folder of the shop', async () => {
    const asked: string[] = [];
    const answer = async ({ url }: { url: URL }) => {
      asked.push(url.href);
      return { status: 200, headers: new Headers(), text: '[]' };
    };
    const { streams } = wooCommerce.connect({ url: 'https://shop.example/store/', ...keys }, { send: answer });
    for await (const page of streams[0]?.read(options) ?? []) expect(page.isLast).toBe(true);
    expect(asked[0]).toMatch(/^https:\/\/shop\.example\/store\/wp-json\/wc\/v3\/orders\?/);
    expect(asked[0]).not.toContain('ck_');
  });

  it.each([
    { url: 'https://shop.example' },
    { url: 'https://shop.example', consumerKey: 'pk_1', consumerSecret: 'cs_1' },
    { url: 'https://shop.example', consumerKey: 'ck_1\n2', consumerSecret: 'cs_1' },
    { url: 'ftp://shop.example', ...keys },
    { url: 'https://shop.example', ...keys, admin: true },
    { url: 'https://shop.example', ...keys, keysIn: 'body' },
  ])('%j are no credentials', (credentials) => {
    expect(wooCommerce.credentials.safeParse(credentials).success).toBe(false);
  });
});

describe('keys in the query', () => {
  it.each([
    ['a shop that can’t be reached', 'https://127.0.0.1:1', true],
    ['one on the private network', 'https://10.0.0.1', false],
  ])('are not in the error of %s', async (_name, url, allowPrivateAddresses) => {
    const keys = { consumerKey: 'ck_1a2b3c', consumerSecret: 'cs_4d5e6f', keysIn: 'query' } as const;
    const { streams } = wooCommerce.connect({ url, ...keys }, createPlatformHttp({ allowPrivateAddresses }));
    const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: Date.now } as const;
    const error: unknown = await (async () => {
      for await (const page of streams[0]?.read(options) ?? []) return page;
      return undefined;
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 10 })).not.toMatch(/1a2b3c|4d5e6f/);
  });

  it('go over https alone', () => {
    const keys = { consumerKey: 'ck_1', consumerSecret: 'cs_1', keysIn: 'query' } as const;
    const plain = { url: 'http://shop.example', ...keys };
    expect(wooCommerce.credentials.safeParse(plain).error?.issues).toMatchObject([{ path: ['keysIn'] }]);
    expect(wooCommerce.credentials.safeParse({ ...plain, url: 'https://shop.example' }).success).toBe(true);
    const http = createPlatformHttp({ allowPrivateAddresses: true });
    expect(() => wooCommerce.connect(plain, http)).toThrow(PlatformAddressError);
  });
});
