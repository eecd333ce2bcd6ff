/** Takes a series apart and judges each of its values: measures by their own noise, counts near zero by a distribution for counts. */
import { at } from '../at.js';
import type { Series } from '../input.js';
import type { Pieces } from '../pieces.js';
import { judgeCounts } from './counts.js';
import type { Judgement, JudgeOptions } from './judgement.js';
import { judgeMeasures } from './measures.js';
import { unitOfRareCounts } from './rare-counts.js';

/** Fewer known values say nothing of what is usual. */
const LEAST_KNOWN = 14;

/** Undefined where nothing can be judged: few values, and those of a constant series. In pieces, of which there are hundreds. */
export function* judge(
  series: Series,
  seasons: readonly number[],
  options?: JudgeOptions,
): Pieces<Judgement | undefined> {
  if (series.knownCount < LEAST_KNOWN) return undefined;
  const unit = unitOfRareCounts(series, seasons, options?.isMoney);
  if (unit === undefined) return yield* judgeMeasures(series, seasons, options);
  return yield* judgeCounts(series, unit, seasons, options);
}

/**
 * The same of a ratio, such as orders for each session: of what is rare by the counts themselves, of other things by a noise
 * that is wider where it is divided by less. Which of them `of` says: what is judged are amounts, or ratios.
 *
 * @param amounts known where they are divided by more than 0
 */
export function* judgeRatio(
  amounts: Series,
  exposure: Float64Array,
  seasons: readonly number[],
  options: Omit<JudgeOptions, 'exposure'> = {},
): Pieces<{ readonly judgement: Judgement; readonly of: 'amounts' | 'ratios' } | undefined> {
  if (amounts.knownCount < LEAST_KNOWN) return undefined;
  const unit = unitOfRareCounts(amounts, seasons, options.isMoney);
  const given = { ...options, exposure };
  const ratios = {
    ...amounts,
    values: amounts.values.map((amount, index) => (at(exposure, index) > 0 ? amount / at(exposure, index) : 0)),
  };
  const judgement =
    unit === undefined
      ? yield* judgeMeasures(ratios, seasons, given)
      : yield* judgeCounts(amounts, unit, seasons, given);
  return judgement && { judgement, of: unit === undefined ? 'ratios' : 'amounts' };
}
