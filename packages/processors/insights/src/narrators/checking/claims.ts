/** Names, causes and other claims of a text, against what the evidence has. */
import type { Formats } from '../../words/format.js';
import { countryName } from '../../words/names.js';
import type { Facts } from './facts.js';
import { NAME, NAME_BASE, type Passage, type Span, words } from './passage.js';
import type { Vocabulary } from './vocabulary.js';

/** Names that are known of without a capital, and of which a sentence may begin. */
const BRANDS =
  'google\\w*|facebook|meta|instagram|tiktok|youtube|twitter|pinterest|linkedin|snapchat|amazon|ebay|etsy|apple|microsoft|bing|shopify|woocommerce|stripe|paypal|klarna|chatgpt|openai|organic search|paid search|paid social|organic social|referral|e-?mail|newsletter|black friday|cyber monday|christmas|easter|halloween|weihnachten|ostern|silvester|valentin\\w*|covid\\w*';

const ACRONYMS: ReadonlySet<string> = new Set(['AOV', 'ROAS', 'I']);

/** What explains more than a chance: a part of at least so much. */
const MOST = 0.5;
const WHOLE = 0.95;

/** Claims that the evidence has, or does not. */
export function checkClaims(passage: Passage, facts: Facts, vocabulary: Vocabulary): string | undefined {
  const { kind, evidence } = facts.finding;
  const [forbidden] = passage.find(words(vocabulary.forbidden)).filter(({ match }) => !isOwn(match[0], facts));
  if (forbidden) return `"${forbidden.match[0]}"`;
  for (const [pattern, kinds] of vocabulary.kinds) {
    const [found] = passage.find(words(pattern));
    if (found && !kinds.includes(kind)) return `"${found.match[0]}"`;
  }
  const shares = (evidence.drivers ?? []).map(({ share }) => share);
  for (const [pattern, least] of [
    [vocabulary.most, MOST],
    [vocabulary.whole, WHOLE],
  ] as const) {
    const [found] = passage.find(words(pattern));
    if (found && !isExplainedBy(found, passage, facts, least, shares)) return `"${found.match[0]}"`;
  }
  return checkCauses(passage, facts, vocabulary);
}

/** Words that are claims elsewhere, and mean the dimension of a driver here. */
function isOwn(word: string, { finding: { evidence } }: Facts): boolean {
  const dimensions = (evidence.drivers ?? []).map(({ dimension }) => dimension);
  return dimensions.some((dimension) => word.includes(dimension));
}

/** Of the names of the sentence, or of any where it has none. */
function isExplainedBy(span: Span, passage: Passage, facts: Facts, least: number, shares: readonly number[]): boolean {
  const { start, end } = passage.sentenceAt(span.start);
  const named = namesIn(passage.text.slice(start, end), facts).flatMap(({ driver }) => shares[driver ?? -1] ?? []);
  return (named.length > 0 ? named : shares).some((share) => share >= least);
}

const namesIn = (text: string, { names }: Facts) =>
  [...text].flatMap((sign) => (NAME.test(sign) ? (names[sign.charCodeAt(0) - NAME_BASE] ?? []) : []));

/** A cause is a driver, another metric that moved, or a holiday; and such a sentence has no word that is not known. */
function checkCauses(passage: Passage, facts: Facts, vocabulary: Vocabulary): string | undefined {
  const { parts = [] } = facts.finding.evidence;
  for (const cause of passage.find(words(vocabulary.cause))) {
    const { start, end } = passage.sentenceAt(cause.start);
    const sentence = passage.lower.slice(start, end);
    if (words(vocabulary.chance).test(sentence)) continue;
    const metrics = vocabulary.metrics.filter(([name]) => parts.some(({ metric }) => metric === name));
    const isPart = metrics.some(([, pattern]) => words(pattern).test(sentence));
    if (!isPart && namesIn(passage.text.slice(start, end), facts).length === 0) return `the cause "${cause.match[0]}"`;
    const unknown = unknownIn(passage.rest.slice(start, end), vocabulary);
    if (unknown) return `the cause "${unknown}"`;
  }
  return undefined;
}

function unknownIn(text: string, vocabulary: Vocabulary): string | undefined {
  const { metrics, up, down, common, cause, most, whole, about, moreThan, almost } = vocabulary;
  const known = [...metrics.map(([, pattern]) => pattern), cause, up, down, most, whole, about, moreThan, almost];
  const rest = known.reduce((left, pattern) => left.replace(words(pattern), ' '), text);
  return rest.match(/\p{L}+/gu)?.find((word) => !common.has(word) && !word.endsWith('ly'));
}

/** Names that the evidence does not have. */
export function checkNames(
  passage: Passage,
  _facts: Facts,
  vocabulary: Vocabulary,
  { language }: Formats,
): string | undefined {
  const [brand] = passage.find(words(BRANDS));
  if (brand) return `the name "${brand.match[0]}"`;
  const country = passage
    .find(/\p{L}[\p{L} .’'-]+/gu)
    .find(({ start, end }) => hasCountry(passage.text.slice(start, end)));
  if (country) return `the name of a country in "${country.match[0].trim()}"`;
  const names = [...passage.text.matchAll(/\p{Lu}[\p{L}\p{M}’'-]*/gu)].filter(({ index = 0 }) => {
    const isWhole = !/[\p{L}\d]/u.test(passage.text[index - 1] ?? ' ');
    return isWhole && passage.rest[index] !== '\u0001';
  });
  const isKnown = knownWords(vocabulary);
  const unknown = names.find(({ 0: word, index }) => {
    if (ACRONYMS.has(word) || isKnown(passage, word.toLowerCase(), index)) return false;
    // In German every noun has a capital; in English a word that is known begins a sentence.
    return language === 'de' || !word.endsWith('ly');
  });
  return unknown && `the name "${unknown[0]}"`;
}

function knownWords(vocabulary: Vocabulary) {
  const { common, metrics, up, down, flat, cause, most, whole, about, moreThan, almost, chance, kinds } = vocabulary;
  const patterns = [...metrics.map(([, pattern]) => pattern), ...kinds.map(([pattern]) => pattern)];
  const all = [...patterns, up, down, flat, cause, most, whole, about, moreThan, almost, chance].map(words);
  return (passage: Passage, word: string, place: number) =>
    common.has(word) ||
    all.some((pattern) => passage.findAnywhere(pattern).some(({ start, end }) => start <= place && place < end));
}

let countries: ReadonlySet<string> | undefined;

/** In English and German. */
function hasCountry(text: string): boolean {
  countries ??= new Set(['en', 'de'].flatMap(countriesIn));
  const found = text.split(/[^\p{L}’'-]+/u);
  return found.some(
    (word, index) =>
      (word !== '' && countries?.has(word)) || countries?.has([word, found[index + 1] ?? ''].join(' ')) === true,
  );
}

function countriesIn(language: string): string[] {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const codes = letters.flatMap((one) => letters.map((other) => `${one}${other}`));
  return codes.map((code) => countryName(code, language)).filter((name) => !/^[A-Z]{2}$/.test(name));
}

/** Letters and spaces, beginning with a capital, and no word that would say something: it may stand in a text as it is. */
export function isPlainName(name: string, vocabularies: readonly Vocabulary[]): boolean {
  if (!/^\p{Lu}[\p{Script=Latin} &’'-]{1,40}$/u.test(name)) return false;
  const lower = name.toLowerCase();
  return !vocabularies.some(
    ({ up, down, flat, not, multiples, fractions, numbers, forbidden, cause, times, kinds, metrics }) => {
      const pairs = [...multiples, ...fractions, ...numbers, ...times, ...kinds].map(([pattern]) => pattern);
      const patterns = [up, down, flat, not, forbidden, cause, ...pairs, ...metrics.map(([, pattern]) => pattern)];
      return patterns.some((pattern) => words(pattern).test(lower));
    },
  );
}
