/**
 * Where a read of Stripe stands, and the shape of its lists ("Pagination").
 *
 * @see https://docs.stripe.com/api/pagination
 */
import { z } from 'zod';
import type { Page } from '../platform.js';

/** Objects on a page: 1 to 100. */
export const PAGE_SIZE = 100;

export const list = z.object({ data: z.array(z.unknown()), has_more: z.boolean() });
export const place = z.object({ id: z.string(), created: z.number() });

/** Moments are epoch ms. */
export const position = z.object({
  phase: z.enum(['list', 'events']),
  /** List: the last object of the page before. Events: the last event that was read. */
  after: place.nullable(),
  /** The list has what was created from here on. Null: everything. */
  from: z.number().nullable(),
  /** The list as a whole is at least as new as this. */
  asOf: z.number(),
  /** The events begin here. */
  eventsFrom: z.number(),
});
export type StripePosition = z.output<typeof position>;

/** One page that was read, and where to go on. */
export interface FoundPage {
  readonly page: Pick<Page, 'records' | 'rejected' | 'deleted'>;
  readonly next: StripePosition;
}
