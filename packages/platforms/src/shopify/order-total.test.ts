import { describe, expect, it } from 'vitest';
import type { PlatformHttp } from '../http/http.js';
import type { OrderRecord } from '../records/record.js';
import { sortRecords } from '../records/sort-records.js';
import { shopify } from './index.js';
import { isOnlyRefunded, isPlain, type OrderSums, soldTotal } from './order-total.js';
import { orderPayload, tellsMoney } from './payloads.js';
import { orderReader } from './records.js';

/** Amounts in minor units: what Shopify says of an order that was placed for 100.00, and what it has sold. */
const CASES: Readonly<Record<string, OrderSums & { readonly sold: number }>> = {
  'nothing has happened': { ordered: 10_000, current: 10_000, refunded: 0, sold: 10_000 },
  'an edit has removed an item': { ordered: 10_000, current: 8_000, refunded: 0, sold: 8_000 },
  'an edit has added an item': { ordered: 12_000, current: 12_000, refunded: 0, sold: 12_000 },
  'an edit has added an item, and what was ordered stands': {
    ordered: 10_000,
    current: 12_000,
    refunded: 0,
    sold: 12_000,
  },
  'an edit has exchanged an item': { ordered: 13_000, current: 11_000, refunded: 0, sold: 11_000 },
  'an item was refunded': { ordered: 10_000, current: 7_000, refunded: 3_000, sold: 10_000 },
  'an amount was refunded, and no item': { ordered: 10_000, current: 10_000, refunded: 1_000, sold: 10_000 },
  'all was refunded': { ordered: 10_000, current: 0, refunded: 10_000, sold: 10_000 },
  'it was cancelled and refunded, and its shipping kept': {
    ordered: 10_000,
    current: 500,
    refunded: 9_500,
    sold: 10_000,
  },
  'it was cancelled, and nothing given back': { ordered: 10_000, current: 0, refunded: 0, sold: 0 },
  'an edit has removed an item, and the difference was refunded': {
    ordered: 10_000,
    current: 8_000,
    refunded: 2_000,
    sold: 10_000,
  },
  'an edit has removed an item, and another was refunded': {
    ordered: 10_000,
    current: 5_000,
    refunded: 3_000,
    sold: 8_000,
  },
  'an edit has added an item that was refunded': { ordered: 12_000, current: 10_000, refunded: 2_000, sold: 12_000 },
  'an old API version does not say what is left': {
    ordered: 10_000,
    current: undefined,
    refunded: 3_000,
    sold: 10_000,
  },
  'an item came back, and a fee was kept': {
    ordered: 10_000,
    current: 7_000,
    refunded: 2_500,
    received: 10_000,
    outstanding: 0,
    sold: 10_000,
  },
  'an edit has removed an item, another came back, and the customer is owed the first': {
    ordered: 10_000,
    current: 5_000,
    refunded: 3_000,
    received: 10_000,
    outstanding: -2_000,
    sold: 8_000,
  },
  'an item came back and more than it was refunded': {
    ordered: 10_000,
    current: 7_000,
    refunded: 3_500,
    received: 10_000,
    outstanding: 0,
    sold: 10_000,
  },
};

const decimal = (amount: number) => (amount / 100).toFixed(2);
const bag = (amount: number | undefined) =>
  amount === undefined ? undefined : { shopMoney: { amount: decimal(amount), currencyCode: 'EUR' } };
const set = (amount: number | undefined) =>
  amount === undefined ? undefined : { shop_money: { amount: decimal(amount), currency_code: 'EUR' } };

interface Item {
  readonly title: string;
  readonly quantity: number;
  readonly current?: number;
}
const ITEM: Item = { title: 'Mug', quantity: 1, current: 1 };

const node = (sums: OrderSums, items: readonly Item[] = [ITEM], more: Record<string, unknown> = {}) => ({
  id: 'gid://shopify/Order/7',
  legacyResourceId: '7',
  name: '#1007',
  processedAt: '2026-11-01T00:00:00Z',
  updatedAt: '2026-11-24T11:00:00Z',
  cancelledAt: null,
  displayFinancialStatus: 'PAID',
  test: false,
  totalPriceSet: bag(sums.ordered),
  currentTotalPriceSet: bag(sums.current),
  totalRefundedSet: bag(sums.refunded),
  totalReceivedSet: bag(sums.received),
  totalOutstandingSet: bag(sums.outstanding),
  customer: null,
  lineItems: {
    edges: items.map(({ title, quantity, current }) => ({
      node: { title, quantity, currentQuantity: current, originalUnitPriceSet: bag(100), product: null },
    })),
    pageInfo: { hasNextPage: false, endCursor: null },
  },
  ...more,
});

const payload = (sums: OrderSums, items: readonly Item[] = [ITEM], more: Record<string, unknown> = {}) => ({
  id: 7,
  name: '#1007',
  processed_at: '2026-11-01T00:00:00Z',
  updated_at: '2026-11-24T11:00:00Z',
  cancelled_at: null,
  financial_status: 'paid',
  test: false,
  total_price_set: set(sums.ordered),
  current_total_price_set: set(sums.current),
  refunds:
    sums.refunded === 0
      ? []
      : [{ transactions: [{ kind: 'refund', status: 'success', amount: decimal(sums.refunded), currency: 'EUR' }] }],
  customer: null,
  line_items: items.map(({ title, quantity, current }) => ({
    title,
    quantity,
    current_quantity: current,
    price_set: set(100),
    product_id: null,
  })),
  ...more,
});

function orderOf({ records }: ReturnType<typeof sortRecords>): OrderRecord {
  const [record] = records;
  if (record?.kind !== 'order') throw new Error('no order');
  return record;
}
const fromGraph = (raw: unknown) => orderOf(sortRecords(orderReader, [raw]));
const fromPayload = (raw: unknown) => orderOf(sortRecords(orderPayload, [raw]));

describe.each(Object.entries(CASES))('%s', (_name, { sold, ...sums }) => {
  it('counts with what was sold, before refunds', () => {
    expect(soldTotal(sums)).toBe(sold);
    const record = fromGraph(node(sums));
    expect(record).toMatchObject({ total: { amount: sold, currency: 'EUR' }, refunded: { amount: sums.refunded } });
  });

  it('is the same from a webhook, or the webhook has it asked', () => {
    const adjustments = sums.received === undefined || isPlain(sums) ? [] : [{ kind: 'refund_discrepancy' }];
    const [refund] = payload(sums).refunds;
    const raw = payload(sums, undefined, refund ? { refunds: [{ ...refund, order_adjustments: adjustments }] } : {});
    if (adjustments.length > 0) expect(tellsMoney(raw)).toBe(false);
    else expect([tellsMoney(raw), fromPayload(raw)]).toEqual([true, fromGraph(node(sums))]);
  });
});

describe('items', () => {
  const items: Item[] = [
    { title: 'Mug', quantity: 2, current: 1 },
    { title: 'Bowl', quantity: 1, current: 0 },
    { title: 'Vase', quantity: 1, current: 1 },
  ];
  const of = ({ items: found }: OrderRecord) => found.map(({ title, quantity }) => `${quantity} ${title}`);

  it.each([
    ['an edit has taken out are gone', { ordered: 500, current: 200, refunded: 0 }, ['1 Mug', '1 Vase']],
    [
      'came back stay, as the refund counts beside them',
      { ordered: 500, current: 300, refunded: 200 },
      ['2 Mug', '1 Bowl', '1 Vase'],
    ],
    [
      'are those that are left, after an edit and a refund',
      { ordered: 500, current: 200, refunded: 100 },
      ['1 Mug', '1 Vase'],
    ],
  ])('%s', (_name, sums, expected) => {
    expect(of(fromGraph(node(sums, items)))).toEqual(expected);
    expect(of(fromPayload(payload(sums, items)))).toEqual(expected);
    expect(isOnlyRefunded(sums)).toBe(expected.length === 3);
  });

  it('count with what was ordered where the payload does not say what is left', () => {
    const old = items.map(({ title, quantity }) => ({ title, quantity }));
    const sums = { ordered: 500, current: undefined, refunded: 0 };
    expect(of(fromPayload(payload(sums, old)))).toEqual(['2 Mug', '1 Bowl', '1 Vase']);
  });
});

describe('an order that is partly paid', () => {
  const sums = { ordered: 12_000, current: 12_000, refunded: 0, outstanding: 2_000 };
  const partly = { displayFinancialStatus: 'PARTIALLY_PAID', originalTotalPriceSet: bag(10_000) };

  it('is paid where it was, before an edit has added something', () => {
    expect(fromGraph(node({ ...sums, received: 10_000 }, undefined, partly))).toMatchObject({
      payment: 'paid',
      total: { amount: 12_000 },
    });
  });

  it('is pending where it is a deposit', () => {
    const deposit = node({ ...sums, received: 3_000 }, undefined, partly);
    expect(fromGraph(deposit).payment).toBe('pending');
    const unknown = node(sums, undefined, { displayFinancialStatus: 'PARTIALLY_PAID' });
    expect(fromGraph(unknown).payment).toBe('pending');
  });

  it('counts never where it is a test', () => {
    expect(fromGraph(node({ ...sums, received: 10_000 }, undefined, { ...partly, test: true })).payment).toBe('void');
  });

  it('is asked for where a webhook tells of it', () => {
    expect(tellsMoney(payload(sums, undefined, { financial_status: 'partially_paid' }))).toBe(false);
  });
});

it.each([
  ['what is owed accounts for the rest', '-20.00', [], true],
  ['nothing is owed, though less was given back than the items had cost', '0.00', [], false],
  ['Shopify says that it has adjusted the refund', '-20.00', [{ kind: 'refund_discrepancy' }], false],
  ['nothing is said of what is owed', undefined, [], true],
  ['what is owed cannot be read', 'much', [], true],
  ['what is owed is too much to be exact', '9'.repeat(30), [], true],
])('after an edit and a refund, a webhook tells the money: %s', (_name, owed, adjustments, tells) => {
  const sums = { ordered: 10_000, current: 5_000, refunded: 3_000 };
  const refunds = payload(sums).refunds.map((refund) => ({ ...refund, order_adjustments: adjustments }));
  expect(tellsMoney(payload(sums, undefined, { refunds, total_outstanding: owed }))).toBe(tells);
});

it('takes the current total also where a webhook has it in the shop’s currency alone', () => {
  const sums = { ordered: 10_000, current: undefined, refunded: 0 };
  expect(fromPayload(payload(sums, undefined, { current_total_price: '80.00' })).total.amount).toBe(8_000);
});

it('keeps an unreadable amount of a payload aside, with its reason', () => {
  const transactions = [{ kind: 'refund', status: 'success', amount: 'much', currency: 'EUR' }];
  const raw = payload({ ordered: 1_000, current: 500, refunded: 0 }, undefined, { refunds: [{ transactions }] });
  expect(tellsMoney(raw)).toBe(true);
  expect(sortRecords(orderPayload, [raw])).toMatchObject({ records: [], rejected: [{ id: '7' }] });
});

describe('what was paid', () => {
  /** Answers orders, and each one's payments when they are asked for. */
  const shop = (orders: readonly unknown[], payments: unknown) => {
    const asked: string[] = [];
    const http: PlatformHttp = {
      async send({ body }) {
        const { query } = JSON.parse(JSON.stringify(body));
        asked.push(query);
        const edges = orders.map((order, index) => ({ cursor: `c${index}`, node: order }));
        const page = { edges, pageInfo: { hasNextPage: false } };
        const data = query.startsWith('query OrderPayments') ? { order: payments } : { page };
        return { status: 200, headers: new Headers(), text: JSON.stringify({ data }) };
      },
    };
    return { http, asked };
  };
  const read = async (http: PlatformHttp) => {
    const credentials = { shop: 'glaze.myshopify.com', accessToken: 'shpat_0123456789abcdef' };
    const [stream] = shopify.connect(credentials, http).streams;
    const signal = AbortSignal.timeout(10_000);
    for await (const page of stream?.read({ mode: 'full', cursor: undefined, signal, now: () => 0 }) ?? []) {
      return page.records;
    }
    return [];
  };
  const fee = CASES['an item came back, and a fee was kept'];

  it('is asked for where the sums of an order do not tell what it has sold', async () => {
    const sums = { ordered: 10_000, current: 7_000, refunded: 2_500 };
    const { http, asked } = shop([node(sums)], { totalReceivedSet: bag(10_000), totalOutstandingSet: bag(0) });
    expect(await read(http)).toMatchObject([{ total: { amount: fee?.sold }, refunded: { amount: 2_500 } }]);
    expect(asked.filter((query) => query.startsWith('query OrderPayments'))).toHaveLength(1);
  });

  it('is not asked for otherwise', async () => {
    const plain = Object.values(CASES).filter((sums) => isPlain(sums));
    const { http, asked } = shop(
      plain.map((sums) => node(sums)),
      null,
    );
    expect(await read(http)).toHaveLength(plain.length);
    expect(asked.filter((query) => query.startsWith('query OrderPayments'))).toEqual([]);
  });

  it.each(['99999999999999999999', '1e400', '1,5', 'much'])('stops no other order where one has %s', async (amount) => {
    const bad = { shopMoney: { amount, currencyCode: 'EUR' } };
    const broken = node({ ordered: 10_000, current: 7_000, refunded: 2_500 }, undefined, { currentTotalPriceSet: bad });
    const { http } = shop([broken, node({ ordered: 10_000, current: 10_000, refunded: 0 })], null);
    expect(await read(http)).toMatchObject([{ total: { amount: 10_000 } }]);
  });

  it('is not there for an order that is deleted meanwhile', async () => {
    const { http } = shop([node({ ordered: 10_000, current: 5_000, refunded: 3_000 })], null);
    expect(await read(http)).toMatchObject([{ total: { amount: 8_000 } }]);
  });
});
