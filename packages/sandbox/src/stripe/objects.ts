/** Stripe's objects, made of the shop ("The Charge object", "The Customer object", "The Dispute object"). */
import { STRIPE_VERSION } from '@bizinsights/jobs-platforms/stripe';
import type { ShopCustomer, ShopOrder } from '../shop/shop.js';

const id = (prefix: string, number: number) => `${prefix}_1Glaze${String(number).padStart(18, '0')}`;
const seconds = (ms: number) => Math.floor(ms / 1_000);

export const chargeId = (order: Pick<ShopOrder, 'id'>): string => id('ch', order.id);
export const customerId = (customer: Pick<ShopCustomer, 'id'>): string =>
  `cus_Glaze${String(customer.id).padStart(9, '0')}`;
export const eventId = (number: number): string => id('evt', number);

/** @param livemode here and below: whether it is shown to a live key */
export function chargeOf(order: Readonly<ShopOrder>, currency: string, livemode: boolean) {
  const status = order.payment === 'pending' ? 'pending' : order.payment === 'void' ? 'failed' : 'succeeded';
  const captured = status === 'succeeded' ? (order.captured ?? order.placedTotal) : 0;
  return {
    id: chargeId(order),
    object: 'charge',
    // An edit of the order moves no money.
    amount: order.placedTotal,
    amount_captured: captured,
    amount_refunded: order.refunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: captured > 0 ? id('txn', order.id) : null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'GLAZE AND CO',
    captured: captured > 0,
    created: seconds(order.createdAt),
    currency: currency.toLowerCase(),
    customer: customerId({ id: order.customerId }),
    description: `Order ${order.id}`,
    disputed: order.disputed,
    failure_balance_transaction: null,
    failure_code: status === 'failed' ? 'card_declined' : null,
    failure_message: status === 'failed' ? 'Your card was declined.' : null,
    fraud_details: {},
    livemode,
    metadata: { order_id: String(order.id) },
    on_behalf_of: null,
    outcome: null,
    paid: status === 'succeeded',
    payment_intent: id('pi', order.id),
    payment_method: id('pm', order.id),
    payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: order.payment === 'refunded',
    review: null,
    shipping: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
  };
}

export function customerOf(customer: Readonly<ShopCustomer>, livemode: boolean) {
  return {
    id: customerId(customer),
    object: 'customer',
    address: { city: null, country: customer.country, line1: null, line2: null, postal_code: null, state: null },
    balance: 0,
    created: seconds(customer.createdAt),
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: customer.email,
    livemode,
    metadata: { orders: String(customer.orderCount) },
    name: `${customer.firstName} ${customer.lastName}`,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
  };
}

export function disputeOf(order: Readonly<ShopOrder>, currency: string, at: number, livemode: boolean) {
  return {
    id: id('du', order.id),
    object: 'dispute',
    amount: order.placedTotal,
    charge: chargeId(order),
    created: seconds(at),
    currency: currency.toLowerCase(),
    livemode,
    metadata: {},
    payment_intent: id('pi', order.id),
    reason: 'product_not_received',
    status: 'needs_response',
  };
}

export function eventOf(number: number, type: string, at: number, object: unknown, livemode: boolean) {
  return {
    id: eventId(number),
    object: 'event',
    api_version: STRIPE_VERSION,
    created: seconds(at),
    data: { object },
    livemode,
    pending_webhooks: 0,
    request: { id: null, idempotency_key: null },
    type,
  };
}

export type StripeObject = ReturnType<typeof chargeOf> | ReturnType<typeof customerOf> | ReturnType<typeof eventOf>;
