/**
 * `@bizinsights/jobs-platforms/shopify`
 *
 * @packageDocumentation
 */
import { z } from 'zod';
import type { Platform } from '../platform.js';
import { SHOP_DOMAIN, SHOPIFY_VERSION, shopifyClient } from './client.js';
import { identifyShop } from './identify.js';
import { CUSTOMERS, OPTIONAL_OF_CUSTOMERS, OPTIONAL_OF_ORDERS, ORDERS, PRODUCTS } from './queries.js';
import { customerReader, orderReader, productReader, resource } from './records.js';
import { readScopes } from './scopes.js';
import { shopifyStream } from './streams.js';
import { shopifyWebhook } from './webhook.js';

export type { Platform } from '../platform.js';
export { SHOPIFY_VERSION };

/** What connects a shop. */
export interface ShopifyCredentials {
  /** `<name>.myshopify.com` */
  readonly shop: string;
  /**
   * An offline access token of the app, with `read_orders`, `read_products` and `read_customers`; orders of more than 60
   * days ago also need `read_all_orders`.
   */
  readonly accessToken: string;
}

const HOUR = 3_600_000;

const RESOURCES = [
  resource('orders', ORDERS, 12, orderReader, OPTIONAL_OF_ORDERS),
  resource('products', PRODUCTS, 50, productReader),
  resource('customers', CUSTOMERS, 50, customerReader, OPTIONAL_OF_CUSTOMERS),
];

/**
 * Shopify: orders, products and customers.
 *
 * @example
 * ```ts
 * const { streams } = shopify.connect({ shop: 'glaze.myshopify.com', accessToken }, createPlatformHttp());
 * ```
 */
export const shopify: Platform<ShopifyCredentials> = {
  id: 'shopify',
  name: 'Shopify',
  credentials: z.strictObject({
    shop: z.string().trim().regex(SHOP_DOMAIN, 'a shop of the form <name>.myshopify.com'),
    accessToken: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]+$/, 'an access token'),
  }),
  rhythm: 2 * HOUR,
  // Shopify counts points and not requests ("Rate limits"); this keeps a shop from being asked in bursts.
  budget: { requests: 4, per: 1_000 },
  streams: RESOURCES.map(({ name }) => name),
  connect(credentials, http) {
    const client = shopifyClient(credentials, http);
    return {
      account: credentials.shop,
      streams: RESOURCES.map((one) => shopifyStream(one, client)),
      scopes: (asking) => readScopes(client, asking),
    };
  },
  identify: identifyShop,
  webhook: shopifyWebhook(),
};
