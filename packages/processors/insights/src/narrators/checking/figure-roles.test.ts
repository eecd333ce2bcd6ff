import { expect, test } from 'vitest';
import { ALL_KINDS } from '../../fixtures/all-kinds.js';
import { anyFinding } from '../../fixtures/any-finding.js';
import { NARRATED, type Narrated, TODAY } from '../../fixtures/narrated/findings.js';
import { RIGHT_DE } from '../../fixtures/narrated/right-de.js';
import { RIGHT_EN } from '../../fixtures/narrated/right-en.js';
import { WRONG_DE } from '../../fixtures/narrated/wrong-de.js';
import { WRONG_EN } from '../../fixtures/narrated/wrong-en.js';
import { random } from '../../series/fixtures/random.js';
import { type Formats, formatsOf } from '../../words/format.js';
import { wordsOf } from '../../words/words.js';
import { problemOf } from './check.js';
import { factsOf } from './facts.js';

type Texts = Readonly<Partial<Record<Narrated, readonly string[]>>>;

const isNarrated = (name: string): name is Narrated => Object.hasOwn(NARRATED, name);

function judged(texts: Texts, locale: string) {
  return Object.entries(texts).flatMap(([name, written]) => {
    if (!isNarrated(name)) throw new Error(`There is no finding "${name}"`);
    return written.map((text) => {
      const problem = problemOf({ title: '…', text }, factsOf(NARRATED[name], TODAY), formatsOf({ locale }));
      return { text, problem };
    });
  });
}

test.each([
  ['en', RIGHT_EN],
  ['de', RIGHT_DE],
] as const)('accepts what models write about findings of all kinds, in %s', (locale, texts) => {
  expect(Object.keys(texts)).toEqual(Object.keys(NARRATED));
  expect(judged(texts, locale).filter(({ problem }) => problem !== undefined)).toEqual([]);
});

test.each([
  ['en', WRONG_EN],
  ['de', WRONG_DE],
] as const)('refuses right figures, names and dates in the wrong place, in %s', (locale, texts) => {
  expect(judged(texts, locale).filter(({ problem }) => problem === undefined)).toEqual([]);
});

/** Where the figures of a text stand, and what they are: those of its dates are none. */
function figuresIn(text: string, days: Iterable<string>, formats: Formats) {
  const dates = [...days].flatMap((day) => [formats.day(day), formats.shortDay(day), formats.dayBefore(day, day)]);
  const masked = dates.reduce((rest, date) => rest.replaceAll(date, '#'.repeat(date.length)), text);
  return [...masked.matchAll(/(?<![\d.,])€?\d(?:[\d.,]*\d)?(?:\s?[%€])?/gu)].map(({ index, 0: written }) => ({
    start: index,
    end: index + written.length,
    written,
  }));
}

test.each(['en', 'de'])('refuses the words of the template with two figures swapped, in %s', (locale) => {
  const formats = formatsOf({ locale });
  const accepted: string[] = [];
  let swaps = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const finding = seed <= ALL_KINDS.length ? ALL_KINDS[seed - 1] : anyFinding(random(seed));
    if (!finding) throw new Error('There is no such finding');
    const facts = factsOf(finding, TODAY);
    const { title, text } = wordsOf(finding, formats);
    expect(problemOf({ title, text }, facts, formats), text).toBeUndefined();
    const figures = figuresIn(text, facts.days, formats);
    for (const [place, one] of figures.entries()) {
      for (const other of figures.slice(place + 1)) {
        if (one.written === other.written) continue;
        swaps++;
        const between = text.slice(one.end, other.start);
        const swapped = `${text.slice(0, one.start)}${other.written}${between}${one.written}${text.slice(other.end)}`;
        if (problemOf({ title, text: swapped }, facts, formats) === undefined) accepted.push(swapped);
      }
    }
  }
  expect(accepted).toEqual([]);
  expect(swaps).toBeGreaterThan(400);
});

// A pattern that goes back and forth over them would not end; longer texts are refused unread.
test.each([
  'the '.repeat(195),
  'expected '.repeat(85),
  'average order value of the '.repeat(29),
  'the difference of the difference to '.repeat(21),
  'was usual is '.repeat(60),
  '1 to 2 and '.repeat(70),
  '€1,234.50 the '.repeat(55),
  'a year before, the 1,100 of '.repeat(28),
  '(((((((((('.repeat(78),
])('comes to an end with a text that repeats "%s"', (hostile) => {
  const finding = NARRATED.low;
  for (const locale of ['en', 'de']) {
    const text = `Revenue fell by 31%. ${hostile.slice(0, 770)} 31%`;
    expect(problemOf({ title: '…', text }, factsOf(finding, TODAY), formatsOf({ locale }))).toBeDefined();
  }
});
