/** What the organization's figures must be by what they come from: the shop counted by itself, to check others by. */
import { dayIn } from '@bizinsights/jobs-core';
import { seenBy } from './seen-by.js';
import type { OrderSource, Shop, ShopOrder, ShopPlatform } from './shop.js';
import { type Seller, type ShopDay, sellersOf, type TruthOptions } from './truth.js';

/** What figures can be broken down by: the dimensions of `store.metrics.breakdown`. */
export type ShopDimension = 'platform' | 'channel' | 'country' | 'product' | 'campaign';

/** The figures of one platform, channel, country, product or campaign on a day; those that it has not are absent. */
export interface ShopDayPart extends Partial<ShopDay> {
  readonly day: string;
  /** Its key in `store.metrics.breakdown`. Undefined: what nothing says it of, such as the new customers of a channel. */
  readonly key: string | undefined;
  /** The name of a product or campaign. */
  readonly label?: string;
  /** How many of a product were sold. */
  readonly units?: number;
}

/** Whose figures are asked for, and of which days. */
export interface BreakdownTruthOptions extends TruthOptions {
  readonly by: ShopDimension;
  /** The first and the last day, `2026-11-24`. Default: all since the shop opened. */
  readonly from?: string;
  readonly to?: string;
}

const ALL: readonly ShopPlatform[] = ['shopify', 'stripe', 'google-analytics', 'facebook-ads', 'woocommerce'];

type Figure = Exclude<keyof ShopDay, 'day'> | 'units';
type Figures = Partial<Record<Figure, number>>;

/** What adds up the parts of days. */
class Parts {
  readonly #parts = new Map<string, { day: string; key: string | undefined; label?: string } & Figures>();

  add(day: string, key: string | undefined, figures: Figures, label?: string): void {
    const id = JSON.stringify([day, key]);
    const part = this.#parts.get(id) ?? { day, key, ...(label === undefined ? {} : { label }) };
    this.#parts.set(id, part);
    for (const [name, value] of entriesOf(figures)) part[name] = (part[name] ?? 0) + value;
  }

  /** By day, and by key within a day. */
  sorted(): readonly ShopDayPart[] {
    const idOf = ({ day, key = '' }: ShopDayPart) => `${day} ${key}`;
    return [...this.#parts.values()].sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  }
}

function entriesOf(figures: Figures): readonly (readonly [Figure, number])[] {
  const names: readonly Figure[] = [
    ...(['revenue', 'refunds', 'orders', 'newCustomers', 'sessions'] as const),
    ...(['adSpend', 'adRevenue', 'impressions', 'clicks', 'units'] as const),
  ];
  return names.flatMap((name) => {
    const value = figures[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}

/**
 * The figures of each day by platform, channel, country, product or campaign, as an organization with these platforms must
 * have them at this moment. What adds up over days is the sum of its days' parts, but for `orders` of a product: an order
 * with two products is one of each.
 *
 * @example
 * ```ts
 * import { startSandbox, truthBreakdown } from '@bizinsights/jobs-sandbox';
 *
 * const sandbox = await startSandbox({ platforms: [] });
 * for (const { day, key, revenue } of truthBreakdown(sandbox.shop, { by: 'channel', platforms: ['shopify'] })) {
 *   console.log(day, key, revenue); // 2026-08-26 Direct 12345
 * }
 * ```
 */
export function truthBreakdown(shop: Shop, options: BreakdownTruthOptions): readonly ShopDayPart[] {
  const { by, platforms = ALL, timeZone = shop.zone, from = '0000-01-01', to = '9999-12-31' } = options;
  const parts = new Parts();
  const range = { from, to };
  const isWanted = (day: string) => day >= from && day <= to;
  const dayOf = daysIn(timeZone, range);
  if (by !== 'campaign') {
    for (const seller of sellersOf(shop, platforms)) addSales(parts, seller, by, dayOf);
  }
  const traffic = platforms.includes('google-analytics') && by !== 'product' && by !== 'campaign';
  if (traffic) {
    for (const row of seenBy(shop, 'google-analytics').traffic(range)) {
      const key = by === 'platform' ? 'google-analytics' : row[by];
      if (isWanted(row.day)) parts.add(row.day, key, { sessions: row.sessions });
    }
  }
  if (platforms.includes('facebook-ads') && by !== 'product') {
    const names = new Map(shop.campaigns.map(({ id, name }) => [id, name]));
    for (const { campaignId, day, ...row } of seenBy(shop, 'facebook-ads').campaignDays(range)) {
      const { spend: adSpend, conversionValue: adRevenue, impressions, clicks } = row;
      const key = by === 'platform' ? 'facebook-ads' : by === 'campaign' ? String(campaignId) : undefined;
      const label = by === 'campaign' ? names.get(campaignId) : undefined;
      parts.add(day, key, { adSpend, adRevenue, impressions, clicks }, label);
    }
  }
  return parts.sorted();
}

/** The day of a moment in a zone, where it is one of those that are wanted. */
function daysIn(timeZone: string, { from, to }: { readonly from: string; readonly to: string }) {
  const DAY = 86_400_000;
  // A zone is less than a day away from UTC.
  const [begin, end] = [Date.parse(from) - DAY, Date.parse(to) + 2 * DAY];
  return (at: number): string | undefined => {
    if (at < begin || at >= end) return undefined;
    const day = dayIn(timeZone, at);
    return day >= from && day <= to ? day : undefined;
  };
}

function addSales(
  parts: Parts,
  { id, seen, sales }: Seller,
  by: Exclude<ShopDimension, 'campaign'>,
  dayOf: (at: number) => string | undefined,
): void {
  for (const { order, amount, refunded } of sales) {
    const day = dayOf(order.createdAt);
    if (day === undefined) continue;
    if (by !== 'product') {
      const key = by === 'platform' ? id : id === 'stripe' ? undefined : ORIGINS[id]?.[by](order);
      parts.add(day, key, { revenue: amount, refunds: refunded, orders: 1 });
    } else if (id !== 'stripe') addItems(parts, day, order);
  }
  if (by === 'product') return;
  for (const { createdAt } of seen.customers) {
    const day = dayOf(createdAt);
    if (day !== undefined) parts.add(day, by === 'platform' ? id : undefined, { newCustomers: 1 });
  }
}

function addItems(parts: Parts, day: string, { lines }: ShopOrder): void {
  const counted = new Set<number>();
  for (const { productId, title, quantity, price } of lines) {
    const orders = counted.has(productId) ? 0 : 1;
    counted.add(productId);
    parts.add(day, String(productId), { revenue: price * quantity, units: quantity, orders }, title);
  }
}

/** What a platform says of where an order is from. At the till there is no address, and no visit. */
interface Origin {
  channel(order: ShopOrder): string | undefined;
  country(order: ShopOrder): string | undefined;
}

const SHOPIFY: Readonly<Partial<Record<OrderSource, string>>> = { pos: 'Point of sale', admin: 'Draft order' };
const WOOCOMMERCE: Readonly<Partial<Record<OrderSource, string>>> = { pos: 'Point of sale', admin: 'Admin' };

const ORIGINS: Readonly<Partial<Record<ShopPlatform, Origin>>> = {
  shopify: {
    channel: ({ source, channel }) => SHOPIFY[source] ?? channel,
    country: ({ source, country }) => (source === 'pos' ? undefined : country),
  },
  woocommerce: {
    channel: ({ source, channel }) => WOOCOMMERCE[source] ?? channel,
    country: ({ country }) => country,
  },
};
