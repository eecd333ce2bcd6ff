/** Days, weekdays, months, years and times that a text names, against those of the evidence. */
import { type Formats, weekdayOf } from '../../words/format.js';
import type { Facts } from './facts.js';
import { type Found, type Passage, type Span, words } from './passage.js';
import type { Vocabulary } from './vocabulary.js';

/** A date as it stands in a text. */
export interface DateMention extends Span {
  /** The days of the evidence that it may be; of `10 to 16 November` those of the first, and of the last. */
  readonly days: readonly (readonly string[])[];
}

interface DateParts {
  readonly day?: number;
  readonly month?: number;
  readonly year?: number;
}

/** Blanks what it finds. Answers what is not so, if anything; `dates` gets the others. */
export function checkDates(
  passage: Passage,
  facts: Facts,
  vocabularies: readonly Vocabulary[],
  formats: Formats,
  dates: DateMention[],
): string | undefined {
  const month = `(?<month>${vocabularies.flatMap(({ months }) => months.flat()).join('|')})\\.?`;
  // `am 17. November 2.765,50 €` has no second of November.
  const day = '(?<day>\\d{1,2})(?![.,]\\d)(?:st|nd|rd|th|\\.)?';
  const until = '(?:\\s*(?:–|-|to|and|bis(?: zum)?|und)\\s*(?<until>\\d{1,2})(?:st|nd|rd|th|\\.)?)?';
  const year = '(?:,?\\s*(?<year>(?:19|20)\\d{2})(?![.,]\\d))?';
  const patterns = [
    /(?<!\d)(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?!\d)/g,
    /(?<![\d.])(?<day>\d{1,2})\.\s?[–-]\s?(?<until>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})?(?!\d)/g,
    /(?<![\d.])(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})(?!\d)/g,
    // Without a year it may be a figure at the end of a sentence.
    /(?<=(?:am|vom|zum|bis|dem|den|seit|und) )(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?!\d)/g,
    /(?<![\d/])(?<first>\d{1,2})\/(?<second>\d{1,2})(?:\/(?<year>\d{4}))?(?![\d/])/g,
    words(`${month}\\s+(?:the )?${day}${until}${year}`),
    words(`${day}${until}\\s*(?:of )?${month}${year}`),
    words(`${month}\\s+(?<year>\\d{4})`),
  ];
  for (const pattern of patterns) {
    for (const found of passage.find(pattern)) {
      const days = readingsOf(found, vocabularies).map((parts) => parts.flatMap((one) => daysNamed(one, facts)));
      if (days.some((one) => one.length === 0)) return `the date "${found.match[0]}"`;
      passage.blank(found);
      dates.push({ start: found.start, end: found.end, days });
      const problem = weekdayBefore(passage, found, facts, vocabularies);
      if (problem) return problem;
    }
  }
  blankExact(passage, facts, formats, dates);
  dates.sort((one, other) => one.start - other.start);
  return checkLoose(passage, facts, vocabularies);
}

/** Days as the locale writes them, which may be another language than that of the text. */
function blankExact(passage: Passage, facts: Facts, formats: Formats, dates: DateMention[]): void {
  for (const day of facts.days) {
    const writings = [formats.day(day), formats.shortDay(day), formats.dayBefore(day, day)];
    for (const writing of writings) {
      const plain = writing.toLowerCase();
      for (let start = passage.rest.indexOf(plain); start >= 0; start = passage.rest.indexOf(plain, start + 1)) {
        // The 1 of 11 December is no day, nor the 2,026 of the year 20261.
        if (/\d/.test(`${passage.rest[start - 1] ?? ''}${passage.rest[start + plain.length] ?? ''}`)) continue;
        const span = { start, end: start + plain.length };
        passage.blank(span);
        dates.push({ ...span, days: [[day]] });
      }
    }
  }
}

/** Each date of a mention, in the ways that it can be read. */
function readingsOf({ match: { groups = {} } }: Found, vocabularies: readonly Vocabulary[]): DateParts[][] {
  const { first, second, month, day, until } = groups;
  const year = groups.year === undefined ? {} : { year: Number(groups.year) };
  if (first !== undefined && second !== undefined) {
    const [one, other] = [Number(first), Number(second)];
    return [
      [
        { day: one, month: other, ...year },
        { day: other, month: one, ...year },
      ],
    ];
  }
  const monthNumber =
    month === undefined ? undefined : /^\d/.test(month) ? Number(month) : monthOf(month, vocabularies);
  const inMonth = { ...(monthNumber === undefined ? {} : { month: monthNumber }), ...year };
  const days = [day, until].filter((one) => one !== undefined);
  return days.length === 0 ? [[inMonth]] : days.map((one) => [{ day: Number(one), ...inMonth }]);
}

function monthOf(name: string, vocabularies: readonly Vocabulary[]): number | undefined {
  for (const { months } of vocabularies) {
    const index = months.findIndex((names) => names.includes(name));
    if (index >= 0) return index + 1;
  }
  return undefined;
}

function daysNamed({ day, month, year }: DateParts, facts: Facts): string[] {
  return [...facts.days].filter(
    (one) =>
      (day === undefined || Number(one.slice(8)) === day) &&
      (month === undefined || Number(one.slice(5, 7)) === month) &&
      (year === undefined || Number(one.slice(0, 4)) === year),
  );
}

/** `Tuesday, 17 November` has to be one. */
function weekdayBefore(
  passage: Passage,
  date: Found,
  facts: Facts,
  vocabularies: readonly Vocabulary[],
): string | undefined {
  const { day, month, year } = date.match.groups ?? {};
  if (day === undefined || month === undefined) return undefined;
  const monthNumber = /^\d/.test(month) ? Number(month) : monthOf(month, vocabularies);
  const days = [...facts.days].filter(
    (one) =>
      Number(one.slice(8)) === Number(day) &&
      Number(one.slice(5, 7)) === monthNumber &&
      (year === undefined || one.startsWith(year)),
  );
  const near = passage.lower.slice(Math.max(0, date.start - 20), date.start);
  for (const { weekdays } of vocabularies) {
    const weekday = weekdays.findIndex((names) =>
      new RegExp(`(?<!\\p{L})(?:${names.join('|')})[,.]?(?: (?:the|dem|den|der))? $`, 'u').test(near),
    );
    if (weekday >= 0 && !days.some((one) => weekdayOf(one) === weekday)) return `the weekday before "${date.match[0]}"`;
  }
  return undefined;
}

/** What is no whole date. */
function checkLoose(passage: Passage, facts: Facts, vocabularies: readonly Vocabulary[]): string | undefined {
  for (const { weekdays, months, times } of vocabularies) {
    for (const [pattern, isTrue] of times) {
      for (const found of passage.find(words(pattern))) {
        if (!isTrue(facts)) return `the time "${found.match[0]}"`;
        passage.blank(found);
      }
    }
    for (const [weekday, names] of weekdays.entries()) {
      for (const found of passage.find(words(`(?:${names.join('|')})`))) {
        if (!facts.weekdays.has(weekday)) return `the weekday "${found.match[0]}"`;
        passage.blank(found);
      }
    }
    for (const [index, names] of months.entries()) {
      for (const found of passage.find(words(`(?:${names.join('|')})`))) {
        // `may` and `march` are months with a capital alone.
        if (passage.text[found.start] === found.match[0][0]) continue;
        if (!facts.months.has(index + 1)) return `the month "${found.match[0]}"`;
        passage.blank(found);
      }
    }
  }
  for (const found of passage.find(/(?<![\p{L}\p{N}.,])(?:19|20)\d{2}(?![\p{L}\p{N}%]|[.,]\d|\s?[%€])/gu)) {
    if (![...facts.days].some((day) => day.startsWith(found.match[0]))) continue;
    passage.blank(found);
  }
  for (const found of passage.find(
    /(?<![\p{N}.,])(\d{1,2})(?:st|nd|rd|th)(?!\p{L})|(?<=(?:am|vom|zum|dem) )(\d{1,2})\.(?![\d])/gu,
  )) {
    const day = Number(found.match[1] ?? found.match[2]);
    if (![...facts.days].some((one) => Number(one.slice(8)) === day)) return `the day "${found.match[0]}"`;
    passage.blank(found);
  }
  return undefined;
}
