/**
 * The trend of a series as the median of the slopes of all pairs of values, which a third of odd values does not move:
 * Theil, 1950, and Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", Journal of the American Statistical
 * Association 63 (1968), from where the interval is. Noise with a memory makes it wider: Kendall's variance is multiplied by
 * `(1 + r) / (1 - r)` for the autocorrelation `r` of neighbours (Hamed and Rao, Journal of Hydrology 204, 1998, for a process of
 * the first order).
 */
import { at } from '../at.js';
import type { Series } from '../input.js';
import { neighbourCorrelation } from './autocorrelation.js';
import { studentReach } from './distributions.js';
import { ownMedian, sortedQuantile } from './quantile.js';

export interface Trend {
  /** Change from one value to the next. */
  readonly slope: number;
  /** The interval holds the slope with the probability `level`. */
  readonly lower: number;
  readonly upper: number;
}

/** Of more values every second, third, … is taken: 1,000 have half a million pairs. */
const MOST_VALUES = 1_000;

/** Undefined for fewer than three known values. */
export function theilSen(series: Pick<Series, 'values' | 'known'>, level = 0.95): Trend | undefined {
  const places = takenPlaces(series);
  const slopes = slopesOf(series.values, places);
  if (slopes === undefined) return undefined;
  slopes.sort();
  const count = places.length;
  const slope = sortedQuantile(slopes, 0.5);
  const rest = places.map((place) => at(series.values, place) - slope * place);
  const memory = neighbourCorrelation(rest);
  const variance = ((count * (count - 1) * (2 * count + 5)) / 18) * ((1 + memory) / (1 - memory));
  const reach = (studentReach(1 - level, Number.POSITIVE_INFINITY) * Math.sqrt(variance)) / slopes.length / 2;
  return {
    slope,
    lower: sortedQuantile(slopes, Math.max(0, 0.5 - reach)),
    upper: sortedQuantile(slopes, Math.min(1, 0.5 + reach)),
  };
}

/** The slope alone, in a part of the time. */
export function theilSenSlope(series: Pick<Series, 'values' | 'known'>): number | undefined {
  const slopes = slopesOf(series.values, takenPlaces(series));
  return slopes && ownMedian(slopes);
}

function takenPlaces({ known }: Pick<Series, 'known'>): Float64Array {
  const all = known.map((_, index) => index).filter((index) => at(known, index) > 0);
  const every = Math.ceil(all.length / MOST_VALUES);
  return every <= 1 ? all : all.filter((_, order) => order % every === 0);
}

/** Of all pairs. Undefined for fewer than three values. */
function slopesOf(values: Float64Array, places: Float64Array): Float64Array | undefined {
  const count = places.length;
  if (count < 3) return undefined;
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let pair = 0;
  for (let later = 1; later < count; later++) {
    const to = places[later] ?? 0;
    const last = values[to] ?? 0;
    for (let earlier = 0; earlier < later; earlier++) {
      const from = places[earlier] ?? 0;
      slopes[pair++] = (last - (values[from] ?? 0)) / (to - from);
    }
  }
  return slopes;
}
