/** What a word of a text is about: the finding's metric, another one, or what has driven it. */
import { type Facts, MAIN, type Subject } from './facts.js';
import { NAME, NAME_BASE, type Passage, type Span, words } from './passage.js';
import type { Vocabulary } from './vocabulary.js';

interface Mention extends Span {
  readonly subject: Subject;
}

/** Between two that something is said of together. */
const JOINED =
  /^\s*(?:\([^)]*\))?\s*,?\s*(?:and|und|sowie|as well as|as|both)?\s*(?:the|der|die|das|den|number of|zahl)?\s*$/;

/** `a fall in orders`, `fewer orders`, `Rückgang der Bestellungen`. */
const FOLLOWED =
  /^\s*(?:(?:in|of|for|bei|beim|de[rs]|vo[nm]|für)\s+(?:the |den |dem |der |die |das )?(?:zahl der |number of )?|(?:in|on)\s+)?$/;

/** `80 % of it came from`, `15 % entfallen auf`. */
const MADE_BY =
  /^\s*(?:of (?:it|this|the \p{L}+) )?(?:(?:davon|entfallen|entfällt|gehen|geht|kommen|kommt|kamen|kam|stammen|came|comes?|stems?) )*(?:auf|aus|über|durch|from|by|through|via|vo[nm]) (?:the |den |dem |die |das )?(?:channel |campaign |country |product |platform |kanal |land |kampagne |plattform |produkt )?$/u;

export class Subjects {
  readonly #passage: Passage;
  readonly #vocabulary: Vocabulary;
  readonly #mentions: readonly Mention[];
  /** A metric that the evidence does not have. */
  readonly unknown: string | undefined;

  constructor(passage: Passage, facts: Facts, vocabulary: Vocabulary) {
    this.#passage = passage;
    this.#vocabulary = vocabulary;
    const mentions: Mention[] = [];
    let text = passage.rest;
    for (const [name, pattern] of vocabulary.metrics) {
      for (const { index, 0: match } of text.matchAll(words(pattern))) {
        const subject = subjectOf(name, facts);
        if (subject === undefined) this.unknown ??= match;
        mentions.push({ start: index, end: index + match.length, subject: subject ?? MAIN });
      }
      text = text.replace(words(pattern), (match) => '\u0001'.repeat(match.length));
    }
    for (const { start, end, match } of passage.findAnywhere(new RegExp(NAME, 'g'))) {
      const { driver } = facts.names[match[0].charCodeAt(0) - NAME_BASE] ?? {};
      mentions.push({ start, end, subject: driver === undefined ? MAIN : `name:${driver}` });
    }
    this.#mentions = merged(
      mentions.toSorted((one, other) => one.start - other.start),
      passage.lower,
    );
  }

  /** Of what something is said at a place: all of what is joined there. */
  at(span: Span): readonly Subject[] {
    const sentence = this.#passage.sentenceAt(span.start);
    const inside = this.#mentions.filter(({ start }) => start >= sentence.start && start < sentence.end);
    const next = inside.find(({ start }) => start >= span.end);
    const text = this.#passage.lower;
    const between = next && text.slice(span.end, next.start);
    if (next && between !== undefined && (FOLLOWED.test(between) || MADE_BY.test(between))) {
      return [this.#within(next, sentence).subject];
    }
    const index = inside.findLastIndex(({ start }) => start < span.start);
    const last = inside[index] ?? next;
    if (!last) return [MAIN];
    const subjects = [this.#within(last, sentence).subject];
    for (let place = index; place > 0; place--) {
      const [one, other] = [inside[place - 1], inside[place]];
      if (!one || !other || !JOINED.test(text.slice(one.end, other.start))) break;
      subjects.push(one.subject);
    }
    return subjects;
  }

  /** `In Germany, revenue fell` is said of Germany. */
  #within(mention: Mention, sentence: Span): Mention {
    const { within } = this.#vocabulary;
    const first = this.#mentions.find(({ start }) => start >= sentence.start && start < sentence.end);
    if (!first || mention.subject !== MAIN || !first.subject.startsWith('name:')) return mention;
    const begin = this.#passage.lower.slice(sentence.start, first.start);
    return new RegExp(`^\\W*(?:${within})\\s+(?:the |dem |der |den )?$`, 'u').test(begin) ? first : mention;
  }
}

/** Undefined for a metric that the evidence does not have. */
function subjectOf(name: string, { finding }: Facts): Subject | undefined {
  const { metric, evidence } = finding;
  const { parts = [], witness, drivers = [] } = evidence;
  const named = [...parts, ...(witness ? [witness] : []), ...drivers];
  const known = [metric, ...named.map((one) => one.metric)];
  // Sales are orders too.
  const place = [name, ...(name === 'revenue' ? ['orders'] : [])].find((one) => known.includes(one));
  if (place === undefined) return undefined;
  return place === metric ? MAIN : `metric:${place}`;
}

/** `Organic Search revenue` is what Organic Search has. */
function merged(mentions: readonly Mention[], text: string): Mention[] {
  const result: Mention[] = [];
  for (const mention of mentions) {
    const last = result.at(-1);
    const isOfLast =
      last?.subject.startsWith('name:') &&
      !mention.subject.startsWith('name:') &&
      /^(?:['’]s?)?\s+(?:channel |campaign )?$/.test(text.slice(last.end, mention.start));
    if (last && isOfLast) result[result.length - 1] = { ...last, end: mention.end };
    else result.push(mention);
  }
  return result;
}
