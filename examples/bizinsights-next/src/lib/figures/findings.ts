/** The figures behind an insight or an alert, and how they are written. */
import type { InsightMethod } from '@bizinsights/jobs-insights';
import { z } from 'zod';

interface Labels {
  readonly value: string;
  readonly expected: string;
}

/** What the two figures are depends on how they were found. */
const LABELS = {
  'period-before': { value: 'This period', expected: 'Period before' },
  'expected-range': { value: 'Figure', expected: 'Expected' },
  'theil-sen': { value: 'At the end', expected: 'At the beginning' },
  'residual-spread': { value: 'Ups and downs since', expected: 'Before' },
  'seasonal-pattern': { value: 'Highest, usually', expected: 'Usual level' },
  coverage: { value: 'Known', expected: 'Expected' },
  'joint-figures': { value: 'Figure', expected: 'Expected' },
  history: { value: 'Figure', expected: 'Until then' },
  forecast: { value: 'Forecast', expected: 'As many days before' },
  'weekday-median': { value: 'Figure', expected: 'Usual for the weekday' },
} as const satisfies Record<InsightMethod, Labels>;

const days = z.object({ from: z.iso.date(), to: z.iso.date() });

const finding = z.object({
  /** Anybody may leave it out: the figures are then one and what was expected. */
  method: z.custom<InsightMethod>((method) => typeof method === 'string' && method in LABELS).optional(),
  unit: z.enum(['minor-units', 'count', 'share', 'factor']),
  currency: z.string().optional(),
  window: days,
  before: days.optional(),
  value: z.number(),
  expected: z.number(),
  /** -0.4 is 40 % less. */
  change: z.number().optional(),
  target: z.object({ window: days, outlook: z.number() }).optional(),
  milestone: z.object({ since: z.iso.date() }).optional(),
});
export type Finding = z.output<typeof finding>;

/** Anybody can raise an alert with any evidence: undefined where it is not what insights write. */
export function toFinding(evidence: unknown): Finding | undefined {
  return finding.safeParse(evidence).data;
}

/** What its two figures are. */
export function labelsOf({ method = 'expected-range', target, milestone }: Finding): Labels {
  if (target) return { value: 'So far', expected: 'Target' };
  if (milestone) return { value: 'Altogether', expected: 'Reached' };
  return LABELS[method];
}

/** `averageOrderValue` is `average order value`. */
export function metricLabel(metric: string): string {
  return metric.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
