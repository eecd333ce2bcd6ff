import {
  identifyAccount,
  type PlatformHttp,
  type PlatformRequest,
  type PlatformResponse,
  PlatformResponseError,
  RateLimitError,
} from '@bizinsights/jobs-platforms';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ platforms: ['woocommerce'], days: 3 });
});
afterEach(() => sandbox.close());

const OWN = 'glaze-and-co.example';
const identify = (url: string, http: PlatformHttp = sandbox.http) =>
  identifyAccount('woocommerce', { ...sandbox.woocommerce.credentials, url }, http);

/** The sandbox behind a host that answers some requests itself; `undefined`: it lets them through. */
function behind(host: (url: URL, request: PlatformRequest) => Partial<PlatformResponse> | undefined): PlatformHttp {
  return {
    async send(request) {
      const answer = host(request.url, request);
      if (answer) return { status: 200, headers: new Headers(), text: '', ...answer };
      const { pathname, search } = request.url;
      const path = pathname.slice(pathname.indexOf('/wp-json')) + search;
      return await sandbox.http.send({ ...request, url: new URL(path, sandbox.woocommerce.url) });
    },
  };
}
const isIndex = ({ pathname }: URL) => /\/wp-json\/?$/.test(pathname);
/** A shop that has sold nothing. */
const noOrders = { text: '[]' };
const named = (home: string) => behind((url) => (isIndex(url) ? { text: JSON.stringify({ home }) } : undefined));

it.each([
  'https://glaze-and-co.example',
  'https://glaze-and-co.example/',
  'http://glaze-and-co.example',
  'https://www.glaze-and-co.example',
  'https://WWW.Glaze-And-Co.example//',
])('%s is one account with its other addresses', async (url) => {
  expect(await identify(url)).toBe(OWN);
});

it('asks the index without the keys', async () => {
  const sent: PlatformRequest[] = [];
  await identify(
    `https://${OWN}`,
    behind((url, request) => {
      if (isIndex(url)) sent.push(request);
      return undefined;
    }),
  );
  expect(sent).toHaveLength(1);
  expect(JSON.stringify([sent[0]?.headers ?? {}, sent[0]?.url])).not.toMatch(/authorization|ck_|cs_/);
});

it.each([
  [401, '{"code":"rest_not_logged_in","message":"You are not currently logged in."}'],
  [403, '<html>Forbidden</html>'],
  [404, '{"code":"rest_no_route","message":"No route"}'],
  [200, '<!doctype html><title>Shop</title>'],
  [200, '{"name":"Shop"}'],
])('where a host hides the index (%i %s), an order says where the shop is', async (status, text) => {
  const http = behind((url) => (isIndex(url) ? { status, text } : undefined));
  expect(await identify('https://www.glaze-and-co.example', http)).toBe(OWN);
});

it('where nothing says it, it is the given address', async () => {
  const http = behind((url) => (isIndex(url) ? { status: 403, text: '' } : noOrders));
  expect(await identify('https://www.glaze-and-co.example/shop/', http)).toBe('www.glaze-and-co.example/shop');
});

it('an index that is away for the moment is no reason to take the given address', async () => {
  const away = (status: number, headers = new Headers()) =>
    behind((url) => (isIndex(url) ? { status, headers, text: '' } : undefined));
  await expect(identify('https://www.glaze-and-co.example', away(500))).rejects.toThrow(PlatformResponseError);
  await expect(identify('https://www.glaze-and-co.example', away(429))).rejects.toThrow(RateLimitError);
  const later = away(503, new Headers({ 'retry-after': '120' }));
  await expect(identify('https://www.glaze-and-co.example', later)).rejects.toMatchObject({ delay: 120_000 });
});

it('a site that says that it is another’s shop is not, as that one does not take its keys', async () => {
  const claims = JSON.stringify({ home: 'https://victim.example/' });
  const http = behind((url) => {
    if (isIndex(url)) return { text: claims };
    return url.host === 'victim.example' ? { status: 401, text: '{"code":"x","message":"no"}' } : undefined;
  });
  expect(await identify('https://liar.example', http)).toBe('liar.example');
});

it('keeps the folder of a shop, and leaves out what is no address', async () => {
  expect(await identify('https://a.example/de', named('https://a.example/de/'))).toBe('a.example/de');
  for (const home of ['nonsense', 'javascript:alert(1)', '']) {
    const http = behind((url) => (isIndex(url) ? { text: JSON.stringify({ home }) } : noOrders));
    expect(await identify('https://a.example/de', http)).toBe('a.example/de');
  }
});
