/**
 * Days of which nothing is known: an outage, an access that was lost. By what the source says of each integration, within
 * its life: what lies before its first known day was never there.
 */
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightDays } from '../evidence.js';
import { type Finding, relativeChange, seriesOf } from '../findings/finding.js';
import type { History } from '../history.js';
import { metricHistory } from '../metric-history.js';
import { METRICS, type Metric, rounded } from '../metrics.js';
import { addDays } from '../periods.js';
import type { MetricDay } from '../ports.js';
import { median } from '../robust.js';

/** Days of one integration of which nothing is known. */
interface Gap extends InsightDays {
  readonly integrationId: string;
  readonly platform?: string;
}

/** The next sync may bring the last day. */
const LEAST_OPEN_DAYS = 2;

/** The metric of a gap is the first of these that is unknown for it. */
const MAIN: readonly string[] = [
  ...['revenue', 'sessions', 'adSpend', 'orders', 'newCustomers'],
  ...['impressions', 'clicks', 'adRevenue', 'refunds'],
];

const WEEK = 7;
const WEEKS = 4;
const PLOTTED = 56;

/**
 * One finding for each integration and gap that reaches into the days that are judged.
 *
 * @param fedBy the figures that a platform feeds. Undefined: it is not known
 */
export function findMissingData(
  metrics: readonly Metric[],
  history: History,
  fedBy: (platform: string) => readonly string[] | undefined,
): Finding[] {
  const { days, length } = history;
  const judgedFrom = days[Math.max(0, days.length - length)]?.day ?? '';
  const last = days.at(-1)?.day ?? '';
  return gapsOf(history)
    .filter(({ from, to }) => to >= judgedFrom && (to < last || addDays(from, LEAST_OPEN_DAYS - 1) <= to))
    .flatMap((gap) => findingOf(gap, metrics, history, fedBy));
}

function gapsOf({ integrations, days }: History): Gap[] {
  const [first, last] = [days[0]?.day ?? '', days.at(-1)?.day ?? ''];
  const gaps =
    integrations.length > 0
      ? // One that was never read to its end is being imported for the first time: what is not there yet is no gap.
        integrations
          .filter(({ provisionalFrom }) => provisionalFrom !== undefined)
          .flatMap(({ integrationId, platform, unknown }) =>
            unknown.map(({ from, to }) => ({ integrationId, platform, from, to: earlierOf(to, last) })),
          )
      : gapsOfDays(days);
  return gaps.filter(({ from, to }) => from > first && from <= to);
}

const earlierOf = (one: string, other: string) => (one < other ? one : other);

/** Where the source says it of each day alone. */
function gapsOfDays(days: readonly MetricDay[]): Gap[] {
  const open = new Map<string, Gap>();
  const gaps: Gap[] = [];
  for (const { day, unknown } of days) {
    for (const [integrationId, gap] of open) {
      if (unknown.includes(integrationId)) continue;
      gaps.push(gap);
      open.delete(integrationId);
    }
    for (const integrationId of unknown) {
      open.set(integrationId, { integrationId, from: open.get(integrationId)?.from ?? day, to: day });
    }
  }
  return [...gaps, ...open.values()];
}

function findingOf(
  gap: Gap,
  metrics: readonly Metric[],
  history: History,
  fedBy: (platform: string) => readonly string[] | undefined,
): Finding[] {
  const { integrationId, platform, from, to } = gap;
  const fed = platform === undefined ? undefined : fedBy(platform);
  const name = fed ? MAIN.find((figure) => fed.includes(figure)) : unknownSince(gap, history);
  const metric = METRICS.find((one) => one.name === name);
  // What feeds no figure is missing in none.
  if (!metric || !metrics.some(({ name }) => name === metric.name)) return [];
  const { days, calendar } = history;
  const { points, values } = metricHistory(metric, history);
  const [first, last] = [days.findIndex(({ day }) => day === from), days.findIndex(({ day }) => day === to)];
  if (first < 0 || last < first) return [];
  const { unit } = metric;
  const known = points.slice(first, last + 1).reduce((sum, { amount }) => sum + amount, 0);
  const usual = usualSum(values, first, last);
  const expected = usual ?? known;
  const change = relativeChange(known, expected);
  const isMoney = unit === 'minor-units';
  return [
    {
      ...{ kind: 'missing-data', metric, topic: `missing-data:${integrationId}:${from}` },
      impact: isMoney && usual !== undefined && usual > 0 ? 'medium' : 'low',
      evidence: {
        method: 'coverage',
        ...{ unit, ...(isMoney ? { currency: calendar.currency } : {}), window: { from, to } },
        ...{ value: rounded(unit, known), expected: rounded(unit, expected) },
        ...defined({ change: change === undefined || change === 0 ? undefined : rounded('share', change) }),
        ...(known < expected ? { direction: 'down' } : {}),
        series: seriesOf(unit, points.slice(Math.max(0, first - PLOTTED), last + WEEK + 1)),
        ...(platform === undefined ? {} : { source: { platform, integrationId } }),
      },
    },
  ];
}

/** The main figure that is unknown on the first day of a gap, and not on the day before. */
function unknownSince({ from }: Gap, { days }: History): string | undefined {
  const index = days.findIndex(({ day }) => day === from);
  const [unknown, before] = [days[index]?.unknownFigures, days[index - 1]?.unknownFigures ?? []];
  if (!unknown) return MAIN[0];
  return MAIN.find((figure) => unknown.includes(figure) && !before.includes(figure));
}

/** What the same weekdays before had. Undefined where too little is known. */
function usualSum(values: readonly (number | null)[], first: number, last: number): number | undefined {
  const weekdays = Array.from({ length: WEEK }, (_, weekday) => {
    const own = Array.from({ length: WEEKS }, (__, week) => values[first - 1 - weekday - week * WEEK]);
    return median(own.filter((value) => typeof value === 'number'));
  });
  let sum = 0;
  for (let index = first; index <= last; index++) {
    const usual = weekdays[(((first - 1 - index) % WEEK) + WEEK) % WEEK];
    if (usual === undefined) return undefined;
    sum += usual;
  }
  return sum;
}
