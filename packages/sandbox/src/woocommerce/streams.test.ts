import {
  AccessLostError,
  type Json,
  type Page,
  PlatformResponseError,
  RateLimitError,
  type ReadOptions,
  type Stream,
} from '@bizinsights/jobs-platforms';
import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../index.js';

const DAY = 86_400_000;

let sandbox: Sandbox;
afterEach(() => sandbox?.close());

function streamOf(name: string): Stream {
  const { streams } = wooCommerce.connect(sandbox.woocommerce.credentials, sandbox.http);
  const stream = streams.find((one) => one.name === name);
  if (!stream) throw new Error(`no ${name}`);
  return stream;
}

/** @param between done behind each page */
async function read(name: string, options: Partial<ReadOptions> = {}, between: (page: Page) => void = () => {}) {
  const ids: string[] = [];
  let cursor: Json | undefined;
  let total: number | undefined;
  const signal = AbortSignal.timeout(20_000);
  for await (const page of streamOf(name).read({
    mode: 'full',
    cursor: undefined,
    signal,
    now: sandbox.now,
    ...options,
  })) {
    ids.push(...page.records.map(({ id }) => id));
    ({ cursor } = page);
    total = page.total;
    between(page);
  }
  return { ids, cursor, total };
}

describe('a list that moves while it is read', () => {
  it('loses nothing when records before the place are deleted, however many', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 60 });
    const { orders } = sandbox.shop;
    const before = orders.map(({ id }) => String(id));
    expect(before.length).toBeGreaterThan(400);
    let pages = 0;
    const { ids } = await read('orders', {}, () => {
      // What goes into the trash is in no list. First one, then more than a page has, then all that have been read.
      const count = [1, 150, 48][pages++] ?? 0;
      Array.prototype.splice.call(orders, 0, count);
    });
    const left = orders.map(({ id }) => String(id));
    expect(left.filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids).toHaveLength(new Set(ids).size);
    expect(ids.every((id) => before.includes(id))).toBe(true);
  });

  it('ends when all that is left was deleted', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 40 });
    const { orders } = sandbox.shop;
    const { ids } = await read('orders', {}, () => Array.prototype.splice.call(orders, 50, orders.length));
    expect(ids).toHaveLength(100);
  });

  it('goes on where its place can’t be seen: keys that may not read each record', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 40 });
    const { http } = sandbox;
    // WooCommerce counts what the keys may not see, and leaves it out of the page.
    const hides = (id: number) => id % 9 === 0;
    const { streams } = wooCommerce.connect(sandbox.woocommerce.credentials, {
      ...http,
      async send(request) {
        const response = await http.send(request);
        const items: { id: number }[] = JSON.parse(response.text);
        return { ...response, text: JSON.stringify(items.filter(({ id }) => !hides(id))) };
      },
    });
    const ids: string[] = [];
    const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: sandbox.now } as const;
    for await (const { records } of streams[0]?.read(options) ?? []) ids.push(...records.map(({ id }) => id));
    expect(ids).toEqual(sandbox.shop.orders.filter(({ id }) => !hides(id)).map(({ id }) => String(id)));
  });

  it('is read to its end where a proxy drops the totals', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 40 });
    const { http } = sandbox;
    const { streams } = wooCommerce.connect(sandbox.woocommerce.credentials, {
      ...http,
      send: async (request) => ({ ...(await http.send(request)), headers: new Headers() }),
    });
    const ids: string[] = [];
    const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: sandbox.now } as const;
    for await (const { records } of streams[0]?.read(options) ?? []) ids.push(...records.map(({ id }) => id));
    expect(ids).toEqual(sandbox.shop.orders.map(({ id }) => String(id)));
  });
});

describe('what is asked for', () => {
  it('an incremental read asks by GMT, and brings little more than what has changed', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 40 });
    const { cursor, total } = await read('orders');
    expect(total).toBe(sandbox.shop.orders.length);
    const then = sandbox.now();
    sandbox.advance(DAY);
    const { ids } = await read('orders', { mode: 'incremental', cursor });
    const changed = sandbox.shop.orders.filter(({ updatedAt }) => updatedAt > then).map(({ id }) => String(id));
    expect(changed.filter((id) => !ids.includes(id))).toEqual([]);
    const overlap = sandbox.shop.orders.filter(({ updatedAt }) => updatedAt > then - 10 * 60_000);
    expect(ids.length).toBeLessThanOrEqual(overlap.length);
    const { path = '' } = sandbox.woocommerce.requests.at(-1) ?? {};
    const { searchParams } = new URL(path, 'https://shop.example');
    expect(searchParams.get('dates_are_gmt')).toBe('true');
    expect(searchParams.get('modified_after')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('`since` leaves out what is older, also of customers', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 40 });
    const since = sandbox.now() - 2 * DAY;
    const recent = (items: readonly { id: number; updatedAt: number }[]) =>
      items.filter(({ updatedAt }) => updatedAt >= since).map(({ id }) => String(id));
    expect((await read('orders', { since })).ids).toEqual(recent(sandbox.shop.orders));
    expect((await read('customers', { since })).ids).toEqual(recent(sandbox.shop.customers));
  });
});

describe('what is refused', () => {
  const failWith = async (response: { status: number; headers?: Record<string, string>; body: unknown }) => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 3 });
    sandbox.woocommerce.faults.push({ response });
    return read('orders').then(
      () => undefined,
      (error: unknown) => error,
    );
  };
  const html = { 'content-type': 'text/html' };

  it('WordPress in maintenance says when it is back', async () => {
    const error = await failWith({ status: 503, headers: { ...html, 'retry-after': '600' }, body: '<p>Back soon' });
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ delay: 600_000 });
  });

  it('a 403 of WordPress is lost access, one of a firewall passes', async () => {
    const body = { code: 'woocommerce_rest_cannot_view', message: 'Sorry', data: { status: 403 } };
    expect(await failWith({ status: 403, body })).toBeInstanceOf(AccessLostError);
    await sandbox.close();
    const error = await failWith({ status: 403, headers: html, body: '<title>Just a moment…</title>' });
    expect(error).toBeInstanceOf(PlatformResponseError);
  });

  const refusedWith = (code: string, message = 'Sorry, you cannot list resources.') =>
    failWith({ status: 401, body: { code, message, data: { status: 401 } } });

  it.each([
    ['woocommerce_rest_cannot_view'],
    ['rest_forbidden'],
    ['woocommerce_rest_authentication_error', 'Consumer key is missing.'],
  ])(
    'a 401 with %s, which WordPress gives where it has seen no keys, names the lost header',
    async (code, message?: string) => {
      const error = await refusedWith(code, message);
      expect(error).toBeInstanceOf(AccessLostError);
      expect(String(error)).toMatch(/drops the Authorization header: .* keysIn: 'query'/);
      expect(String(error)).toContain(code);
    },
  );

  it.each([
    ['woocommerce_rest_authentication_error', 'Consumer secret is invalid.'],
    ['woocommerce_rest_authentication_error', 'The API key provided does not have read permissions.'],
    ['invalid_username', 'Unknown username.'],
  ])('a 401 with %s, which tells of keys that have arrived, does not', async (code, message) => {
    const error = await refusedWith(code, message);
    expect(error).toBeInstanceOf(AccessLostError);
    expect(String(error)).toContain('the keys are not accepted');
    expect(String(error)).not.toContain('Authorization');
  });

  it('a 401 of a host with a password of its own is told apart from one of WordPress', async () => {
    const challenge = { ...html, 'www-authenticate': 'Basic realm="Restricted"' };
    const error = await failWith({ status: 401, headers: challenge, body: '<h1>401 Unauthorized</h1>' });
    expect(error).toBeInstanceOf(AccessLostError);
    expect(String(error)).toMatch(/must let requests to \/wp-json\/ through/);
    expect(String(error)).not.toContain('keysIn');
  });

  it('a site without WooCommerce is named', async () => {
    const error = await failWith({ status: 404, body: { code: 'rest_no_route', message: 'No route', data: {} } });
    expect(error).toMatchObject({ message: expect.stringContaining('no WooCommerce answers at this address') });
  });

  it.each([{}, { data: [] }, 'null'])('%j is no list', async (body) => {
    expect(await failWith({ status: 200, body })).toBeInstanceOf(PlatformResponseError);
  });
});

describe('a host that drops the Authorization header', () => {
  const readAll = async (keysIn?: 'header' | 'query', http = sandbox.http) => {
    const { streams } = wooCommerce.connect({ ...sandbox.woocommerce.credentials, keysIn }, http);
    const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(20_000), now: sandbox.now } as const;
    let count = 0;
    for (const stream of streams) for await (const { records } of stream.read(options)) count += records.length;
    return count;
  };

  it('is read with the keys in the query, and says so where they stand in the header', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 3 });
    sandbox.woocommerce.dropsAuthorization = true;
    await expect(readAll()).rejects.toThrow(/drops the Authorization header/);
    const { orders, products, customers } = sandbox.shop;
    expect(await readAll('query')).toBe(orders.length + products.length + customers.length);
  });

  it('with keys that were revoked has nothing said about the header', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 3 });
    const body = { code: 'woocommerce_rest_cannot_view', message: 'Sorry', data: { status: 401 } };
    sandbox.woocommerce.faults.push({ response: { status: 401, body } });
    await expect(readAll('query')).rejects.toThrow(/make new ones/);
  });

  it('gets the keys in one of the two places, never in both', async () => {
    sandbox = await startSandbox({ platforms: ['woocommerce'], days: 1 });
    const seen: string[] = [];
    const http: typeof sandbox.http = {
      ...sandbox.http,
      send: (request) => {
        seen.push(`${request.url.searchParams.has('consumer_secret')} ${'authorization' in (request.headers ?? {})}`);
        return sandbox.http.send(request);
      },
    };
    await readAll('query', http);
    expect(new Set(seen.splice(0))).toEqual(new Set(['true false']));
    await readAll(undefined, http);
    expect(new Set(seen)).toEqual(new Set(['false true']));
  });
});
