/**
 * Whether a target is met, or will be: what its days have come to so far, and a forecast of those that are left. A ratio is that of
 * the sums. The interval of the whole holds it in 80 of 100 cases.
 */
import type { InsightEvidence } from '../evidence.js';
import type { History } from '../history.js';
import type { MetricHistory } from '../metric-history.js';
import { divide, rounded } from '../metrics.js';
import { addDays } from '../periods.js';
import type { Holiday, MetricTarget } from '../ports.js';
import type { Pieces } from '../series/pieces.js';
import { type Finding, impactOf, relativeChange, seriesOf, unitOf } from './finding.js';
import { type Outlook, outlookOf, reachOfSums } from './outlook.js';

/** A target that ends later is not judged yet. */
const MOST_AHEAD = 366;

/** No more days go into the evidence. */
const PLOTTED = 365;

type Status = NonNullable<InsightEvidence['target']>['status'];

/** Targets of which at least a day is over, and that have not ended before the period. In pieces. */
export function* findTargets(
  metrics: readonly MetricHistory[],
  { targets, calendar, length }: History,
): Pieces<readonly Finding[]> {
  const { today } = calendar;
  const judged = targets.filter(
    ({ window }) =>
      window.from < today && window.to >= addDays(today, -length) && window.to < addDays(today, MOST_AHEAD),
  );
  const found: Finding[] = [];
  for (const target of judged) {
    const of = metrics.find(({ metric }) => metric.name === target.metric);
    const finding = of && (yield* judge(of, target));
    if (finding) found.push(finding);
    yield;
  }
  return found;
}

function* judge(of: MetricHistory, target: MetricTarget): Pieces<Finding | undefined> {
  const { metric, points, history } = of;
  const { window, wanted, goal = 'least', name, id } = target;
  const begin = points.findIndex(({ day }) => day === window.from);
  const whole = begin < 0 ? undefined : yield* wholeOf(of, begin, window.to);
  if (!whole) return undefined;
  const { value, outlook, reach, least, isOver } = whole;
  // Nothing comes off a sum that only grows: what is reached stays so.
  const status = statusOf(goal, wanted, isOver ? outlook : least, outlook, isOver);
  const { unit } = metric;
  const isBad = status === 'at-risk' || status === 'missed';
  const change = relativeChange(outlook, wanted);
  const isSure = Math.abs(outlook - wanted) > reach;
  const days = points.slice(begin).filter(({ day }) => day <= window.to);
  return {
    kind: 'target',
    topic: `target:${id}`,
    metric,
    impact: isBad ? impactOf(unit, change, isSure) : 'low',
    evidence: {
      method: 'forecast',
      ...unitOf(metric, history.calendar),
      window: { from: window.from, to: days.at(-1)?.day ?? window.from },
      value: rounded(unit, value),
      expected: rounded(unit, wanted),
      ...(change === undefined ? {} : { change: rounded('share', change) }),
      ...(outlook === wanted ? {} : { direction: outlook > wanted ? 'up' : 'down' }),
      target: {
        ...(name === undefined ? {} : { name }),
        window,
        wanted: rounded(unit, wanted),
        outlook: rounded(unit, outlook),
        lower: rounded(unit, Math.max(least ?? Number.NEGATIVE_INFINITY, outlook - reach)),
        upper: rounded(unit, outlook + reach),
        status,
      },
      series: seriesOf(unit, days.slice(-PLOTTED)),
      ...(whole.ahead.length === 0
        ? {}
        : {
            ahead: whole.ahead.map((day) => ({
              ...day,
              expected: rounded(unit, day.expected),
              lower: rounded(unit, day.lower),
              upper: rounded(unit, day.upper),
            })),
          }),
    },
  };
}

/** @param certain what the target's days come to at least; undefined where that is not known yet */
function statusOf(
  goal: 'least' | 'most',
  wanted: number,
  certain: number | undefined,
  outlook: number,
  isOver: boolean,
): Status {
  if (goal === 'least') {
    if (certain !== undefined && certain >= wanted) return 'met';
    return isOver ? 'missed' : outlook >= wanted ? 'on-track' : 'at-risk';
  }
  if (certain !== undefined && certain > wanted) return 'missed';
  return isOver ? 'met' : outlook <= wanted ? 'on-track' : 'at-risk';
}

interface Whole {
  /** What is known of its days. */
  readonly value: number;
  /** With what is forecast for the others. */
  readonly outlook: number;
  readonly reach: number;
  /** The outlook can't be below it. Undefined where it can be anything. */
  readonly least?: number;
  readonly isOver: boolean;
  readonly ahead: Outlook['days'];
}

/** Undefined where too little is known. */
function* wholeOf(
  { metric, points, values, history }: MetricHistory,
  begin: number,
  to: string,
): Pieces<Whole | undefined> {
  const left = Math.max(0, daysBetween(history.calendar.today, to) + 1);
  const end = left > 0 ? points.length : points.findIndex(({ day }) => day === to) + 1;
  const first = values.findIndex((value) => value !== null);
  if (first < 0) return undefined;
  const until = left > 0 ? history.calendar.today : addDays(to, 1);
  const part = (figure: 'amount' | 'per') =>
    partOf(
      points.slice(0, end).map((point) => (point.isUncertain ? null : point[figure])),
      { first, begin, until, left, holidays: history.holidays },
    );
  const amounts = yield* part('amount');
  if (!amounts) return undefined;
  const { sum, ahead, reach, days, isGrowing } = amounts;
  const isOver = left === 0 && days.length === 0;
  if (metric.dividedBy === undefined) {
    return { value: sum, outlook: sum + ahead, reach, ...(isGrowing ? { least: sum } : {}), isOver, ahead: days };
  }
  const pers = yield* part('per');
  const outlook = pers && divide(sum + ahead, pers.sum + pers.ahead);
  const value = pers && divide(sum, pers.sum);
  if (!pers || outlook === undefined || value === undefined) return undefined;
  // The errors of both come from the same origins: they go together.
  const errors = amounts.errors.map((error, origin) => {
    const missed = divide(sum + ahead + error, pers.sum + pers.ahead + (pers.errors[origin] ?? 0));
    return (missed ?? outlook) - outlook;
  });
  const own = errors.length === 0 ? reach / (pers.sum + pers.ahead) : reachOfSums(errors, 0);
  return { value, outlook, reach: own, isOver, ahead: [] };
}

/** The known days of a target, and the outlook of the others. */
interface Part {
  readonly sum: number;
  readonly ahead: number;
  readonly reach: number;
  readonly errors: readonly number[];
  readonly days: Outlook['days'];
  /** No day has ever taken from the sum. */
  readonly isGrowing: boolean;
}

interface Place {
  /** Of the first figure. */
  readonly first: number;
  /** Of the first day of the target. */
  readonly begin: number;
  /** The day after the last value, and how many days are left from it on. */
  readonly until: string;
  readonly left: number;
  readonly holidays: readonly Holiday[];
}

function* partOf(
  values: readonly (number | null)[],
  { first, begin, until, left, holidays }: Place,
): Pieces<Part | undefined> {
  const outlook = yield* outlookOf(values.slice(first), until, left, holidays);
  if (!outlook) return undefined;
  const last = values.findLastIndex((value) => value !== null);
  const own = values.slice(begin, Math.max(begin, last + 1));
  const known = own.filter((value) => value !== null);
  const sum = known.reduce((total, value) => total + value, 0);
  // Days that are unknown between known ones count as the others do. More of them than known days are no sum.
  const gaps = own.length - known.length;
  if (gaps > known.length) return undefined;
  const filled = gaps === 0 ? 0 : (sum / known.length) * gaps;
  const days = outlook.days.slice(Math.max(0, begin - 1 - last));
  const ahead = days.reduce((total, { expected }) => total + expected, 0);
  const isGrowing = values.every((value) => value === null || value >= 0);
  return { sum, ahead: filled + ahead, reach: outlook.reach, errors: outlook.errors, days, isGrowing };
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
