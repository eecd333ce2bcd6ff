/** What each platform's records and the organization's figures must be: the shop counted by itself, to check others by. */
import { dayIn } from '@bizinsights/jobs-core';
import { seenBy } from './seen-by.js';
import type { Shop, ShopOrder, ShopPlatform } from './shop.js';

/** A record as its platform has it, with what tells one state of it from another. Money in minor units. */
export interface TruthRecord {
  readonly kind: 'order' | 'product' | 'customer' | 'charge' | 'traffic' | 'campaign' | 'campaign-day';
  /** The id of the platform's record. */
  readonly id: string;
  readonly figures: Readonly<Record<string, string | number>>;
}

/** A day's figures, by the names of `store.metrics`. Money in minor units of the shop's currency. */
export interface ShopDay {
  /** `2026-11-24`. */
  readonly day: string;
  readonly revenue: number;
  readonly refunds: number;
  readonly orders: number;
  readonly newCustomers: number;
  readonly sessions: number;
  readonly adSpend: number;
  readonly adRevenue: number;
  readonly impressions: number;
  readonly clicks: number;
}

/** Whose truth is asked for. */
export interface TruthOptions {
  /** Those that are connected. */
  readonly platforms?: readonly ShopPlatform[];
  /** The organization's, IANA: on which days orders and new customers fall. Visits and ads keep the shop's days. */
  readonly timeZone?: string;
}

/** What must be stored of the shop. */
export interface SandboxTruth {
  /** How many records of each kind each platform has: `rows.shopify?.order`. */
  readonly rows: Readonly<Partial<Record<ShopPlatform, Readonly<Partial<Record<TruthRecord['kind'], number>>>>>>;
  /** In order; days on which there was something. */
  readonly days: readonly ShopDay[];
}

type Records = (shop: Shop) => readonly TruthRecord[];

const orders: Records = (shop) =>
  shop.orders.map(({ id, payment, total, refunded }) => record('order', id, { payment, total, refunded }));
const products: Records = (shop) =>
  shop.products.map(({ id, price, stock }) => record('product', id, { price, stock }));
const customers: Records = (shop) => shop.customers.map(({ id, email }) => record('customer', id, { email }));

const RECORDS: Readonly<Record<ShopPlatform, readonly Records[]>> = {
  shopify: [orders, products, customers],
  woocommerce: [orders, products, customers],
  stripe: [
    (shop) =>
      shop.placedOrders.map((order) => {
        const id = `ch_1Glaze${String(order.id).padStart(18, '0')}`;
        return record('charge', id, { amount: capturedOf(order), refunded: order.refunded });
      }),
    (shop) =>
      shop.customers.map(({ id, email }) => record('customer', `cus_Glaze${String(id).padStart(9, '0')}`, { email })),
  ],
  'google-analytics': [
    (shop) =>
      shop.traffic().map(({ day, channel, country, sessions, users, keyEvents }) => {
        return record('traffic', `${day}/${channel}/${country}`, { sessions, users, keyEvents });
      }),
  ],
  'facebook-ads': [
    (shop) => shop.campaigns.map(({ id, status }) => record('campaign', id, { status })),
    (shop) =>
      shop.campaignDays().map(({ campaignId, day, spend, impressions, conversionValue }) => {
        return record('campaign-day', `${campaignId}/${day}`, { spend, impressions, conversionValue });
      }),
  ],
};

/** Every record that a platform has of the shop at its present moment. */
export function truthRecords(shop: Shop, platform: ShopPlatform): readonly TruthRecord[] {
  const seen = seenBy(shop, platform);
  return RECORDS[platform].flatMap((records) => records(seen));
}

/**
 * The figures of each day since the shop opened, of an organization with these platforms: orders, or charges where no
 * platform has orders. Two platforms that show the same orders count them twice, as the store does.
 *
 * @param timeZone of the organization: on which days orders and new customers fall. Visits and ads keep the shop's days
 */
export function dailyTruth(shop: Shop, platforms: readonly ShopPlatform[], timeZone: string): readonly ShopDay[] {
  const days = new Map<string, { -readonly [Figure in keyof ShopDay]: ShopDay[Figure] }>();
  const of = (day: string) => {
    const known = days.get(day) ?? { day, ...NOTHING };
    days.set(day, known);
    return known;
  };
  for (const { seen, sales } of sellersOf(shop, platforms)) {
    for (const { order, amount, refunded } of sales) {
      const day = of(dayIn(timeZone, order.createdAt));
      day.orders++;
      day.revenue += amount;
      day.refunds += refunded;
    }
    for (const { createdAt } of seen.customers) of(dayIn(timeZone, createdAt)).newCustomers++;
  }
  if (platforms.includes('google-analytics')) {
    for (const { day, sessions } of seenBy(shop, 'google-analytics').traffic()) of(day).sessions += sessions;
  }
  if (platforms.includes('facebook-ads')) {
    for (const row of seenBy(shop, 'facebook-ads').campaignDays()) {
      const day = of(row.day);
      day.adSpend += row.spend;
      day.adRevenue += row.conversionValue;
      day.impressions += row.impressions;
      day.clicks += row.clicks;
    }
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

export function truthOf(shop: Shop, platforms: readonly ShopPlatform[], timeZone: string): SandboxTruth {
  const rows = platforms.map((id) => {
    const counts: Partial<Record<TruthRecord['kind'], number>> = {};
    for (const { kind } of truthRecords(shop, id)) counts[kind] = (counts[kind] ?? 0) + 1;
    return [id, counts] as const;
  });
  return { rows: Object.fromEntries(rows), days: dailyTruth(shop, platforms, timeZone) };
}

/** What a day without anything has. */
export const NOTHING = {
  revenue: 0,
  refunds: 0,
  orders: 0,
  newCustomers: 0,
  sessions: 0,
  adSpend: 0,
  adRevenue: 0,
  impressions: 0,
  clicks: 0,
} as const;

/** A platform whose sales count. Money in minor units. */
export interface Seller {
  readonly id: ShopPlatform;
  readonly seen: Shop;
  readonly sales: readonly { readonly order: ShopOrder; readonly amount: number; readonly refunded: number }[];
}

/** The platforms whose sales count, each with what it has sold. */
export function sellersOf(shop: Shop, platforms: readonly ShopPlatform[]): readonly Seller[] {
  const shops = platforms
    .filter((id) => id === 'shopify' || id === 'woocommerce')
    .map((id) => ({ id, seen: seenBy(shop, id) }));
  if (shops.some(({ seen }) => seen.orders.length > 0)) {
    return shops.map(({ id, seen }) => {
      const paid = seen.orders.filter(isPaid);
      return { id, seen, sales: paid.map((order) => ({ order, amount: order.total, refunded: order.refunded })) };
    });
  }
  if (!platforms.includes('stripe')) return [];
  const seen = seenBy(shop, 'stripe');
  const paid = seen.placedOrders.filter(isPaid);
  const sales = paid.map((order) => ({ order, amount: capturedOf(order), refunded: order.refunded }));
  return [{ id: 'stripe', seen, sales }];
}

function isPaid({ payment }: ShopOrder): boolean {
  return payment !== 'pending' && payment !== 'void';
}

function capturedOf(order: ShopOrder): number {
  return isPaid(order) ? (order.captured ?? order.placedTotal) : 0;
}

function record(kind: TruthRecord['kind'], id: string | number, figures: TruthRecord['figures']): TruthRecord {
  return { kind, id: String(id), figures };
}
