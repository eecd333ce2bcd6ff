/**
 * Platforms that gave nothing for whole days, where much was to be expected. Of a figure that one platform alone feeds, these
 * are days with exactly 0. Of several the sum only falls, by no more than the platform's part of it: such days are asked for
 * by platform.
 *
 * How often it is so by itself: the share of days with 0 among those around, to the power of the days; of one platform among
 * several, a Poisson count.
 */
import type { Breakdowns, Member } from '../drivers/breakdowns.js';
import type { DayFigures } from '../ports.js';
import type { Fault } from './fault.js';
import {
  type Figure,
  type FigureDays,
  type FigureSeries,
  REFERENCE_DAYS,
  type Run,
  runsOf,
  shareOfUsual,
  sumsOf,
} from './figure-series.js';

/** What each platform has of one of these, if it is not silent: counts, as a sum of money need not be so many sales. */
const COUNTS: readonly Figure[] = ['orders', 'sessions', 'impressions'];

/** The figures of a silent platform, the one that is told first. Refunds are those of the sales that are missing. */
const ORDER: readonly Figure[] = [
  ...(['revenue', 'adSpend', 'sessions', 'adRevenue', 'orders'] as const),
  ...(['newCustomers', 'clicks', 'impressions', 'refunds'] as const),
];

/** Days with less than this part of what is usual may be those of one silent platform among several. */
const SUSPICIOUS = 0.85;

/** Of a platform's usual part so much has to be missing. */
const LEAST_MISSING = 0.6;

/** A platform with a smaller part of a figure can't be told from noise. */
const LEAST_SHARE = 0.1;

/** So many are usual in the silent days, at least. */
const LEAST_USUAL = 12;

/** Rarer by itself than this. */
const RARE = 1e-4;

interface Feeder {
  readonly platform: string | undefined;
  readonly share: number;
  /** What it feeds, of all figures. */
  readonly figures: readonly Figure[];
}

export async function findSilence(days: FigureDays, breakdowns: Breakdowns): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const figure of COUNTS) {
    const series = days.series.get(figure);
    if (!series || lowRuns(series, SUSPICIOUS).length === 0) continue;
    const feeders = await feedersOf(figure, days, breakdowns);
    const [only, ...others] = feeders;
    if (!only) continue;
    if (others.length === 0) faults.push(...silenceOf(only, series, days));
    else faults.push(...(await silenceAmong(feeders, series, days, breakdowns)));
  }
  return faults;
}

/** Days in a row, of which enough is usual. */
function lowRuns(series: FigureSeries, limit: number): Run[] {
  const runs = runsOf(series, (index) => (shareOfUsual(series, index) ?? 1) <= limit);
  return runs.filter((run) => (sumsOf(series, run)?.usual ?? 0) >= LEAST_USUAL);
}

/** Who has the figure, over all days that are judged and some before. One without a name where the source does not say it. */
async function feedersOf(figure: Figure, days: FigureDays, breakdowns: Breakdowns): Promise<Feeder[]> {
  const members = await breakdowns.read('platform', referenceOf(days));
  const named = (members ?? []).filter((member) => member.key !== undefined && (member.figures[figure] ?? 0) > 0);
  if (named.length === 0) return [{ platform: undefined, share: 1, figures: [figure] }];
  const total = named.reduce((sum, member) => sum + (member.figures[figure] ?? 0), 0);
  return named
    .map((member) => ({ member, share: (member.figures[figure] ?? 0) / total }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .map(({ member, share }) => ({ platform: member.key, share, figures: fedBy(member) }));
}

export function referenceOf({ history: { days }, from }: FigureDays) {
  return { from: days[Math.max(0, from - REFERENCE_DAYS)]?.day ?? '', to: days.at(-1)?.day ?? '' };
}

function fedBy({ figures }: Member): Figure[] {
  return ORDER.filter((figure) => (figures[figure] ?? 0) !== 0);
}

/** A figure of one platform: days with exactly 0, also in what else it feeds alone. */
function silenceOf({ platform, figures }: Feeder, series: FigureSeries, days: FigureDays): Fault[] {
  const isSilent = (index: number) =>
    series.values[index] === 0 && (shareOfUsual(series, index) ?? 1) === 0 && hasNothing(figures, index, days);
  return runsOf(series, isSilent).flatMap((run): Fault[] => {
    const p = shareOfZeros(series, run) ** (run.last - run.first + 1);
    const usual = sumsOf(series, run)?.usual ?? 0;
    return usual >= LEAST_USUAL && p < RARE ? [{ kind: 'silent-platform', days: run, figures, platform, p }] : [];
  });
}

function hasNothing(figures: readonly Figure[], index: number, { series }: FigureDays): boolean {
  return figures.every((figure) => (series.get(figure)?.values[index] ?? 0) === 0);
}

/** Of the days around a run, how many have nothing; one more, as it may be the next. */
function shareOfZeros({ values }: FigureSeries, { first, last }: Run): number {
  const around = [
    ...values.slice(Math.max(0, first - REFERENCE_DAYS), first),
    ...values.slice(last + 1, last + 1 + REFERENCE_DAYS),
  ];
  const known = around.filter((value) => value !== null);
  return (known.filter((value) => value === 0).length + 1) / (known.length + 2);
}

/** One of several platforms: days on which the sum has fallen by its part are asked for by platform. */
async function silenceAmong(
  feeders: readonly Feeder[],
  series: FigureSeries,
  days: FigureDays,
  breakdowns: Breakdowns,
): Promise<Fault[]> {
  const smallest = Math.min(...feeders.map(({ share }) => share));
  const runs = lowRuns(series, 1 - LEAST_MISSING * smallest);
  const faults: Fault[] = [];
  // The lowest first, as the source is not asked for ever.
  const waiting = runs.toSorted((one, other) => missingIn(series, other) - missingIn(series, one));
  for (let run = waiting.shift(); run; run = waiting.shift()) {
    const usual = sumsOf(series, run)?.usual ?? 0;
    const members = await breakdowns.read('platform', rangeOf(run, days));
    if (!members) break;
    const silent = feeders.filter(
      ({ platform, share, figures }) =>
        share * usual >= LEAST_USUAL &&
        isNothing(
          members.find(({ key }) => key === platform),
          figures,
        ),
    );
    // Where all have nothing, nothing was sold.
    if (silent.length === feeders.length) continue;
    for (const { platform, share, figures } of silent) {
      const p = Math.exp(-share * usual);
      if (p < RARE) faults.push({ kind: 'silent-platform', days: run, figures, platform, part: share, p });
    }
    if (silent.length === 0)
      waiting.push(...halvesOf(run).filter((half) => (sumsOf(series, half)?.usual ?? 0) * smallest >= LEAST_USUAL));
  }
  return faults;
}

function missingIn(series: FigureSeries | undefined, run: Run): number {
  const sums = sumsOf(series, run);
  return sums && sums.usual > 0 ? 1 - sums.value / sums.usual : 0;
}

function isNothing(member: Member | undefined, figures: readonly Figure[]): boolean {
  return figures.every((figure: keyof DayFigures) => (member?.figures[figure] ?? 0) === 0);
}

function rangeOf({ first, last }: Run, { history: { days } }: FigureDays) {
  return { from: days[first]?.day ?? '', to: days[last]?.day ?? '' };
}

/** A platform may have been silent in a part of the days: the rest is something else. */
function halvesOf({ first, last }: Run): Run[] {
  if (last === first) return [];
  const middle = Math.floor((first + last) / 2);
  return [
    { first, last: middle },
    { first: middle + 1, last },
  ];
}
