/** Gaps filled for smoothers that need a value everywhere, and give it the weight 0. */
import { at } from './at.js';
import type { Series } from './input.js';

/** Each unknown value on the straight line between its known neighbours; before the first and after the last: theirs. */
export function fillGaps({ values, known }: Pick<Series, 'values' | 'known'>): Float64Array {
  const filled = values.slice();
  let last = -1;
  for (let index = 0; index < filled.length; index++) {
    if (known[index] === 0) continue;
    if (last < 0) filled.fill(at(values, index), 0, index);
    else {
      const step = (at(values, index) - at(values, last)) / (index - last);
      for (let gap = last + 1; gap < index; gap++) filled[gap] = at(values, last) + step * (gap - last);
    }
    last = index;
  }
  if (last >= 0) filled.fill(at(values, last), last + 1);
  return filled;
}
