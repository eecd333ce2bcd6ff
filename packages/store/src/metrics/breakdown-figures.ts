/** The figures by platform, channel and country: the same records as the daily metrics, under other keys. */
import { type SQL, sql } from 'drizzle-orm';
import { type BreakdownSource, foreignDay, type Part, readDays, shareOut } from './breakdown-source.js';
import { type Figures, NO_FIGURES, type Ratios, ratiosOf } from './metric-figures.js';
import { figuresOf, mergeSums, sumRecords } from './metric-records.js';

/** The figures of one platform, channel or country. */
export interface BreakdownRow extends Figures, Ratios {
  /**
   * The platform's id (`shopify`); the channel in the words of web analytics (`Organic Search`); the country, ISO 3166-1
   * alpha-2. Undefined: what nobody says it of, such as the new customers and the advertising of channels and countries.
   */
  readonly key: string | undefined;
  /** ISO 4217: what the money is in, in minor units. */
  readonly currency: string;
  /** Some money is not in the figures: there was no rate for its currency. */
  readonly isPartial: boolean;
}

/** Web analytics says `(not set)` of what it can't tell. */
const said = (name: string) => sql.raw(`nullif(nullif(data->>'${name}', '(not set)'), '')`);
const ofOrders = (name: string): SQL => sql`CASE WHEN kind = 'order' THEN ${said(name)} END`;
const ofTraffic = (name: string): SQL => sql`CASE WHEN kind = 'traffic' THEN ${said(name)} END`;

const KEYS = {
  platform: { timed: sql`platform`, dated: sql`platform` },
  channel: { timed: ofOrders('channel'), dated: ofTraffic('channel') },
  country: { timed: ofOrders('country'), dated: ofTraffic('country') },
} as const;

export async function figureRows(source: BreakdownSource, by: keyof typeof KEYS): Promise<BreakdownRow[]> {
  const { currency } = source;
  const rows = new Map<string | null, { figures: Record<keyof Figures, number>; isPartial: boolean }>();
  const parts: Part[] = [];
  const sumsBy = { ...KEYS[by], day: foreignDay(currency), isRounded: false };
  const sums = await readDays(
    source,
    (transaction, selection) => sumRecords(transaction, selection, sumsBy),
    ({ count }) => Number(count),
  );
  for (const sum of mergeSums(sums)) {
    const row = rows.get(sum.key) ?? { figures: { ...NO_FIGURES }, isPartial: false };
    rows.set(sum.key, row);
    const { counts, money } = figuresOf(sum);
    const adder = (figure: keyof Figures) => (share: number | undefined) => {
      if (share === undefined) row.isPartial = true;
      else row.figures[figure] += share;
    };
    const { day } = sum;
    for (const { figure, count } of counts)
      parts.push({ figure, amount: count, currency: undefined, day, add: adder(figure) });
    for (const { figure, amount } of money)
      parts.push({ figure, amount, currency: sum.currency, day, add: adder(figure) });
  }
  await shareOut(parts, source);
  return [...rows].map(([key, { figures, isPartial }]) => ({
    key: key ?? undefined,
    ...figures,
    ...ratiosOf(figures),
    currency,
    isPartial,
  }));
}
