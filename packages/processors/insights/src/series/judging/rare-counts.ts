/**
 * Which series are counts near zero, or amounts of what happens on few days, such as the refunds of a small shop: medians of
 * distances say nothing there.
 */
import { at } from '../at.js';
import type { Series } from '../input.js';
import { medianOf, quantileOf } from '../statistics/quantile.js';

/** From here on a count is nearly a measure: its distribution is nearly normal. */
const LEAST_MEDIAN = 10;

/** Of values that are no counts, as the revenue of a small shop, at least so many are zero. */
const LEAST_ZEROS = 0.25;

/** A day of the season is closed where this part of its values is zero, and this part of the sales is made on other days. */
const CLOSED = 0.9;

/** A season that is seen so often can say so. */
const LEAST_CYCLES = 8;

/** So large are whole numbers that are amounts of money, and so many are needed to say what one sale is. */
const LEAST_AMOUNT = 50;
const LEAST_AMOUNTS = 5;

/** What is beyond so many of the amounts may be an event. */
const MOST_SINGLE = 0.9;

/** Of counts a few may be no whole numbers, for each whole one that is not zero. */
const MOST_OTHERS = 0.1;

/** A longer run of zeros is a time without data or sales, and no rarity. */
const LONGEST_RUN = 14;

/** What one count is: 1 for whole numbers near zero, for others what a day with one sale has at most; undefined for measures. */
export function unitOfRareCounts(series: Series, seasons: readonly number[], isMoney = false): number | undefined {
  const own = knownOf(series);
  if (own.some((value) => value < 0)) return undefined;
  const amounts = own.filter((value) => value > 0);
  // Most series are none, and that is seen at once.
  if (amounts.length === own.length && (isMoney || medianOf(own) >= LEAST_MEDIAN)) return undefined;
  const open = openValues(series, seasons);
  // The fewer days have one sale, the fewer have two: so many amounts are of one, however much they differ.
  const single = Math.min(MOST_SINGLE, Math.max(0.5, 1 - amounts.length / Math.max(1, open.length)));
  const usual = amounts.length === 0 ? undefined : quantileOf(amounts, single);
  const areRare = hasZeros(open) || areApart(open);
  const wholes = amounts.filter(Number.isInteger).length;
  const areWhole = amounts.length - wholes <= MOST_OTHERS * wholes;
  // Money in cents is whole as well, and not a count of cents.
  const areCents = areRare && amounts.length >= LEAST_AMOUNTS && usual !== undefined && usual >= LEAST_AMOUNT;
  if (areWhole && !areCents && !isMoney && medianOf(own) < LEAST_MEDIAN) return 1;
  return areRare ? usual : undefined;
}

function knownOf({ values, known, knownCount }: Series): Float64Array {
  return knownCount === values.length ? values : values.filter((_, index) => at(known, index) > 0);
}

/** The known values without those of the days of a season, such as Sundays, that hardly ever have anything. */
function openValues({ values, known }: Series, seasons: readonly number[]): Float64Array {
  const isOpen = seasons
    .map(Math.round)
    .filter((period) => values.length >= LEAST_CYCLES * period)
    .map((period) => {
      const zeros = Array.from({ length: period }, () => ({ all: 0, none: 0 }));
      values.forEach((value, index) => {
        const own = zeros[index % period];
        if (at(known, index) === 0 || own === undefined) return;
        own.all += 1;
        if (value === 0) own.none += 1;
      });
      return (index: number) => {
        const { all, none } = zeros[index % period] ?? { all: 1, none: 0 };
        return none < CLOSED * all;
      };
    });
  const isKnown = (_: number, index: number) => at(known, index) > 0;
  const open = values.filter((value, index) => isKnown(value, index) && isOpen.every((is) => is(index)));
  const all = values.filter(isKnown);
  // Where all days are like that, none is closed: little is sold.
  return amountsIn(open) >= CLOSED * amountsIn(all) ? open : all;
}

const amountsIn = (values: Float64Array) => values.filter((value) => value > 0).length;

/** A long run of zeros is no rarity. */
function hasZeros(values: Float64Array): boolean {
  let zeros = 0;
  let run = 0;
  for (const value of values) {
    run = value === 0 ? run + 1 : 0;
    if (run > 0) zeros += 1;
    if (run > LONGEST_RUN) zeros -= run === LONGEST_RUN + 1 ? run : 1;
  }
  return values.length > 0 && zeros >= LEAST_ZEROS * values.length;
}

/** Whether as many of the amounts as of rare ones have a zero behind them, however long it lasts. */
function areApart(values: Float64Array): boolean {
  const amounts = amountsIn(values);
  const ends = values.filter((value, index) => value > 0 && values[index + 1] === 0).length;
  return amounts > 0 && ends >= LEAST_ZEROS * amounts;
}
