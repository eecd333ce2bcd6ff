/** Breakdowns: the figures of a range of days by what they come from, read from the records themselves. */
import { ArgumentError } from '@bizinsights/jobs-core';
import { type CampaignRow, campaignRows } from './breakdown-campaigns.js';
import { type BreakdownRow, figureRows } from './breakdown-figures.js';
import { type ProductRow, productRows } from './breakdown-products.js';
import type { BreakdownSource } from './breakdown-source.js';
import { checkLength, checkRange, type DayRange } from './day-range.js';
import { FIGURES } from './metric-figures.js';

/** The rows of each breakdown, by what is asked for. */
export interface BreakdownRows {
  readonly platform: BreakdownRow;
  readonly channel: BreakdownRow;
  readonly country: BreakdownRow;
  readonly product: ProductRow;
  readonly campaign: CampaignRow;
}

export type BreakdownDimension = keyof BreakdownRows;

type Readers = { readonly [By in BreakdownDimension]: (source: BreakdownSource) => Promise<BreakdownRows[By][]> };

const READERS: Readers = {
  platform: (source) => figureRows(source, 'platform'),
  channel: (source) => figureRows(source, 'channel'),
  country: (source) => figureRows(source, 'country'),
  product: productRows,
  campaign: campaignRows,
};

/** What rows are sorted by: the first one unless asked otherwise, and the others where rows are equal in that. */
const SORTS = {
  platform: FIGURES,
  channel: FIGURES,
  country: FIGURES,
  product: ['revenue', 'units', 'orders'],
  campaign: ['adSpend', 'adRevenue', 'impressions', 'clicks', 'conversions'],
} as const satisfies { readonly [By in BreakdownDimension]: readonly (keyof BreakdownRows[By])[] };

/** What `breakdown` takes. */
export interface BreakdownQuery<By extends BreakdownDimension = BreakdownDimension> extends DayRange {
  readonly by: By;
  /** A figure of the rows, the largest first. Default: `revenue`; of campaigns `adSpend`. */
  readonly sort?: (typeof SORTS)[By][number];
  /** The first so many rows, a whole number of at least 1. Default: all. */
  readonly limit?: number;
}

/**
 * A range of at most 3,660 days.
 *
 * @throws {ArgumentError} for what is not as `BreakdownQuery` says
 */
export function checkBreakdown({ by, sort, limit, ...range }: BreakdownQuery): void {
  checkRange('metrics.breakdown', range);
  checkLength('metrics.breakdown', range);
  if (!Object.hasOwn(SORTS, by)) {
    throw new ArgumentError(`metrics.breakdown: \`by\` must be one of ${Object.keys(SORTS).join(', ')}`);
  }
  const sorts: readonly string[] = SORTS[by];
  if (sort !== undefined && !sorts.includes(sort)) {
    throw new ArgumentError(`metrics.breakdown: \`sort\` by ${by} must be one of ${sorts.join(', ')}`);
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new ArgumentError('metrics.breakdown: `limit` must be a whole number of at least 1');
  }
}

export async function readBreakdown<By extends BreakdownDimension>(
  source: BreakdownSource,
  { by, sort, limit }: Omit<BreakdownQuery<By>, keyof DayRange>,
): Promise<BreakdownRows[By][]> {
  const rows = await READERS[by](source);
  const figures = sort === undefined ? SORTS[by] : [sort, ...SORTS[by]];
  return rows.sort((one, other) => compare(one, other, figures)).slice(0, limit);
}

/** Rows that are equal in all figures by their keys, what has none last. */
function compare(one: Keyed, other: Keyed, figures: readonly string[]): number {
  for (const figure of figures) {
    const difference = figureOf(other, figure) - figureOf(one, figure);
    if (difference !== 0) return difference;
  }
  if (one.key === undefined || other.key === undefined)
    return one.key === other.key ? 0 : one.key === undefined ? 1 : -1;
  const [name, otherName] = [one, other].map(({ key, integrationId = '' }) => `${key} ${integrationId}`);
  return (name ?? '') < (otherName ?? '') ? -1 : 1;
}

interface Keyed {
  readonly key: string | undefined;
  readonly integrationId?: string | undefined;
}

function figureOf(row: Keyed, figure: string): number {
  const value: unknown = Reflect.get(row, figure);
  return typeof value === 'number' ? value : 0;
}
