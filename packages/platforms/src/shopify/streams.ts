/**
 * A stream of Shopify: in the order of `updated_at`, from the oldest on ("Paginating results with GraphQL", "Search
 * syntax"). A cursor stands for the place in that order and not for a number of records, so a record that changes while it
 * is read moves to the end and comes once more, in its new state; none is left out.
 *
 * @see https://shopify.dev/docs/api/usage/pagination-graphql
 * @see https://shopify.dev/docs/api/usage/search-syntax
 */
import { defined } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { RateLimitError } from '../errors.js';
import type { Page, ReadOptions, Stream } from '../platform.js';
import type { PlatformRecord } from '../records/record.js';
import { loopGuard } from '../streams/loop-guard.js';
import { streamCursor } from '../streams/stream-cursor.js';
import { AccessDeniedError, QueryCostError, type ShopifyClient } from './client.js';
import { withAllItems } from './line-items.js';
import { withPayments } from './order-payments.js';
import { without } from './queries.js';
import type { ShopifyResource } from './records.js';
import { orderReach } from './scopes.js';

/** What one query may have ("Paginating results with GraphQL"). */
const MAX_PAGE = 250;

/** What a query is let cost, in points: a single one may cost 1,000 ("Rate limits"). */
const TARGET_COST = 900;

/** What Shopify's index gets late is read again, ms. */
const OVERLAP = 5 * 60_000;

const answer = z.object({
  page: z.object({
    edges: z.array(z.object({ cursor: z.string(), node: z.unknown() })),
    pageInfo: z.object({ hasNextPage: z.boolean() }),
  }),
});
type Edge = z.output<typeof answer>['page']['edges'][number];

/** Moments are epoch ms. */
const position = z.object({
  /** The cursor of the last record that was read. */
  after: z.string(),
  /** The read has what was updated from here on. Null: everything. */
  from: z.number().nullable(),
  /** The latest change that was seen. */
  newest: z.number(),
});

const cursors = streamCursor(position);

export function shopifyStream(resource: ShopifyResource, client: ShopifyClient): Stream {
  return {
    name: resource.name,
    kind: resource.kind,
    async *read(options) {
      const start = cursors.start(options);
      const from = start.position ? start.position.from : firstMoment(start.seenUntil, options);
      const noLoop = loopGuard(`Shopify's ${resource.name}`);
      const ask = asker(resource, client, options, from);
      let after = start.position?.after;
      let newest = start.position?.newest ?? start.seenUntil ?? 0;
      const toPage = (nodes: readonly unknown[], cursor: string): Page => {
        const sorted = resource.sort(nodes);
        newest = latest(sorted.records, newest);
        after = cursor;
        return { ...sorted, deleted: [], cursor: cursors.within({ after, from, newest }), isLast: false };
      };

      for (;;) {
        const { edges, pageInfo } = await ask(after);
        const { nodes, failed } = await complete(client, edges, options);
        const last = edges.at(nodes.length - 1);
        if (failed && (!last || nodes.length === 0)) throw failed;
        if (failed && last) {
          // What is complete is kept, so that waiting for points leads on.
          yield toPage(nodes, last.cursor);
          throw failed;
        }
        if (pageInfo.hasNextPage) {
          const { cursor } = edges.at(-1) ?? { cursor: '' };
          noLoop(cursor);
          yield toPage(nodes, cursor);
          continue;
        }
        const page = toPage(nodes, after ?? '');
        // A shop's clock that runs ahead must not hide what comes next.
        const seenUntil = newest === 0 ? options.now() - OVERLAP : Math.min(newest, options.now());
        const reach = isListedInPart(resource, from, options) ? await orderReach(client, options) : undefined;
        yield { ...page, cursor: cursors.end(seenUntil), isLast: true, ...defined({ reach }) };
        return;
      }
    },
  };
}

/**
 * Of the streams, only orders are kept back by their age. A read that begins where another has ended, and not at a
 * `since`, looks at nothing that is older.
 */
function isListedInPart({ kind }: ShopifyResource, from: number | null, { since }: ReadOptions): boolean {
  return kind === 'order' && (from === null || since !== undefined);
}

/** Where the read begins; null for everything. */
function firstMoment(seenUntil: number | undefined, { since }: ReadOptions): number | null {
  const moments = [seenUntil === undefined ? undefined : seenUntil - OVERLAP, since];
  const given = moments.filter((moment) => moment !== undefined);
  return given.length > 0 ? Math.max(...given) : null;
}

/** Asks for the next page, with as many records as one query may cost, and without the parts that the app is refused. */
function asker(
  { query, firstPage, optional }: ShopifyResource,
  client: ShopifyClient,
  { signal, now }: ReadOptions,
  from: number | null,
): (after: string | undefined) => Promise<z.output<typeof answer>['page']> {
  const filter = from === null ? null : `updated_at:>='${new Date(from).toISOString().replace(/\.\d+/, '')}'`;
  let first = firstPage;
  const refused = new Set<string>();
  return async (after) => {
    for (;;) {
      const variables = { first, after: after ?? null, query: filter };
      try {
        const { data, cost } = await client.query(answer, { query: without(query, refused), variables, signal, now });
        if (cost) first = Math.max(1, Math.min(MAX_PAGE, first * 2, Math.floor((first * TARGET_COST) / cost)));
        return data.page;
      } catch (error) {
        const left = optional.filter((part) => !refused.has(part));
        if (error instanceof AccessDeniedError && left.length > 0) {
          for (const part of refusedOf(left, error)) refused.add(part);
          continue;
        }
        if (!(error instanceof QueryCostError) || first === 1) throw error;
        first = Math.floor(first / 2);
      }
    }
  };
}

/** Which parts of the query to go on without: those with a field that Shopify names, or all of them. */
function refusedOf(parts: readonly string[], { names }: AccessDeniedError): readonly string[] {
  const named = parts.filter((part) => part.match(/\w+/g)?.some((field) => names.includes(field)));
  return named.length > 0 ? named : parts;
}

/** Orders with all their items and what else they need, as far as the points last. */
async function complete(client: ShopifyClient, edges: readonly Edge[], options: ReadOptions) {
  const nodes: unknown[] = [];
  for (const { node } of edges) {
    try {
      nodes.push(await withPayments(client, await withAllItems(client, node, options), options));
    } catch (error) {
      if (error instanceof RateLimitError) return { nodes, failed: error };
      throw error;
    }
  }
  return { nodes, failed: undefined };
}

function latest(records: readonly PlatformRecord[], before: number): number {
  return records.reduce((newest, { updatedAt }) => Math.max(newest, updatedAt), before);
}
