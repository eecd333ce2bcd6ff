/** Keeps the fields named in `redact` from leaving the process. */
import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** Shorter values are not looked for in texts: replacing every "a" would leave nothing to read. */
const MIN_TEXT = 4;

export interface Redactor {
  /** False where nothing is named, and everything goes as it is. */
  readonly isActive: boolean;
  /** A copy with the named fields replaced. The value itself where nothing is to be redacted. */
  data(value: unknown): unknown;
  /** `text` with every value of a named field of `data` replaced: for messages of errors and log lines. */
  text(text: string, data: unknown): string;
  /** A copy of `value`, as JSON has it, with every value of a named field of `data` replaced wherever it stands. */
  anywhere(value: unknown, data: unknown): unknown;
}

const keepAll: Redactor = {
  isActive: false,
  data: (value) => value,
  text: (text) => text,
  anywhere: (value) => value,
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
  const text = (value: string, data: unknown) => {
    const found = new Set(split.flatMap((path) => [...textsAt(data, path)]));
    const secrets = new Set([...found].flatMap(formsOf));
    // Longest first, so that a value that contains another one goes as a whole.
    return [...secrets]
      .sort((a, b) => b.length - a.length)
      .reduce((result, secret) => result.replaceAll(secret, REDACTED), value);
  };
  return {
    isActive: true,
    data: (value) => split.reduce((result, path) => replaceAt(result, path), value),
    text,
    anywhere(value, data) {
      const copy = toJsonText(value, (item) => {
        if (typeof item === 'string') return text(item, data);
        if (typeof item !== 'number') return item;
        return text(String(item), data) === String(item) ? item : REDACTED;
      });
      return copy === undefined ? undefined : JSON.parse(copy);
    },
  };
}

/** A text may hold a value as it is, as it stands in JSON, or as Node shows it, such as in the message for a thrown text. */
function formsOf(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), inspect(secret, { maxStringLength: null }).slice(1, -1)];
}

/**
 * Writes anything as JSON: errors with name, message and stack, bigints as texts, and what can't be written as a word
 * that says so. `each` may change every value on the way.
 */
export function toJsonText(value: unknown, each: (item: unknown) => unknown = (item) => item): string | undefined {
  const replacer = (_key: string, item: unknown) => {
    if (item instanceof Error) return { name: item.name, message: item.message, stack: item.stack };
    return each(typeof item === 'bigint' ? String(item) : item);
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

function* textsAt(value: unknown, [key, ...rest]: readonly string[]): Generator<string> {
  if (key === undefined) yield* textsIn(value);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) if (key === '*' || key === name) yield* textsAt(item, rest);
  }
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string' && value.length >= MIN_TEXT) yield value;
  if (typeof value === 'number' && String(value).length >= MIN_TEXT) yield String(value);
  if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) yield* textsIn(item);
}
