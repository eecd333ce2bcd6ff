/** Text that came from outside, as a log may hold it: in one line, with nothing that changes how the rest is read, and short. */

/**
 * Control characters (with line breaks and the escape of ANSI sequences), what can't be seen or turns the direction of
 * writing, line and paragraph separators, halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const CUT = '…';

/**
 * @param max bytes of UTF-8 of the answer; what is cut off is marked by `…`
 */
export function shownText(text: string, max: number): string {
  // Escaping makes it longer, never shorter: of a long text the rest need not be looked at.
  const escaped = text
    .slice(0, max + 1)
    .replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  if (Buffer.byteLength(escaped) <= max) return escaped;
  const room = max - Buffer.byteLength(CUT);
  let size = 0;
  let shown = '';
  for (const character of escaped) {
    size += Buffer.byteLength(character);
    if (size > room) break;
    shown += character;
  }
  return shown + CUT;
}

/** How much of a value is shown. */
const MAX = { depth: 5, entries: 50, text: 256, key: 64 } as const;

/** A value of JSON with {@link shownText} for each text, and with its first entries alone where it has many. */
export function shownValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shownText(value, MAX.text);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX.depth) return CUT;
  if (Array.isArray(value)) return value.slice(0, MAX.entries).map((item) => shownValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX.entries)
      .map(([key, item]) => [shownText(key, MAX.key), shownValue(item, depth + 1)]),
  );
}
