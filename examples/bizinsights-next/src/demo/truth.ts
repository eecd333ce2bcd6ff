/** What an import must have brought: rows by kind, and the revenue of each day. */
import type { SandboxPlatformId, Shop } from '@bizinsights/jobs-sandbox';
import type { DemoPlatform } from './platforms';

export interface Truth {
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Minor units by calendar day of the zone. */
  readonly revenue: Readonly<Record<string, number>>;
}

const ROWS: Readonly<Record<SandboxPlatformId, (shop: Shop) => Record<string, number>>> = {
  shopify: sales,
  woocommerce: sales,
  stripe: (shop) => ({ charge: shop.orders.length, customer: shop.customers.length }),
  'google-analytics': (shop) => ({ traffic: shop.traffic().length }),
  'facebook-ads': (shop) => ({ campaign: shop.campaigns.length, 'campaign-day': shop.campaignDays().length }),
};

/** Stripe's charges are those of the orders once more, so they are no revenue of their own. */
const SELLING: readonly SandboxPlatformId[] = ['shopify', 'woocommerce'];

export function truthOf(platforms: readonly DemoPlatform[], timeZone: string): Truth {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  const revenue: Record<string, number> = {};
  for (const { sandbox } of platforms.filter(({ id }) => SELLING.includes(id))) {
    for (const { payment, createdAt, total } of sandbox.shop.orders) {
      if (payment === 'pending' || payment === 'void') continue;
      const key = day.format(createdAt);
      revenue[key] = (revenue[key] ?? 0) + total;
    }
  }
  return { rows: Object.fromEntries(platforms.map(({ id, sandbox }) => [id, ROWS[id](sandbox.shop)])), revenue };
}

function sales(shop: Shop) {
  return { order: shop.orders.length, product: shop.products.length, customer: shop.customers.length };
}
