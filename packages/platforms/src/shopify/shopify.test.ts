import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { AccessLostError, PlatformAddressError, RateLimitError } from '../errors.js';
import type { PlatformHttp, PlatformResponse } from '../http/http.js';
import { createPlatformHttp } from '../http/platform-http.js';
import type { Page, ReadOptions } from '../platform.js';
import type { OrderRecord } from '../records/record.js';
import { shopify } from './index.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const CREDENTIALS = { shop: 'glaze.myshopify.com', accessToken: 'shpat_0123456789abcdef' };

/** Answers each request by what was asked. */
function answering(answer: (variables: Record<string, unknown>, query: string) => unknown, status = 200): PlatformHttp {
  return {
    async send({ body }): Promise<PlatformResponse> {
      const { query, variables } = JSON.parse(JSON.stringify(body));
      return { status, headers: new Headers(), text: JSON.stringify(answer(variables, query)) };
    },
  };
}

async function read(http: PlatformHttp, name: string, options: Partial<ReadOptions> = {}): Promise<Page[]> {
  const stream = shopify.connect(CREDENTIALS, http).streams.find((one) => one.name === name);
  const pages: Page[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const page of stream?.read({ mode: 'full', cursor: undefined, signal, now: () => NOW, ...options }) ??
    []) {
    pages.push(page);
  }
  return pages;
}

const customer = (id: number) => ({
  cursor: `c${id}`,
  node: {
    legacyResourceId: String(id),
    createdAt: '2026-11-01T00:00:00Z',
    updatedAt: '2026-11-24T11:00:00Z',
    displayName: '',
    numberOfOrders: '3',
    defaultEmailAddress: null,
  },
});
const page = (edges: readonly unknown[], hasNextPage = false) => ({ edges, pageInfo: { hasNextPage } });

describe('the shop’s address', () => {
  it.each([
    'glaze.myshopify.com.evil.example',
    'evil.example',
    'glaze.myshopify.com/x',
    'glaze.myshopify.com:8080',
    'user@glaze.myshopify.com',
    'a.b.myshopify.com',
    '127.0.0.1',
    '-x.myshopify.com',
    'GLAZE.myshopify.com',
    'glaze.myshopify.com\nx',
  ])('%j is refused', (shop) => {
    expect(shopify.credentials.safeParse({ ...CREDENTIALS, shop }).success).toBe(false);
    expect(() =>
      shopify.connect(
        { ...CREDENTIALS, shop },
        answering(() => ({})),
      ),
    ).toThrow(PlatformAddressError);
  });
});

describe('how much is asked for at once', () => {
  it('is what a query may cost', async () => {
    const asked: unknown[] = [];
    const http = answering(({ first, after }) => {
      asked.push(first);
      const requestedQueryCost = Number(first) * 3;
      return {
        data: { page: page([customer(asked.length)], after !== 'c3') },
        extensions: { cost: { requestedQueryCost } },
      };
    });
    await read(http, 'customers');
    expect(asked).toEqual([50, 100, 200, 250].slice(0, asked.length));
  });

  it('is halved while it would cost too much', async () => {
    const asked: number[] = [];
    const http = answering(({ first }) => {
      asked.push(Number(first));
      const errors = [{ message: 'Query cost is 1,500', extensions: { code: 'MAX_COST_EXCEEDED' } }];
      return Number(first) > 20 ? { errors } : { data: { page: page([customer(1)]) } };
    });
    await read(http, 'customers');
    expect(asked).toEqual([50, 25, 12]);
  });
});

describe('what Shopify refuses', () => {
  it('throttled: comes back when the bucket holds enough', async () => {
    const throttleStatus = { maximumAvailable: 2_000, currentlyAvailable: 100, restoreRate: 100 };
    const http = answering(() => ({
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
      extensions: { cost: { requestedQueryCost: 700, actualQueryCost: null, throttleStatus } },
    }));
    const failure = read(http, 'customers');
    await expect(failure).rejects.toBeInstanceOf(RateLimitError);
    await expect(failure).rejects.toMatchObject({ delay: 6_000 });
  });

  it.each([401, 402, 403, 404, 423])('status %d is lost access', async (status) => {
    await expect(
      read(
        answering(() => ({ errors: 'no' }), status),
        'orders',
      ),
    ).rejects.toBeInstanceOf(AccessLostError);
  });

  it('a scope that is missing is lost access', async () => {
    const http = answering(() => ({ errors: [{ message: 'no', extensions: { code: 'ACCESS_DENIED' } }], data: null }));
    await expect(read(http, 'orders')).rejects.toBeInstanceOf(AccessLostError);
  });

  it.each([
    ['by its path', { message: 'no', path: ['page', 'edges', 0, 'node', 'shippingAddress'] }, ['shippingAddress']],
    ['by its message', { message: 'This app is not approved to use the billingAddress field.' }, ['shippingAddress']],
    ['by nothing', { message: 'no' }, ['shippingAddress', 'customerJourneySummary', 'customer {']],
  ])('a field that needs an approval, named %s, is left out', async (_name, error, absent) => {
    const asked: string[] = [];
    const errors = [{ ...error, extensions: { code: 'ACCESS_DENIED' } }];
    const http = answering((_variables, query) => {
      if (query.includes('currentAppInstallation')) return { data: null };
      asked.push(query);
      return query.includes('shippingAddress') ? { data: null, errors } : { data: { page: page([]) } };
    });
    await read(http, 'orders');
    expect(asked).toHaveLength(2);
    const parts = ['shippingAddress', 'customerJourneySummary', 'customer {'];
    expect(parts.filter((part) => !asked[1]?.includes(part))).toEqual(absent);
  });

  it('status 429 waits as long as it says, in seconds', async () => {
    const http: PlatformHttp = {
      send: async () => ({ status: 429, headers: new Headers({ 'retry-after': '2.5' }), text: '' }),
    };
    await expect(read(http, 'orders')).rejects.toMatchObject({ delay: 2_500 });
  });
});

describe('long orders', () => {
  const item = (index: number) => ({
    node: {
      title: `Item ${index}`,
      quantity: 1,
      originalUnitPriceSet: { shopMoney: { amount: '1.0', currencyCode: 'EUR' } },
      product: null,
    },
  });
  const order = (id: number, hasNextPage: boolean) => ({
    cursor: `o${id}`,
    node: {
      id: `gid://shopify/Order/${id}`,
      legacyResourceId: String(id),
      name: `#${id}`,
      createdAt: '2026-11-01T00:00:00Z',
      processedAt: '2026-11-01T00:00:00Z',
      updatedAt: '2026-11-24T11:00:00Z',
      cancelledAt: null,
      displayFinancialStatus: 'PAID',
      test: false,
      totalPriceSet: { shopMoney: { amount: '12.0', currencyCode: 'EUR' } },
      totalRefundedSet: { shopMoney: { amount: '0.0', currencyCode: 'EUR' } },
      customer: null,
      lineItems: { edges: [item(0), item(1)], pageInfo: { hasNextPage, endCursor: 'i1' } },
    },
  });
  const throttled = { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] };

  it('get all of their items', async () => {
    const http = answering(({ after }, query) => {
      if (query.startsWith('query Orders')) return { data: { page: page([order(1, true), order(2, false)]) } };
      const rest = after === 'i1' ? { endCursor: 'i2', hasNextPage: true } : { endCursor: 'i3', hasNextPage: false };
      return { data: { order: { lineItems: { edges: [item(2)], pageInfo: rest } } } };
    });
    const [{ records } = { records: [] }] = await read(http, 'orders');
    expect(records.map((record) => record.kind === 'order' && record.items.length)).toEqual([4, 2]);
  });

  it('do not hold up those before them when the points run out', async () => {
    const http = answering((_variables, query) =>
      query.startsWith('query Orders') ? { data: { page: page([order(1, false), order(2, true)]) } } : throttled,
    );
    const pages: Page[] = [];
    const [stream] = shopify.connect(CREDENTIALS, http).streams;
    const reading = async () => {
      const options = { mode: 'full', cursor: undefined, signal: AbortSignal.timeout(9_000), now: () => NOW } as const;
      for await (const one of stream?.read(options) ?? []) pages.push(one);
    };
    await expect(reading()).rejects.toBeInstanceOf(RateLimitError);
    expect(pages.map(({ records }) => records.map(({ id }) => id))).toEqual([['1']]);
    expect(pages[0]).toMatchObject({ isLast: false, cursor: { position: { after: 'o1' } } });
  });

  it('a test order is no revenue', async () => {
    const { cursor, node } = order(1, false);
    const http = answering(() => ({ data: { page: page([{ cursor, node: { ...node, test: true } }]) } }));
    const [{ records } = { records: [] }] = await read(http, 'orders');
    expect(records).toMatchObject([{ payment: 'void' } satisfies Partial<OrderRecord>]);
  });
});

it('an answer that takes too long ends with an error that holds no token', async () => {
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const failure = read(createPlatformHttp({ baseUrls: { shopify: url }, timeout: 50 }), 'orders');
  await expect(failure).rejects.toThrow(/no whole answer within 50 ms/);
  await expect(failure).rejects.not.toThrow(/shpat/);
  server.closeAllConnections();
  server.close();
});
