/** How the figures of evidence are written. Also charts in the browser do it, so it validates nothing. */
import type { InsightEvidence, InsightUnit } from '@bizinsights/jobs-insights';
import { type Formats, formatFigure, type Unit } from './format';

const UNITS: Readonly<Record<InsightUnit, Unit>> = {
  'minor-units': 'money',
  count: 'count',
  share: 'share',
  factor: 'ratio',
};

/** In the currency of the figures, which the organization may have changed since. */
export function formatFound(
  value: number | null,
  { unit, currency }: { readonly unit: InsightUnit; readonly currency?: InsightEvidence['currency'] | undefined },
  formats: Formats,
): string {
  return formatFigure(value, UNITS[unit], { ...formats, currency: currency ?? formats.currency });
}
