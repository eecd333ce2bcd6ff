/** What a platform's webhooks have in common: who sent it, which event it is, what it says. */
import type { Mode } from '../mode.js';
import type { DeletedRecord, PlatformRecord, RejectedRecord } from '../records/record.js';

/** A webhook as it came. */
export interface WebhookRequest {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** As sent: a signature is over these bytes, not over what a parser makes of them. */
  readonly body: Uint8Array;
}

/** Whose word it is. `reason` says for the operator what was wrong, and holds no secret. */
export type WebhookVerdict = { readonly verified: true } | { readonly verified: false; readonly reason: string };

/** One verified event. */
export interface WebhookEvent {
  /** The same for each delivery of one event, and for no other event: what "seen before" goes by. */
  readonly id: string;
  /** In the platform's own words: `orders/updated`, `charge.refunded`. */
  readonly topic: string;
  /** When it happened, epoch ms, where the platform says so. */
  readonly occurredAt?: number;
  /** The account that it is of, where it is named: a shop's domain, an account's id. */
  readonly account?: string;
  /** Instead of `account`, where they are several: what is to be done is done for each of them. */
  readonly accounts?: readonly string[];
  /** Whether it is of real money or of a test environment, where the platform says so: Stripe's `livemode`. */
  readonly mode?: Mode;
  /** Parsed. Of ours, an integer beyond 2^53 - 1 is its digits as text: an id is a number or text, so read it by `String`. */
  readonly payload: unknown;
}

/** What is to be done about an event. */
export type WebhookEffect =
  | {
      readonly kind: 'records';
      readonly records: readonly PlatformRecord[];
      readonly rejected: readonly RejectedRecord[];
      readonly deleted: readonly DeletedRecord[];
      /** Those that such records are read from, for when the platform has to be asked. Absent: all of the platform's. */
      readonly streams?: readonly string[];
    }
  /** The event carries no data, or data that proves nothing: read these streams; none means all. */
  | { readonly kind: 'sync'; readonly streams: readonly string[]; readonly unproven?: string }
  | { readonly kind: 'access-lost'; readonly reason: string }
  /** A request about personal data that the law gives people, or that a merchant's contract does, a right to. */
  | { readonly kind: 'privacy'; readonly request: PrivacyRequest }
  /**
   * `unproven`, here and above: why the unsigned part of the request (topic, shop) is not believed. What was signed does
   * not agree with it, so nothing is deleted, nobody is disconnected, and no handler of the host runs. Holds no value.
   */
  | { readonly kind: 'ignored'; readonly unproven?: string };

/** A person whose data a platform asks for. The platform gives an id, an e-mail address, or both. */
export interface PrivacySubject {
  /** The platform's own, of the customer. */
  readonly customerId?: string;
  readonly email?: string;
  readonly phone?: string;
  /** Orders that are the customer's, also where they do not name the customer. */
  readonly orderIds: readonly string[];
}

/** What a platform asks for. */
export type PrivacyRequest =
  /** What identifies the customer is to be erased. */
  | ({ readonly type: 'erase-customer' } & PrivacySubject)
  /** The merchant is to get all that is stored of the customer. `requestId` is the platform's. */
  | ({ readonly type: 'export-customer'; readonly requestId?: string } & PrivacySubject)
  /** All data of the account is to be erased: its owner has left. */
  | { readonly type: 'erase-account' };

/** How one platform signs and words its webhooks. */
export interface WebhookScheme {
  /**
   * Checks the signature in constant time, with each of the secrets (several while one is replaced).
   *
   * @param now epoch ms, for the platforms that sign a time
   */
  verify(request: WebhookRequest, secrets: readonly string[], now: number): WebhookVerdict;
  /**
   * Reads a verified request. `undefined`: a ping, to be answered with 200 and forgotten.
   *
   * @param receivedAt when it came, epoch ms. A time that is not signed is not later than this. Default: now
   * @throws {PlatformResponseError} when the body is not what the platform sends
   */
  read(request: WebhookRequest, receivedAt?: number): WebhookEvent | undefined;
  /** A ping that comes unsigned and means nothing. Absent: there is none. */
  isPing?(request: WebhookRequest): boolean;
  /** What the event means for the records. A topic that is not known is `ignored`. */
  apply(event: WebhookEvent): WebhookEffect;
  /** The topics that `apply` knows, and that one subscribes to. */
  readonly topics: readonly string[];
  /** Those of requests about personal data: set once for an app, not for each account. Absent: there are none. */
  readonly privacyTopics?: readonly string[];
}
