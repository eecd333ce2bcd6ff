/** What one fit found of the beginning of a series, and another one of its end. */
import type { Anomaly, Found } from '../anomaly.js';

/** Two fits may see the same shift so many values apart. */
export const SAME_SHIFT = 10;

/** The later ones from `border` on behind the old ones. A shift that they have on different sides of it is neither lost nor doubled. */
export function joined(old: readonly Anomaly[], later: Found, border: number): Anomaly[] {
  const shifts = old.filter(({ kind }) => kind === 'shift');
  const own = later.anomalies.flatMap((one) => {
    if (one.kind !== 'shift') return one.index >= border ? [one] : [];
    const isOld = one.index < border - SAME_SHIFT;
    if (isOld || shifts.some(({ index }) => Math.abs(index - one.index) <= SAME_SHIFT)) return [];
    return later.shiftFrom(one.index, border) ?? [];
  });
  return ascending([...old, ...own]);
}

export function ascending(anomalies: readonly Anomaly[]): Anomaly[] {
  return anomalies.toSorted((a, b) => a.index - b.index);
}
