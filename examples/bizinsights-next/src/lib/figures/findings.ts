/** The figures behind an insight or an alert, and how they are written. */
import { INSIGHT_DIMENSIONS, type InsightKind, type InsightMethod } from '@bizinsights/jobs-insights';
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

const unit = z.enum(['minor-units', 'count', 'share', 'factor']);

const driver = z.object({
  dimension: z.enum(INSIGHT_DIMENSIONS),
  key: z.string(),
  label: z.string().optional(),
  metric: z.string().optional(),
  value: z.number(),
  expected: z.number(),
  /** Of the whole change. Below 0: against it. */
  share: z.number(),
  effect: z.enum(['mix', 'rate']).optional(),
});
export type Driver = z.output<typeof driver>;

const part = z.object({
  kind: z.custom<InsightKind>((kind) => typeof kind === 'string'),
  metric: z.string(),
  unit,
  currency: z.string().optional(),
  window: days,
  value: z.number(),
  expected: z.number(),
  change: z.number().optional(),
});

const finding = z.object({
  /** Anybody may leave it out: the figures are then one and what was expected. */
  method: z.custom<InsightMethod>((method) => typeof method === 'string' && method in LABELS).optional(),
  unit,
  currency: z.string().optional(),
  window: days,
  before: days.optional(),
  value: z.number(),
  expected: z.number(),
  /** -0.4 is 40 % less. */
  change: z.number().optional(),
  target: z.object({ window: days, outlook: z.number() }).optional(),
  milestone: z.object({ since: z.iso.date() }).optional(),
  /** What made the change, and what moved with it. The figures are shown where these are not what insights write. */
  drivers: z.array(driver).readonly().optional().catch(undefined),
  parts: z.array(part).readonly().optional().catch(undefined),
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
