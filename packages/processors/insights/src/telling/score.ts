/**
 * How important an insight is, from 0 to 1: what is listed first, and what a digest has.
 *
 *     importance = size × certainty × novelty × kind × votes
 *
 * - **size**: the days of usual revenue that are at stake, `days / (days + 3)`. A change of 40 % over 30 days is twelve days
 *   of it: 0.8; a day with twice the revenue is one: 0.25. Metrics that are no money count as what depends on them: all
 *   orders, all sessions and the conversion rate are worth all revenue, new customers their part of the orders, clicks and
 *   impressions the revenue of ads. An organization without money is measured by its metric itself.
 * - **certainty**: how unlikely it is by noise alone, `-log10(p) / 4` between 0.2 and 1, with `p` from the evidence or from
 *   its score as if noise were normal: 1 from one in ten thousand on. 0.5 where neither is known.
 * - **novelty**: 1 for what is new, 0.8 for what has changed, 0.4 for what is over.
 * - **kind**: what a person can act upon comes before what is good to know: the table.
 * - **votes**: `(up + 5) / (up + down + 5)`, the mean of a Beta distribution that begins with five thumbs up. One thumb down
 *   makes it 0.83, ten 0.33, and thumbs up make up for them.
 */
import type { InsightKind, InsightStatus } from '../evidence.js';
import type { Finding } from '../findings/finding.js';
import type { History } from '../history.js';
import type { DayFigures, InsightVotes, MetricDay } from '../ports.js';
import { normalTails } from '../series/statistics/distributions.js';
import { lengthOf } from './windows.js';

/** So many days of usual revenue are half of the whole size. */
const HALF = 3;

/** One in 10 to the power of so many is as certain as it gets. */
const CERTAIN = 4;
const LEAST_CERTAIN = 0.2;
const UNKNOWN = 0.5;

const NOVELTY: Readonly<Record<InsightStatus, number>> = { new: 1, changed: 0.8, over: 0.4 };

const KINDS: Readonly<Record<InsightKind, number>> = {
  'silent-platform': 1,
  'broken-tracking': 1,
  spike: 1,
  drop: 1,
  'level-shift': 1,
  'unusual-day': 1,
  change: 0.9,
  target: 0.9,
  'missing-data': 0.8,
  'turning-point': 0.5,
  trend: 0.4,
  variance: 0.4,
  forecast: 0.2,
  record: 0.2,
  milestone: 0.2,
  holiday: 0.2,
  season: 0.1,
};

/** Thumbs up that every kind begins with. */
const PRIOR = 5;

/** The usual money of a day is that of so many days, at most. */
const USUAL_DAYS = 91;

/** A change counts as ten times what is expected at most: what is expected may be next to nothing. */
const MOST_CHANGE = 10;

/** @param worth from `worthOf` */
export function importanceOf(
  finding: Finding,
  status: InsightStatus,
  worth: ReadonlyMap<string, number>,
  votes: readonly InsightVotes[],
): number {
  const parts = [
    sizeOf(finding, worth),
    certaintyOf(finding),
    NOVELTY[status],
    KINDS[finding.kind],
    votesOf(finding, votes),
  ];
  return parts.reduce((product, part) => product * part, 1);
}

function sizeOf({ metric, evidence }: Finding, worth: ReadonlyMap<string, number>): number {
  const { change, value, expected, window } = evidence;
  const relative = Math.min(MOST_CHANGE, Math.abs(change ?? (value === expected ? 0 : 1)));
  const days = relative * lengthOf(window) * (worth.get(metric.name) ?? 1);
  return days / (days + HALF);
}

function certaintyOf({ evidence: { p, score } }: Finding): number {
  const chance = p ?? (score === undefined ? undefined : normalTails(Math.abs(score)));
  if (chance === undefined || Number.isNaN(chance)) return UNKNOWN;
  return Math.min(1, Math.max(LEAST_CERTAIN, -Math.log10(Math.max(chance, Number.MIN_VALUE)) / CERTAIN));
}

function votesOf({ kind }: Finding, votes: readonly InsightVotes[]): number {
  const { up, down } = votes.find((one) => one.kind === kind) ?? { up: 0, down: 0 };
  return (up + PRIOR) / (up + down + PRIOR);
}

type Usual = { readonly [Figure in keyof DayFigures]: number };

/** What all of a metric is worth: the parts of the largest money figure of a usual day. Others are money themselves. */
const WORTH: Readonly<Record<string, (usual: Usual) => number>> = {
  revenue: ({ revenue }) => revenue,
  refunds: ({ refunds }) => refunds,
  orders: ({ revenue }) => revenue,
  averageOrderValue: ({ revenue }) => revenue,
  newCustomers: ({ revenue, newCustomers, orders }) => revenue * (orders > 0 ? Math.min(1, newCustomers / orders) : 1),
  sessions: ({ revenue }) => revenue,
  conversionRate: ({ revenue }) => revenue,
  adSpend: ({ adSpend }) => adSpend,
  adRevenue: ({ adRevenue }) => adRevenue,
  returnOnAdSpend: ({ adRevenue }) => adRevenue,
  impressions: ({ adRevenue }) => adRevenue,
  clicks: ({ adRevenue }) => adRevenue,
};

/** By the name of the metric: how much of a usual day's money all of it is. 1 where there is no money. */
export function worthOf({ days, length }: History): ReadonlyMap<string, number> {
  const known = days.slice(-Math.max(length, USUAL_DAYS)).filter(({ isPartial }) => !isPartial);
  const mean = (figure: keyof DayFigures) => meanOf(known, figure);
  const usual: Usual = {
    revenue: mean('revenue'),
    refunds: mean('refunds'),
    orders: mean('orders'),
    newCustomers: mean('newCustomers'),
    sessions: mean('sessions'),
    adSpend: mean('adSpend'),
    adRevenue: mean('adRevenue'),
    impressions: mean('impressions'),
    clicks: mean('clicks'),
  };
  const whole = usual.revenue > 0 ? usual.revenue : Math.max(usual.adSpend, usual.adRevenue);
  if (!(whole > 0)) return new Map();
  return new Map(Object.entries(WORTH).map(([metric, worth]) => [metric, worth(usual) / whole]));
}

/** Of the amounts: one day of 1e308 must not make a sum infinite. */
function meanOf(days: readonly MetricDay[], figure: keyof DayFigures): number {
  return days.reduce((mean, day) => mean + Math.abs(day[figure]) / days.length, 0);
}
