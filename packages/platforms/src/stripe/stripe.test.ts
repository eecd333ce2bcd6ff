import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { STRIPE_VERSION, stripe } from './index.js';
import { stripeDecimalsOf, stripeMoney } from './money.js';

describe('money', () => {
  it.each([
    [1_999, 'eur', { amount: 1_999, currency: 'EUR' }],
    [500, 'jpy', { amount: 500, currency: 'JPY' }],
    [5_120, 'kwd', { amount: 5_120, currency: 'KWD' }],
    // Two decimals at Stripe, none in ISO 4217.
    [500, 'isk', { amount: 5, currency: 'ISK' }],
    [500, 'ugx', { amount: 5, currency: 'UGX' }],
    // None at Stripe, two in ISO 4217.
    [5, 'mga', { amount: 500, currency: 'MGA' }],
  ])('%d %s', (amount, currency, money) => expect(stripeMoney(amount, currency)).toEqual(money));

  it('an amount that is no whole number of minor units is refused', () => {
    expect(() => stripeMoney(501, 'isk')).toThrow(RangeError);
    expect(stripeDecimalsOf('USD')).toBe(2);
  });
});

it('pins the version that Stripe’s client pins', () => expect(Stripe.API_VERSION).toBe(STRIPE_VERSION));

it.each(['', 'pk_live_1', 'sk live', 'sk_live_1\nx'])('the key %j is refused', (secretKey) => {
  expect(stripe.credentials.safeParse({ secretKey }).success).toBe(false);
});

it.each([
  ['sk_live_51H', 'live'],
  ['rk_live_51H', 'live'],
  ['sk_test_51H', 'test'],
  ['rk_test_51H', 'test'],
  ['sk_org_live_51H', 'live'],
  ['sk_51Hlive_test', undefined],
])('the key %s is of the mode %s', (secretKey, mode) => {
  expect(stripe.modeOf?.(stripe.credentials.parse({ secretKey }))).toBe(mode);
});
