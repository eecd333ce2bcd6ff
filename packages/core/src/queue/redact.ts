/** Keeps the fields named in `redact` from leaving the process. */
import type { Issue } from '../errors.js';
import { createFinder, type Wanted } from './disguises.js';

const REDACTED = '[redacted]';

/** Shorter values are not looked for in texts: replacing every "a" would leave nothing to read. */
const MIN_TEXT = 4;

export interface Redactor {
  /** False where nothing is named, and everything goes as it is. */
  readonly isActive: boolean;
  /** A copy with the named fields replaced, and their values wherever else they stand. The value itself where nothing is named. */
  data(value: unknown): unknown;
  /**
   * `text` with every value of a named field of `data` replaced, and every key below one: for messages of errors and log
   * lines. Values of four characters and more are found as they are, in another case, URL-encoded, escaped for JSON or
   * HTML, and alone in base64.
   *
   * @param data several where it has several forms: as it is stored, and as a processor sees it
   */
  text(text: string, ...data: unknown[]): string;
  /** A copy of `value`, as JSON has it, with the same replaced wherever it stands: in values and in keys. */
  anywhere(value: unknown, ...data: unknown[]): unknown;
  /** {@link text} and {@link anywhere} for one job's data, which is looked through once. */
  of(...data: unknown[]): { text(text: string): string; anywhere(value: unknown): unknown };
  /** Problems with `data`, without the keys below a named field. What is not there, and is missed, keeps its name. */
  issues(issues: readonly Issue[], data: unknown): Issue[];
}

const keepAll: Redactor = {
  isActive: false,
  data: (value) => value,
  text: (text) => text,
  anywhere: (value) => value,
  of: () => ({ text: (text) => text, anywhere: (value) => value }),
  issues: (issues) => [...issues],
};

/**
 * Makes a redactor for dotted paths; `*` stands for any key or index.
 *
 * @example
 * ```ts
 * createRedactor(['to.*', 'variables.token']).data({ to: ['ann@example.com'] }); // { to: ['[redacted]'] }
 * ```
 */
export function createRedactor(paths: readonly string[]): Redactor {
  if (paths.length === 0) return keepAll;
  const split = paths.map((path) => path.split('.'));
  const wantedOf = (...data: unknown[]): Wanted => {
    const [values, words] = [new Set<string>(), new Set<string>()];
    for (const one of data) {
      for (const path of split) for (const value of valuesAt(one, path)) collect(value, values, words);
    }
    return { values: [...values], words: [...words] };
  };
  return {
    isActive: true,
    data(value) {
      const hidden = split.reduce((result, path) => replaceAt(result, path), value);
      return mapTexts(hidden, hiderOf(wantedOf(value)));
    },
    text: (text, ...data) => hiderOf(wantedOf(...data))(text),
    anywhere: (value, ...data) => anywhere(value, hiderOf(wantedOf(...data))),
    of(...data) {
      const hide = hiderOf(wantedOf(...data));
      return { text: hide, anywhere: (value) => anywhere(value, hide) };
    },
    issues(issues, data) {
      const hide = hiderOf(wantedOf(data));
      return issues.map((issue) => ({ ...issue, path: pathOf(issue, data, split), message: hide(issue.message) }));
    },
  };
}

type Hide = (text: string) => string;

function hiderOf(wanted: Wanted): Hide {
  const find = createFinder(wanted);
  return (text) => {
    const found = find(text);
    if (found.length === 0) return text;
    const parts: string[] = [];
    let done = 0;
    for (const [start, end] of found) {
      parts.push(text.slice(done, start), REDACTED);
      done = end;
    }
    return parts.join('') + text.slice(done);
  };
}

function anywhere(value: unknown, hide: Hide): unknown {
  const copy = toJsonText(value);
  return copy === undefined ? undefined : mapTexts(JSON.parse(copy), hide);
}

/** Every text, number and key of a plain value. What is of a class stays as it is. */
function mapTexts(value: unknown, hide: Hide): unknown {
  if (typeof value === 'string') return hide(value);
  if (typeof value === 'number') return hide(String(value)) === String(value) ? value : REDACTED;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, hide));
  if (!isPlain(value)) return value;
  const names = new Set<string>();
  const entries = Object.entries(value).map(([key, item]) => {
    const hidden = hide(key);
    let name = hidden;
    // Two keys that are hidden are still two.
    for (let count = 2; names.has(name); count++) name = `${hidden} ${count}`;
    names.add(name);
    return [name, mapTexts(item, hide)] as const;
  });
  return Object.fromEntries(entries);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * Writes anything as JSON: errors with name, message and stack, bigints as texts, and what can't be written as a word
 * that says so.
 */
export function toJsonText(value: unknown): string | undefined {
  const replacer = (_key: string, item: unknown) => {
    if (item instanceof Error) return { name: item.name, message: item.message, stack: item.stack };
    return typeof item === 'bigint' ? String(item) : item;
  };
  try {
    return JSON.stringify(value, replacer);
  } catch {
    return JSON.stringify('[cannot be written as JSON]');
  }
}

function replaceAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value === undefined ? value : REDACTED;
  if (Array.isArray(value)) {
    return value.map((item, index) => (key === '*' || key === String(index) ? replaceAt(item, rest) : item));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, key === '*' || key === name ? replaceAt(item, rest) : item]),
  );
}

function* valuesAt(value: unknown, [key, ...rest]: readonly string[]): Generator<unknown> {
  if (key === undefined) yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) if (key === '*' || key === name) yield* valuesAt(item, rest);
  }
}

/** The texts and numbers in a value, and the keys of its objects: of a map they are data too. */
function collect(value: unknown, values: Set<string>, words: Set<string>): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value);
    if (text.length >= MIN_TEXT) values.add(text);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, values, words);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key.length >= MIN_TEXT) words.add(key);
      collect(item, values, words);
    }
  }
}

function pathOf({ path }: Issue, data: unknown, paths: readonly (readonly string[])[]): Issue['path'] {
  const depths = paths
    .filter((named) => named.length < path.length)
    .filter((named) => named.every((key, index) => key === '*' || key === String(path[index])))
    .map(({ length }) => length);
  const shown = Math.min(...depths);
  let at = data;
  return path.map((key, index) => {
    const parent = at;
    at = typeof parent === 'object' && parent !== null ? Reflect.get(parent, key) : undefined;
    const isHidden = index >= shown && typeof key === 'string' && isPlain(parent) && Object.hasOwn(parent, key);
    return isHidden ? REDACTED : key;
  });
}
