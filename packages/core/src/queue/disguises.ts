/**
 * Finds texts in a text however they are written: in another case, URL-encoded, escaped for JSON or HTML, or standing alone
 * in base64. The text is decoded, not the wanted ones encoded: a mixture of escapes is found too, and the work does not grow
 * with the ways in which a value may be written.
 */

/** What is looked for. */
export interface Wanted {
  /** Found wherever they stand. */
  readonly values: readonly string[];
  /** Found where no letter or digit stands beside them: the key `name` is no part of `filename`. */
  readonly words: readonly string[];
}

/** A place in a text: from, and up to. */
export type Range = readonly [start: number, end: number];

/** A text as one way of decoding reads it. */
interface View {
  readonly text: string;
  /** For each character, and the end, where it stands in the text that was given. Absent: at the same place. */
  readonly places?: readonly number[];
}

/** Escapes and what they stand for; undefined: it is none. */
interface Escapes {
  readonly pattern: RegExp;
  decode(match: RegExpExecArray): string | undefined;
}

/** One character at a time, so that no neighbour is taken away with it. */
const PERCENT =
  '%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}';

const fromPercent = (text: string) => Buffer.from(text.replaceAll('%', ''), 'hex').toString('utf8');

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' };

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  plus: '+',
  percnt: '%',
  sol: '/',
  bsol: '\\',
  commat: '@',
  equals: '=',
  grave: '`',
};

function fromCode(digits: string, base: number): string | undefined {
  const code = Number.parseInt(digits, base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

const ESCAPES: readonly Escapes[] = [
  // encodeURIComponent
  { pattern: new RegExp(PERCENT, 'gi'), decode: ([text]) => fromPercent(text) },
  // Forms: application/x-www-form-urlencoded
  { pattern: new RegExp(`\\+|${PERCENT}`, 'gi'), decode: ([text]) => (text === '+' ? ' ' : fromPercent(text)) },
  // JSON, and Node's inspect
  {
    pattern: /\\(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|([^ux]))/gis,
    decode: ([, unit, point, byte, short = '']) =>
      unit === undefined && point === undefined && byte === undefined
        ? (CONTROLS[short.toLowerCase()] ?? short)
        : fromCode(unit ?? point ?? byte ?? '', 16),
  },
  // HTML and XML
  {
    pattern: /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi,
    decode: ([, decimal, hex, name = '']) => {
      if (decimal !== undefined) return fromCode(decimal, 10);
      return hex === undefined ? ENTITIES[name.toLowerCase()] : fromCode(hex, 16);
    },
  },
];

/** How many escapes may lie in each other: JSON in an address. Of a long text one, as each reading is a copy. */
const DEPTH = 2;
const LONG = 65_536;

/** Makes what finds the wanted texts: where they stand, sorted, and none touches another. */
export function createFinder({ values, words }: Wanted): (text: string) => Range[] {
  const folded = { values: values.map(lazily), words: words.map(lazily) };
  const encoded = lazyBase64([...values, ...words]);
  return (text) => {
    // Upper case may be three times as long: "ΐ" has three characters then.
    const room = text.length * 3;
    const fitting = (ones: readonly Folded[]) => ones.flatMap((one) => (one.length <= room ? one.get() : []));
    const [plain, alone] = [fitting(folded.values), fitting(folded.words)];
    if (plain.length + alone.length === 0) return [];
    const ranges: Range[] = [];
    for (const view of viewsOf(text)) {
      const one = foldView(view);
      for (const value of plain) ranges.push(...occurrences(one, value));
      for (const word of alone) ranges.push(...occurrences(one, word, isAlone));
      for (const form of encoded(longestRun(view.text))) ranges.push(...occurrences(view, form));
    }
    return merged(ranges);
  };
}

/** A wanted text: folded when the first text comes that has room for it, as it may be megabytes. */
interface Folded {
  readonly length: number;
  get(): string;
}

function lazily(text: string): Folded {
  let folded: string | undefined;
  return {
    length: text.length,
    get() {
      folded ??= fold(text);
      return folded;
    },
  };
}

/** Every reading of a text, itself first, each once. */
function viewsOf(text: string): View[] {
  const views: View[] = [{ text }];
  const seen = new Set([text]);
  let last = [...views];
  for (let depth = text.length > LONG ? 1 : DEPTH; depth > 0 && last.length > 0; depth--) {
    const next: View[] = [];
    for (const view of last) {
      for (const escapes of ESCAPES) {
        const decoded = decodeView(view, escapes);
        if (!decoded || seen.has(decoded.text)) continue;
        seen.add(decoded.text);
        next.push(decoded);
      }
    }
    views.push(...next);
    last = next;
  }
  return views;
}

/** Undefined where there is nothing to decode. */
function decodeView(view: View, { pattern, decode }: Escapes): View | undefined {
  const parts: string[] = [];
  const places: number[] = [];
  const placeOf = (index: number) => view.places?.[index] ?? index;
  let done = 0;
  const copy = (end: number) => {
    parts.push(view.text.slice(done, end));
    for (let index = done; index < end; index++) places.push(placeOf(index));
  };
  for (const match of view.text.matchAll(pattern)) {
    const plain = decode(match);
    if (plain === undefined) continue;
    copy(match.index);
    parts.push(plain);
    for (let index = 0; index < plain.length; index++) places.push(placeOf(match.index));
    done = match.index + match[0].length;
  }
  if (done === 0) return undefined;
  copy(view.text.length);
  places.push(placeOf(view.text.length));
  return { text: parts.join(''), places };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters of ASCII.
const ASCII = /^[\x00-\x7f]*$/;

/** One form for all cases: "ß" and "SS", "ς" and "Σ" are the same. */
function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  // Character by character, as foldView does it: at the end of a word Σ would become another sigma.
  let folded = '';
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

function foldCharacter(character: string): string {
  let folded = '';
  for (const upper of character.toUpperCase()) folded += upper.toLowerCase();
  return folded;
}

function foldView(view: View): View {
  if (ASCII.test(view.text)) return { ...view, text: view.text.toLowerCase() };
  const places: number[] = [];
  let text = '';
  let index = 0;
  for (const character of view.text) {
    const folded = foldCharacter(character);
    for (let unit = 0; unit < folded.length; unit++) places.push(view.places?.[index] ?? index);
    text += folded;
    index += character.length;
  }
  places.push(view.places?.[index] ?? index);
  return { text, places };
}

/** What may be base64. */
const RUN = /[\w+/-]{6,}/g;

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(RUN)) longest = Math.max(longest, run.length);
  return longest;
}

/** The values in base64, of those that have their place in so many characters: mostly none, and then none is encoded. */
function lazyBase64(values: readonly string[]): (room: number) => string[] {
  const known = new Map<string, string[]>();
  return (room) =>
    values.flatMap((value) => {
      // Three bytes are four characters, and a character of a text has at least one byte.
      if (value.length * 4 > room * 3) return [];
      const forms = known.get(value) ?? [...new Set(base64Of(value))];
      known.set(value, forms);
      return forms;
    });
}

/** Both alphabets, with the padding or without. Also of the other cases. */
function base64Of(value: string): string[] {
  return [value, value.toLowerCase(), value.toUpperCase()].flatMap((one) => {
    const bytes = Buffer.from(one);
    return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
  });
}

type Fits = (text: string, start: number, end: number) => boolean;

const PART_OF_WORD = /[\p{L}\p{N}_]/u;

const isAlone: Fits = (text, start, end) =>
  !PART_OF_WORD.test(text.charAt(start - 1)) && !PART_OF_WORD.test(text.charAt(end));

function occurrences({ text, places }: View, wanted: string, fits: Fits = () => true): Range[] {
  const found: Range[] = [];
  for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + 1)) {
    let end = start + wanted.length;
    if (!fits(text, start, end)) continue;
    if (!places) {
      found.push([start, end]);
      continue;
    }
    // What one escape stands for goes as a whole.
    while (end < text.length && places[end] === places[end - 1]) end += 1;
    found.push([places[start] ?? 0, places[end] ?? 0]);
  }
  return found;
}

function merged(ranges: Range[]): Range[] {
  const result: [number, number][] = [];
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && start < last[1]) last[1] = Math.max(last[1], end);
    else result.push([start, end]);
  }
  return result;
}
