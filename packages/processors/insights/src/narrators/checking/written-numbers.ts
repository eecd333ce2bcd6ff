/** The numbers of a text as they are written: in digits, as fractions in words, spelled out. */
import type { InsightDirection } from '../../evidence.js';
import type { NumberFact } from './facts.js';
import { type Reading, readingsOf } from './numerals.js';
import { type Passage, type Span, words } from './passage.js';
import type { Vocabulary } from './vocabulary.js';

/** A number as it stands in a text. */
export interface Written extends Span {
  readonly text: string;
  readonly readings: readonly Reading[];
  readonly unit: NumberFact['unit'] | 'times';
  /** `€`, `EUR`: of money. */
  readonly currency?: string;
  readonly sign?: InsightDirection;
}

/** Of a fraction in words: a third is said of 31 % to 36 %. */
const FRACTION = 2.5;

const NUMERAL =
  /(?<![\p{L}\d.,])(?<sign>[-−+–])?\s?(?<before>\p{Sc}|[a-z]{3}(?=[\s\u00a0\u202f]?\d))?[\s\u00a0\u202f]?(?<inner>[-−])?(?<numeral>\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?)(?:[\s\u00a0\u202f]?(?<scale>k|m|mn|bn|thousand|millions?|billions?|mio\.?|mrd\.?|tsd\.?|tausend|millionen|milliarden?)(?!\p{L}))?(?:[\s\u00a0\u202f-]?(?<after>%|euros?|dollars?|pounds?|pfund|franken|francs|percentage points?|prozentpunkte?n?|percent|per cent|prozent|\p{Sc}|x(?!\p{L})|times(?= (?:as|the|its|their|what)(?!\p{L}))|fold(?!\p{L})|mal(?= so(?!\p{L}))|fache[ns]?(?!\p{L})|[a-z]{3}(?![\p{L}\d])))?/gu;

/** What stands behind a number that is no money. */
const UNITS: readonly (readonly [RegExp, Written['unit']])[] = [
  [/point|punkt/, 'points'],
  [/^(?:%|perc|per c|proz)/, 'percent'],
  [/^(?:x|times|fold|mal|fache[ns]?)$/, 'times'],
];

/** All of them; each is blanked. */
export function writtenNumbers(passage: Passage, vocabulary: Vocabulary, currencies: ReadonlySet<string>): Written[] {
  return [...fractions(passage, vocabulary), ...numerals(passage, currencies), ...spelled(passage, vocabulary)];
}

function numerals(passage: Passage, currencies: ReadonlySet<string>): Written[] {
  return passage.find(NUMERAL).flatMap((found) => {
    const { sign, inner, before, numeral = '', scale, after = '' } = found.match.groups ?? {};
    // Three letters that are no currency are a word: `the 40 new`.
    const isWord = (text: string | undefined) =>
      text !== undefined && /^(?!mal$)[a-z]{3}$/.test(text) && !currencies.has(text);
    const money = [before, after].find(
      (text) =>
        text !== undefined &&
        /^(?:\p{Sc}|(?!mal$)[a-z]{3}|euros?|dollars?|pounds?|pfund|franken|francs)$/u.test(text) &&
        !isWord(text),
    );
    const end = isWord(after) ? found.end - after.length : found.end;
    // The space behind a colon is matched, and is none of it.
    const begin = found.start + (found.match[0].length - found.match[0].trimStart().length);
    const start = isWord(before) ? found.start + found.match[0].indexOf(numeral) : begin;
    const unit = isWord(after) ? 'plain' : (UNITS.find(([pattern]) => pattern.test(after))?.[1] ?? 'plain');
    const mark = inner ?? sign;
    const isSigned = mark !== undefined && (mark !== '–' || passage.lower[found.start - 1] === ' ');
    passage.blank({ start, end });
    return [
      {
        start,
        end,
        text: passage.text.slice(start, end),
        readings: readingsOf(numeral, scale),
        unit: money === undefined ? unit : 'money',
        ...(money === undefined ? {} : { currency: currencies.has(money) ? 'own' : money }),
        ...(isSigned && !isWord(before) ? { sign: mark === '+' ? ('up' as const) : ('down' as const) } : {}),
      },
    ];
  });
}

/** `a third` */
function fractions(passage: Passage, vocabulary: Vocabulary): Written[] {
  return vocabulary.fractions.flatMap(([pattern, value]) =>
    passage.find(words(pattern)).map((found) => {
      passage.blank(found);
      const readings = [{ value, unit: 2 * FRACTION, digits: 2, isWhole: false }];
      return { ...found, text: found.match[0], readings, unit: 'percent' as const };
    }),
  );
}

/** `seven` */
function spelled(passage: Passage, vocabulary: Vocabulary): Written[] {
  return vocabulary.numbers.flatMap(([word, value]) =>
    passage.find(words(word)).map((found) => {
      passage.blank(found);
      const behind = /^[\s\u00a0]?(?:percent|per cent|prozent)(?!\p{L})/u.exec(passage.lower.slice(found.end));
      return {
        ...found,
        text: found.match[0],
        readings: [{ value, unit: 1, digits: 2, isWhole: false }],
        unit: behind ? ('percent' as const) : ('plain' as const),
      };
    }),
  );
}
