/**
 * Words near a figure say what it is: what is lost is a difference, and what was expected no result. Each language has a table
 * of them. A figure without such a word may be all that the evidence has.
 */
import type { InsightKind } from '../../evidence.js';
import { NAME_SIGNS, type Passage, type Span, words } from './passage.js';
import { APART, FIGURE, INTERVAL, REACHED, ROLES, type Role } from './roles.js';

/** Words, and what the figure next to them may be. `METRIC` stands for the name of one. */
export type Cue = readonly [pattern: string, roles: readonly Role[]];

export interface Cues {
  /** What a metric is called. */
  readonly metric: string;
  /** What may stand between a cue and its figure. */
  readonly fillers: string;
  /** In front of a figure, and behind one. The first that fits is taken. */
  readonly before: readonly Cue[];
  readonly after: readonly Cue[];
  /** In front of the first of two figures, and behind the second: they are the ends of an interval. */
  readonly interval: { readonly before: string; readonly after: string };
  /** Between the ends of an interval, and where the words in front of it say that it is one. */
  readonly to: string;
  readonly and: string;
  /** In front of a figure that has none of the words above: it is stated, and not what something is compared with. */
  readonly told: string;
  /** In the sentence of one end alone. */
  readonly edge: string;
  /** Roles that a word of the sentence has to name, but for findings of these kinds. */
  readonly named: readonly (readonly [role: Role, pattern: string, isClear: readonly InsightKind[]])[];
}

/** Cues are looked for so near to a figure. Characters: it also bounds what a hostile text costs. */
const NEAR = 80;

/** `varies by 40 instead of 25`: there the figures themselves are differences. */
const SPREAD: readonly Role[] = [...APART, 'value', 'expected'];

const SPACE = '[\\s\\u00a0\\u202f]';

/** The same, as patterns of texts that end or begin at a figure. */
interface Patterns {
  readonly before: readonly (readonly [RegExp, readonly Role[]])[];
  readonly after: readonly (readonly [RegExp, readonly Role[]])[];
  readonly told: RegExp;
  readonly interval: { readonly before: RegExp; readonly after: RegExp };
  readonly to: RegExp;
  readonly joint: RegExp;
}

const made = new WeakMap<Cues, Patterns>();

/** Made once for a language. */
function patternsOf(cues: Cues): Patterns {
  const known = made.get(cues);
  if (known) return known;
  const { metric, fillers, before, after, told, interval, to, and } = cues;
  const compiled = (pattern: string) =>
    new RegExp(
      pattern
        .replaceAll('METRIC', `(?:${metric})`)
        .replaceAll('NAME', `["“”„]?[${NAME_SIGNS}]["“”]?`)
        .replaceAll('\\w', '\\p{L}'),
      'u',
    );
  const ending = (cue: string) =>
    compiled(`(?<![\\p{L}\\p{N}])(?:${cue})(?:${SPACE}+|(?<=\\())(?:(?:${fillers})${SPACE}+)*$`);
  const beginning = (cue: string) => compiled(`^${SPACE}*(?:${cue})(?![\\p{L}\\p{N}])`);
  const patterns: Patterns = {
    before: before.map(([cue, roles]) => [ending(cue), roles]),
    after: after.map(([cue, roles]) => [beginning(cue), roles]),
    told: ending(told),
    interval: { before: ending(interval.before), after: beginning(interval.after) },
    to: compiled(`^\\s*(?:${to})`),
    joint: compiled(`^\\s*(?:${to}|${and})\\s*$`),
  };
  made.set(cues, patterns);
  return patterns;
}

export class FigureRoles {
  readonly #passage: Passage;
  readonly #cues: Cues;
  readonly #patterns: Patterns;
  readonly #kind: InsightKind;

  constructor(passage: Passage, cues: Cues, kind: InsightKind) {
    this.#passage = passage;
    this.#cues = cues;
    this.#patterns = patternsOf(cues);
    this.#kind = kind;
  }

  /** What a figure may be. `all` are those of the text, and `elsewhere` what it is not by the date beside it. */
  of(figure: Span, all: readonly Span[], elsewhere: readonly Role[]): ReadonlySet<Role> {
    const { named } = this.#cues;
    const sentence = this.#passage.sentenceAt(figure.start);
    const text = this.#passage.lower.slice(sentence.start, sentence.end);
    // `A year before it was 1,100. That is 12 % more.`
    const both = this.#passage.lower.slice(this.#passage.sentenceAt(sentence.start - 1).start, sentence.end);
    const unnamed = named.filter(
      ([role, pattern, isClear]) =>
        !isClear.includes(this.#kind) && !words(pattern).test(role === 'yearChange' ? both : text),
    );
    const interval = this.#intervalAt(figure, all);
    if (interval?.isSaid) return new Set([interval.end]);
    const isEnd = interval !== undefined || words(this.#cues.edge).test(text);
    const excluded: Role[] = [...elsewhere, ...unnamed.map(([role]) => role), ...(isEnd ? [] : INTERVAL)];
    return new Set(this.#near(figure, elsewhere).filter((role) => !excluded.includes(role)));
  }

  /** By the words in front of it and behind it. */
  #near(figure: Span, elsewhere: readonly Role[]): readonly Role[] {
    const { before, after, told } = this.#patterns;
    const [begin, end] = [this.#before(figure), this.#behind(figure)];
    const infront = before.find(([pattern]) => pattern.test(begin))?.[1];
    const behind = after.find(([pattern]) => pattern.test(end))?.[1];
    if (this.#kind === 'variance' && infront === APART) return SPREAD;
    if (infront || behind || elsewhere.includes('value')) return joined(infront, behind);
    return told.test(begin) ? FIGURE : ROLES;
  }

  /** Whether it is the end of an interval: by the words around it, or as another figure is next to it. */
  #intervalAt(figure: Span, all: readonly Span[]): { end: Role; isSaid: boolean } | undefined {
    const { interval, to } = this.#patterns;
    const next = this.#neighbour(figure, all);
    const previous = all.find((one) => one.end <= figure.start && this.#neighbour(one, all) === figure);
    const [first, second] = next ? [figure, next] : [previous, figure];
    if (!first) return undefined;
    const end = figure === first ? 'lower' : 'upper';
    if (interval.before.test(this.#before(first)) || interval.after.test(this.#behind(second)))
      return { end, isSaid: true };
    const isTo = to.test(this.#passage.lower.slice(first.end, second.start));
    return isTo ? { end, isSaid: false } : undefined;
  }

  #neighbour(figure: Span, all: readonly Span[]): Span | undefined {
    const near = all.find(({ start }) => start >= figure.end && start - figure.end <= 12);
    const between = near && this.#passage.lower.slice(figure.end, near.start);
    return between !== undefined && this.#patterns.joint.test(between) ? near : undefined;
  }

  #before({ start }: Span): string {
    const sentence = this.#passage.sentenceAt(start);
    return this.#passage.lower.slice(Math.max(sentence.start, start - NEAR), start);
  }

  #behind({ end }: Span): string {
    const sentence = this.#passage.sentenceAt(end);
    return this.#passage.lower.slice(end, Math.min(sentence.end, end + NEAR));
  }
}

/** Both have to fit. Where they contradict each other, `to` says more than what is behind the figure, and other words less. */
function joined(infront: readonly Role[] | undefined, behind: readonly Role[] | undefined): readonly Role[] {
  if (!infront || !behind) return infront ?? behind ?? ROLES;
  const both = infront.filter((role) => behind.includes(role));
  if (both.length > 0) return both;
  return infront === REACHED ? infront : behind;
}
