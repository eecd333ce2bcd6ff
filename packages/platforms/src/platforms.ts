/** The platforms of this package, by their id. A host adds its own beside them: `{ ...platforms, etsy }`. */
import { shopify } from './shopify/index.js';
import { stripe } from './stripe/index.js';

export const platforms = {
  shopify,
  stripe,
} as const;

export type PlatformId = keyof typeof platforms;
