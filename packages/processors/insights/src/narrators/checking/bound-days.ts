/** Which days the figures of a text are said of: a date of the week before makes the figure beside it one of that week. */
import type { InsightDays } from '../../evidence.js';
import type { DateMention } from './dates.js';
import type { Facts } from './facts.js';
import { BLANK, type Passage, type Span, words } from './passage.js';
import type { Role } from './roles.js';
import type { Vocabulary } from './vocabulary.js';

/** A date and a figure of one clause are so near to each other. Characters. */
const NEAR = 70;

/** Between a figure and a date behind it, and between a date and a figure behind that. */
const BEHIND = new RegExp(`^[^,;:()${BLANK}]*\\(?$`);
const INFRONT = new RegExp(`^\\)?[^;()${BLANK}]*$`);

/** Between two dates: they are the ends of a range. */
const UNTIL = /^\s*(?:to|until|through|–|-|bis(?: zum)?)\s*$/;

export class BoundDays {
  readonly #passage: Passage;
  readonly #dates: readonly DateMention[];
  readonly #facts: Facts;
  readonly #vocabulary: Vocabulary;
  /** Of each role that has days of its own. */
  readonly #days: ReadonlyMap<Role, readonly InsightDays[]>;

  constructor(passage: Passage, dates: readonly DateMention[], facts: Facts, vocabulary: Vocabulary) {
    this.#passage = passage;
    this.#dates = dates;
    this.#facts = facts;
    this.#vocabulary = vocabulary;
    this.#days = daysOf(facts);
  }

  /** Roles that a figure can't have, by the date that it stands with. */
  excludedAt(figure: Span): readonly Role[] {
    const date = this.#dateOf(figure);
    // A date of something else, such as the first day of a record, says nothing about a figure.
    if (!date || ![...this.#days.values()].flat().some((days) => isIn(date, days))) return [];
    return [...this.#days].filter(([, ranges]) => !ranges.some((days) => isIn(date, days))).map(([role]) => role);
  }

  #dateOf(figure: Span): DateMention | undefined {
    const sentence = this.#passage.sentenceAt(figure.start);
    const { clauses } = this.#vocabulary.days;
    const isOne = (between: string) => between.length <= NEAR && !words(clauses).test(between);
    const text = this.#passage.rest;
    const behind = this.#dates.find(({ start, end }) => start >= figure.end && end <= sentence.end);
    if (behind && text[behind.end] !== ':') {
      const between = text.slice(figure.end, behind.start);
      if (BEHIND.test(between) && isOne(between)) return behind;
    }
    const before = this.#dates.findLast(({ start, end }) => end <= figure.start && start >= sentence.start);
    if (!before || this.#isCompared(before)) return undefined;
    const between = text.slice(before.end, figure.start);
    return INFRONT.test(between) && isOne(between) ? before : undefined;
  }

  /** `compared with November 10 to 16, there were 1,234` */
  #isCompared(date: DateMention): boolean {
    const before = this.#textBefore(date);
    return new RegExp(`(?<!\\p{L})(?:${this.#vocabulary.days.notOf})(?: \\p{L}+){0,4} $`, 'u').test(before);
  }

  #textBefore({ start }: Span): string {
    return this.#passage.lower.slice(Math.max(this.#passage.sentenceAt(start).start, start - NEAR), start);
  }

  /** What is not so, if anything. */
  problem(): string | undefined {
    for (const [place, date] of this.#dates.entries()) {
      const text = this.#passage.text.slice(date.start, date.end);
      if (!this.#isRange(date, this.#dates[place + 1]) || !this.#isSaid(date)) return `the date "${text}"`;
    }
    return this.#seasonProblem();
  }

  /** `from November 17 to November 23` is one range, and not the end of one and the end of another. */
  #isRange(date: DateMention, next: DateMention | undefined): boolean {
    const [from, until] = date.days;
    const { ranges } = this.#facts;
    if (from && until) return ranges.some((days) => from.includes(days.from) && until.includes(days.to));
    if (!from || !next || !UNTIL.test(this.#passage.lower.slice(date.end, next.start))) return true;
    return ranges.some((days) => from.includes(days.from) && next.days[0]?.includes(days.to));
  }

  /** `in the week before (November 10 to 16)`, `since January 1, 2024` */
  #isSaid(date: DateMention): boolean {
    const { before, yearBefore, window, record, milestone } = this.#facts.finding.evidence;
    const { days } = this.#vocabulary;
    const text = this.#textBefore(date);
    const stands = (pattern: string) => new RegExp(`(?<!\\p{L})(?:${pattern})$`, 'u').test(text);
    if (stands(days.since)) {
      const since = record?.since ?? milestone?.since;
      return since === undefined || date.days.every((one) => one.includes(since));
    }
    const since = record?.since ?? milestone?.since;
    // The day that a record or a sum is counted from is nothing but that.
    if (since !== undefined && since !== window.from && date.days.every((one) => one.every((day) => day === since))) {
      return stands(days.from);
    }
    if (yearBefore && stands(days.yearBefore)) return isIn(date, yearBefore);
    if (before && stands(days.before)) return isIn(date, before);
    return true;
  }

  /** `highest on Saturdays` */
  #seasonProblem(): string | undefined {
    const { season } = this.#facts.finding.evidence;
    if (!season) return undefined;
    const { weekdays, months, days } = this.#vocabulary;
    const places = (season.of === 'week' ? weekdays : months).flatMap((names, index) =>
      this.#passage
        .findAnywhere(words(`(?:${names.join('|')})`))
        .map((found) => ({ ...found, at: season.of === 'week' ? index : index + 1 })),
    );
    for (const [pattern, { at }] of [
      [days.highest, season.high],
      [days.lowest, season.low],
    ] as const) {
      for (const found of this.#passage.findAnywhere(words(pattern))) {
        const near = places.toSorted((one, other) => distance(one, found) - distance(other, found))[0];
        if (near && near.at !== at) return `"${found.match[0]}" of "${near.match[0]}"`;
      }
    }
    return undefined;
  }
}

function daysOf({ finding: { kind, evidence } }: Facts): Map<Role, readonly InsightDays[]> {
  const { window, before, yearBefore, record, target, ahead = [], parts = [] } = evidence;
  const [first, last] = [ahead[0]?.day, ahead.at(-1)?.day];
  const future = first !== undefined && last !== undefined ? [{ from: first, to: last }] : [];
  const now = [window, ...parts.map((part) => part.window), ...(target ? [target.window] : []), ...future];
  const previous = record?.previous && { from: record.previous.day, to: record.previous.day };
  // What is expected of a day is said of that day; of a period it is what the one before had.
  const expected = before ? [before] : kind === 'forecast' ? [] : now;
  const result = new Map<Role, readonly InsightDays[]>([
    ['value', now],
    ['outlook', now],
    ['reached', now],
    ['expected', expected],
  ]);
  if (yearBefore) result.set('yearBefore', [yearBefore]);
  if (previous) result.set('previous', [previous]);
  return result;
}

/** Whether all that the date names are ends of the range. */
function isIn({ days }: DateMention, { from, to }: InsightDays): boolean {
  return days.every((one) => one.includes(from) || one.includes(to));
}

function distance(one: Span, other: Span): number {
  return one.start < other.start ? other.start - one.end : one.start - other.end;
}
