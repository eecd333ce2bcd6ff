/** Figures, fractions and multiples of a text, against those of the evidence. */
import type { InsightDirection } from '../../evidence.js';
import type { BoundDays } from './bound-days.js';
import { FigureRoles } from './cues.js';
import { type DirectionWord, OF_WHOLE } from './directions.js';
import { type Facts, lengthOf, MAIN, type NumberFact, type Subject } from './facts.js';
import { type Hedge, says } from './numerals.js';
import { type Passage, type Span, words } from './passage.js';
import { type Group, MEANINGS } from './roles.js';
import type { Subjects } from './subjects.js';
import type { Vocabulary } from './vocabulary.js';
import { type Written, writtenNumbers } from './written-numbers.js';

/** Of a multiple in words: doubled is said of 1.86 to 2.14 times. */
const MULTIPLE = 0.07;

/** The end of a measure, behind which `below` and `more than` compare. */
const MEASURE = '(?:[\\d%]|percent|prozent|third|drittel|half|hälfte|quarter|viertel|fifth|fünftel)';

const THEN = ['then'] as const;

/** All numbers have been read, and are so, or the first that is not. Blanks them. */
export class Numbers {
  readonly #passage: Passage;
  readonly #facts: Facts;
  readonly #vocabulary: Vocabulary;
  readonly #written: readonly Written[];
  readonly #roles: FigureRoles;
  readonly #days: BoundDays;
  readonly #multiples: readonly (Span & { readonly text: string; readonly ratio: number })[];

  /** @param currencies how the currency of the evidence is written */
  constructor(
    passage: Passage,
    facts: Facts,
    vocabulary: Vocabulary,
    currencies: ReadonlySet<string>,
    days: BoundDays,
  ) {
    this.#passage = passage;
    this.#facts = facts;
    this.#vocabulary = vocabulary;
    this.#roles = new FigureRoles(passage, vocabulary.cues, facts.finding.kind);
    this.#days = days;
    this.#multiples = vocabulary.multiples.flatMap(([pattern, ratio]) =>
      passage.find(words(pattern)).map((found) => {
        passage.blank(found);
        return { start: found.start, end: found.end, text: found.match[0], ratio };
      }),
    );
    this.#written = writtenNumbers(passage, vocabulary, currencies);
  }

  get all(): readonly Span[] {
    return [...this.#written, ...this.#multiples];
  }

  check(directions: readonly DirectionWord[], subjects: Subjects): string | undefined {
    for (const one of this.#written) {
      const about = subjects.at(one);
      if (!this.#isSo(one, about, directions)) return `the number "${one.text.trim()}"`;
    }
    for (const { text, ratio, ...span } of this.#multiples) {
      const about = subjects.at(span);
      const hedge = this.#hedgeAt(span);
      const isSo = about.every((subject) =>
        this.#facts.ratios.some((fact) => fact.subject === subject && isMultiple(fact.ratio, ratio, hedge)),
      );
      if (!isSo || this.#isDenied(span)) return `the multiple "${text}"`;
    }
    return undefined;
  }

  #isSo(written: Written, about: readonly Subject[], directions: readonly DirectionWord[]): boolean {
    if (written.unit === 'times') return this.#isMultipleOf(written, about);
    const span = this.#spanBehind(written);
    if (span) return this.#hasSpan(written, span);
    const direction = this.#directionAt(written, directions);
    const elsewhere = this.#days.excludedAt(written);
    const roles = this.#roles.of(written, this.#written, elsewhere);
    const groups = this.#groupsAt(written, direction !== undefined);
    const hedge = this.#isComparison(written) ? 'exact' : this.#hedgeAt(written);
    const times = elsewhere.includes('value') ? THEN : this.#timesAt(written);
    const isDifference = this.#isDifference(written);
    // `its part of the drop of 38 %`: the drop is that of the whole.
    const subjects = this.#isOfWhole(written) ? [...about, MAIN] : about;
    return this.#facts.numbers.some(
      (fact) =>
        roles.has(fact.role) &&
        groups.has(MEANINGS[fact.role].group) &&
        (MEANINGS[fact.role].group !== 'change' || this.#isWaySaid(written, fact, directions)) &&
        // The figure of now or then is no difference between them; what a driver has made, and a slope, are.
        !(isDifference && MEANINGS[fact.role].time !== undefined) &&
        (fact.subject === undefined || subjects.includes(fact.subject)) &&
        isOfTime(fact, times) &&
        (fact.direction === undefined || direction === undefined || fact.direction === direction) &&
        isUnitOf(written, fact) &&
        isSignOf(written, fact) &&
        isValueOf(written, fact, hedge),
    );
  }

  /** `53 times as many`, `das 4,2-Fache` */
  #isMultipleOf(written: Written, about: readonly Subject[]): boolean {
    const hedge = this.#hedgeAt(written);
    const isSaid = (ratio: number) =>
      written.readings.some(
        (reading) => says(reading, ratio, hedge) && (reading.digits > 1 || isMultiple(ratio, reading.value, hedge)),
      );
    return (
      !this.#isDenied(written) &&
      about.every((subject) => this.#facts.ratios.some((fact) => fact.subject === subject && isSaid(fact.ratio)))
    );
  }

  /** `fell by €765.50`, `€765.50 less` */
  #isDifference(written: Written): boolean {
    // `schwankt um 40 statt 20` is a figure of its own.
    if (written.unit === 'percent' || this.#facts.finding.kind === 'variance') return false;
    const { up, down, less, about, moreThan, almost } = this.#vocabulary;
    const before = this.#passage.before(written, this.#passage.sentenceAt(written.start).start);
    const by = `um|(?:${up}|${down}) by`.replaceAll('\\w', '\\p{L}');
    return (
      new RegExp(`(?<!\\p{L})(?:${by}) (?:(?:${about}|${moreThan}|${almost}) )?$`, 'u').test(before) ||
      new RegExp(`^[\\s\\u00a0\\u202f]*(?:${less})(?!\\p{L})`, 'u').test(this.#passage.after(written))
    );
  }

  /** `three weeks`: how many days one of them has. */
  #spanBehind(written: Written): readonly [least: number, most: number] | undefined {
    if (written.unit !== 'plain') return undefined;
    const after = this.#passage.after(written);
    const span = this.#vocabulary.spans.find(([pattern]) =>
      new RegExp(`^[\\s\\u00a0\\u202f-]?(?:${pattern})(?!\\p{L})`, 'u').test(after),
    );
    return span && [span[1], span[2]];
  }

  #hasSpan(written: Written, [least, most]: readonly [number, number]): boolean {
    const { days, weekdays } = this.#facts.finding.evidence;
    const { left, each } = this.#vocabulary.days;
    const { start, end } = this.#passage.sentenceAt(written.start);
    const areLeft = new RegExp(`^(?:${each})`, 'u').test(this.#passage.after(written, end));
    const mayBeLeft = words(left).test(this.#passage.lower.slice(start, end));
    const counts = [
      ...(areLeft ? [] : [...this.#facts.ranges.map(lengthOf), weekdays?.count]),
      ...(mayBeLeft ? [days?.left] : []),
    ];
    return counts.some(
      (count) =>
        count !== undefined && written.readings.some(({ value }) => value * least <= count && count <= value * most),
    );
  }

  /** A change whose way no known word of the sentence says may be said to have gone the other way by one that is not known. */
  #isWaySaid(written: Written, { direction }: NumberFact, directions: readonly DirectionWord[]): boolean {
    if (direction === undefined || written.sign === direction) return true;
    const { start, end } = this.#passage.sentenceAt(written.start);
    return directions.some((one) => one.direction === direction && one.start >= start && one.start < end);
  }

  /** The word beside it that says where it went. */
  #directionAt(written: Written, directions: readonly DirectionWord[]): InsightDirection | undefined {
    if (written.sign) return written.sign;
    const { start, end } = this.#passage.sentenceAt(written.start);
    const behind = directions.find((one) => one.start >= written.end && one.start < end);
    if (behind && /^[\s\u00a0\u202f]*(?:points? )?$/.test(this.#passage.lower.slice(written.end, behind.start))) {
      return behind.direction;
    }
    const before = directions.findLast((one) => one.start >= start && one.end <= written.start);
    if (!before || OF_WHOLE.test(this.#passage.rest.slice(0, before.start))) return undefined;
    const others = this.#written.some((one) => one.start >= before.end && one.end <= written.start);
    return others || written.start - before.end > 30 ? undefined : before.direction;
  }

  /** What it can be by its unit and the words around it. */
  #groupsAt(written: Written, isDirected: boolean): ReadonlySet<Group> {
    const { of, level, by } = this.#vocabulary;
    const after = this.#passage.after(written);
    if (written.unit === 'points') return new Set(['change']);
    const hedges = `(?:(?:${this.#vocabulary.about}|${this.#vocabulary.moreThan}|${this.#vocabulary.almost}) )?`;
    const before = this.#passage.before(written, this.#passage.sentenceAt(written.start).start);
    const moved = `(?:${this.#vocabulary.up}|${this.#vocabulary.down}) (?:of|by|um|von)`.replaceAll('\\w', '\\p{L}');
    // `fiel von 2,4 % auf 1,2 %`
    const isFrom = /(?<!\p{L})von $/u.test(before) && /^\s*auf(?!\p{L})/u.test(after);
    const isBy = !isFrom && new RegExp(`(?<!\\p{L})(?:${by}|${moved}) ${hedges}$`, 'u').test(before);
    if (written.unit !== 'percent') return new Set(isBy ? ['change', 'level', 'other'] : ['level', 'change', 'other']);
    if (new RegExp(`^\\s*(?:${of})`, 'u').test(after)) return new Set(isBy ? ['change', 'share'] : ['share', 'level']);
    const isNextTo = new RegExp(
      `^[\\s\\u00a0\\u202f]*(?:${this.#vocabulary.up}|${this.#vocabulary.down})(?!\\p{L})`.replaceAll('\\w', '\\p{L}'),
      'u',
    ).test(after);
    if (isBy || isNextTo) return new Set(['change']);
    if (new RegExp(`(?:^|(?<!\\p{L}))(?:${level}) ${hedges}$`, 'u').test(before)) return new Set(['level', 'share']);
    return isDirected ? new Set(['change']) : new Set(['change', 'level', 'share']);
  }

  #isOfWhole(span: Span): boolean {
    const { up, down } = this.#vocabulary;
    const moved = `(?:the|this|de[mnrs]|die|diese[nrs]) (?:${up}|${down}) (?:of|by|um|von) $`.replaceAll(
      '\\w',
      '\\p{L}',
    );
    return new RegExp(`(?<!\\p{L})${moved}`, 'u').test(this.#passage.before(span));
  }

  /** Whether it can be what is told, or what that is compared with. */
  #timesAt(span: Span): readonly ('now' | 'then')[] {
    const { start, end } = this.#passage.sentenceAt(span.start);
    const before = this.#passage.before(span, start);
    const after = this.#passage.after(span, end);
    const { than, to, compared } = this.#vocabulary;
    const stands = (pattern: string) =>
      new RegExp(`(?<!\\p{L})(?:${pattern}) (?:the |de[nrm] |expected |erwartete[nrm]? |to be )*$`, 'u').test(before);
    const isExpected = /^\s*(?:was |were |is )?(?:expected|erwartet)/.test(after);
    // `von 10.000 € auf 11.200 €`
    const isFirst = /(?<!\p{L})von $/u.test(before) && /^\s*(?:auf)(?!\p{L})/u.test(after);
    if (isExpected || isFirst || stands(than)) return ['then'];
    if (stands(to) || !words(compared).test(this.#passage.lower.slice(start, end))) return ['now'];
    return ['now', 'then'];
  }

  #hedgeAt(span: Span): Hedge {
    const before = this.#passage.before(span, this.#passage.sentenceAt(span.start).start);
    const ends = (pattern: string) =>
      new RegExp(`(?<!\\p{L})(?:${pattern})\\s?(?:the |das |die |den |einem? |a )?$`, 'u').test(before);
    const { about, moreThan, almost } = this.#vocabulary;
    // `38 % more than the 2,000` has a number before it, and the words are no measure of the second.
    const isSecond = new RegExp(`${MEASURE}\\s?(?:${moreThan}|${almost})\\s?(?:the |de[nmr] |die )?$`, 'u').test(
      before,
    );
    if (isSecond) return 'exact';
    if (ends(moreThan)) return 'more';
    if (ends(almost)) return 'almost';
    return ends(about) ? 'about' : 'exact';
  }

  /** `well under the 1,800`, where `under 1,800` would be almost so many. */
  #isComparison(span: Span): boolean {
    const before = this.#passage.before(span, this.#passage.sentenceAt(span.start).start);
    return /(?<!\p{L})(?:under|below|over|above|than|unter|über|als) (?:the|de[nmr]|die|das) $/u.test(before);
  }

  #isDenied(span: Span): boolean {
    const { start } = this.#passage.sentenceAt(span.start);
    return words(this.#vocabulary.not).test(this.#passage.lower.slice(Math.max(start, span.start - 30), span.start));
  }
}

function isOfTime({ role }: NumberFact, times: readonly ('now' | 'then')[]): boolean {
  const { time } = MEANINGS[role];
  return time === undefined || times.includes(time);
}

function isUnitOf({ unit, currency }: Written, fact: NumberFact): boolean {
  if (unit === 'money') return fact.unit === 'money' && currency === 'own';
  return unit === fact.unit || (unit === 'plain' && fact.unit === 'money');
}

/** A minus before a change is its direction, and before a figure its own. */
function isSignOf({ sign }: Written, { role, value }: NumberFact): boolean {
  if (MEANINGS[role].group === 'change') return true;
  return value < 0 ? sign === 'down' : sign !== 'down';
}

function isValueOf({ readings }: Written, { value }: NumberFact, hedge: Hedge): boolean {
  return readings.some((reading) => says(reading, value, hedge));
}

function isMultiple(ratio: number, multiple: number, hedge: Hedge): boolean {
  const off = ratio / multiple;
  if (hedge === 'more') return multiple > 1 ? off > 1 && off < 1.5 : off < 1 && off > 0.66;
  if (hedge === 'almost') return multiple > 1 ? off < 1 && off > 0.85 : off > 1 && off < 1.15;
  return Math.abs(off - 1) <= (hedge === 'about' ? 2 : 1) * MULTIPLE;
}
