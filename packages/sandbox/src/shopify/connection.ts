/** Connections: sorted, filtered, and paged by cursors that stand for a place ("Paginating results with GraphQL"). */
import { GraphQLError } from 'graphql';
import { z } from 'zod';

/** What every record of a connection has. Times are epoch ms. */
export interface Sortable {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ConnectionArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly query?: string | null;
  readonly reverse?: boolean | null;
  readonly sortKey?: string | null;
}

const MAX_FIRST = 250;

const cursorForm = z.object({ last_id: z.number(), last_value: z.number() });

/** What a record is sorted by. */
function sortValueOf(record: Sortable, sortKey: string): number {
  if (sortKey === 'UPDATED_AT') return record.updatedAt;
  return sortKey === 'ID' ? record.id : record.createdAt;
}

export function connection<T extends Sortable, Node>(
  records: readonly T[],
  toNode: (record: T) => Node,
  { first, after, query, reverse, sortKey }: ConnectionArguments,
) {
  if (first === undefined || first === null) throw refusal('you must provide one of first or last');
  if (first < 1 || first > MAX_FIRST) throw refusal(`first must be between 1 and ${MAX_FIRST}`);
  const direction = reverse ? -1 : 1;
  const order = (a: readonly number[], b: readonly number[]) =>
    direction * ((a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0));
  const placeOf = (record: T) => [sortValueOf(record, sortKey ?? 'ID'), record.id];
  const sorted = records.filter(filterOf(query)).sort((a, b) => order(placeOf(a), placeOf(b)));
  const start = after ? readCursor(after) : undefined;
  const behind = start ? sorted.filter((record) => order(placeOf(record), start) > 0) : sorted;
  const edges = behind.slice(0, first).map((record) => {
    const [value = 0] = placeOf(record);
    return { cursor: writeCursor(record.id, value), node: toNode(record) };
  });
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: behind.length > first,
      hasPreviousPage: start !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function writeCursor(id: number, value: number): string {
  return Buffer.from(JSON.stringify({ last_id: id, last_value: value })).toString('base64');
}

function readCursor(text: string): readonly [number, number] {
  try {
    const { last_id: id, last_value: value } = cursorForm.parse(JSON.parse(Buffer.from(text, 'base64').toString()));
    return [value, id];
  } catch {
    throw refusal('Invalid cursor for current pagination sort.');
  }
}

const FIELDS: Readonly<Record<string, 'createdAt' | 'updatedAt'>> = {
  created_at: 'createdAt',
  processed_at: 'createdAt',
  updated_at: 'updatedAt',
};
const TERM = /^(\w+):(>=|<=|>|<)?'?([^']+?)'?$/;

/** "Search syntax": `updated_at:>='2026-11-24T00:00:00Z' created_at:<2026-12-01`. What Shopify does not know it ignores. */
function filterOf(query: string | null | undefined): (record: Sortable) => boolean {
  const terms = (query ?? '').split(/\s+(?:AND\s+)?/).flatMap((term) => {
    const [, name = '', comparator = '', text = ''] = TERM.exec(term) ?? [];
    const [field, bound] = [FIELDS[name], Date.parse(text)];
    return field && !Number.isNaN(bound) ? [{ field, comparator, bound }] : [];
  });
  return (record) =>
    terms.every(({ field, comparator, bound }) => {
      const value = record[field];
      if (comparator === '>=') return value >= bound;
      if (comparator === '<=') return value <= bound;
      if (comparator === '>') return value > bound;
      return comparator === '<' ? value < bound : value === bound;
    });
}

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
