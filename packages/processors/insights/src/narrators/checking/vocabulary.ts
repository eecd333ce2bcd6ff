/** The words of a language that say something which the evidence must have. All patterns are of lower case, between word bounds. */
import { INSIGHT_KINDS, type InsightDays, type InsightKind } from '../../evidence.js';
import { addDays } from '../../periods.js';
import type { Cues } from './cues.js';
import { type Facts, lengthOf } from './facts.js';

/** Words near a date that say which one it is. */
export interface DayCues {
  /** In front of it: it is of the period before, of the year before, or the first day of what is counted. */
  readonly before: string;
  readonly yearBefore: string;
  readonly since: string;
  /** In front of a first day, also where it begins a range. */
  readonly from: string;
  /** In front of a date that what follows is compared with. */
  readonly notOf: string;
  /** Between a date and a figure of another clause. */
  readonly clauses: string;
  /** In a sentence about days that are left out, and behind the number of those. */
  readonly left: string;
  readonly each: string;
  readonly highest: string;
  readonly lowest: string;
}

export interface Vocabulary {
  readonly cues: Cues;
  /** Words that bind a date. */
  readonly days: DayCues;
  readonly months: readonly (readonly string[])[];
  readonly weekdays: readonly (readonly string[])[];
  /** What a metric is called, the longer names first. */
  readonly metrics: readonly (readonly [name: string, pattern: string])[];
  readonly up: string;
  readonly down: string;
  /** What has not moved. */
  readonly flat: string;
  readonly not: string;
  /** Figures of something against itself. */
  readonly multiples: readonly (readonly [pattern: string, ratio: number])[];
  readonly fractions: readonly (readonly [pattern: string, percent: number])[];
  readonly numbers: readonly (readonly [word: string, value: number])[];
  /** Before a number: about so many, more than so many, almost so many. */
  readonly about: string;
  readonly moreThan: string;
  readonly almost: string;
  /** `of` behind a number: it is a part of something. */
  readonly of: string;
  /** `to` or `from` before a number: it is a figure, and no change. */
  readonly level: string;
  readonly by: string;
  /** Behind a number: it is a difference. */
  readonly less: string;
  /** Before a figure: it is what another one is compared with. */
  readonly than: string;
  /** Before a figure: it is what it has come to. */
  readonly to: string;
  /** In a sentence: a figure of it may be what another one is compared with. */
  readonly compared: string;
  /** At least half, and all. */
  readonly most: string;
  readonly whole: string;
  readonly cause: string;
  /** Chance is not a cause. */
  readonly chance: string;
  /** The beginning of `in Germany`, where what follows is of Germany. */
  readonly within: string;
  readonly and: string;
  /** Behind a number: so many days each, at least and at most. */
  readonly spans: readonly (readonly [pattern: string, least: number, most: number])[];
  readonly times: readonly (readonly [pattern: string, isTrue: (facts: Facts) => boolean])[];
  /** Said of some kinds alone. */
  readonly kinds: readonly (readonly [pattern: string, kinds: readonly InsightKind[]])[];
  /** Never: advice, guesses, and what a shop's figures don't know. */
  readonly forbidden: string;
  /** The same with a capital alone: `Betrug` is fraud, and `betrug` a verb. */
  readonly forbiddenNouns?: string;
  /** Words that name nothing and claim nothing. What is neither here nor above is refused: the template has words for it. */
  readonly common: ReadonlySet<string>;
  /** Words that only say how: they need not be listed. */
  readonly adverbs: RegExp;
}

export const FUTURE: readonly InsightKind[] = ['target', 'forecast'];
export const GAPS: readonly InsightKind[] = ['missing-data', 'silent-platform', 'broken-tracking'];
/** What happened on some days is not said to have been so since. */
export const LASTING: readonly InsightKind[] = INSIGHT_KINDS.filter(
  (kind) => !['spike', 'drop', 'holiday', 'unusual-day'].includes(kind),
);
export const EXTREMES: readonly InsightKind[] = ['record', 'season'];

/** A range of so many days that ended within so many days. */
export function isRecent({ finding: { evidence }, today }: Facts, least: number, most: number): boolean {
  const days = lengthOf(evidence.window);
  return days >= least && days <= most && evidence.window.to >= addDays(today, -most - 1) && evidence.window.to < today;
}

export function isBefore({ finding: { evidence } }: Facts, least: number, most: number): boolean {
  const before: InsightDays | undefined = evidence.before;
  return before !== undefined && lengthOf(before) >= least && lengthOf(before) <= most;
}

export function hasYearBefore(facts: Facts): boolean {
  return facts.finding.evidence.yearBefore !== undefined || isBefore(facts, 364, 366);
}

/** One of the ranges of the evidence has so many days. */
export const isLong = (least: number, most: number) => (facts: Facts) =>
  facts.ranges.some((range) => lengthOf(range) >= least && lengthOf(range) <= most);

export const isDay = (distance: number) => (facts: Facts) => facts.days.has(addDays(facts.today, distance));

export const wordsIn = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
