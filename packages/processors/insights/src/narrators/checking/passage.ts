/** A text while it is read: what has been understood is blanked, so that nothing is read twice and nothing is left out. */

/** Where something stands in a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Found extends Span {
  readonly match: RegExpExecArray;
}

/** Stands for each character that was understood: it is no letter, digit, space or mark. */
export const BLANK = '\u0001';

/** Names stand in a passage as one of these each. */
export const NAME_BASE = 0xe100;
export const NAME_SIGNS = '\\ue100-\\ue1ff';
export const NAME = new RegExp(`[${NAME_SIGNS}]`);

export class Passage {
  /** As it was written, but for its names. */
  readonly text: string;
  /** In lower case, of the same length. */
  readonly lower: string;
  #rest: string;
  #sentences: readonly Span[] | undefined;

  constructor(text: string) {
    this.text = text;
    // Of Latin letters two become three in no lower case but that of a dotted I.
    this.lower = text.replaceAll('İ', 'i').toLowerCase();
    this.#rest = this.lower;
  }

  /** What has not been understood, in lower case. */
  get rest(): string {
    return this.#rest;
  }

  find(pattern: RegExp): Found[] {
    return foundIn(this.#rest, pattern);
  }

  /** Also in what was understood. */
  findAnywhere(pattern: RegExp): Found[] {
    return foundIn(this.lower, pattern);
  }

  blank({ start, end }: Span): void {
    this.#rest = `${this.#rest.slice(0, start)}${BLANK.repeat(end - start)}${this.#rest.slice(end)}`;
  }

  /** The sentence that a place is in: call it when dates and numbers are blanked, whose points end none. */
  sentenceAt(place: number): Span {
    this.#sentences ??= sentencesOf(this.#rest);
    return this.#sentences.find(({ end }) => place < end) ?? { start: 0, end: this.text.length };
  }

  before(span: Span, from = 0): string {
    return this.lower.slice(from, span.start);
  }

  after(span: Span, to: number = this.lower.length): string {
    return this.lower.slice(span.end, to);
  }
}

function sentencesOf(text: string): Span[] {
  const ends = [...text.matchAll(/(?<!ca|approx)[.!?;](?=\s|$)/g)].map(({ index }) => index + 1);
  return [...ends, text.length].map((end, index) => ({ start: ends[index - 1] ?? 0, end }));
}

/** As `matchAll`, which copies the pattern, and with it what has been compiled of it. The pattern is global. */
function foundIn(text: string, pattern: RegExp): Found[] {
  const found: Found[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found.push({ start: match.index, end: match.index + match[0].length, match });
    if (match[0] === '') pattern.lastIndex += 1;
  }
  return found;
}

const compiled = new Map<string, RegExp>();

/** Whole words. `\w` stands for any letter. */
export function words(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) {
    known.lastIndex = 0;
    return known;
  }
  const made = new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern.replaceAll('\\w', '\\p{L}')})(?![\\p{L}\\p{N}])`, 'gu');
  compiled.set(pattern, made);
  return made;
}
