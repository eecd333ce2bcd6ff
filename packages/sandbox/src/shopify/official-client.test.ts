// Shopify's own client works against the sandbox unchanged; only its host is turned to it.
import { SHOPIFY_VERSION } from '@bizinsights/jobs-platforms/shopify';
import { createAdminApiClient } from '@shopify/admin-api-client';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type Sandbox, startSandbox } from '../index.js';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function connect(accessToken?: string) {
  sandbox = await startSandbox({ platforms: ['shopify'], days: 20 });
  const { url, credentials } = sandbox.shopify;
  return createAdminApiClient({
    storeDomain: credentials.shop,
    apiVersion: SHOPIFY_VERSION,
    accessToken: accessToken ?? credentials.accessToken,
    customFetchApi: (input, init) => fetch(new URL(new URL(String(input)).pathname, url), init),
  });
}

const ORDERS = `query ($after: String, $query: String) {
  orders(first: 40, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id name updatedAt totalPriceSet { shopMoney { amount currencyCode } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const answer = z.object({
  orders: z.object({
    nodes: z.array(z.object({ id: z.string() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

it('reads the shop and all orders, page by page', async () => {
  const client = await connect();
  const { data: about } = await client.request('{ shop { name currencyCode ianaTimezone myshopifyDomain } }');
  expect(about).toEqual({
    shop: {
      name: 'Glaze & Co',
      currencyCode: 'EUR',
      ianaTimezone: 'Africa/Lagos',
      myshopifyDomain: 'glaze-and-co.myshopify.com',
    },
  });
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const { data, errors, extensions } = await client.request(ORDERS, { variables: { after } });
    const { orders } = answer.parse(data);
    expect(errors).toBeUndefined();
    expect(extensions?.cost).toMatchObject({ requestedQueryCost: 122, throttleStatus: { restoreRate: 1_000 } });
    ids.push(...orders.nodes.map(({ id }) => id));
    after = orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null;
  } while (after !== null);
  expect(new Set(ids).size).toBe(sandbox.shop.orders.length);
  expect(ids).toHaveLength(sandbox.shop.orders.length);
});

it('filters by the time of the last change', async () => {
  const client = await connect();
  const from = new Date(sandbox.now() - 86_400_000).toISOString();
  const { data } = await client.request(ORDERS, { variables: { query: `updated_at:>='${from}'` } });
  const expected = sandbox.shop.orders.filter(({ updatedAt }) => updatedAt >= sandbox.now() - 86_400_000);
  expect(answer.parse(data).orders.nodes).toHaveLength(expected.length);
  expect(expected.length).toBeGreaterThan(0);
});

it('refuses in a way that the client understands', async () => {
  const client = await connect();
  const wrong = await client.request('{ orders(first: 1) { nodes { nonsense } } }');
  expect(wrong.errors?.graphQLErrors).toMatchObject([{ message: expect.stringContaining('nonsense') }]);
  const long = await client.request('{ orders(first: 251) { nodes { id } } }');
  expect(long.errors).toBeDefined();
  const dear = await client.request(
    '{ orders(first: 100) { nodes { lineItems(first: 20) { nodes { title product { title } } } } } }',
  );
  expect(dear.errors?.graphQLErrors).toMatchObject([{ extensions: { code: 'MAX_COST_EXCEEDED' } }]);
  sandbox.shopify.faults.push('rate-limited');
  const throttled = await client.request('{ shop { name } }');
  expect(throttled.errors?.graphQLErrors).toMatchObject([{ extensions: { code: 'THROTTLED' } }]);
  sandbox.shopify.accessLost = true;
  expect((await client.request('{ shop { name } }')).errors?.networkStatusCode).toBe(401);
});

it('refuses a token that is not its own', async () => {
  const client = await connect('shpat_other');
  expect((await client.request('{ shop { name } }')).errors?.networkStatusCode).toBe(401);
});
