/** What figures come from, as people call it. */
import type { InsightDriver } from '../evidence.js';
import { plainName } from './plain-name.js';

/** By the platform's id. */
const PLATFORMS: Readonly<Record<string, string>> = {
  shopify: 'Shopify',
  woocommerce: 'WooCommerce',
  stripe: 'Stripe',
  'google-analytics': 'Google Analytics',
  'facebook-ads': 'Facebook Ads',
};

export function platformName(id: string): string {
  return isPlatform(id) ? (PLATFORMS[id] ?? id) : plainName(id);
}

/** Whether it is one of ours. */
export function isPlatform(id: string): boolean {
  return Object.hasOwn(PLATFORMS, id);
}

/** A country in `language`, a platform's own name, and otherwise the shop's text. Empty where it has none. */
export function driverName({ dimension, key, label }: InsightDriver, language: string): string {
  if (dimension === 'platform') return platformName(key);
  if (dimension === 'country') return countryName(key, language);
  return plainName(label ?? '') || plainName(key);
}

/** @param code ISO 3166-1 alpha-2; what is none is left as it is */
export function countryName(code: string, language: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return plainName(code);
  return new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code;
}
