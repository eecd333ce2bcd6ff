/**
 * A stream of WooCommerce: a list in the order of its ids.
 *
 * "Pagination" knows page numbers and offsets alone, and a list moves while it is read: an order is deleted, and what
 * stood behind a page's end has gone on before its start. In the order of the ids it moves in one way only, so each page
 * overlaps the one before by a record. If that is not where it was, the read goes back until it finds its place again.
 *
 * What changes while a list is read has a later `date_modified`, and comes with the next incremental read.
 *
 * @see https://woocommerce.github.io/woocommerce-rest-api-docs/#pagination
 */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import type { ReadOptions, Stream } from '../platform.js';
import type { PlatformRecord, RecordKind } from '../records/record.js';
import { type RecordReader, type SortedRecords, sortRecords } from '../records/sort-records.js';
import { streamCursor } from '../streams/stream-cursor.js';
import type { WooCommerceClient, WooCommerceList } from './client.js';
import { customerReader, numberOf, orderReader, productReader } from './records.js';

/** "Pagination": at most 100. */
const PAGE_SIZE = 100;

/** From one page to the next: one record comes again. */
const STEP = PAGE_SIZE - 1;

/** What was changed in a transaction that ended late is read again, ms. */
const OVERLAP = 5 * 60_000;

/** Pages without anything new, one behind the other, before they are taken for a circle. */
const MAX_STALE_PAGES = 3;

const position = z.object({
  /** The last id that was read. */
  after: z.number(),
  offset: z.number(),
  /** What was modified before this is not read. Null: everything. Epoch ms. */
  from: z.number().nullable(),
  /** What was changed until then, the read has seen. Epoch ms. */
  asOf: z.number(),
});
type Position = z.output<typeof position>;

const cursors = streamCursor(position);

/** One of WooCommerce's lists that is a stream. */
interface WooCommerceResource {
  readonly name: string;
  readonly kind: RecordKind;
  /** Whether the list can leave out what has not changed ("List all orders", `modified_after`). */
  readonly hasModifiedAfter: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
  /** How its items are read, once for each read of the stream. */
  sorter(client: WooCommerceClient, options: ReadOptions): Promise<(items: readonly unknown[]) => SortedRecords>;
}

const sorterOf = <Raw>(reader: RecordReader<Raw>) => {
  return (items: readonly unknown[]) => sortRecords(reader, items);
};

const RESOURCES: readonly WooCommerceResource[] = [
  {
    name: 'orders',
    kind: 'order',
    hasModifiedAfter: true,
    // Without it amounts are cut to the shop's decimals, or to two: less than a dinar has.
    parameters: { dp: '4' },
    sorter: async () => sorterOf(orderReader),
  },
  {
    name: 'products',
    kind: 'product',
    hasModifiedAfter: true,
    sorter: async (client, options) => sorterOf(productReader(await client.currency(options))),
  },
  {
    // "List all customers" has no filter by time: the whole list, each time.
    name: 'customers',
    kind: 'customer',
    hasModifiedAfter: false,
    sorter: async () => sorterOf(customerReader),
  },
];

export const STREAMS = RESOURCES.map(({ name }) => name);

export function wooCommerceStreams(client: WooCommerceClient): Stream[] {
  return RESOURCES.map((resource) => ({
    name: resource.name,
    kind: resource.kind,
    async *read(options) {
      const start = cursors.start(options);
      const sort = await resource.sorter(client, options);
      const begin = start.position ?? begins(resource, start.seenUntil, options);
      for await (const { items, total, at, isLast } of sweep(resource, client, options, begin)) {
        const { records, rejected } = sort(items);
        yield {
          records: records.filter(isRecent(resource, options)),
          rejected,
          deleted: [],
          cursor: isLast ? cursors.end(at.asOf) : cursors.within(at),
          isLast,
          ...defined({ total }),
        };
      }
    },
  }));
}

function begins({ hasModifiedAfter }: WooCommerceResource, seenUntil: number | undefined, options: ReadOptions) {
  const moments = [seenUntil === undefined ? undefined : seenUntil - OVERLAP, options.since];
  const known = moments.filter((moment) => moment !== undefined);
  const from = hasModifiedAfter && known.length > 0 ? Math.max(...known) : null;
  return { after: 0, offset: 0, from, asOf: options.now() };
}

/** `since`, where the list itself can't leave out what is older. */
function isRecent({ hasModifiedAfter }: WooCommerceResource, { since = 0 }: ReadOptions) {
  return ({ updatedAt }: PlatformRecord) => hasModifiedAfter || updatedAt >= since;
}

/** What of a page has not been read before, and where to go on. */
interface FreshPage {
  readonly items: readonly unknown[];
  readonly total: number | undefined;
  readonly at: Position;
  readonly isLast: boolean;
}

async function* sweep(
  resource: WooCommerceResource,
  client: WooCommerceClient,
  options: ReadOptions,
  begin: Position,
): AsyncGenerator<FreshPage> {
  let at = begin;
  /** The id behind which the place has been looked for. */
  let searched = 0;
  /** Whether the page is one that was read before. */
  let wentBack = false;
  let stalePages = 0;
  for (;;) {
    const answer = await client.list(resource.name, parametersOf(resource, at), options);
    if (at.offset > 0 && searched !== at.after && hasMovedUp(answer, at)) {
      const offset = Math.max(0, at.offset - STEP);
      if (offset === 0) searched = at.after;
      at = { ...at, offset };
      wentBack = true;
      continue;
    }
    searched = at.after;
    const page = freshOf(resource, answer, at);
    // Behind its overlap a page has something new, unless the read went back to it.
    const isStale = at.offset > 0 && page.items.length === 0 && answer.items.length > 1 && !wentBack;
    if (isStale && page.isLast) throw circle(resource);
    wentBack = false;
    stalePages = page.items.length === 0 && !page.isLast ? stalePages + 1 : 0;
    if (stalePages === MAX_STALE_PAGES) throw circle(resource);
    ({ at } = page);
    if (page.items.length > 0 || page.isLast) yield page;
    if (page.isLast) return;
  }
}

function parametersOf({ parameters, hasModifiedAfter }: WooCommerceResource, { offset, from }: Position) {
  return {
    orderby: 'id',
    order: 'asc',
    per_page: PAGE_SIZE,
    offset,
    ...parameters,
    ...(hasModifiedAfter ? { dates_are_gmt: 'true' } : {}),
    // Without a zone: WordPress would turn a "Z" into the shop's own time, and compare that with GMT. "After" is strict.
    ...(from === null ? {} : { modified_after: new Date(from - 1_000).toISOString().slice(0, 19) }),
  };
}

/** Whether records before the place are gone, so that what follows it may stand before this page. */
function hasMovedUp({ items }: WooCommerceList, { after }: Position): boolean {
  const first = items.map(numberOf).find((id) => id !== undefined);
  return first === undefined || first > after;
}

function freshOf(resource: WooCommerceResource, { items, total, asOf }: WooCommerceList, at: Position): FreshPage {
  const fresh = items.filter((item) => (numberOf(item) ?? Number.POSITIVE_INFINITY) > at.after);
  const isLast = total === undefined ? fresh.length === 0 : at.offset + PAGE_SIZE >= total;
  // A page may have less (what the keys may not see is left out), never more than is left from its place on.
  const isOther = total !== undefined && items.length > Math.max(0, total - at.offset);
  if (isOther) throw circle(resource);
  const after = Math.max(at.after, ...fresh.map((item) => numberOf(item) ?? 0));
  const next = { ...at, after, offset: at.offset + STEP, asOf: Math.min(at.asOf, asOf) };
  return { items: fresh, total, at: next, isLast };
}

function circle({ name }: WooCommerceResource): PlatformResponseError {
  return new PlatformResponseError(`WooCommerce's ${name}: its pages go in a circle`);
}
