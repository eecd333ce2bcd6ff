/** What was found: a metric, its evidence, and how much it matters. */

import type { InsightEvidence, InsightImpact, InsightKind, InsightUnit } from '../evidence.js';
import { type Metric, type Point, rounded } from '../metrics.js';
import type { MetricCalendar } from '../ports.js';

export interface Finding {
  readonly kind: InsightKind;
  readonly metric: Metric;
  readonly impact: InsightImpact;
  readonly evidence: InsightEvidence;
  /** The same for the same finding, whatever its figures: `change:revenue:30d`, `drop:orders:2026-11-17`. */
  readonly topic: string;
}

/** How much a finding matters: the first row that fits. Those that are not beyond their noise are `low`. */
const IMPACTS: readonly {
  readonly impact: InsightImpact;
  readonly units: readonly InsightUnit[];
  /** How far it is off its expectation at least: 0.25 is 25 %. */
  readonly off: number;
}[] = [
  { impact: 'high', units: ['minor-units'], off: 0.25 },
  { impact: 'medium', units: ['count', 'share', 'factor'], off: 0.25 },
  { impact: 'medium', units: ['minor-units'], off: 0.1 },
];

/** @param change relative to what is expected; undefined where 0 is expected, which is no measure of it */
export function impactOf(unit: InsightUnit, change: number | undefined, isBeyondNoise: boolean): InsightImpact {
  if (!isBeyondNoise) return 'low';
  if (change === undefined) return 'medium';
  return IMPACTS.find(({ units, off }) => units.includes(unit) && Math.abs(change) >= off)?.impact ?? 'low';
}

/** What the numbers of a metric are, as evidence has it. */
export function unitOf({ unit }: Metric, { currency }: MetricCalendar): Pick<InsightEvidence, 'unit' | 'currency'> {
  return { unit, ...(unit === 'minor-units' ? { currency } : {}) };
}

/** Undefined where 0 is expected. */
export function relativeChange(value: number, expected: number): number | undefined {
  return expected === 0 ? undefined : (value - expected) / Math.abs(expected);
}

/** The last days up to one, as evidence. */
export function seriesOf(unit: InsightUnit, points: readonly Point[]): InsightEvidence['series'] {
  return points.map(({ day, value, isUncertain }) => ({
    day,
    value: value === undefined || isUncertain ? null : rounded(unit, value),
  }));
}

/** A noise that counts can't be below: that of events that happen by themselves (Poisson). */
export function leastNoise(unit: InsightUnit, expected: number): number {
  return unit === 'count' ? Math.sqrt(Math.max(expected, 1)) : 0;
}
