/** The shop's things as nodes of Shopify's graph. */
import type { SandboxWorld } from '../platform.js';
import type { Shop, ShopCustomer, ShopOrder, ShopProduct } from '../shop/shop.js';
import { type ConnectionArguments, connection } from './connection.js';
import { DOMAIN, decimal, time } from './formats.js';
import { VISITS, viewOf } from './order-view.js';

const gid = (type: string, id: number) => `gid://shopify/${type}/${id}`;

/** Without `read_all_orders`, older orders are not listed ("Shopify API access scopes"), ms. */
const LISTED = 60 * 24 * 3_600_000;

/** What a query starts from. */
export function rootOf({ shop, now, grants }: Pick<SandboxWorld, 'shop' | 'now' | 'grants'>) {
  const { currency } = shop;
  const { scopes } = grants;
  const listed = (orders: Shop['orders']) =>
    scopes.includes('read_all_orders') ? orders : orders.filter(({ createdAt }) => createdAt >= now() - LISTED);
  const money = (amount: number) => ({ amount: decimal(amount), currencyCode: currency });
  const moneyBag = (amount: number) => ({ shopMoney: money(amount), presentmentMoney: money(amount) });
  const products = byId(shop.products);
  const customers = byId(shop.customers);

  const productNode = (product: ShopProduct) => ({
    id: gid('Product', product.id),
    legacyResourceId: String(product.id),
    title: product.title,
    status: product.status.toUpperCase(),
    createdAt: time(product.createdAt),
    updatedAt: time(product.updatedAt),
    tracksInventory: true,
    totalInventory: product.stock,
    priceRangeV2: { minVariantPrice: money(product.price), maxVariantPrice: money(product.price) },
  });
  const customerNode = (customer: ShopCustomer) => ({
    id: gid('Customer', customer.id),
    legacyResourceId: String(customer.id),
    createdAt: time(customer.createdAt),
    updatedAt: time(customer.updatedAt),
    firstName: customer.firstName,
    lastName: customer.lastName,
    displayName: `${customer.firstName} ${customer.lastName}`,
    numberOfOrders: String(customer.orderCount),
    defaultEmailAddress: { emailAddress: customer.email },
  });
  const addressOf = (country: string | undefined) => (country === undefined ? null : { countryCodeV2: country });
  const orderNode = (order: ShopOrder, view = viewOf(order)) => ({
    id: gid('Order', order.id),
    legacyResourceId: String(order.id),
    name: `#${order.id - 99_000}`,
    createdAt: time(order.createdAt),
    processedAt: time(order.createdAt),
    updatedAt: time(order.updatedAt),
    cancelledAt: order.cancelledAt === undefined ? null : time(order.cancelledAt),
    displayFinancialStatus: view.status,
    test: false,
    edited: order.removed.length > 0 || order.total > order.placedTotal,
    sourceName: view.sourceName,
    currencyCode: currency,
    totalPriceSet: moneyBag(view.ordered),
    originalTotalPriceSet: moneyBag(order.placedTotal),
    currentTotalPriceSet: moneyBag(view.current),
    totalRefundedSet: moneyBag(order.refunded),
    totalReceivedSet: moneyBag(view.received),
    totalOutstandingSet: moneyBag(view.outstanding),
    shippingAddress: addressOf(view.shippingCountry),
    billingAddress: addressOf(view.billingCountry),
    customerJourneySummary: order.source === 'web' ? { ready: true, lastVisit: VISITS[order.channel] } : null,
    customer: () => map(customers.get(order.customerId), customerNode),
    lineItems(args: ConnectionArguments) {
      const lines = view.items.map((line, index) => ({
        ...line,
        id: order.id * 100 + index,
        createdAt: index,
        updatedAt: 0,
      }));
      return connection(
        lines,
        (line) => ({
          id: gid('LineItem', line.id),
          title: line.title,
          quantity: line.quantity,
          currentQuantity: line.currentQuantity,
          originalUnitPriceSet: moneyBag(line.price),
          product: () => map(products.get(line.productId), productNode),
        }),
        args,
      );
    },
  });

  return {
    shop: {
      id: gid('Shop', 1),
      name: shop.name,
      currencyCode: currency,
      ianaTimezone: shop.zone,
      myshopifyDomain: DOMAIN,
    },
    currentAppInstallation: {
      id: gid('AppInstallation', 1),
      accessScopes: scopes.map((handle) => ({ handle, description: handle })),
    },
    orders: (args: ConnectionArguments) => connection(listed(shop.orders), (order) => orderNode(order), args),
    products: (args: ConnectionArguments) => connection(shop.products, productNode, args),
    customers: (args: ConnectionArguments) => connection(shop.customers, customerNode, args),
    order: ({ id }: { id: string }) => map(byId(listed(shop.orders)).get(idOf(id)), (order) => orderNode(order)),
    product: ({ id }: { id: string }) => map(products.get(idOf(id)), productNode),
    customer: ({ id }: { id: string }) => map(customers.get(idOf(id)), customerNode),
  };
}

function byId<T extends { readonly id: number }>(records: readonly T[]): Map<number, T> {
  return new Map(records.map((record) => [record.id, record]));
}

function map<T, Node>(record: T | undefined, toNode: (record: T) => Node): Node | null {
  return record === undefined ? null : toNode(record);
}

function idOf(text: string): number {
  return Number(text.split('/').at(-1));
}
