/**
 * What Stripe's objects become ("The Charge object", "The Customer object").
 *
 * @see https://docs.stripe.com/api/charges/object
 * @see https://docs.stripe.com/api/customers/object
 */
import { z } from 'zod';
import type { ChargeRecord, CustomerRecord, RecordKind } from '../record.js';
import { type SortedRecords, sortRecords } from '../sort-records.js';
import { stripeMoney } from './money.js';

const seconds = z.number().int().nonnegative();

/** An id, or the object itself where it was expanded. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

const charge = z.object({
  id: z.string().min(1),
  object: z.literal('charge'),
  amount: z.number().int(),
  amount_refunded: z.number().int(),
  created: seconds,
  currency: z.string(),
  customer: reference.nullish(),
  disputed: z.boolean(),
  status: z.enum(['succeeded', 'pending', 'failed']),
});

const customer = z.object({
  id: z.string().min(1),
  object: z.literal('customer'),
  created: seconds,
  email: z.string().nullish(),
  name: z.string().nullish(),
});

/** One of Stripe's lists that is a stream. */
export interface StripeResource {
  readonly name: string;
  readonly kind: RecordKind;
  readonly path: string;
  /** "Types of events": those whose object is the record itself, as it was right after. */
  readonly changes: readonly string[];
  /** Those whose object only names the record: it has to be fetched. */
  readonly hints: readonly string[];
  /** The one that says that it is gone. */
  readonly deletion: string | undefined;
  /** @param asOf what `updatedAt` becomes, epoch ms: Stripe's objects hold no such time */
  sort(items: readonly unknown[], asOf: number): SortedRecords;
}

export const chargeResource: StripeResource = {
  name: 'charges',
  kind: 'charge',
  path: '/v1/charges',
  changes: [
    'charge.captured',
    'charge.expired',
    'charge.failed',
    'charge.pending',
    'charge.refunded',
    'charge.succeeded',
    'charge.updated',
  ],
  hints: [
    'charge.dispute.closed',
    'charge.dispute.created',
    'charge.dispute.funds_reinstated',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.updated',
    'refund.failed',
    'refund.updated',
  ],
  deletion: undefined,
  sort: (items, asOf) =>
    sortRecords(
      {
        kind: 'charge',
        schema: charge,
        toRecord: (raw): ChargeRecord => ({
          kind: 'charge',
          id: raw.id,
          updatedAt: asOf,
          createdAt: raw.created * 1_000,
          status: raw.status,
          amount: stripeMoney(raw.amount, raw.currency),
          refunded: stripeMoney(raw.amount_refunded, raw.currency),
          disputed: raw.disputed,
          ...(raw.customer ? { customerId: raw.customer } : {}),
        }),
      },
      items,
    ),
};

export const customerResource: StripeResource = {
  name: 'customers',
  kind: 'customer',
  path: '/v1/customers',
  changes: ['customer.created', 'customer.updated'],
  hints: [],
  deletion: 'customer.deleted',
  sort: (items, asOf) =>
    sortRecords(
      {
        kind: 'customer',
        schema: customer,
        toRecord: (raw): CustomerRecord => ({
          kind: 'customer',
          id: raw.id,
          updatedAt: asOf,
          createdAt: raw.created * 1_000,
          ...(raw.email ? { email: raw.email } : {}),
          ...(raw.name ? { name: raw.name } : {}),
        }),
      },
      items,
    ),
};
