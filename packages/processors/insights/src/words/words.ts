/** The template narrator: an insight in plain words, that needs nothing but its evidence. */
import type { InsightKind } from '../evidence.js';
import type { NewInsight } from '../ports.js';
import type { Formats } from './format.js';
import { multipleOf } from './multiple.js';
import { de } from './texts/de/de.js';
import { en } from './texts/en/en.js';
import type { Said, Texts } from './texts/texts.js';

/** An insight in words. */
export interface InsightWords {
  /** One line of at most 80 characters. */
  readonly title: string;
  /** A few sentences, without markup. */
  readonly text: string;
}

const TEXTS: Readonly<Record<Formats['language'], Texts>> = { en, de };

/** Titles are read in lists and in the subjects of mails. */
export const LONGEST_TITLE = 80;

/** What is said in a text of its own there. */
const WITHOUT_PARTS: ReadonlySet<InsightKind> = new Set(['silent-platform', 'broken-tracking']);

/** There the platform is the subject. */
const WITHOUT_DRIVERS: ReadonlySet<InsightKind> = new Set(['silent-platform', 'broken-tracking']);

/** What is compared with a range that is usual. */
const WITH_RANGE: ReadonlySet<InsightKind> = new Set(['spike', 'drop', 'holiday']);

/** No more drivers and parts are named: the evidence has all. */
const MOST_NAMED = 3;

/** More often than once in so many cases it is chance that one expects. */
const RARE = 20;

/** In the language of the locale that `formats` are of. */
export function wordsOf(
  { kind, metric, status, evidence }: Pick<NewInsight, 'kind' | 'metric' | 'status' | 'evidence'>,
  formats: Formats,
): InsightWords {
  const texts = TEXTS[formats.language];
  const { value, expected, change } = evidence;
  const figure = (of: number) => formats.figure(of, evidence);
  const multiple = multipleOf(change, expected);
  const said: Said = {
    kind,
    metric,
    evidence,
    formats,
    figure,
    about: (of) => formats.rounded(of, evidence),
    value: figure(value),
    expected: figure(expected),
    size: change === undefined ? undefined : formats.change(change),
    multiple: multiple === undefined ? undefined : formats.multiple(multiple),
    direction: evidence.direction ?? (value < expected ? 'down' : 'up'),
  };
  const told = texts.kinds[kind](said);
  const whole = { title: told.title, sentences: [...told.sentences, ...detailsOf(said, texts)] };
  const stated =
    status === 'changed' ? texts.changed(whole, said) : status === 'over' ? texts.over(whole, said) : whole;
  return { title: shortened(stated.title), text: stated.sentences.join(' ') };
}

/** What the evidence has beside the kind's own sentences. */
function detailsOf(said: Said, { details }: Texts): string[] {
  const { kind, metric, evidence, formats, figure } = said;
  const { lower, upper, yearBefore, holiday, drivers = [], parts = [], p, window } = evidence;
  const sentences: string[] = [];
  if (WITH_RANGE.has(kind) && lower !== undefined && upper !== undefined) {
    sentences.push(details.usual(figure(lower), figure(upper)));
  }
  if (yearBefore) sentences.push(details.yearBefore(yearBefore, said));
  if (holiday && kind !== 'holiday') {
    const isWithin = holiday.day >= window.from && holiday.day <= window.to;
    sentences.push(details.holiday(holiday, isWithin, formats));
  }
  const [first] = drivers;
  const ofOneDimension = (WITHOUT_DRIVERS.has(kind) ? [] : drivers).filter(
    ({ dimension }) => dimension === first?.dimension,
  );
  const made = ofOneDimension.filter(({ share }) => share > 0).slice(0, MOST_NAMED);
  if (made.length > 0) sentences.push(details.drivers(made, formats));
  const against = ofOneDimension.find(({ share }) => share < 0);
  if (against) sentences.push(details.against(against, formats));
  // The change of a period is a part of the event that made it, of the same metric.
  const others = parts.filter((part) => part.metric !== metric).slice(0, MOST_NAMED);
  if (others.length > 0 && !WITHOUT_PARTS.has(kind)) sentences.push(details.parts(others, formats));
  if (p !== undefined && p <= 1 / RARE) sentences.push(details.chance(casesOf(p, formats)));
  return sentences;
}

/** 0.0012 is once in 800 cases: one digit says enough. Undefined: rarer than once in a million. */
function casesOf(p: number, formats: Formats): string | undefined {
  if (p < 1e-6) return undefined;
  const cases = 1 / p;
  const scale = 10 ** Math.floor(Math.log10(cases));
  return formats.number(Math.round(cases / scale) * scale);
}

function shortened(title: string): string {
  const characters = [...title];
  return characters.length <= LONGEST_TITLE
    ? title
    : `${characters
        .slice(0, LONGEST_TITLE - 1)
        .join('')
        .trimEnd()}…`;
}
