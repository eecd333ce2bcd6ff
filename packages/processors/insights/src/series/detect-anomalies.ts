/** Which values of a series are unusual. */
import type { Anomaly } from './anomaly.js';
import { detectInCounts, unitOfRareCounts } from './counts.js';
import { readSeasons, readSeries } from './input.js';
import { detectInMeasures } from './measures.js';

/** Fewer known values say nothing of what is usual. */
const LEAST_KNOWN = 14;

export interface DetectAnomaliesOptions {
  readonly seasons?: readonly number[];
}

export function detectAnomalies(
  values: readonly (number | null)[],
  { seasons = [7] }: DetectAnomaliesOptions = {},
): Anomaly[] {
  const series = readSeries(values);
  const periods = readSeasons(seasons);
  if (series.knownCount < LEAST_KNOWN) return [];
  const unit = unitOfRareCounts(series);
  return unit === undefined ? detectInMeasures(series, periods) : detectInCounts(series, unit, periods);
}
