/** What has made a change, a spike, a drop or another level: the evidence gets its drivers. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defined } from '@bizinsights/jobs-core/define';
import type { InsightDays, InsightDimension, InsightDriver, InsightStatus } from '../evidence.js';
import { type Finding, relativeChange } from '../findings/finding.js';
import type { History } from '../history.js';
import { type MetricHistory, metricHistory } from '../metric-history.js';
import { METRICS, type Metric, rounded } from '../metrics.js';
import type { DayFigures } from '../ports.js';
import { dailyNoise, median } from '../robust.js';
import type { Breakdowns, Member } from './breakdowns.js';
import { type ComparedDays, comparedDays } from './compared-days.js';
import { dimensionsOf } from './dimensions.js';
import { type Compared, contributionOf, type Explanation, explain, type Noise, sumsOf, worthOf } from './shares.js';

/** What has members that made it. */
const EXPLAINED = new Set<Finding['kind']>(['change', 'spike', 'drop', 'level-shift']);

/** No more drivers are kept. */
const MOST = 5;

/** A member that worked against the change is named from this part of it on: 0.25 is a quarter. */
const LEAST_AGAINST = 0.25;

/** What explains so much of a change says it: no further dimension is asked for. */
const TELLING = 0.8;

/** The relative noise of a whole where it is not known, and the least. */
const USUAL_NOISE = 0.1;
const LEAST_NOISE = 0.03;

/** The days before a finding that its noise is judged by. */
const NOISE_DAYS = 91;

/** How many purchases ads have of a hundred clicks, about: what one adds to their revenue is not known otherwise. */
const CLICKS_PER_PURCHASE = 30;

/** What is over needs no cause any more. */
type Explainable = Finding & { readonly status?: InsightStatus };

/**
 * Adds drivers to findings, in their order: when the source has been asked often enough, the rest stay without.
 *
 * @param others all that was found, told or not
 * @throws what the signal of the breakdowns was aborted with
 */
export async function explainFindings<Some extends Explainable>(
  findings: readonly Some[],
  others: readonly Finding[],
  history: History,
  breakdowns: Breakdowns,
): Promise<Some[]> {
  const explained: Some[] = [];
  for (const finding of findings) {
    const drivers = isExplained(finding) ? await driversOf(finding, others, history, breakdowns) : [];
    explained.push(drivers.length === 0 ? finding : { ...finding, evidence: { ...finding.evidence, drivers } });
    await nextTurn();
  }
  return explained;
}

function isExplained({ kind, impact, evidence, status }: Explainable): boolean {
  if (status === 'over') return false;
  // What happened on some days is explained however small it is; a small change of a period needs no drivers.
  return EXPLAINED.has(kind) && (kind !== 'change' || impact !== 'low') && evidence.drivers === undefined;
}

interface Explained {
  readonly dimension: InsightDimension;
  readonly members: readonly Compared[];
  readonly explanation: Explanation;
  readonly worth: number;
}

/** Of the finding's own metric, else of the first one that moved with it and tells of some. */
async function driversOf(
  finding: Finding,
  others: readonly Finding[],
  history: History,
  breakdowns: Breakdowns,
): Promise<readonly InsightDriver[]> {
  const days = comparedDays(finding, others, history);
  if (!days) return [];
  const own = await driversIn(finding, days, history, breakdowns);
  if (own.length > 0) return own;
  for (const part of [...partsOf(finding), ...companionsOf(finding, days, history)]) {
    const drivers = await driversIn(part, days, history, breakdowns);
    if (drivers.length > 0) return drivers.map((driver) => ({ ...driver, metric: part.metric.name }));
  }
  return [];
}

/** What else moved in the same way, each as if it had been found alone. */
function partsOf(finding: Finding): readonly Finding[] {
  const { kind, evidence } = finding;
  const parts = (evidence.parts ?? []).filter((part) => part.kind === kind && part.metric !== finding.metric.name);
  return parts.flatMap((part) => {
    const metric = METRICS.find(({ name }) => name === part.metric);
    const { unit, value, expected } = part;
    return metric ? [{ ...finding, metric, evidence: { ...evidence, unit, value, expected } }] : [];
  });
}

/** What has more dimensions than a metric, and goes with it, found or not: no new customer and few visits without an order. */
const COMPANIONS: Readonly<Partial<Record<string, string>>> = { newCustomers: 'orders', sessions: 'orders' };

/** It has to have moved in the same direction, by so much of the finding's own change. */
const LEAST_COMPANY = 0.5;

function companionsOf(finding: Finding, { window, reference }: ComparedDays, history: History): readonly Finding[] {
  const name = COMPANIONS[finding.metric.name];
  const metric = METRICS.find((one) => one.name === name);
  if (!metric || finding.evidence.parts?.some((part) => part.metric === name)) return [];
  const { points } = metricHistory(metric, history);
  const [now, then] = [sumsIn(window, points), sumsIn(reference, points)];
  if (now.days === 0 || then.days === 0) return [];
  const expected = (then.amount * now.days) / then.days;
  const [own, change] = [relativeChange(now.amount, expected), finding.evidence.change];
  if (own === undefined || change === undefined || own * change <= 0) return [];
  if (Math.abs(own) < LEAST_COMPANY * Math.abs(change)) return [];
  return [{ ...finding, metric, evidence: { ...finding.evidence, unit: metric.unit, value: now.amount, expected } }];
}

async function driversIn(
  finding: Finding,
  days: ComparedDays,
  history: History,
  breakdowns: Breakdowns,
): Promise<readonly InsightDriver[]> {
  const scale = scaleOf(finding, days, history);
  if (!scale) return [];
  const { metric } = finding;
  const isRatio = metric.dividedBy !== undefined;
  let best: Explained | undefined;
  for (const dimension of dimensionsOf(metric)) {
    // Two platforms of one shop are the coarsest way to say where: only where nothing else says it.
    if (best && (dimension === 'platform' || best.worth >= TELLING)) break;
    const [now, before] = [
      await breakdowns.read(dimension, days.window),
      await breakdowns.read(dimension, days.reference),
    ];
    if (!now || !before) continue;
    await nextTurn();
    const members = compare(metric, now, before, scale);
    const explanation = explain(members, scale.noise, isRatio);
    const worth = explanation ? worthOf(explanation.members, explanation.explained) : 0;
    if (explanation && worth > (best?.worth ?? 0)) best = { dimension, members, explanation, worth };
  }
  return best ? toDrivers(best.dimension, best.members, best.explanation, finding, scale) : [];
}

/** How the figures of the reference are brought to the window, and those of the window to the evidence. */
interface Scale {
  /** What the reference has to be multiplied by to be what was expected. */
  readonly amount: number;
  readonly per: number;
  /** From the sum of the window to the evidence's value, which may be a day's. */
  readonly toEvidence: number;
  readonly noise: Noise;
}

/** Undefined where nothing can be compared. */
function scaleOf(
  { metric, evidence }: Finding,
  { window, reference }: ComparedDays,
  history: History,
): Scale | undefined {
  const whole = metricHistory(metric, history);
  const { points } = whole;
  const [now, then] = [sumsIn(window, points), sumsIn(reference, points)];
  if (now.days === 0 || then.days === 0) return undefined;
  const { value, expected } = evidence;
  const from = points.findIndex(({ day }) => day === window.from);
  const length = then.days / now.days;
  const unit = unitOf(metric.figure, history, reference);
  const noise = {
    unit,
    perUnit: metric.dividedBy === undefined ? 1 : unitOf(metric.dividedBy, history, reference),
    relative: relativeNoise(whole, from, now.days, unit),
    referenceLength: length,
  };
  if (metric.dividedBy !== undefined) {
    // As many visits a day as before, and as many orders of them as were expected.
    if (now.per <= 0 || then.per <= 0 || then.amount <= 0) return undefined;
    const per = 1 / length;
    const wanted = expected * then.per * per;
    return { amount: wanted > 0 ? wanted / then.amount : per, per, toEvidence: 1, noise };
  }
  // What was expected of the whole: of the evidence, which knows the season.
  const wanted = value > 0 && now.amount > 0 ? (now.amount * expected) / value : then.amount / length;
  if (then.amount <= 0 || !Number.isFinite(wanted)) return undefined;
  const toEvidence = now.amount > 0 && value > 0 ? value / now.amount : expected > 0 ? expected / wanted : 1;
  return { amount: wanted / then.amount, per: 1, toEvidence, noise };
}

function sumsIn(
  { from, to }: InsightDays,
  points: readonly { day: string; amount: number; per: number; isUncertain: boolean }[],
) {
  const own = points.filter(({ day, isUncertain }) => day >= from && day <= to && !isUncertain);
  const sum = (figure: 'amount' | 'per') => own.reduce((total, point) => total + point[figure], 0);
  return { days: own.length, amount: sum('amount'), per: sum('per') };
}

/** Of the whole, by the noise of its days before, without that of single events: more days have less of it. */
function relativeNoise({ metric, values }: MetricHistory, from: number, days: number, unit: number): number {
  const before = values.slice(Math.max(0, from - NOISE_DAYS), from).map((value) => value ?? undefined);
  const usual = median(before.filter((value) => value !== undefined));
  const noise = dailyNoise(before);
  if (noise === undefined || usual === undefined || usual <= 0) return USUAL_NOISE;
  const events = metric.dividedBy === undefined ? unit * usual : 0;
  const own = Math.sqrt(Math.max(0, noise ** 2 - events));
  return Math.min(1, Math.max(LEAST_NOISE, own / usual / Math.sqrt(days)));
}

/** What one event adds: an order to the revenue, a purchase to what ads have sold. Counts are events. */
function unitOf(figure: Metric['figure'], { days }: History, { from, to }: InsightDays): number {
  const sum = (name: keyof DayFigures) =>
    days.reduce((total, day) => (day.day >= from && day.day <= to ? total + day[name] : total), 0);
  const ratio = (amount: number, count: number) => (count > 0 && amount > 0 ? amount / count : 1);
  switch (figure) {
    case 'revenue':
    case 'refunds':
      // Orders differ: the mean square of an order is about half as much again.
      return 1.5 * ratio(sum('revenue'), sum('orders'));
    case 'adRevenue':
      return CLICKS_PER_PURCHASE * ratio(sum('adRevenue'), sum('clicks'));
    case 'adSpend':
      return ratio(sum('adSpend'), sum('clicks'));
    default:
      return 1;
  }
}

/** Members of both, each with its own expectation; what nothing is known of is one of them. */
function compare(metric: Metric, now: readonly Member[], before: readonly Member[], scale: Scale): readonly Compared[] {
  const { figure, dividedBy } = metric;
  const [byKey, byKeyBefore] = [now, before].map((members) => new Map(members.map((one) => [one.key, one])));
  const keys = [...new Set([...now, ...before].map(({ key }) => key))];
  return keys.flatMap((key): Compared[] => {
    const [own, earlier] = [byKey?.get(key), byKeyBefore?.get(key)];
    const [amount, expectedAmount] = [own?.figures[figure] ?? 0, (earlier?.figures[figure] ?? 0) * scale.amount];
    const [per, expectedPer] =
      dividedBy === undefined ? [1, 1] : [own?.figures[dividedBy] ?? 0, (earlier?.figures[dividedBy] ?? 0) * scale.per];
    if (amount === 0 && expectedAmount === 0 && (dividedBy === undefined || (per === 0 && expectedPer === 0)))
      return [];
    const label = own?.label ?? earlier?.label;
    return [{ key, ...defined({ label }), amount, expectedAmount, per, expectedPer }];
  });
}

function toDrivers(
  dimension: InsightDimension,
  members: readonly Compared[],
  { members: telling }: Explanation,
  { metric: { unit, dividedBy }, evidence }: Finding,
  { toEvidence }: Scale,
): readonly InsightDriver[] {
  const isRatio = dividedBy !== undefined;
  const change = evidence.value - evidence.expected;
  const whole = sumsOf(members);
  const toDriver = (member: Compared): InsightDriver[] => {
    const { key, label, amount, expectedAmount, per, expectedPer } = member;
    if (key === undefined || change === 0) return [];
    const { total, mix, rate } = contributionOf(member, whole, isRatio);
    const scale = isRatio ? 1 : toEvidence;
    const own = isRatio
      ? { value: per > 0 ? amount / per : 0, expected: expectedPer > 0 ? expectedAmount / expectedPer : 0 }
      : { value: amount * scale, expected: expectedAmount * scale };
    return [
      {
        ...{ dimension, key, ...defined({ label }) },
        ...{ value: rounded(unit, own.value), expected: rounded(unit, own.expected) },
        contribution: rounded(unit, total * scale),
        share: rounded('share', (total * scale) / change),
        ...(isRatio ? { effect: Math.abs(mix) > Math.abs(rate) ? 'mix' : 'rate' } : {}),
      },
    ];
  };
  const bySize = (one: InsightDriver, other: InsightDriver) => Math.abs(other.share) - Math.abs(one.share);
  const made = telling.flatMap(toDriver).toSorted(bySize);
  const against = members
    .filter((member) => !telling.includes(member))
    .flatMap(toDriver)
    .filter(({ share }) => share <= -LEAST_AGAINST);
  return [...made, ...against.toSorted(bySize)].slice(0, MOST);
}
