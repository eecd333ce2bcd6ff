/** Which shop an access token is of. */
import { z } from 'zod';
import type { PlatformHttp } from '../http/http.js';
import type { Asking } from '../platform.js';
import { SHOP_DOMAIN, shopifyClient } from './client.js';
import { SHOP } from './queries.js';

const answer = z.object({
  shop: z.object({ myshopifyDomain: z.string().toLowerCase().regex(SHOP_DOMAIN, 'expected <name>.myshopify.com') }),
});

export async function identifyShop(
  credentials: Parameters<typeof shopifyClient>[0],
  http: PlatformHttp,
  options: Asking,
): Promise<string> {
  const { data } = await shopifyClient(credentials, http).query(answer, { query: SHOP, variables: {}, ...options });
  return data.shop.myshopifyDomain;
}
