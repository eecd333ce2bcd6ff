/**
 * What a sync imports: one shape for each kind of thing, the same for all platforms.
 *
 * Money is integer minor units with an ISO 4217 code; times are epoch milliseconds in UTC; a `day` is the platform
 * account's own calendar day (`2026-11-24`).
 */

/** An amount in minor units: `{ amount: 1999, currency: 'EUR' }` is 19.99 EUR; `{ amount: 500, currency: 'JPY' }` is 500 JPY. */
export interface Money {
  /** A whole number, negative for what goes back. */
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

interface RecordBase {
  /** The platform's own id, unique within the integration and the kind. Not empty; at most `MAX_ID_BYTES` long. */
  readonly id: string;
  /**
   * When the platform changed it last, epoch ms. A later state never gives way to an earlier one. Where the platform does
   * not say it (rows of reports, Stripe's objects), a moment at which the record was already so: it grows with each read.
   */
  readonly updatedAt: number;
}

export interface OrderRecord extends RecordBase {
  readonly kind: 'order';
  readonly number: string;
  readonly placedAt: number;
  readonly cancelledAt?: number;
  /** `paid` counts as revenue; `pending` not yet; `void` never. */
  readonly payment: 'pending' | 'paid' | 'refunded' | 'partially-refunded' | 'void';
  /** What the customer pays, taxes and shipping included: after edits of the order, before refunds. */
  readonly total: Money;
  /** What has been given back so far. */
  readonly refunded: Money;
  readonly customerId?: string;
  /** Where it goes, or who pays it lives: ISO 3166-1 alpha-2, upper case. Absent where the platform does not say it. */
  readonly country?: string;
  /**
   * What has brought it: a channel of `channelOf`. Absent where this state of the order does not say it; a sink then keeps
   * what an earlier state has said.
   */
  readonly channel?: string;
  readonly items: readonly OrderItem[];
}

export interface OrderItem {
  readonly productId?: string;
  readonly title: string;
  readonly quantity: number;
  readonly price: Money;
}

export interface ProductRecord extends RecordBase {
  readonly kind: 'product';
  readonly title: string;
  readonly status: 'active' | 'draft' | 'archived';
  readonly price?: Money;
  /** Undefined where the platform does not count it. */
  readonly stock?: number;
}

export interface CustomerRecord extends RecordBase {
  readonly kind: 'customer';
  readonly createdAt: number;
  readonly email?: string;
  readonly name?: string;
  readonly orderCount?: number;
}

export interface ChargeRecord extends RecordBase {
  readonly kind: 'charge';
  readonly createdAt: number;
  /** An amount that is authorized and not captured is `pending`. */
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** What was captured: less than what was authorized after a partial capture, 0 before any. */
  readonly amount: Money;
  readonly refunded: Money;
  readonly disputed: boolean;
  readonly customerId?: string;
}

/** One row of a web analytics report: a day, a channel, a country. */
export interface TrafficRecord extends RecordBase {
  readonly kind: 'traffic';
  readonly day: string;
  readonly channel: string;
  readonly country: string;
  readonly sessions: number;
  readonly users: number;
  readonly keyEvents: number;
  readonly revenue?: Money;
}

export interface CampaignRecord extends RecordBase {
  readonly kind: 'campaign';
  readonly name: string;
  readonly status: 'active' | 'paused' | 'deleted' | 'archived';
  readonly objective?: string;
}

/** What one campaign did on one day. */
export interface CampaignDayRecord extends RecordBase {
  readonly kind: 'campaign-day';
  readonly day: string;
  readonly campaignId: string;
  readonly spend: Money;
  readonly impressions: number;
  readonly clicks: number;
  readonly conversions: number;
  /** What the platform says the conversions were worth. */
  readonly conversionValue?: Money;
}

/** One thing of a platform. */
export type PlatformRecord =
  | OrderRecord
  | ProductRecord
  | CustomerRecord
  | ChargeRecord
  | TrafficRecord
  | CampaignRecord
  | CampaignDayRecord;

export type RecordKind = PlatformRecord['kind'];

/** What a platform sent that does not fit: kept aside, so that it can be looked at, and in nobody's way. */
export interface RejectedRecord {
  /** The platform's id where it could be read and is not too long; else a hash of the id, or of the record. */
  readonly id: string;
  /** The id is a hash. Which record it is, nobody knows. Default: false. */
  readonly hasNoId?: boolean;
  readonly kind: RecordKind;
  /** Each problem with its path, as a line. Holds no value of the record. */
  readonly reason: string;
  /** As it came; at most 64 KiB of it as JSON. */
  readonly raw: unknown;
}

/** The platform says that this is gone. */
export interface DeletedRecord {
  readonly kind: RecordKind;
  readonly id: string;
  readonly deletedAt: number;
}
