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

/** Some days: `2026-11-24`. */
export interface ShopDays {
  readonly from: string;
  readonly to: string;
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

/** What an incident looks like in the figures. */
export type ShopIncidentKind = 'spike' | 'drop' | 'level-shift' | 'silent-platform' | 'broken-tracking';

/** What is behind an incident. */
export type ShopIncidentCause =
  | 'checkout-broken'
  | 'viral-post'
  | 'product-hyped'
  | 'ads-overspent'
  | 'ranking-won'
  | 'ranking-lost'
  | 'platform-silent'
  | 'visits-untracked'
  | 'purchases-untracked';

/** The figures that an incident changes: those of `store.metrics`, by the same names. */
export type ShopMetric =
  | 'revenue'
  | 'orders'
  | 'newCustomers'
  | 'sessions'
  | 'adSpend'
  | 'adRevenue'
  | 'impressions'
  | 'clicks'
  | 'averageOrderValue'
  | 'conversionRate'
  | 'returnOnAdSpend';

/** Some days on which something is wrong, or unusually right, and what is to be seen of it. */
export interface ShopIncident {
  /** `viral-post-2026-05-02`: its cause and its first day. */
  readonly id: string;
  readonly kind: ShopIncidentKind;
  readonly cause: ShopIncidentCause;
  /** The first and the last day, in the shop's zone. A level shift lasts until the day before the next one. */
  readonly from: string;
  readonly to: string;
  /** Whose answers alone show it. Absent: it is the shop's own. */
  readonly platform?: ShopPlatform;
  /** What makes the change, where it is one thing. `value` is the key of `store.metrics.breakdown`. */
  readonly driver?: {
    readonly dimension: 'channel' | 'product' | 'campaign' | 'platform';
    readonly value: string;
  };
  /**
   * What each figure is multiplied by on these days, against the same days without the incident: 2.5 is two and a half times
   * as much. Figures that are not named stay as they are. Where `platform` is set, they are the figures of that platform.
   */
  readonly effects: Readonly<Partial<Record<ShopMetric, number>>>;
}

/** A platform that shows the shop. */
export type ShopPlatform = 'shopify' | 'stripe' | 'google-analytics' | 'facebook-ads' | 'woocommerce';

/** What has just happened in the shop: what platforms send webhooks about. `id` counts up from the opening. */
export type ShopHappening = { readonly id: number; readonly at: number } & (
  | {
      readonly subject: 'order';
      readonly kind: ShopPaymentEvent['kind'] | 'edited' | 'deleted';
      readonly order: Readonly<ShopOrder>;
      readonly event?: ShopPaymentEvent;
    }
  | { readonly subject: 'product'; readonly kind: 'updated' | 'deleted'; readonly product: Readonly<ShopProduct> }
  | {
      readonly subject: 'customer';
      readonly kind: ShopCustomerEvent['kind'];
      readonly customer: Readonly<ShopCustomer>;
      readonly event: ShopCustomerEvent;
    }
  | { readonly subject: 'campaign'; readonly kind: 'created' | 'updated'; readonly campaign: Readonly<ShopCampaign> }
);

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
  /** Those that have begun, in the order of their days. */
  readonly incidents: readonly ShopIncident[];
  /**
   * Channels and countries of each day, today among them as far as it has gone.
   *
   * @param days here and below: calendar days, both among them. Default: all since it opened
   */
  traffic(days?: ShopDays): readonly ShopTraffic[];
  campaignDays(days?: ShopDays): readonly ShopCampaignDay[];
}
