/** What the template narrator says, as far as it is the same in all languages: which texts there are. */
import type { InsightDirection, InsightDriver, InsightEvidence, InsightKind, InsightPart } from '../../evidence.js';
import type { Formats } from '../format.js';

/** The words of an insight: title and text, without what follows from the evidence of all kinds. */
export interface Told {
  readonly title: string;
  readonly sentences: readonly string[];
}

/** What is to be told. */
export interface Said {
  readonly kind: InsightKind;
  readonly metric: string;
  readonly evidence: InsightEvidence;
  readonly formats: Formats;
  /** A value in the unit of the evidence. */
  figure(value: number): string;
  /** One that has been rounded. */
  about(value: number): string;
  readonly value: string;
  readonly expected: string;
  /** How large the change is: `40%`. Undefined where 0 was expected. */
  readonly size: string | undefined;
  /** Where the text gives the change as a multiple, and not by its size: `4.2` times what is expected. */
  readonly multiple: string | undefined;
  readonly direction: InsightDirection;
}

/**
 * The kinds by their subject: a language has a file for each subject. A new `InsightKind` is added to one of them here, and the
 * compiler names the files that have no words for it.
 */
export interface KindsBySubject {
  readonly course: 'change' | 'trend' | 'turning-point' | 'season' | 'forecast';
  readonly events: 'spike' | 'drop' | 'level-shift' | 'variance' | 'holiday' | 'unusual-day';
  readonly faults: 'missing-data' | 'silent-platform' | 'broken-tracking';
  readonly marks: 'record' | 'milestone' | 'target';
}

/** The words of a subject's kinds. */
export type KindTexts<Subject extends keyof KindsBySubject> = Readonly<
  Record<KindsBySubject[Subject], (said: Said) => Told>
>;

/** A language. */
export interface Texts {
  /** Each kind. What all kinds have follows it: see `details`. */
  readonly kinds: Readonly<Record<InsightKind, (said: Said) => Told>>;
  /** A sentence each, for what the evidence has. */
  readonly details: {
    /** What is usual. */
    usual(lower: string, upper: string): string;
    yearBefore(before: NonNullable<InsightEvidence['yearBefore']>, said: Said): string;
    /** A day that is, or is near to, what is told. */
    holiday(holiday: NonNullable<InsightEvidence['holiday']>, isWithin: boolean, formats: Formats): string;
    /** What has made the change, the largest first. */
    drivers(drivers: readonly InsightDriver[], formats: Formats): string;
    /** What has worked against it. */
    against(driver: InsightDriver, formats: Formats): string;
    /** What else moved, the most important first. */
    parts(parts: readonly InsightPart[], formats: Formats): string;
    /** How often noise alone does it: once in so many cases. Undefined: less than once in a million. */
    chance(cases: string | undefined): string;
  };
  /** Told before, and its figures have changed. */
  changed(told: Told, said: Said): Told;
  /** Told before, and not so any more. */
  over(told: Told, said: Said): Told;
}
