/**
 * `JSON.parse` for what platforms send. It differs in two things: an integer that a double can't hold comes as text, and
 * byte-order marks around the JSON are left out. All else is the work of `JSON.parse`: keys that come twice, `__proto__`,
 * any depth.
 */

/** Whether there may be a literal of 16 digits or more: what has fewer is safe. Ids in quotes are none. */
const SUSPECT = /(?:^|[\s:,[-])\d{16}/;
const NUMBER = /[-+.\deE]+/y;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;
/** A number that is a key is not JSON, and must not become it. */
const END_OF_VALUE = /[\t\n\r ]*(?:[,\]}]|$)/y;

const QUOTE = 0x22;

/**
 * `{"id":9007199254740993}` is `{ id: '9007199254740993' }`, where `JSON.parse` would round it to another id. Up to
 * 2^53 - 1 a number stays a number.
 *
 * @throws {SyntaxError} for what is not JSON
 */
export function parseLosslessly(text: string): unknown {
  // A file of WordPress that begins with a byte-order mark sends it before each answer; several files send several, also
  // with empty lines. For `trim` the mark is white space.
  const json = text.trim();
  return JSON.parse(SUSPECT.test(json) ? quoteLongIntegers(json) : json);
}

/** What stands in quotes is passed over. */
function quoteLongIntegers(json: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < json.length; ) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = behindString(json, at);
      continue;
    }
    const literal = isNumberStart(code) ? (matchAt(NUMBER, json, at) ?? '') : '';
    const end = at + literal.length;
    if (isUnsafe(literal) && matchAt(END_OF_VALUE, json, end) !== undefined) {
      parts.push(json.slice(copied, at), '"', literal, '"');
      copied = end;
    }
    at = Math.max(end, at + 1);
  }
  return parts.join('') + json.slice(copied);
}

function isNumberStart(code: number): boolean {
  return code === 0x2d || (code >= 0x30 && code <= 0x39);
}

function isUnsafe(literal: string): boolean {
  return LONG_INTEGER.test(literal) && !Number.isSafeInteger(Number(literal));
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Where a string ends that begins here. One that never ends is for `JSON.parse` to refuse. */
function behindString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end + 1;
}

function isEscaped(json: string, at: number): boolean {
  let slashes = 0;
  while (json[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}
