/** The figures behind an insight or an alert, and how they are written. */
import { z } from 'zod';
import { type Formats, formatFigure, type Unit } from './format';

const UNITS = { 'minor-units': 'money', count: 'count', share: 'share', factor: 'ratio' } as const satisfies Record<
  string,
  Unit
>;

const days = z.object({ from: z.iso.date(), to: z.iso.date() });

const finding = z.object({
  unit: z.enum(['minor-units', 'count', 'share', 'factor']),
  currency: z.string().optional(),
  window: days,
  before: days.optional(),
  value: z.number(),
  expected: z.number(),
  /** -0.4 is 40 % less. */
  change: z.number().optional(),
});
export type Finding = z.output<typeof finding>;

/** Anybody can raise an alert with any evidence: undefined where it is not what insights write. */
export function toFinding(evidence: unknown): Finding | undefined {
  return finding.safeParse(evidence).data;
}

/** In the currency of the figures, which the organization may have changed since. */
export function formatFound(
  value: number | null,
  { unit, currency }: Pick<Finding, 'unit' | 'currency'>,
  formats: Formats,
): string {
  return formatFigure(value, UNITS[unit], { ...formats, currency: currency ?? formats.currency });
}

/** `averageOrderValue` is `average order value`. */
export function metricLabel(metric: string): string {
  return metric.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
