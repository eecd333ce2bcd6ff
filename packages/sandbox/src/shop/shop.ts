/** The shop of the sandbox: one state, of which each platform shows its view. Times are epoch ms, whole seconds. */

export interface ShopProduct {
  readonly id: number;
  readonly title: string;
  readonly createdAt: number;
  updatedAt: number;
  status: 'active' | 'draft' | 'archived';
  /** Minor units of the shop's currency. */
  price: number;
  stock: number;
}

export interface ShopCustomer {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly createdAt: number;
  updatedAt: number;
  orderCount: number;
}

export interface ShopOrderLine {
  readonly productId: number;
  readonly title: string;
  readonly quantity: number;
  /** Of one, in minor units. */
  readonly price: number;
}

export interface ShopOrder {
  readonly id: number;
  readonly customerId: number;
  /** Where the buyer lives, ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly createdAt: number;
  updatedAt: number;
  cancelledAt: number | undefined;
  /** How it stands with the payment. */
  payment: 'pending' | 'paid' | 'partially-refunded' | 'refunded' | 'void';
  /** What it is made of, after edits and before returns. */
  lines: readonly ShopOrderLine[];
  /** What edits have taken out of it. No money was given back for that. */
  removed: readonly ShopOrderLine[];
  /** Those of `lines` that came back, for a part of `refunded`. By itself the shop gives back amounts alone. */
  returned: readonly ShopOrderLine[];
  /** Minor units. */
  readonly shipping: number;
  /** What it costs, after edits and before refunds. Minor units. */
  total: number;
  /** What it cost when it was placed: what is paid. Minor units. */
  readonly placedTotal: number;
  refunded: number;
  /** Where it was placed. */
  readonly source: OrderSource;
  /** Where the buyer came from, as web analytics has it: one of {@link CHANNELS}. */
  readonly channel: Channel;
  /** Whether the payment is disputed. */
  disputed: boolean;
  /** What was captured of a payment that was authorized first, minor units; 0: nothing yet. Absent: all of it at once. */
  captured?: number;
}

/** In the online shop, at the till, or by the merchant on a customer's behalf. */
export type OrderSource = 'web' | 'pos' | 'admin';

/** Something that happened to an order's payment: what a payment platform tells as events. */
export interface ShopPaymentEvent {
  /** Counts up. */
  readonly id: number;
  readonly kind: 'created' | 'paid' | 'failed' | 'refunded' | 'disputed';
  readonly at: number;
  /** The order as it was right after. */
  readonly order: Readonly<ShopOrder>;
}

/** Something that happened to a customer. */
export interface ShopCustomerEvent {
  readonly id: number;
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly at: number;
  /** As it was right after, or last. */
  readonly customer: Readonly<ShopCustomer>;
}

/** What visitors did on a day, by where they came from. */
export interface ShopTraffic {
  /** Calendar day in the shop's zone: `2026-11-24`. */
  readonly day: string;
  readonly channel: Channel;
  readonly country: string;
  readonly sessions: number;
  readonly users: number;
  /** Purchases. */
  readonly keyEvents: number;
  /** Minor units. */
  readonly revenue: number;
}

export interface ShopCampaign {
  readonly id: number;
  readonly name: string;
  readonly objective: 'OUTCOME_SALES' | 'OUTCOME_TRAFFIC' | 'OUTCOME_AWARENESS';
  readonly createdAt: number;
  updatedAt: number;
  status: 'active' | 'paused' | 'deleted';
}

/** What a campaign did on a day. */
export interface ShopCampaignDay {
  readonly day: string;
  readonly campaignId: number;
  /** Minor units. */
  readonly spend: number;
  readonly impressions: number;
  readonly clicks: number;
  readonly conversions: number;
  /** Minor units. */
  readonly conversionValue: number;
}

/** Some days on which something is wrong, or unusually right. */
export interface ShopIncident {
  readonly kind: 'checkout-broken' | 'viral-post' | 'ads-overspent' | 'supplier-late';
  readonly firstDay: string;
  readonly lastDay: string;
}

export const CHANNELS = ['Organic Search', 'Direct', 'Paid Social', 'Email', 'Referral'] as const;
export type Channel = (typeof CHANNELS)[number];

export const COUNTRIES = ['DE', 'AT', 'CH', 'FR', 'NL'] as const;

/** The shop at the sandbox's present moment. Lists are in the order of their ids, which is that of their creation. */
export interface Shop {
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** IANA name. Days begin there, at midnight. */
  readonly zone: string;
  /** When it opened, epoch ms. */
  readonly openedAt: number;
  readonly products: readonly ShopProduct[];
  readonly customers: readonly ShopCustomer[];
  readonly orders: readonly ShopOrder[];
  /** Every order that was ever placed, also one that is deleted: payments and visits stay. */
  readonly placedOrders: readonly ShopOrder[];
  /** Also those that are deleted. */
  readonly campaigns: readonly ShopCampaign[];
  readonly paymentEvents: readonly ShopPaymentEvent[];
  readonly customerEvents: readonly ShopCustomerEvent[];
  readonly incidents: readonly ShopIncident[];
  /** All days since it opened, today among them as far as it has gone. Channels and countries of each day. */
  traffic(): readonly ShopTraffic[];
  /** All days and campaigns since it opened. */
  campaignDays(): readonly ShopCampaignDay[];
}
