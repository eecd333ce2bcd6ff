/** What was captured of a charge, and how much of that was given back. */

/** The fields of a charge that say so, in minor units as Stripe counts them. */
export interface ChargeAmounts {
  readonly status: 'succeeded' | 'pending' | 'failed';
  /** What was authorized. */
  readonly amount: number;
  /** `false`: authorized, and not yet captured for the last time. Such a charge has the status `succeeded`, too. */
  readonly captured?: boolean | undefined;
  /** Null for a hold that was released, before 2025-03-31.basil; absent before 2020-08-27. */
  readonly amount_captured?: number | null | undefined;
  readonly amount_refunded: number;
  /** Whether all that was captured was given back. */
  readonly refunded?: boolean | undefined;
  /** Epoch s. */
  readonly created: number;
}

/**
 * Since this version, what a partial capture leaves and what a hold releases is no refund any more ("Partially capturing or
 * canceling payments no longer creates a Refund"). Epoch s.
 *
 * @see https://docs.stripe.com/changelog/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow
 */
const BASIL = Date.UTC(2025, 2, 31) / 1_000;

/**
 * What was captured: 0 of a hold, of one that was released, and of a charge that has failed. Of a payment that is captured
 * several times ("Capture a payment multiple times") `captured` stays false until the last time, and a part was captured.
 */
export function capturedOf({ status, amount, captured, amount_captured }: ChargeAmounts): number {
  if (status === 'failed') return 0;
  if (captured === false) return amount_captured && amount_captured < amount ? amount_captured : 0;
  return amount_captured ?? (status === 'succeeded' ? amount : 0);
}

/**
 * What of that was given back. `amount_refunded` also counts what a partial capture has released where the account captures
 * with a version before basil, and Stripe does not say with which one it was. So: it is in there where it must be (the charge
 * is older than basil, or more was refunded than captured), and where it is exactly that amount.
 */
export function refundedOf(charge: ChargeAmounts): number {
  const { amount, amount_refunded, captured: isFinal, refunded: isWhole, created } = charge;
  const captured = capturedOf(charge);
  const released = isFinal === false || isWhole ? 0 : Math.max(0, amount - captured);
  const isReleaseIn =
    amount_refunded >= released && (amount_refunded === released || amount_refunded > captured || created < BASIL);
  return Math.min(captured, isReleaseIn ? amount_refunded - released : amount_refunded);
}
