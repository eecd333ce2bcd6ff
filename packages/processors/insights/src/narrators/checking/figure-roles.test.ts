import { expect, test } from 'vitest';
import { NARRATED, type Narrated, TODAY } from '../../fixtures/narrated/findings.js';
import { RIGHT_DE } from '../../fixtures/narrated/right-de.js';
import { RIGHT_EN } from '../../fixtures/narrated/right-en.js';
import { WRONG_DE } from '../../fixtures/narrated/wrong-de.js';
import { WRONG_EN } from '../../fixtures/narrated/wrong-en.js';
import { formatsOf } from '../../words/format.js';
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
