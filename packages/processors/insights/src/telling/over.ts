/** What was told as going on, and is not found any more. */
import { defined } from '@bizinsights/jobs-core/define';
import { type Finding, relativeChange, seriesOf } from '../findings/finding.js';
import type { History } from '../history.js';
import { type MetricHistory, metricHistory } from '../metric-history.js';
import { divide, type Metric, type Point, rounded } from '../metrics.js';
import { PERIOD_DAYS } from '../periods.js';
import type { ToldInsight } from '../ports.js';
import { isFault, isState } from './kinds.js';
import { isSame, type Member, membersOf } from './members.js';
import { isOfPeriod } from './novelty.js';
import { metricNamed } from './relations.js';

/** So large a part of the days has to be known: otherwise it may go on where nothing is known. */
const KNOWN = 0.5;

/** Days before and after those of a fault that are plotted. */
const PLOTTED = 56;
const PLOTTED_AFTER = 7;

/** What is over, and what was told of it. */
export interface Over {
  readonly finding: Finding;
  readonly previous: ToldInsight;
}

/**
 * States that were told in this period (or, where the period does not matter, in no longer one) and are not found, though
 * their metric was looked at and is known. The evidence is of today: the figure of the period, against the period before; of a
 * fault the figure of its own days, against what was expected of them.
 *
 * @param found all that was found, also what is a part of something else
 * @param metrics those that were looked at
 */
export function findOver(
  found: readonly Finding[],
  told: readonly ToldInsight[],
  metrics: readonly Metric[],
  history: History,
): Over[] {
  const members = found.flatMap(({ kind, metric, evidence }) => membersOf({ kind, metric: metric.name, evidence }));
  return told.flatMap((previous) => {
    const metric = metricNamed(previous.metric);
    if (!metric || !metrics.includes(metric) || !mayBeOver(previous, history) || isFound(previous, members)) return [];
    const of = metricHistory(metric, history);
    const finding = isFault(previous.kind) ? faultOver(previous, of) : overOf(previous, of);
    return finding ? [{ finding, previous }] : [];
  });
}

function mayBeOver(told: ToldInsight, { period, days, length }: History): boolean {
  if (!isState(told.kind) || told.status === 'over') return false;
  if (told.period !== period && (isOfPeriod(told) || PERIOD_DAYS[told.period] > PERIOD_DAYS[period])) return false;
  if (isOfPeriod(told)) return true;
  // What was found on days of its own is only not looked at any more where these are no longer among those that are judged.
  const first = days.at(-length)?.day ?? days[0]?.day ?? '';
  return (isFault(told.kind) ? told.evidence.window.to : told.evidence.window.from) >= first;
}

function isFound(told: ToldInsight, members: readonly Member[]): boolean {
  return membersOf(told).some((one) => members.some((other) => isSame(one, other)));
}

function overOf(
  { topic, kind, evidence: then }: ToldInsight,
  { metric, points, history }: MetricHistory,
): Finding | undefined {
  const { length, calendar } = history;
  const window = points.slice(-length);
  const known = window.filter(isKnown);
  if (known.length === 0 || known.length < KNOWN * window.length) return undefined;
  // Day by day, so that a day that is unknown is left out on both sides.
  const pairs = window.flatMap((point, index) => {
    const earlier = points[points.length - 2 * length + index];
    return isKnown(point) && earlier && isKnown(earlier) ? [{ point, earlier }] : [];
  });
  const isComparable = pairs.length >= KNOWN * length;
  const value = figureOf(metric, isComparable ? pairs.map(({ point }) => point) : known);
  const expected = isComparable
    ? figureOf(
        metric,
        pairs.map(({ earlier }) => earlier),
      )
    : value;
  if (value === undefined || expected === undefined) return undefined;
  const { unit } = metric;
  const change = relativeChange(value, expected);
  return {
    kind,
    topic,
    metric,
    impact: 'low',
    evidence: {
      method: 'period-before',
      unit,
      ...(unit === 'minor-units' ? { currency: calendar.currency } : {}),
      window: rangeOf(window),
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      ...defined({
        before: isComparable ? rangeOf(points.slice(-2 * length, -length)) : undefined,
        change: change === undefined ? undefined : rounded('share', change),
        direction: value === expected ? undefined : value > expected ? ('up' as const) : ('down' as const),
        source: then.source,
      }),
      series: seriesOf(unit, points.slice(-2 * length)),
    },
  };
}

/** What is known now of the days of a fault: its data has arrived, or is in order again. */
function faultOver(
  { topic, kind, evidence: then }: ToldInsight,
  { metric, points, history }: MetricHistory,
): Finding | undefined {
  const { window, expected } = then;
  const first = points.findIndex(({ day }) => day >= window.from);
  const last = points.findLastIndex(({ day }) => day <= window.to);
  const own = points.slice(first, last + 1);
  const known = own.filter(isKnown);
  if (first < 0 || known.length === 0 || known.length < KNOWN * own.length) return undefined;
  const value = figureOf(metric, known);
  if (value === undefined) return undefined;
  const { unit } = metric;
  // What was expected is of all days: of those that are still unknown nothing can be compared.
  const change = known.length === own.length ? relativeChange(value, expected) : undefined;
  return {
    kind,
    topic,
    metric,
    impact: 'low',
    evidence: {
      method: then.method,
      unit,
      ...(unit === 'minor-units' ? { currency: history.calendar.currency } : {}),
      window,
      value: rounded(unit, value),
      expected: rounded(unit, expected),
      ...defined({
        change: change === undefined ? undefined : rounded('share', change),
        direction: change === undefined || change === 0 ? undefined : change > 0 ? ('up' as const) : ('down' as const),
        source: then.source,
      }),
      series: seriesOf(unit, points.slice(Math.max(0, first - PLOTTED), last + 1 + PLOTTED_AFTER)),
    },
  };
}

const isKnown = ({ isUncertain, value }: Point) => !isUncertain && value !== undefined;

function figureOf({ dividedBy }: Metric, points: readonly Point[]): number | undefined {
  const sum = (figure: 'amount' | 'per') => points.reduce((total, point) => total + point[figure], 0);
  return dividedBy === undefined ? sum('amount') : divide(sum('amount'), sum('per'));
}

function rangeOf(points: readonly Point[]) {
  return { from: points[0]?.day ?? '', to: points.at(-1)?.day ?? '' };
}
