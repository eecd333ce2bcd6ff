/**
 * Names that a caller chooses: ids, keys, steps, locks, tenants. One rule for all of them, whatever engine is under it.
 *
 * A name is a text without the character NUL and without half of a surrogate pair: not every store can keep those apart
 * from other texts. It may be empty where that can be told from its absence. Up to {@link MAX_NAME_BYTES} it is stored as
 * it is. A longer one is refused where it is shown or listed (ids of jobs, keys of schedules, journals), and works by its
 * hash where it is only looked up.
 */
import { createHash } from 'node:crypto';
import { ArgumentError } from './errors.js';

/** Bytes of UTF-8. Several names make one key, and PostgreSQL's index takes entries of up to 2,704 bytes. */
export const MAX_NAME_BYTES = 512;

/** A character of UTF-16 takes up to three bytes of UTF-8. */
const SURELY_SHORT = Math.floor(MAX_NAME_BYTES / 3);

const MALFORMED = /[\0\p{Surrogate}]/u;

/** What is kept of a long name before its hash, so that a pattern finds it by its beginning. Bytes. */
const KEPT_BYTES = MAX_NAME_BYTES - 32;

/** Whether every store can keep a text apart from every other one. */
export function isWellFormed(text: string): boolean {
  return !MALFORMED.test(text);
}

/** What is wrong with a name, to be shown behind what it is the name of; undefined where it is right. Any length. */
export function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return `must be a text, not ${name === null ? 'null' : `of type ${typeof name}`}`;
  if (!isWellFormed(name)) return 'must not have the character NUL or half of a surrogate pair';
  return undefined;
}

/** {@link nameProblem} for a name that is shown or listed, and therefore has to be stored as it is. */
export function shortNameProblem(name: unknown): string | undefined {
  const problem = nameProblem(name);
  if (problem || typeof name !== 'string' || isShort(name)) return problem;
  return `must be at most ${MAX_NAME_BYTES} bytes of UTF-8, not ${Buffer.byteLength(name)}`;
}

/** A well-formed name as it stands in a key: itself or, where it is longer than 512 bytes, its beginning and its hash. */
export function storedName(name: string): string {
  if (isShort(name)) return name;
  const bytes = Buffer.from(name);
  let end = KEPT_BYTES;
  // Not inside of a character, whose further bytes begin with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  // Longer than any name that is stored as it is: no other name is stored as this one.
  return `${bytes.subarray(0, end).toString()}…${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Checks an argument that is a name, and gives it as it stands in a key.
 *
 * @param what begins the message: `The key of a lock`
 * @throws {ArgumentError}
 */
export function checkName(what: string, name: unknown): string {
  const problem = nameProblem(name);
  if (problem || typeof name !== 'string') throw new ArgumentError(`${what} ${problem}`);
  return storedName(name);
}

function isShort(name: string): boolean {
  return name.length <= SURELY_SHORT || Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/**
 * A test by a pattern: `*` stands for any text, `?` for one character, everything else for itself. In a time that is the
 * product of both lengths at most, where a regular expression could take for ever.
 */
export function createMatcher(pattern: string): (text: string) => boolean {
  const wanted = [...pattern];
  return (text) => {
    const given = [...text];
    let [at, position] = [0, 0];
    // Where to go on when the rest does not fit: the last star takes one character more.
    let star: { readonly at: number; position: number } | undefined;
    while (position < given.length) {
      if (wanted[at] === '*') {
        star = { at, position };
        at++;
      } else if (wanted[at] === '?' || (at < wanted.length && wanted[at] === given[position])) {
        at++;
        position++;
      } else if (star) {
        star.position++;
        at = star.at + 1;
        position = star.position;
      } else return false;
    }
    while (wanted[at] === '*') at++;
    return at === wanted.length;
  };
}
