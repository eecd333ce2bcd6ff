/**
 * What holidays do to the days around them, learned from the same holiday in earlier years. A day is compared with the days of
 * earlier years that are as far from the same holiday, so that Easter and Black Friday may move.
 *
 * What is expected is the median of the earlier years, drawn to nothing as if half a year without an effect had been seen too
 * (an empirical prior, as in James and Stein, 1961). What any earlier year had, and somewhat more, is no anomaly: the fewer
 * years are known, the more.
 */
import type { Holiday } from '../../ports.js';
import { at } from '../../series/at.js';
import type { Explained } from '../../series/judging/judgement.js';
import { medianOf } from '../../series/statistics/quantile.js';

/** ms */
const DAY = 86_400_000;

/** Days before and after a holiday that it may change. */
const BEFORE = 3;
const AFTER = 2;

/** Standard deviations: what is less is noise, and no effect. */
const LEAST_EFFECT = 2.5;

/** Years without an effect that are seen in addition. */
const PRIOR_YEARS = 0.5;

/** Of one earlier year's effect, so much more or less is as expected; of more years less, by the root. */
const MARGIN = 0.5;

/** A day that a holiday may change. */
export interface NearHoliday {
  readonly holiday: Holiday;
  /** Days since the holiday; below 0 before it. */
  readonly offset: number;
  /** The places of the same day of earlier years that are known, oldest first. */
  readonly earlier: readonly number[];
}

/** Of each day the nearest holiday, where one is near. */
export function nearHolidays(
  days: readonly string[],
  values: readonly (number | null)[],
  holidays: readonly Holiday[],
): readonly (NearHoliday | undefined)[] {
  const first = Date.parse(days[0] ?? '');
  const nearest: ({ readonly holiday: Holiday; readonly offset: number } | undefined)[] = days.map(() => undefined);
  for (const holiday of holidays) {
    const place = Math.round((Date.parse(holiday.day) - first) / DAY);
    for (let offset = -BEFORE; offset <= AFTER; offset++) {
      const index = place + offset;
      const known = nearest[index];
      // Of two that are as near, the one that comes.
      if (index < 0 || index >= days.length || (known && Math.abs(known.offset) < Math.abs(offset))) continue;
      nearest[index] = { holiday, offset };
    }
  }
  const seen = new Map<string, number[]>();
  return nearest.map((near, index) => {
    if (!near) return undefined;
    const key = `${near.holiday.id} ${near.offset}`;
    const earlier = seen.get(key) ?? [];
    if ((values[index] ?? null) !== null) seen.set(key, [...earlier, index]);
    return { ...near, earlier };
  });
}

/** What earlier years explain of each day. */
export function explainedBy(near: readonly (NearHoliday | undefined)[], surprise: Float64Array): Explained {
  const { length } = surprise;
  const explained = { low: new Float64Array(length), high: new Float64Array(length), middle: new Float64Array(length) };
  near.forEach((one, index) => {
    if (one === undefined || one.earlier.length === 0) return;
    const effects = Float64Array.from(one.earlier, (place) => effectOf(at(surprise, place)));
    const count = effects.length;
    const margin = MARGIN / Math.sqrt(count);
    explained.low[index] = (1 + margin) * Math.min(0, ...effects);
    explained.high[index] = (1 + margin) * Math.max(0, ...effects);
    explained.middle[index] = (typicalEffect(effects) * count) / (count + PRIOR_YEARS);
  });
  return explained;
}

function effectOf(surprise: number): number {
  return Math.abs(surprise) < LEAST_EFFECT ? 0 : surprise;
}

/** The median; of two years the smaller effect, and none where they differ in direction: the other may have been an event of its own. */
export function typicalEffect(effects: Float64Array): number {
  if (effects.length !== 2) return medianOf(effects);
  const [one, other] = [at(effects, 0), at(effects, 1)];
  if (one * other <= 0) return 0;
  return Math.abs(one) < Math.abs(other) ? one : other;
}
