/** What Shopify's objects become, as the GraphQL Admin API gives them ("Order", "Product", "Customer"). */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { moneyOf } from '../records/money.js';
import type { CustomerRecord, OrderItem, OrderRecord, ProductRecord } from '../records/record.js';
import { type RecordReader, type SortedRecords, sortRecords } from '../records/sort-records.js';
import { countryCode, customerVisit, orderChannel } from './order-origin.js';
import { isOnlyRefunded, type OrderSums, soldTotal } from './order-total.js';

const id = z.union([z.string().regex(/^\d+$/), z.number().int()]).transform(String);
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const money = z.object({ amount: z.string(), currencyCode: z.string() });
const moneyBag = z.object({ shopMoney: money });
type MoneyV2 = z.output<typeof money>;

const toMoney = ({ amount, currencyCode }: MoneyV2) => moneyOf(amount, currencyCode);

/** `OrderDisplayFinancialStatus`. An authorized payment is not yet taken; a deposit is not yet the price. */
export const PAYMENTS: Readonly<Record<string, OrderRecord['payment']>> = {
  AUTHORIZED: 'pending',
  EXPIRED: 'void',
  PAID: 'paid',
  PARTIALLY_PAID: 'pending',
  PARTIALLY_REFUNDED: 'partially-refunded',
  PENDING: 'pending',
  REFUNDED: 'refunded',
  VOIDED: 'void',
};

/** `ProductStatus`. What is unlisted is for sale by its link. */
const STATUSES = { ACTIVE: 'active', ARCHIVED: 'archived', DRAFT: 'draft', UNLISTED: 'active' } as const;

const address = z.object({ countryCodeV2: countryCode }).nullish();

/** What may be absent: fields that the app is refused, and those of order-payments.ts. */
const order = z.object({
  legacyResourceId: id,
  name: z.string(),
  processedAt: time,
  updatedAt: time,
  cancelledAt: time.nullable(),
  displayFinancialStatus: z.string().nullable(),
  test: z.boolean(),
  sourceName: z.string().nullish(),
  totalPriceSet: moneyBag,
  originalTotalPriceSet: moneyBag.nullish(),
  currentTotalPriceSet: moneyBag.nullish(),
  totalRefundedSet: moneyBag,
  totalReceivedSet: moneyBag.nullish(),
  totalOutstandingSet: moneyBag.nullish(),
  customer: z.object({ legacyResourceId: id }).nullish(),
  shippingAddress: address,
  billingAddress: address,
  customerJourneySummary: z.object({ lastVisit: customerVisit.nullish() }).nullish(),
  lineItems: z.object({
    edges: z.array(
      z.object({
        node: z.object({
          title: z.string(),
          quantity: z.number().int(),
          currentQuantity: z.number().int().nullish(),
          originalUnitPriceSet: moneyBag,
          product: z.object({ legacyResourceId: id }).nullable(),
        }),
      }),
    ),
  }),
});

export const orderReader: RecordReader<z.output<typeof order>> = {
  kind: 'order',
  schema: order,
  idOf,
  toRecord(raw): OrderRecord {
    const total = toMoney(raw.totalPriceSet.shopMoney);
    const refunded = toMoney(raw.totalRefundedSet.shopMoney);
    const sums: OrderSums = {
      ordered: total.amount,
      current: amountOf(raw.currentTotalPriceSet),
      refunded: refunded.amount,
      received: amountOf(raw.totalReceivedSet),
      outstanding: amountOf(raw.totalOutstandingSet),
    };
    const country = raw.shippingAddress?.countryCodeV2 ?? raw.billingAddress?.countryCodeV2;
    const channel = orderChannel(raw.sourceName, raw.customerJourneySummary?.lastVisit);
    return {
      kind: 'order',
      id: raw.legacyResourceId,
      updatedAt: raw.updatedAt,
      number: raw.name,
      placedAt: raw.processedAt,
      ...(raw.cancelledAt === null ? {} : { cancelledAt: raw.cancelledAt }),
      payment: hasGrown(raw) ? paymentOf('PAID', raw.test) : paymentOf(raw.displayFinancialStatus, raw.test),
      total: { ...total, amount: soldTotal(sums) },
      refunded,
      ...(raw.customer ? { customerId: raw.customer.legacyResourceId } : {}),
      ...defined({ country, channel }),
      items: raw.lineItems.edges.flatMap(({ node }) =>
        soldItem(sums, node, {
          ...(node.product ? { productId: node.product.legacyResourceId } : {}),
          title: node.title,
          quantity: node.quantity,
          price: toMoney(node.originalUnitPriceSet.shopMoney),
        }),
      ),
    };
  },
};

function amountOf(bag: z.output<typeof moneyBag> | null | undefined): number | undefined {
  return bag ? toMoney(bag.shopMoney).amount : undefined;
}

/** An order that was paid in full, before an edit added something: Shopify calls that partially paid, as a deposit. */
function hasGrown(raw: z.output<typeof order>): boolean {
  const [received, original] = [amountOf(raw.totalReceivedSet), amountOf(raw.originalTotalPriceSet)];
  if (raw.displayFinancialStatus !== 'PARTIALLY_PAID' || received === undefined || original === undefined) return false;
  return original > 0 && received >= original;
}

/** An item with as many of it as are sold; nothing where an edit has taken all of them out of the order. */
export function soldItem(
  sums: OrderSums,
  { currentQuantity }: { readonly currentQuantity?: number | null | undefined },
  item: OrderItem,
): OrderItem[] {
  const quantity = isOnlyRefunded(sums) ? item.quantity : (currentQuantity ?? item.quantity);
  return quantity > 0 ? [{ ...item, quantity }] : [];
}

/**
 * A test order is no revenue, whatever its status says.
 *
 * @throws {RangeError} for a status that is not known
 */
export function paymentOf(status: string | null, isTest: boolean): OrderRecord['payment'] {
  if (isTest) return 'void';
  const payment = PAYMENTS[status?.toUpperCase() ?? 'PENDING'];
  if (payment) return payment;
  throw new RangeError('a financial status that is not known');
}

const product = z.object({
  legacyResourceId: id,
  title: z.string(),
  status: z.enum(['ACTIVE', 'ARCHIVED', 'DRAFT', 'UNLISTED']),
  updatedAt: time,
  tracksInventory: z.boolean(),
  totalInventory: z.number().int(),
  priceRangeV2: z.object({ minVariantPrice: money }),
});

export const productReader: RecordReader<z.output<typeof product>> = {
  kind: 'product',
  schema: product,
  idOf,
  toRecord: (raw): ProductRecord => ({
    kind: 'product',
    id: raw.legacyResourceId,
    updatedAt: raw.updatedAt,
    title: raw.title,
    status: STATUSES[raw.status],
    price: toMoney(raw.priceRangeV2.minVariantPrice),
    ...(raw.tracksInventory ? { stock: raw.totalInventory } : {}),
  }),
};

const customer = z.object({
  legacyResourceId: id,
  createdAt: time,
  updatedAt: time,
  displayName: z.string().nullish(),
  numberOfOrders: z.coerce.number().int(),
  defaultEmailAddress: z.object({ emailAddress: z.string() }).nullish(),
});

export const customerReader: RecordReader<z.output<typeof customer>> = {
  kind: 'customer',
  schema: customer,
  idOf,
  toRecord: (raw): CustomerRecord => ({
    kind: 'customer',
    id: raw.legacyResourceId,
    updatedAt: raw.updatedAt,
    createdAt: raw.createdAt,
    ...(raw.defaultEmailAddress ? { email: raw.defaultEmailAddress.emailAddress } : {}),
    ...(raw.displayName ? { name: raw.displayName } : {}),
    orderCount: raw.numberOfOrders,
  }),
};

const named = z.object({ legacyResourceId: id });

function idOf(raw: unknown): string | undefined {
  return named.safeParse(raw).data?.legacyResourceId;
}

/** One of Shopify's connections that is a stream. */
export interface ShopifyResource {
  readonly name: string;
  readonly query: string;
  /** Records that are asked for at first: what one query may cost on every plan. Then as many as its cost allows. */
  readonly firstPage: number;
  /** Parts of the query without which it is asked where the app is refused them. */
  readonly optional: readonly string[];
  readonly kind: RecordReader<unknown>['kind'];
  sort(nodes: readonly unknown[]): SortedRecords;
}

export function resource<Raw>(
  name: string,
  query: string,
  firstPage: number,
  reader: RecordReader<Raw>,
  optional: readonly string[] = [],
): ShopifyResource {
  return { name, query, firstPage, optional, kind: reader.kind, sort: (nodes) => sortRecords(reader, nodes) };
}
