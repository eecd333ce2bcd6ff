/**
 * Whether a text says only what the evidence of a finding says. It is a filter and no reader: what it can't place is refused, as
 * the template has words for it.
 */
import type { Formats } from '../../words/format.js';
import type { InsightWords } from '../../words/words.js';
import { BoundDays } from './bound-days.js';
import { checkClaims, checkWords, isPlainName } from './claims.js';
import { checkDates, type DateMention } from './dates.js';
import { checkDirections, directionWords } from './directions.js';
import type { Facts } from './facts.js';
import { Numbers } from './numbers.js';
import { NAME, NAME_BASE, Passage, type Span } from './passage.js';
import { Subjects } from './subjects.js';
import type { Vocabulary } from './vocabulary.js';
import { deVocabulary } from './vocabulary-de.js';
import { enVocabulary } from './vocabulary-en.js';

const VOCABULARIES: Readonly<Record<Formats['language'], Vocabulary>> = { en: enVocabulary, de: deVocabulary };

/** Letters of Europe, digits, and the marks of plain sentences. */
const WRITTEN = /^[\p{Script=Latin}\d\s.,;:!?'"“”„‘’‚«»()%&/+\-–—−·…\p{Sc}\ue100-\ue1ff]*$/u;

/** Addresses, and what becomes a link by itself. */
const LINK =
  /:\/\/|www\.|\p{L}\.(?:com|net|org|de|at|ch|eu|io|co|uk|shop|store|info|app|dev|biz|ru|cn|xyz|me|ai|example)(?!\p{L})/iu;

/** What it says more than the evidence, or undefined where it says no more. */
export function problemOf({ title, text }: InsightWords, facts: Facts, formats: Formats): string | undefined {
  const verified: Span[] = [];
  const problem = problemIn(title, facts, formats, []) ?? problemIn(text, facts, formats, verified);
  if (problem) return problem;
  return verified.length === 0 ? 'a text without a figure or a date' : undefined;
}

function problemIn(written: string, facts: Facts, formats: Formats, verified: Span[]): string | undefined {
  const text = withNames(written, facts, formats);
  if (!WRITTEN.test(text)) return 'characters that are no plain text';
  if (LINK.test(text)) return 'a link';
  const vocabulary = VOCABULARIES[formats.language];
  const passage = new Passage(text);
  const dates: DateMention[] = [];
  const wrongDate = checkDates(passage, facts, Object.values(VOCABULARIES), formats, dates);
  if (wrongDate) return wrongDate;
  const days = new BoundDays(passage, dates, facts, vocabulary);
  const numbers = new Numbers(passage, facts, vocabulary, currenciesOf(facts), days);
  if (/\d/.test(passage.rest)) return 'digits that are no number';
  const subjects = new Subjects(passage, facts, vocabulary);
  if (subjects.unknown) return `the metric "${subjects.unknown}"`;
  const directions = directionWords(passage, vocabulary);
  const problem =
    checkDirections(passage, directions, facts, subjects, vocabulary) ??
    numbers.check(directions, subjects) ??
    days.problem() ??
    checkClaims(passage, facts, vocabulary) ??
    checkWords(passage, vocabulary);
  if (problem === undefined) verified.push(...dates, ...numbers.all);
  return problem;
}

/** One sign for each placeholder, and for each plain name that the evidence has. */
function withNames(text: string, { names }: Facts, { language }: Formats): string {
  let result = text.replaceAll(new RegExp(NAME, 'g'), '\u0000');
  for (const [place, name] of names.entries()) {
    const sign = String.fromCharCode(NAME_BASE + place);
    result = result.replaceAll(name.placeholder, sign);
    const plain = name.text(language).replace(/^[“„]|[”“]$/g, '');
    if (isPlainName(plain, Object.values(VOCABULARIES))) {
      result = result.replace(new RegExp(`(?<![\\p{L}\\d])${escaped(plain)}(?![\\p{L}\\d])`, 'gu'), sign);
    }
  }
  return result;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What people say for a currency. */
const SPOKEN: Readonly<Record<string, readonly string[]>> = {
  EUR: ['euro', 'euros'],
  USD: ['dollar', 'dollars'],
  GBP: ['pound', 'pounds', 'pfund'],
  CHF: ['franken', 'francs'],
};

/** In lower case: `€`, `eur`, `euro`. */
function currenciesOf({ finding: { evidence } }: Facts): ReadonlySet<string> {
  const currencies = [evidence.currency, ...(evidence.parts ?? []).map(({ currency }) => currency)];
  const written = currencies
    .filter((currency) => currency !== undefined)
    .flatMap((currency) => [
      currency,
      ...(SPOKEN[currency] ?? []),
      ...['en', 'de'].map((locale) => symbolOf(currency, locale)),
    ]);
  return new Set(written.map((one) => one.toLowerCase()));
}

function symbolOf(currency: string, locale: string): string {
  const parts = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
  return parts.formatToParts(1).find(({ type }) => type === 'currency')?.value ?? currency;
}
