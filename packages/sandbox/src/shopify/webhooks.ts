/** Shopify's webhooks about the shop: payloads of the REST API ("Webhook topics"), signed with the app's client secret. */

import { randomUUID } from 'node:crypto';
import { hmacSha256 } from '@bizinsights/jobs-platforms';
import { SHOPIFY_VERSION, shopify } from '@bizinsights/jobs-platforms/shopify';
import type { SandboxPlatform, SandboxWorld } from '../platform.js';
import type { Shop, ShopCustomer, ShopHappening, ShopOrder, ShopProduct } from '../shop/shop.js';
import { DOMAIN, decimal, time } from './formats.js';
import { type OrderView, viewOf } from './order-view.js';

const CLIENT_SECRET = 'shpss_glaze_and_co_sandbox';

export function webhooksOf({ shop }: SandboxWorld): NonNullable<SandboxPlatform['webhooks']> {
  const { topics = [], privacyTopics = [] } = shopify.webhook ?? {};
  return {
    secret: CLIENT_SECRET,
    topics,
    privacyTopics,
    topicsOf,
    make(topic, { secret, at, about, deliveryId = randomUUID() }) {
      const body = JSON.stringify(payloadOf(topic, shop, about));
      return {
        body,
        headers: {
          'content-type': 'application/json',
          'x-shopify-topic': topic,
          'x-shopify-shop-domain': DOMAIN,
          'x-shopify-api-version': SHOPIFY_VERSION,
          'x-shopify-webhook-id': deliveryId,
          'x-shopify-event-id': randomUUID(),
          'x-shopify-triggered-at': new Date(at).toISOString(),
          'x-shopify-hmac-sha256': hmacSha256(secret, body).toString('base64'),
        },
      };
    },
  };
}

const ORDER_TOPICS = {
  created: ['orders/create'],
  paid: ['orders/paid', 'orders/updated'],
  failed: ['orders/cancelled', 'orders/updated'],
  refunded: ['refunds/create', 'orders/updated'],
  disputed: [],
  edited: ['orders/edited', 'orders/updated'],
  deleted: ['orders/delete'],
} as const;
const CUSTOMER_TOPICS = {
  created: 'customers/create',
  updated: 'customers/update',
  deleted: 'customers/delete',
} as const;
const PRODUCT_TOPICS = { updated: 'products/update', deleted: 'products/delete' } as const;

function topicsOf(happening: ShopHappening): readonly string[] {
  if (happening.subject === 'order') return ORDER_TOPICS[happening.kind];
  if (happening.subject === 'customer') return [CUSTOMER_TOPICS[happening.kind]];
  return happening.subject === 'product' ? [PRODUCT_TOPICS[happening.kind]] : [];
}

/** Of what it is about, else of the newest thing that fits. */
function payloadOf(topic: string, shop: Shop, about: ShopHappening | undefined): unknown {
  const [subject, action] = topic.split('/');
  if (action === 'redact' || action === 'data_request') return compliancePayload(topic, shop);
  const cancelled = action === 'cancelled' ? shop.orders.findLast(({ cancelledAt }) => cancelledAt) : undefined;
  const order = about?.subject === 'order' ? about.order : (cancelled ?? shop.orders.at(-1));
  const product = about?.subject === 'product' ? about.product : shop.products.at(-1);
  const customer = about?.subject === 'customer' ? about.customer : shop.customers.at(-1);
  if (subject === 'app') return { id: 1, name: shop.name, domain: DOMAIN, myshopify_domain: DOMAIN };
  if (subject === 'refunds') return { id: 900_001, order_id: order?.id, transactions: [] };
  if (action === 'edited') return { order_edit: { id: 800_001, order_id: order?.id } };
  const thing = subject === 'orders' ? order : subject === 'products' ? product : customer;
  if (action === 'delete') {
    const isOfCustomer = subject === 'customers';
    const left = { tax_exemptions: [], admin_graphql_api_id: `gid://shopify/Customer/${thing?.id}` };
    return { id: thing?.id, ...(isOfCustomer ? left : {}) };
  }
  if (!thing) return {};
  if ('lines' in thing) return orderPayload(thing, shop);
  return 'stock' in thing ? productPayload(thing) : customerPayload(thing, shop.currency);
}

/** Of the newest customer ("Privacy law compliance"). */
function compliancePayload(topic: string, { customers, orders }: Shop) {
  const whose = { shop_id: 954_889, shop_domain: DOMAIN };
  if (topic === 'shop/redact') return whose;
  const { id, email } = customers.at(-1) ?? {};
  const own = orders.filter(({ customerId }) => customerId === id).map((order) => order.id);
  const customer = { id, email, phone: null };
  return topic === 'customers/redact'
    ? { ...whose, customer, orders_to_redact: own }
    : { ...whose, orders_requested: own, customer, data_request: { id: 9_999 } };
}

export function orderPayload(order: Readonly<ShopOrder>, { currency, customers }: Shop) {
  const customer = customers.find(({ id }) => id === order.customerId);
  const moneySet = (amount: number) => {
    const money = { amount: decimal(amount), currency_code: currency };
    return { shop_money: money, presentment_money: money };
  };
  const view = viewOf(order);
  const addressOf = (country: string | undefined) => (country === undefined ? null : { country_code: country });
  return {
    id: order.id,
    admin_graphql_api_id: `gid://shopify/Order/${order.id}`,
    name: `#${order.id - 99_000}`,
    order_number: order.id - 99_000,
    order_status_url: `https://${DOMAIN}/1/orders/${order.id.toString(16).padStart(32, '0')}/authenticate?key=0`,
    created_at: time(order.createdAt),
    processed_at: time(order.createdAt),
    updated_at: time(order.updatedAt),
    cancelled_at: order.cancelledAt === undefined ? null : time(order.cancelledAt),
    currency,
    presentment_currency: currency,
    financial_status: view.status.toLowerCase(),
    test: false,
    source_name: view.sourceName,
    total_price: decimal(view.ordered),
    total_price_set: moneySet(view.ordered),
    current_total_price: decimal(view.current),
    current_total_price_set: moneySet(view.current),
    total_outstanding: decimal(view.outstanding),
    refunds: refundsOf(order, view, currency),
    shipping_address: addressOf(view.shippingCountry),
    billing_address: addressOf(view.billingCountry),
    customer: customer ? customerPayload(customer, currency) : null,
    line_items: view.items.map(({ productId, title, quantity, currentQuantity, price }, index) => ({
      id: order.id * 100 + index,
      product_id: productId,
      title,
      quantity,
      current_quantity: currentQuantity,
      price: decimal(price),
      price_set: moneySet(price),
    })),
  };
}

/** All that was given back, as one refund. What no item came back for is an adjustment, negative for the customer's. */
function refundsOf({ id, refunded }: Readonly<ShopOrder>, { discrepancy }: OrderView, currency: string) {
  if (refunded === 0) return [];
  const transactions = [{ kind: 'refund', status: 'success', amount: decimal(refunded), currency }];
  const adjustment = { kind: 'refund_discrepancy', reason: 'Refund discrepancy', amount: decimal(-discrepancy) };
  return [{ id, order_id: id, transactions, order_adjustments: discrepancy === 0 ? [] : [adjustment] }];
}

function productPayload(product: Readonly<ShopProduct>) {
  return {
    id: product.id,
    admin_graphql_api_id: `gid://shopify/Product/${product.id}`,
    title: product.title,
    status: product.status,
    created_at: time(product.createdAt),
    updated_at: time(product.updatedAt),
    variants: [{ id: product.id * 10, price: decimal(product.price), inventory_quantity: product.stock }],
  };
}

/** Without `orders_count`, `tags` and `total_spent`, which API version 2025-01 has taken out. */
function customerPayload(customer: Readonly<ShopCustomer>, currency: string) {
  return {
    id: customer.id,
    admin_graphql_api_id: `gid://shopify/Customer/${customer.id}`,
    created_at: time(customer.createdAt),
    updated_at: time(customer.updatedAt),
    first_name: customer.firstName,
    last_name: customer.lastName,
    email: customer.email,
    currency,
  };
}
