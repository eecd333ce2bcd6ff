/**
 * What Stripe's objects become ("The Charge object", "The Customer object").
 *
 * @see https://docs.stripe.com/api/charges/object
 * @see https://docs.stripe.com/api/customers/object
 */
import { z } from 'zod';
import type { ChargeRecord, CustomerRecord, DeletedRecord, RecordKind } from '../records/record.js';
import { type SortedRecords, sortRecords } from '../records/sort-records.js';
import { capturedOf, refundedOf } from './captured.js';
import { stripeMoney } from './money.js';

const seconds = z.number().int().nonnegative();

/** An id, or the object itself where it was expanded. */
const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

/** Fields that are optional here are those that webhooks leave out where their endpoint has an old version. */
const charge = z.object({
  id: z.string().min(1),
  object: z.literal('charge'),
  amount: z.number().int(),
  amount_captured: z.number().int().nullish(),
  amount_refunded: z.number().int(),
  captured: z.boolean().optional(),
  created: seconds,
  currency: z.string(),
  customer: reference.nullish(),
  /** Before `disputed`, the dispute or its id. */
  dispute: reference.nullish(),
  disputed: z.boolean().optional(),
  refunded: z.boolean().optional(),
  status: z.enum(['succeeded', 'pending', 'failed']),
});

const customer = z.object({
  id: z.string().min(1),
  object: z.literal('customer'),
  created: seconds,
  email: z.string().nullish(),
  name: z.string().nullish(),
});

/** What an id stands for that was deleted ("Retrieve a customer"). */
const stub = z.object({ id: z.string().min(1), deleted: z.literal(true) });

/** What Stripe's objects become. */
export interface SortedObjects extends SortedRecords {
  readonly deleted: readonly DeletedRecord[];
}

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
  sort(items: readonly unknown[], asOf: number): SortedObjects;
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
    'charge.refund.updated',
    'refund.failed',
    'refund.updated',
  ],
  deletion: undefined,
  sort: (items, asOf) => ({
    deleted: [],
    ...sortRecords(
      {
        kind: 'charge',
        schema: charge,
        toRecord: (raw): ChargeRecord => ({
          kind: 'charge',
          id: raw.id,
          updatedAt: asOf,
          createdAt: raw.created * 1_000,
          status:
            raw.captured === false && capturedOf(raw) === 0 && raw.status === 'succeeded' ? 'pending' : raw.status,
          amount: stripeMoney(capturedOf(raw), raw.currency),
          refunded: stripeMoney(refundedOf(raw), raw.currency),
          disputed: raw.disputed ?? Boolean(raw.dispute),
          ...(raw.customer ? { customerId: raw.customer } : {}),
        }),
      },
      items,
    ),
  }),
};

export const customerResource: StripeResource = {
  name: 'customers',
  kind: 'customer',
  path: '/v1/customers',
  changes: ['customer.created', 'customer.updated'],
  hints: [],
  deletion: 'customer.deleted',
  sort: (items, asOf) => ({
    deleted: items.flatMap((item) => {
      const { data } = stub.safeParse(item);
      return data ? { kind: 'customer' as const, id: data.id, deletedAt: asOf } : [];
    }),
    ...sortRecords(
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
      items.filter((item) => !stub.safeParse(item).success),
    ),
  }),
};
