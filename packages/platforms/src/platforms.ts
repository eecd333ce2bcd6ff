/** The platforms of this package, by their id. A host adds its own beside them: `{ ...platforms, etsy }`. */
import { facebookAds } from './facebook-ads/index.js';
import { googleAnalytics } from './google-analytics/index.js';
import { shopify } from './shopify/index.js';
import { stripe } from './stripe/index.js';
import { wooCommerce } from './woocommerce/index.js';

export const platforms = {
  shopify,
  stripe,
  'google-analytics': googleAnalytics,
  'facebook-ads': facebookAds,
  woocommerce: wooCommerce,
} as const;

export type PlatformId = keyof typeof platforms;
