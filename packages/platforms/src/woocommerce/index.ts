/**
 * `@bizinsights/jobs-platforms/woocommerce`
 *
 * @packageDocumentation
 */
import { z } from 'zod';
import type { Platform } from '../platform.js';
import { shopName, shopUrl, WOOCOMMERCE_VERSION, type WooCommerceCredentials, wooCommerceClient } from './client.js';
import { identifyWooShop } from './identify.js';
import { STREAMS, wooCommerceStreams } from './streams.js';
import { wooCommerceWebhook } from './webhook.js';

export type { Platform } from '../platform.js';
export { WOOCOMMERCE_VERSION, type WooCommerceCredentials };

const HOUR = 3_600_000;

/**
 * WooCommerce: orders, products and customers.
 *
 * Keys go in a header, which WooCommerce takes over https alone, or, for hosts that drop that header, in the query: see
 * `keysIn`. Records that are deleted in the shop are told by its
 * webhooks; the lists only leave them out.
 *
 * @example
 * ```ts
 * const { streams } = wooCommerce.connect(
 *   { url: 'https://shop.example', consumerKey: 'ck_…', consumerSecret: 'cs_…' },
 *   createPlatformHttp(),
 * );
 * ```
 */
export const wooCommerce: Platform<WooCommerceCredentials> = {
  id: 'woocommerce',
  name: 'WooCommerce',
  credentials: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'the address of the shop: https://shop.example' }),
      consumerKey: z
        .string()
        .trim()
        .regex(/^ck_[A-Za-z0-9]+$/, 'a consumer key of WooCommerce: ck_…'),
      consumerSecret: z
        .string()
        .trim()
        .regex(/^cs_[A-Za-z0-9]+$/, 'a consumer secret of WooCommerce: cs_…'),
      keysIn: z.enum(['header', 'query']).optional(),
    })
    .refine(({ url, keysIn }) => keysIn !== 'query' || /^https:/i.test(url), {
      path: ['keysIn'],
      error: 'keys may stand in the query over https alone',
    }),
  rhythm: 2 * HOUR,
  // WooCommerce has no limit. One of ours, as the shop's own server answers its buyers, too.
  budget: { requests: 5, per: 1_000 },
  streams: STREAMS,
  connect(credentials, http) {
    const account = shopName(shopUrl(credentials.url));
    return { account, streams: wooCommerceStreams(wooCommerceClient(credentials, http)) };
  },
  identify: identifyWooShop,
  webhook: wooCommerceWebhook(),
};
