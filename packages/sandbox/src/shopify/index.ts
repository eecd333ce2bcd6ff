/** Shopify's view of the shop: the Admin GraphQL API. */
import { SHOPIFY_VERSION, type ShopifyCredentials } from '@bizinsights/jobs-platforms/shopify';
import type { OpenSandboxPlatform, SandboxRequest, SandboxResponse } from '../platform.js';
import { DOMAIN } from './formats.js';
import type { GraphqlEndpoint } from './graphql-endpoint.js';
import { webhooksOf } from './webhooks.js';

const ACCESS_TOKEN = 'shpat_0123456789abcdefglazesandbox';
const PATH = `/admin/api/${SHOPIFY_VERSION}/graphql.json`;

const headers = { 'x-shopify-api-version': SHOPIFY_VERSION, 'x-request-id': 'sandbox' };

export const shopifySandbox: OpenSandboxPlatform<ShopifyCredentials> = (world) => {
  let endpoint: Promise<GraphqlEndpoint> | undefined;
  // Loaded with the first request: other servers start without `graphql`.
  const open = () => (endpoint ??= import('./graphql-endpoint.js').then((module) => module.graphqlEndpoint(world)));

  return {
    credentials: { shop: DOMAIN, accessToken: ACCESS_TOKEN },
    async answer(request) {
      const refused = refuse(request);
      if (refused) return refused;
      return { headers, ...(await (await open()).answer(request.body)) };
    },
    failures: {
      rateLimited: async () => (await open()).throttled(30_000),
      serverError: () => ({ status: 500, body: { errors: 'Internal Server Error' } }),
      accessLost: unauthorized,
    },
    breakRecord(answer) {
      const body: unknown = JSON.parse(JSON.stringify(answer.body));
      const node = firstNode(body);
      if (node) Reflect.set(node, 'updatedAt', 'yesterday');
      return { ...answer, body };
    },
    webhooks: webhooksOf(world),
  };
};

function refuse({ method, url, headers: sent }: SandboxRequest): SandboxResponse | undefined {
  if (url.pathname !== PATH) return { status: 404, body: { errors: 'Not Found' } };
  if (method !== 'POST') return { status: 405, body: { errors: 'Method Not Allowed' } };
  return sent.get('x-shopify-access-token') === ACCESS_TOKEN ? undefined : unauthorized();
}

function unauthorized(): SandboxResponse {
  const errors = '[API] Invalid API key or access token (unrecognized login or wrong password)';
  return { status: 401, body: { errors } };
}

/** The first node of the first connection, whatever its alias. */
function firstNode(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'node' && typeof inner === 'object' && inner !== null) return inner;
    const found = firstNode(inner);
    if (found) return found;
  }
  return undefined;
}
