import { describe, expect, it } from 'vitest';
import { sortRecords } from '../records/sort-records.js';
import { customerReader, orderReader, productReader } from './records.js';

const order = {
  id: 727,
  number: '727',
  status: 'processing',
  currency: 'EUR',
  date_created_gmt: '2026-11-20T19:28:02',
  date_modified_gmt: '2026-11-20T19:30:00',
  date_paid_gmt: '2026-11-20T19:28:08',
  total: '29.3500',
  customer_id: 26,
  line_items: [
    { name: 'Mug', product_id: 93, quantity: 3, total: '10.0000' },
    { name: 'No longer sold', product_id: 0, quantity: 1, total: '19.3500' },
  ],
  refunds: [],
};
const orderOf = (change: object) => sortRecords(orderReader, [{ ...order, ...change }]);

it('an order, whole', () => {
  expect(orderOf({}).records).toEqual([
    {
      kind: 'order',
      id: '727',
      number: '727',
      placedAt: Date.UTC(2026, 10, 20, 19, 28, 2),
      updatedAt: Date.UTC(2026, 10, 20, 19, 30),
      payment: 'paid',
      total: { amount: 2_935, currency: 'EUR' },
      refunded: { amount: 0, currency: 'EUR' },
      customerId: '26',
      items: [
        { productId: '93', title: 'Mug', quantity: 3, price: { amount: 333, currency: 'EUR' } },
        { title: 'No longer sold', quantity: 1, price: { amount: 1_935, currency: 'EUR' } },
      ],
    },
  ]);
});

describe('what the status of an order says about its payment', () => {
  it.each([
    [{ status: 'pending', date_paid_gmt: null }, { payment: 'pending' }],
    [{ status: 'on-hold', date_paid_gmt: null }, { payment: 'pending' }],
    [{ status: 'checkout-draft', date_paid_gmt: null }, { payment: 'pending' }],
    // Cash on delivery: being sent, and not paid yet.
    [{ status: 'processing', date_paid_gmt: null }, { payment: 'paid' }],
    [{ status: 'completed' }, { payment: 'paid' }],
    [{ status: 'failed' }, { payment: 'void' }],
    [{ status: 'cancelled' }, { payment: 'void', cancelledAt: Date.UTC(2026, 10, 20, 19, 30) }],
    // Of a plugin.
    [{ status: 'shipped' }, { payment: 'paid' }],
    [{ status: 'quote', date_paid_gmt: null }, { payment: 'pending' }],
    [
      { refunds: [{ total: '-5.00' }, { total: '-0.35' }] },
      { payment: 'partially-refunded', refunded: { amount: 535 } },
    ],
    [{ refunds: [{ total: '-29.35' }] }, { payment: 'refunded', refunded: { amount: 2_935 } }],
    [
      { status: 'refunded', refunds: [] },
      { payment: 'refunded', refunded: { amount: 2_935 } },
    ],
    [
      { status: 'refunded', refunds: [{ total: '-29.35' }] },
      { payment: 'refunded', refunded: { amount: 2_935 } },
    ],
    // Never paid. WooCommerce adds a refund of all by itself, unless a plugin keeps it from that.
    [
      { status: 'refunded', date_paid_gmt: null, refunds: [] },
      { payment: 'void', refunded: { amount: 0 } },
    ],
    [
      { status: 'refunded', date_paid_gmt: undefined, payment_method: 'bacs' },
      { payment: 'void', refunded: { amount: 0 } },
    ],
    [
      { status: 'refunded', date_paid_gmt: null, refunds: [{ total: '-29.35' }], payment_method: 'cod' },
      { payment: 'void', refunded: { amount: 0 } },
    ],
    // A free order that was set to refunded.
    [
      { status: 'refunded', total: '0.00' },
      { payment: 'refunded', refunded: { amount: 0 } },
    ],
    [{ status: 'processing', total: '0.00' }, { payment: 'paid' }],
    // Part of the goods of a cash on delivery came back before it was paid for.
    [
      { date_paid_gmt: null, payment_method: 'cod', refunds: [{ total: '-9.35' }] },
      { payment: 'partially-refunded', refunded: { amount: 935 } },
    ],
    // Cancelled, or not collected, after it was paid.
    [{ status: 'cancelled', refunds: [{ total: '-29.35' }] }, { payment: 'void' }],
    [{ status: 'failed', refunds: [{ total: '-29.35' }] }, { payment: 'void' }],
    [{ status: 'trash' }, { payment: 'void' }],
    // Set back by hand: the shop waits for its money.
    [{ status: 'on-hold' }, { payment: 'pending' }],
    // Of a plugin, given back in part.
    [
      { status: 'returned', refunds: [{ total: '-9.35' }] },
      { payment: 'partially-refunded', refunded: { amount: 935 } },
    ],
    [{ status: 'returned', date_paid_gmt: null, refunds: [{ total: '-9.35' }] }, { payment: 'pending' }],
  ])('%j', (change, expected) => expect(orderOf(change).records).toMatchObject([expected]));
});

it.each([
  ['KWD', '1.2345', 1_235],
  ['JPY', '500.0000', 500],
  ['EUR', '-1.00', -100],
])('%s %s', (currency, total, amount) => {
  expect(orderOf({ currency, total }).records).toMatchObject([{ total: { amount, currency } }]);
});

it('a guest has no customer', () => {
  expect(orderOf({ customer_id: 0 }).records[0]).not.toHaveProperty('customerId');
});

describe('what does not fit is kept aside', () => {
  it.each([
    [{ total: 'free' }, 'an amount that is not a decimal number'],
    [{ date_created_gmt: '2026-13-40T00:00:00' }, 'date_created_gmt: expected a time that exists'],
    [{ date_modified_gmt: '2026-11-20T19:30:00Z' }, 'date_modified_gmt: expected a time as 2026-11-24T10:00:00'],
    [{ currency: 'Euro' }, 'a currency that is not an ISO 4217 code'],
  ])('%j', (change, reason) => {
    expect(orderOf(change)).toMatchObject({ records: [], rejected: [{ id: '727', kind: 'order', reason }] });
  });
});

it('products, with and without a price and a stock', () => {
  const product = { id: 7, name: 'Mug', status: 'publish', date_modified_gmt: '2026-11-20T10:00:00', price: '9.90' };
  const items = [
    { ...product, stock_quantity: 3 },
    { ...product, id: 8, status: 'private', price: '', stock_quantity: null },
  ];
  const updatedAt = Date.UTC(2026, 10, 20, 10);
  expect(sortRecords(productReader('EUR'), items).records).toEqual([
    {
      kind: 'product',
      id: '7',
      updatedAt,
      title: 'Mug',
      status: 'active',
      price: { amount: 990, currency: 'EUR' },
      stock: 3,
    },
    { kind: 'product', id: '8', updatedAt, title: 'Mug', status: 'draft' },
  ]);
});

it('a customer who was never changed, and who has no name', () => {
  const customer = {
    id: 5,
    date_created_gmt: '2026-11-20T10:00:00',
    date_modified_gmt: null,
    email: 'a@example.com',
    first_name: '',
    last_name: '',
  };
  const at = Date.UTC(2026, 10, 20, 10);
  expect(sortRecords(customerReader, [customer]).records).toEqual([
    { kind: 'customer', id: '5', updatedAt: at, createdAt: at, email: 'a@example.com' },
  ]);
});
