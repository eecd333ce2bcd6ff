/** What Shopify says of an order of the shop, the same in its graph and in its webhooks. Money in minor units. */
import type { Channel, ShopOrder, ShopOrderLine } from '../shop/shop.js';

/** An item, also one that is no longer in the order. */
export interface ItemView extends ShopOrderLine {
  /** Without what was returned, and what an edit has taken out. */
  readonly currentQuantity: number;
}

export interface OrderView {
  readonly status: 'AUTHORIZED' | 'PENDING' | 'PAID' | 'PARTIALLY_PAID' | 'PARTIALLY_REFUNDED' | 'REFUNDED' | 'VOIDED';
  readonly sourceName: string;
  /** Everything that was ever ordered. */
  readonly ordered: number;
  /** Of that, what is still there. */
  readonly current: number;
  readonly received: number;
  readonly outstanding: number;
  /** What was given back without an item that came back for it. */
  readonly discrepancy: number;
  readonly items: readonly ItemView[];
  /** Undefined at the till. */
  readonly billingCountry: string | undefined;
  /** Undefined where nothing is shipped. */
  readonly shippingCountry: string | undefined;
}

const STATUSES = {
  pending: 'PENDING',
  paid: 'PAID',
  'partially-refunded': 'PARTIALLY_REFUNDED',
  refunded: 'REFUNDED',
  void: 'VOIDED',
} as const;

const SOURCES = { web: 'web', pos: 'pos', admin: 'shopify_draft_order' } as const;

export function viewOf(order: Readonly<ShopOrder>): OrderView {
  const isBack = order.refunded > 0 && order.refunded === order.total;
  const returned = isBack ? order.total : sum(order.returned);
  const received = order.payment === 'pending' || order.payment === 'void' ? 0 : order.placedTotal;
  return {
    status: order.payment === 'paid' && order.total > order.placedTotal ? 'PARTIALLY_PAID' : STATUSES[order.payment],
    sourceName: SOURCES[order.source],
    ordered: order.total + sum(order.removed),
    current: order.total - returned,
    received,
    outstanding: order.total - received,
    discrepancy: order.refunded - returned,
    items: itemsOf(order, isBack),
    billingCountry: order.source === 'pos' ? undefined : order.country,
    shippingCountry: order.source === 'web' ? order.country : undefined,
  };
}

/** What an edit takes out of a line is still one of its items. */
function itemsOf({ lines, removed, returned }: Readonly<ShopOrder>, isBack: boolean): ItemView[] {
  const gone = [...removed];
  const items = lines.map((line): ItemView => {
    const place = gone.findIndex(({ productId, price }) => productId === line.productId && price === line.price);
    const [taken] = place < 0 ? [] : gone.splice(place, 1);
    return {
      ...line,
      quantity: line.quantity + (taken?.quantity ?? 0),
      currentQuantity: isBack || returned.includes(line) ? 0 : line.quantity,
    };
  });
  return [...items, ...gone.map((line) => ({ ...line, currentQuantity: 0 }))];
}

function sum(lines: readonly ShopOrderLine[]): number {
  return lines.reduce((total, { quantity, price }) => total + quantity * price, 0);
}

/** A visit as Shopify tells of it. */
export interface VisitView {
  readonly source: string;
  readonly sourceType?: string;
  readonly referrerUrl?: string;
  readonly utmParameters?: { readonly source: string; readonly medium: string; readonly campaign: string };
}

/** The last visit before an order, of each of the shop's channels. */
export const VISITS: Readonly<Record<Channel, VisitView>> = {
  'Organic Search': { source: 'Google', sourceType: 'SEO', referrerUrl: 'https://www.google.com/' },
  Direct: { source: 'direct' },
  'Paid Social': {
    source: 'Facebook',
    referrerUrl: 'https://l.facebook.com/',
    utmParameters: { source: 'facebook', medium: 'paid_social', campaign: 'Prospecting' },
  },
  Email: {
    source: 'an email',
    sourceType: 'NEWSLETTER',
    utmParameters: { source: 'klaviyo', medium: 'email', campaign: 'News' },
  },
  Referral: { source: 'pottery.example', referrerUrl: 'https://pottery.example/shops' },
};
