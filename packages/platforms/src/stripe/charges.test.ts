// What counts of a charge: what was captured, and what of that was given back.
import { describe, expect, it } from 'vitest';
import { chargeResource, customerResource } from './records.js';

const BEFORE_BASIL = Date.UTC(2024, 5, 1) / 1_000;
const SINCE_BASIL = Date.UTC(2026, 5, 1) / 1_000;

const base = {
  id: 'ch_1',
  object: 'charge',
  amount: 10_000,
  amount_captured: 10_000,
  amount_refunded: 0,
  captured: true,
  created: SINCE_BASIL,
  currency: 'eur',
  customer: null,
  disputed: false,
  refunded: false,
  status: 'succeeded',
};

function chargeOf(changes: object) {
  const { records, rejected } = chargeResource.sort([{ ...base, ...changes }], 1_000);
  expect(rejected).toEqual([]);
  const [record] = records;
  if (record?.kind !== 'charge') throw new Error('no charge');
  return { status: record.status, amount: record.amount.amount, refunded: record.refunded.amount };
}

const hold = { captured: false, amount_captured: 0 };
const part = { amount_captured: 6_000 };

describe('an amount', () => {
  it.each([
    ['captured at once', {}, ['succeeded', 10_000, 0]],
    ['captured at once, and a part of it refunded', { amount_refunded: 2_500 }, ['succeeded', 10_000, 2_500]],
    ['refunded whole', { amount_refunded: 10_000, refunded: true }, ['succeeded', 10_000, 10_000]],
    ['authorized alone', hold, ['pending', 0, 0]],
    [
      'authorized alone, of a webhook without `amount_captured`',
      { ...hold, amount_captured: undefined },
      ['pending', 0, 0],
    ],
    ['released', { ...hold, amount_refunded: 0 }, ['pending', 0, 0]],
    [
      'released before basil',
      { ...hold, amount_captured: null, amount_refunded: 10_000, refunded: true },
      ['pending', 0, 0],
    ],
    ['of a payment on its way', { status: 'pending', captured: false, amount_captured: 0 }, ['pending', 0, 0]],
    ['that has failed', { status: 'failed', captured: false, amount_captured: 0 }, ['failed', 0, 0]],
    ['that has failed after it was captured', { status: 'failed', amount_refunded: 10_000 }, ['failed', 0, 0]],
    ['captured for the first of several times', { captured: false, amount_captured: 7_000 }, ['succeeded', 7_000, 0]],
    [
      'captured for the first of several times, and a part refunded',
      { captured: false, amount_captured: 7_000, amount_refunded: 3_000 },
      ['succeeded', 7_000, 3_000],
    ],
    ['that contradicts itself', { captured: false }, ['pending', 0, 0]],
    [
      'captured over what was authorized',
      { amount_captured: 12_000, amount_refunded: 500 },
      ['succeeded', 12_000, 500],
    ],
  ])('%s', (_what, changes, [status, amount, refunded]) => {
    expect(chargeOf(changes)).toEqual({ status, amount, refunded });
  });

  it('of a version without `captured` counts where the payment has succeeded', () => {
    const old = { captured: undefined, amount_captured: undefined, disputed: undefined, refunded: undefined };
    expect(chargeOf({ ...old, amount_refunded: 300 })).toEqual({ status: 'succeeded', amount: 10_000, refunded: 300 });
    expect(chargeOf({ ...old, status: 'pending' })).toEqual({ status: 'pending', amount: 0, refunded: 0 });
  });
});

describe('a partial capture of 60.00 out of 100.00', () => {
  it.each([
    ['nothing refunded', {}, 0],
    ['less refunded than was released', { amount_refunded: 1_500 }, 1_500],
    ['the release counted as a refund', { amount_refunded: 4_000 }, 0],
    ['more refunded than was released', { amount_refunded: 5_000 }, 5_000],
    ['more refunded than was released, before basil', { amount_refunded: 5_000, created: BEFORE_BASIL }, 1_000],
    ['more refunded than captured, as the release is in it', { amount_refunded: 9_000 }, 5_000],
    ['all of it refunded', { amount_refunded: 6_000, refunded: true }, 6_000],
    ['all of it refunded, and the release', { amount_refunded: 10_000, refunded: true }, 6_000],
  ])('%s', (_what, changes, refunded) => {
    expect(chargeOf({ ...part, ...changes })).toEqual({ status: 'succeeded', amount: 6_000, refunded });
  });

  it('half of it captured and all of that refunded is a refund, and no release', () => {
    const half = { amount_captured: 5_000, amount_refunded: 5_000 };
    expect(chargeOf({ ...half, refunded: true })).toMatchObject({ amount: 5_000, refunded: 5_000 });
    expect(chargeOf(half)).toMatchObject({ amount: 5_000, refunded: 0 });
  });

  it('never refunds more than was captured, whatever Stripe says', () => {
    for (const amount_captured of [0, 1, 4_999, 5_000, 9_999, 10_000]) {
      for (const amount_refunded of [0, 1, 5_000, 9_999, 10_000]) {
        for (const created of [BEFORE_BASIL, SINCE_BASIL]) {
          for (const refunded of [true, false]) {
            const one = chargeOf({ amount_captured, amount_refunded, created, refunded });
            expect(one.amount).toBe(amount_captured);
            expect(one.refunded).toBeGreaterThanOrEqual(0);
            expect(one.refunded).toBeLessThanOrEqual(amount_captured);
          }
        }
      }
    }
  });
});

it('a dispute is known by the field of old versions, too', () => {
  const sort = (changes: object) => chargeResource.sort([{ ...base, disputed: undefined, ...changes }], 1_000).records;
  expect(sort({ dispute: 'dp_1' })).toMatchObject([{ disputed: true }]);
  expect(sort({ dispute: null })).toMatchObject([{ disputed: false }]);
});

it('what is left of a deleted customer is a deletion, and no bad record', () => {
  const items = [{ id: 'cus_1', object: 'customer', deleted: true }];
  const deleted = [{ kind: 'customer', id: 'cus_1', deletedAt: 1_000 }];
  expect(customerResource.sort(items, 1_000)).toEqual({ records: [], rejected: [], deleted });
});
