/** The days of each figure beside what is usual for them: what faults of the data are looked for in. */
import type { History } from '../history.js';
import { metricHistory } from '../metric-history.js';
import { METRICS } from '../metrics.js';
import type { DayFigures } from '../ports.js';
import { median } from '../robust.js';
import type { Pieces } from '../series/pieces.js';

export type Figure = keyof DayFigures;

export interface FigureSeries {
  /** Of each day what is final: null where it is unknown or uncertain, and before the first figure. */
  readonly values: readonly (number | null)[];
  /** What the day usually has. Undefined where too little is known around it. */
  readonly usual: readonly (number | undefined)[];
  /** The place of the first day that is judged. */
  readonly from: number;
}

export interface FigureDays {
  readonly history: History;
  readonly series: ReadonlyMap<string, FigureSeries>;
  /** The place of the first day that is judged of any figure. */
  readonly from: number;
}

const WEEK = 7;

/** A day is compared with the same weekdays of so many weeks before it, and as many after it where they are known. */
const WEEKS = 4;

/** By fewer it is not judged. */
const LEAST_WEEKDAYS = 3;

/** Days before those that are judged, of which it is known how often a figure is low by itself. */
export const REFERENCE_DAYS = 120;

/** All figures, whatever metrics a run looks at: a fault of one shows beside the others. In pieces of a figure's work. */
export function* figureDays(history: History): Pieces<FigureDays> {
  const series = new Map<string, FigureSeries>();
  for (const metric of METRICS.filter(({ dividedBy }) => dividedBy === undefined)) {
    const { values, from } = metricHistory(metric, history);
    const usual = values.map((_, index) => (index < from - REFERENCE_DAYS ? undefined : usualOn(values, index)));
    series.set(metric.figure, { values, usual, from });
    yield;
  }
  const from = Math.min(history.days.length, ...[...series.values()].map((own) => own.from));
  return { history, series, from };
}

function usualOn(values: readonly (number | null)[], index: number): number | undefined {
  const weekdays: number[] = [];
  for (let week = -WEEKS; week <= WEEKS; week++) {
    const value = week === 0 ? undefined : values[index + week * WEEK];
    if (typeof value === 'number') weekdays.push(value);
  }
  return weekdays.length < LEAST_WEEKDAYS ? undefined : median(weekdays);
}

/** Some days in a row: the places of the first and the last. */
export interface Run {
  readonly first: number;
  readonly last: number;
}

/** The days in a row, of those of a figure that are judged, for which something holds. */
export function runsOf({ values, from }: FigureSeries, isOne: (index: number) => boolean): Run[] {
  const runs: Run[] = [];
  const end = values.length;
  let first: number | undefined;
  for (let index = from; index <= end; index++) {
    if (index < end && isOne(index)) first ??= index;
    else if (first !== undefined) {
      runs.push({ first, last: index - 1 });
      first = undefined;
    }
  }
  // What began before the days that are judged is taken from its beginning.
  return runs.map((run) => (run.first === from ? { ...run, first: beginOf(run.first, isOne) } : run));
}

function beginOf(first: number, isOne: (index: number) => boolean): number {
  let begin = first;
  while (begin > 0 && isOne(begin - 1)) begin--;
  return begin;
}

/** The sums of a run: what there was, and what is usual. Undefined where one of its days is not known. */
export function sumsOf(
  series: FigureSeries | undefined,
  { first, last }: Run,
): { readonly value: number; readonly usual: number } | undefined {
  let [value, usual] = [0, 0];
  for (let index = first; index <= last; index++) {
    const [had, has] = [series?.values[index], series?.usual[index]];
    if (typeof had !== 'number' || has === undefined) return undefined;
    value += had;
    usual += has;
  }
  return { value, usual };
}

/** How much of what is usual a day has: 0.1 is a tenth. Undefined where that is not known, or nothing is usual. */
export function shareOfUsual(series: FigureSeries | undefined, index: number): number | undefined {
  const [value, usual] = [series?.values[index], series?.usual[index]];
  return typeof value === 'number' && usual !== undefined && usual > 0 ? value / usual : undefined;
}
