/** Causes, words and other claims of a text, against what the evidence has. */
import type { ShownName } from '../shown-names.js';
import type { Facts } from './facts.js';
import { NAME, NAME_BASE, type Passage, type Span, words } from './passage.js';
import { GAPS, type Vocabulary } from './vocabulary.js';

/** What explains more than a chance: a part of at least so much. */
const MOST = 0.5;
const WHOLE = 0.95;

/** Claims that the evidence has, or does not. */
export function checkClaims(passage: Passage, facts: Facts, vocabulary: Vocabulary): string | undefined {
  const { kind, evidence } = facts.finding;
  const { forbidden: never, forbiddenNouns = '(?!)' } = vocabulary;
  const nouns = passage.find(words(forbiddenNouns)).filter(({ start }) => /\p{Lu}/u.test(passage.text[start] ?? ''));
  const [forbidden] = [...passage.find(words(never)).filter(({ match }) => !isOwn(match[0], facts)), ...nouns];
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

/**
 * A cause is a driver, another metric that moved, a holiday, or what is wrong with the data where that is the finding: what moved
 * for that is none.
 */
function checkCauses(passage: Passage, facts: Facts, vocabulary: Vocabulary): string | undefined {
  const { kind, evidence } = facts.finding;
  const moved = GAPS.includes(kind) ? [] : (evidence.parts ?? []).map(({ metric }) => metric);
  const parts = vocabulary.metrics.filter(([name]) => moved.includes(name)).map(([, pattern]) => pattern);
  const gaps = GAPS.includes(kind)
    ? vocabulary.kinds.filter(([, kinds]) => kinds.includes(kind)).map(([pattern]) => pattern)
    : [];
  for (const cause of passage.find(words(vocabulary.cause))) {
    const { start, end } = passage.sentenceAt(cause.start);
    const sentence = passage.lower.slice(start, end);
    const isKnown = [vocabulary.chance, ...parts, ...gaps].some((pattern) => words(pattern).test(sentence));
    if (!isKnown && !namesIn(passage.text.slice(start, end), facts).some((name) => mayBeCause(name, facts))) {
      return `the cause "${cause.match[0]}"`;
    }
  }
  return undefined;
}

/** What has worked against a change has not made it. */
function mayBeCause({ driver }: ShownName, { finding: { evidence } }: Facts): boolean {
  return driver === undefined || (evidence.drivers?.[driver]?.share ?? 0) > 0;
}

/** Words that are not known: a name, or something that the evidence can't say. */
export function checkWords(passage: Passage, vocabulary: Vocabulary): string | undefined {
  const { metrics, kinds, up, down, flat, not, cause, most, whole, about, moreThan, almost, chance } = vocabulary;
  const known = [...metrics, ...kinds].map(([pattern, other]) => (typeof other === 'string' ? other : pattern));
  const patterns = [...known, up, down, flat, not, cause, most, whole, about, moreThan, almost, chance];
  const rest = patterns.reduce((text, pattern) => blanked(text, words(pattern)), passage.rest);
  const unknown = [...rest.matchAll(/\p{L}[\p{L}’'-]*/gu)].find(
    ({ 0: word, index }) => !isCommon(word, passage.text[index] !== word[0], vocabulary),
  );
  return unknown && `the word "${passage.text.slice(unknown.index, unknown.index + unknown[0].length)}"`;
}

const blanked = (text: string, pattern: RegExp) => text.replace(pattern, (match) => ' '.repeat(match.length));

function isCommon(word: string, hasCapital: boolean, { common, adverbs }: Vocabulary): boolean {
  const plain = word.replace(/['’]s?$/, '');
  if (common.has(plain) || plain === '') return true;
  if (plain.includes('-')) return plain.split('-').every((part) => part === '' || common.has(part));
  return !hasCapital && adverbs.test(plain);
}

/** Letters and spaces, beginning with a capital, and no word that would say something: it may stand in a text as it is. */
export function isPlainName(name: string, vocabularies: readonly Vocabulary[]): boolean {
  if (!/^\p{Lu}[\p{Script=Latin} &’'-]{1,40}$/u.test(name)) return false;
  const lower = name.toLowerCase();
  return !vocabularies.some((vocabulary) => {
    const { up, down, flat, not, forbidden, cause, multiples, fractions, numbers, times, kinds } = vocabulary;
    const pairs = [...multiples, ...fractions, ...numbers, ...times, ...kinds].map(([pattern]) => pattern);
    const metrics = vocabulary.metrics.map(([, pattern]) => pattern);
    const days = [...vocabulary.weekdays, ...vocabulary.months].flat().map((one) => `^(?:${one})$`);
    const patterns = [up, down, flat, not, forbidden, cause, ...pairs, ...metrics, ...days];
    return patterns.some((pattern) => words(pattern).test(lower));
  });
}
