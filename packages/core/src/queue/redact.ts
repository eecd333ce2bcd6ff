/** Keeps the fields named in `redact` from leaving the process. */
const REDACTED = '[redacted]';

/** Shorter values are not looked for in texts: replacing every "a" would leave nothing to read. */
const MIN_TEXT = 4;

export interface Redactor {
  /** A copy with the named fields replaced. The value itself where nothing is to be redacted. */
  data(value: unknown): unknown;
  /** `text` with every value of a named field of `data` replaced: for messages of errors and log lines. */
  text(text: string, data: unknown): string;
}

const keepAll: Redactor = { data: (value) => value, text: (text) => text };

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
  return {
    data: (value) => split.reduce((result, path) => replaceAt(result, path), value),
    text(text, data) {
      const found = new Set(split.flatMap((path) => [...textsAt(data, path)]));
      // A text may hold a value as it is or as it stands in JSON.
      const secrets = new Set([...found].flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
      // Longest first, so that a value that contains another one goes as a whole.
      return [...secrets]
        .sort((a, b) => b.length - a.length)
        .reduce((result, secret) => result.replaceAll(secret, REDACTED), text);
    },
  };
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
