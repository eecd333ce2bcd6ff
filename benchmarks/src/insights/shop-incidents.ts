/** Which of a shop's incidents can be seen in its figures: by their effect against the noise of each metric. */
import { type DayFigures, decompose, type MetricDay } from '@bizinsights/jobs-insights';
import type { ShopIncident, ShopMetric } from '@bizinsights/jobs-sandbox';
import { quantile } from '../statistics.js';
import { daysOf } from './shop-source.js';

/** An incident whose effect on a metric is larger than so many times its noise has to be found. */
const CLEAR = 3;

/** A level shift is measured by its first days. */
const SHIFT_DAYS = 28;

export interface JudgedIncident {
  readonly incident: ShopIncident;
  /** The effect on each metric of a day of it, in median absolute deviations of the metric's residuals. */
  readonly sizes: Readonly<Partial<Record<ShopMetric, number>>>;
  readonly isClear: boolean;
  /** All that it shows in may still be restated by its platform, so that nothing is said of it yet. */
  readonly isOpen: boolean;
}

const RATIOS = {
  averageOrderValue: ['revenue', 'orders'],
  conversionRate: ['orders', 'sessions'],
  returnOnAdSpend: ['adRevenue', 'adSpend'],
} as const satisfies Partial<Record<ShopMetric, readonly [keyof DayFigures, keyof DayFigures]>>;

const METRICS: readonly ShopMetric[] = [
  ...(['revenue', 'orders', 'newCustomers', 'sessions', 'adSpend', 'adRevenue'] as const),
  ...(['impressions', 'clicks', 'averageOrderValue', 'conversionRate', 'returnOnAdSpend'] as const),
];

/** Undefined where nothing can be divided. */
function figureOf(metric: ShopMetric, day: DayFigures): number | undefined {
  if (!isRatio(metric)) return day[metric];
  const [amount, per] = RATIOS[metric];
  return day[per] > 0 ? day[amount] / day[per] : undefined;
}

function isRatio(metric: ShopMetric): metric is keyof typeof RATIOS {
  return metric in RATIOS;
}

function figuresOf(metric: ShopMetric): readonly string[] {
  return isRatio(metric) ? RATIOS[metric] : [metric];
}

/**
 * @param days each day of the shop, oldest first
 * @param calm the same days of the same shop without incidents
 * @param from the first day on which an incident may begin to be judged
 */
export function judgeIncidents(
  incidents: readonly ShopIncident[],
  days: readonly MetricDay[],
  calm: readonly DayFigures[],
  from: string,
): JudgedIncident[] {
  const places = new Map(days.map(({ day }, place) => [day, place]));
  const last = days.at(-1)?.day ?? '';
  const noises = new Map<ShopMetric, number>();
  const noiseOf = (metric: ShopMetric) => {
    const known = noises.get(metric) ?? noise(calm.map((day) => figureOf(metric, day) ?? null));
    noises.set(metric, known);
    return known;
  };
  return incidents
    .filter((incident) => incident.from >= from && incident.from <= last)
    .map((incident) => {
      const begun = daysOf(incident.from, last).filter((day) => day <= incident.to);
      const own = begun.slice(0, SHIFT_DAYS);
      const sizes = METRICS.filter((metric) => metric in incident.effects).map(
        (metric): readonly [ShopMetric, number] => {
          const effects = own.flatMap((day) => {
            const place = places.get(day) ?? -1;
            const [real, quiet] = [days[place], calm[place]];
            if (!real || !quiet) return [];
            const without = figureOf(metric, scaled(quiet, levelWithout(incidents, incident, day)));
            const value = figureOf(metric, real);
            return value === undefined || without === undefined ? [] : [Math.abs(value - without)];
          });
          const mean = effects.reduce((sum, effect) => sum + effect, 0) / Math.max(1, effects.length);
          return [metric, mean / Math.max(noiseOf(metric), Number.MIN_VALUE)];
        },
      );
      const clear = sizes.filter(([, size]) => size > CLEAR).map(([metric]) => metric);
      const isOpenOn = (metric: ShopMetric, day: string) =>
        figuresOf(metric).some((figure) => days[places.get(day) ?? -1]?.uncertain?.includes(figure));
      return {
        incident,
        sizes: Object.fromEntries(sizes),
        isClear: clear.length > 0,
        isOpen: clear.length > 0 && clear.every((metric) => own.some((day) => isOpenOn(metric, day))),
      };
    });
}

/** How many times as busy the other level shifts make a day. */
function levelWithout(incidents: readonly ShopIncident[], { id }: ShopIncident, day: string): number {
  return incidents
    .filter((one) => one.kind === 'level-shift' && one.id !== id && one.from <= day)
    .reduce((level, { effects }) => level * (effects.sessions ?? 1), 1);
}

/** What level shifts change. */
function scaled(day: DayFigures, level: number): DayFigures {
  const { revenue, orders, newCustomers, sessions } = day;
  return {
    ...day,
    ...{ revenue: revenue * level, orders: orders * level },
    ...{ newCustomers: newCustomers * level, sessions: sessions * level },
  };
}

/** The median absolute deviation of the residuals of the last year. */
function noise(values: readonly (number | null)[]): number {
  const { residual } = decompose(values, { seasons: [7, 365.25] });
  const year = residual.slice(-365);
  const middle = quantile(year, 0.5);
  return quantile(
    year.map((value) => Math.abs(value - middle)),
    0.5,
  );
}
