/**
 * Figures that stopped, or fell to a small part, while what goes with them went on: visits are not counted any more, and
 * orders come in; no purchases are put down to ads, and people click on them. In the metrics that looks like a drop, or like
 * a conversion rate that has risen.
 *
 * A day is low where a figure has less than a part of what is usual for it, in relation to what goes with it; over all of these
 * days it has to be lower than usual by itself, too. How often so
 * many low days in a row come by themselves: the share of low days among those around, to the power of the days. So a
 * figure that has nothing on every third day needs a long run, and one that never had needs two days.
 */
import type { Breakdowns } from '../drivers/breakdowns.js';
import type { Fault } from './fault.js';
import {
  type Figure,
  type FigureDays,
  REFERENCE_DAYS,
  type Run,
  runsOf,
  shareOfUsual,
  sumsOf,
} from './figure-series.js';
import { referenceOf } from './silent-platform.js';

/** What goes together. */
const TOGETHER: readonly {
  readonly figure: Figure;
  /** What went on. */
  readonly beside: Figure;
  /** What must not have fallen either, where it is known: then it is no fault of the tracking. */
  readonly unless?: Figure;
}[] = [
  { figure: 'sessions', beside: 'orders' },
  { figure: 'adRevenue', beside: 'clicks', unless: 'orders' },
  { figure: 'clicks', beside: 'impressions' },
];

/** The parts of what is usual that are looked for: nothing, a small part, less than a half. */
const LOW = [0, 0.2, 0.5] as const;

/** What goes with it has so much of what is usual, at least. */
const WENT_ON = 0.35;

/** It has no more than so much of what is usual itself: visits that stay while orders triple are no fault. */
const FALLEN = 0.75;

/** Rarer by itself than this. */
const RARE = 1e-4;

/** So much of what goes with it is usual in the days, at least. */
const LEAST_USUAL = 6;

/** Days are no run of their own where they overlap with those of a stronger one. */
export async function findBrokenTracking(
  days: FigureDays,
  silence: readonly Fault[],
  breakdowns: Breakdowns,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { figure, beside, unless } of TOGETHER) {
    const found = LOW.flatMap((low) => runsBelow(low, figure, beside, days)).toSorted((one, other) => one.p - other.p);
    for (const { run, p } of found) {
      const isTaken = [...silence, ...faults].some(
        (fault) => fault.figures.includes(figure) && overlaps(fault.days, run),
      );
      if (isTaken || !isFallen(figure, run, days) || !wentOn(beside, run, days)) continue;
      if (unless && hasFallen(unless, run, days)) continue;
      const platform = await platformOf(figure, run, days, breakdowns);
      faults.push({ kind: 'broken-tracking', days: run, figures: [figure], platform, witness: beside, p });
    }
  }
  return faults;
}

interface LowRun {
  readonly run: Run;
  readonly p: number;
}

function runsBelow(low: number, figure: Figure, beside: Figure, days: FigureDays): LowRun[] {
  const isLow = (index: number) => {
    const relation = relationOn(index, figure, beside, days);
    return relation !== undefined && relation <= low;
  };
  const series = days.series.get(figure);
  if (!series) return [];
  return runsOf(series, isLow)
    .map((run) => ({ run, p: shareOfLow(isLow, run, figure, beside, days) ** (run.last - run.first + 1) }))
    .filter(({ p }) => p < RARE);
}

/** The part of what is usual that a figure has, for each part that goes with it. Undefined where nothing went on. */
function relationOn(index: number, figure: Figure, beside: Figure, { series }: FigureDays): number | undefined {
  const [own, other] = [shareOfUsual(series.get(figure), index), shareOfUsual(series.get(beside), index)];
  return own === undefined || other === undefined || other === 0 ? undefined : own / other;
}

function shareOfLow(
  isLow: (index: number) => boolean,
  run: Run,
  figure: Figure,
  beside: Figure,
  days: FigureDays,
): number {
  let [known, low] = [0, 0];
  for (let index = run.first - REFERENCE_DAYS; index <= run.last + REFERENCE_DAYS; index++) {
    if (index >= run.first && index <= run.last) continue;
    if (relationOn(index, figure, beside, days) === undefined) continue;
    known += 1;
    if (isLow(index)) low += 1;
  }
  return (low + 1) / (known + 2);
}

function wentOn(beside: Figure, run: Run, { series }: FigureDays): boolean {
  const sums = sumsOf(series.get(beside), run);
  return sums !== undefined && sums.usual >= LEAST_USUAL && sums.value >= WENT_ON * sums.usual;
}

function isFallen(figure: Figure, run: Run, { series }: FigureDays): boolean {
  const sums = sumsOf(series.get(figure), run);
  return sums !== undefined && sums.value <= FALLEN * sums.usual;
}

function hasFallen(figure: Figure, run: Run, { series }: FigureDays): boolean {
  const sums = sumsOf(series.get(figure), run);
  return sums !== undefined && sums.usual >= LEAST_USUAL && sums.value < 0.5 * sums.usual;
}

function overlaps(one: Run, other: Run): boolean {
  return one.first <= other.last && other.first <= one.last;
}

/** Of several platforms the one that has fallen by most. */
async function platformOf(
  figure: Figure,
  run: Run,
  days: FigureDays,
  breakdowns: Breakdowns,
): Promise<string | undefined> {
  const reference = await breakdowns.read('platform', referenceOf(days));
  const feeders = (reference ?? []).filter(({ key, figures }) => key !== undefined && (figures[figure] ?? 0) > 0);
  if (feeders.length <= 1) return feeders[0]?.key;
  const { days: all } = days.history;
  const range = { from: all[run.first]?.day ?? '', to: all[run.last]?.day ?? '' };
  const members = await breakdowns.read('platform', range);
  if (!members) return undefined;
  const total = (of: typeof feeders) => of.reduce((sum, member) => sum + (member.figures[figure] ?? 0), 0);
  const usual = sumsOf(days.series.get(figure), run)?.usual ?? 0;
  const missing = feeders.map((feeder) => {
    const own = members.find(({ key }) => key === feeder.key)?.figures[figure] ?? 0;
    return { key: feeder.key, missing: (usual * (feeder.figures[figure] ?? 0)) / total(feeders) - own };
  });
  return missing.toSorted((one, other) => other.missing - one.missing)[0]?.key;
}
