/** The platforms that the sandbox has a view of. */
import { facebookAdsSandbox } from './facebook-ads/index.js';
import { googleAnalyticsSandbox } from './google-analytics/index.js';
import { shopifySandbox } from './shopify/index.js';
import { stripeSandbox } from './stripe/index.js';
import { wooCommerceSandbox } from './woocommerce/index.js';

/** What opens each platform's part. */
export const PLATFORMS = {
  shopify: shopifySandbox,
  stripe: stripeSandbox,
  'google-analytics': googleAnalyticsSandbox,
  'facebook-ads': facebookAdsSandbox,
  woocommerce: wooCommerceSandbox,
} as const;

export type SandboxPlatformId = keyof typeof PLATFORMS;
