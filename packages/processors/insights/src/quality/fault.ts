/** A fault of the data: figures that are not to be believed on some days. What it makes of the metrics is one finding. */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightDriver, InsightPart } from '../evidence.js';
import { type Finding, impactOf, relativeChange, seriesOf } from '../findings/finding.js';
import { metricHistory } from '../metric-history.js';
import { divide, METRICS, type Metric, rounded } from '../metrics.js';
import { type Figure, type FigureDays, type Run, sumsOf } from './figure-series.js';

export interface Fault {
  readonly kind: 'silent-platform' | 'broken-tracking';
  readonly days: Run;
  /** Those that are not to be believed, the most important first. */
  readonly figures: readonly Figure[];
  /** Whose fault it is. Undefined where the source has no breakdown. */
  readonly platform?: string | undefined;
  /** The part of each figure that the platform usually has. Default: all of it. */
  readonly part?: number;
  /** What went on beside them, and is none of them. */
  readonly witness?: Figure;
  /** How often it is so by itself. */
  readonly p: number;
}

/** A metric that has moved by less is no part of it: 0.1 is 10 %. */
const LEAST_PART = 0.1;

/** Days around it that are plotted. */
const PLOTTED_BEFORE = 56;
const PLOTTED_AFTER = 7;

/** p-values are no smaller than what is known of the distribution of days. */
const LEAST_P = 1e-12;

/** @param chosen the metrics that a run looks at: undefined where the fault is in none of them */
export function findingOf(fault: Fault, chosen: readonly Metric[], days: FigureDays): Finding | undefined {
  const { kind, figures, platform, part = 1, witness } = fault;
  const { history } = days;
  const [first, last] = [history.days[fault.days.first], history.days[fault.days.last]];
  if (!first || !last) return undefined;
  const window = { from: first.day, to: last.day };
  const currencyOf = ({ unit }: Metric) => (unit === 'minor-units' ? { currency: history.calendar.currency } : {});
  const moved = chosen
    .filter(({ figure, dividedBy }) => isAmong(figure, figures) || isAmong(dividedBy, figures))
    .flatMap((metric) => {
      const figure = figureOf(metric, fault.days, days);
      return figure ? [{ metric, ...figure }] : [];
    });
  const rank = ({ metric }: { readonly metric: Metric }) =>
    metric.dividedBy === undefined ? figures.indexOf(metric.figure) : figures.length;
  const [lead, ...others] = moved.toSorted((one, other) => rank(one) - rank(other));
  if (!lead) return undefined;
  const { metric, value, expected } = lead;
  const change = relativeChange(value, expected);
  const direction = value > expected ? 'up' : 'down';
  const parts = others.flatMap((one): InsightPart[] => {
    const own = relativeChange(one.value, one.expected);
    if (own === undefined || Math.abs(own) < LEAST_PART) return [];
    return [
      {
        kind: own < 0 ? 'drop' : 'spike',
        ...{ metric: one.metric.name, unit: one.metric.unit, ...currencyOf(one.metric), window },
        ...{ value: rounded(one.metric.unit, one.value), expected: rounded(one.metric.unit, one.expected) },
        ...{ change: rounded('share', own), direction: own < 0 ? 'down' : 'up' },
      },
    ];
  });
  const { unit } = metric;
  const { points } = metricHistory(metric, history);
  const begin = Math.max(0, fault.days.first - PLOTTED_BEFORE);
  return {
    ...{ kind, metric, impact: impactOf(unit, change, true) },
    topic: [kind, platform ?? '', figures[0], window.from].join(':'),
    evidence: {
      method: kind === 'silent-platform' ? 'coverage' : 'joint-figures',
      ...{ unit, ...currencyOf(metric), window },
      ...{ value: rounded(unit, value), expected: rounded(unit, expected) },
      ...defined({ change: change === undefined ? undefined : rounded('share', change) }),
      ...{ direction, p: Math.max(LEAST_P, fault.p) },
      series: seriesOf(unit, points.slice(begin, fault.days.last + PLOTTED_AFTER + 1)),
      ...(platform === undefined
        ? {}
        : { source: { platform, ...integrationOf(platform, days) }, drivers: [driverOf(platform, lead, part)] }),
      ...defined({ witness: witness && witnessOf(witness, fault.days, days) }),
      ...(parts.length > 0 ? { parts } : {}),
    },
  };
}

function isAmong(figure: string | undefined, figures: readonly string[]): boolean {
  return figure !== undefined && figures.includes(figure);
}

/** What a metric had in these days, and what is usual. Undefined where that is not known. */
function figureOf({ figure, dividedBy }: Metric, run: Run, { series }: FigureDays) {
  const amount = sumsOf(series.get(figure), run);
  const per = dividedBy === undefined ? { value: 1, usual: 1 } : sumsOf(series.get(dividedBy), run);
  if (!amount || !per) return undefined;
  const [value, expected] = [divide(amount.value, per.value), divide(amount.usual, per.usual)];
  return value === undefined || expected === undefined ? undefined : { value, expected };
}

/** A figure that went on, as the metric that is it alone. */
function witnessOf(figure: Figure, run: Run, { series }: FigureDays) {
  const metric = METRICS.find((one) => one.figure === figure && one.dividedBy === undefined);
  const sums = sumsOf(series.get(figure), run);
  if (!metric || !sums) return undefined;
  const { name, unit } = metric;
  return { metric: name, value: rounded(unit, sums.value), expected: rounded(unit, sums.usual) };
}

/** What is missing is missing of the platform's own part. */
function driverOf(
  platform: string,
  { metric: { unit }, value, expected }: { readonly metric: Metric; readonly value: number; readonly expected: number },
  part: number,
): InsightDriver {
  const own = { value: part < 1 ? 0 : value, expected: part * expected };
  return {
    ...{ dimension: 'platform', key: platform },
    ...{ value: rounded(unit, own.value), expected: rounded(unit, own.expected) },
    ...{ contribution: rounded(unit, own.value - own.expected), share: 1 },
  };
}

/** The one integration of a platform; of several it is not known which. */
function integrationOf(platform: string, { history: { integrations } }: FigureDays) {
  const [one, ...others] = integrations.filter((integration) => integration.platform === platform);
  return one && others.length === 0 ? { integrationId: one.integrationId } : {};
}
