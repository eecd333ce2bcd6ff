/** Errors as they are stored, logged and shown: with a message and a stack, and without what `redact` names. */

/** Takes out what `redact` names. */
export interface Cleaner {
  text(text: string): string;
  /** Of a value of any shape: a copy, as JSON has it. */
  value(value: unknown): unknown;
}

/** A chain of causes that is longer than this helps nobody, and may be a circle. */
const MAX_DEPTH = 5;

/** Neither the character NUL nor half of a surrogate pair can be stored by PostgreSQL. */
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** The text with a mark for each character that not every store can hold. */
export function storableText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/**
 * The error itself where nothing is to be done, else a copy of the same class.
 *
 * @param cleaner absent where nothing is to be redacted
 */
export function toPresentable(error: Error, cleaner: Cleaner | undefined, depth = 0): Error {
  const clean = (text: string) => storableText(cleaner ? cleaner.text(text) : text);
  const message = clean(error.message || describe(error));
  const stack = clean(typeof error.stack === 'string' ? error.stack : `${error.name}: ${message}`);
  if (!cleaner && message === error.message && stack === error.stack) return error;

  const copy = new Error(message);
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  const present = (value: unknown): unknown => {
    if (!(value instanceof Error)) return cleaner ? cleaner.value(value) : value;
    return depth < MAX_DEPTH ? toPresentable(value, cleaner, depth + 1) : undefined;
  };
  const hidden = { configurable: true, writable: true, enumerable: false };
  Object.defineProperty(copy, 'stack', { ...hidden, value: stack });
  if ('cause' in error) Object.defineProperty(copy, 'cause', { ...hidden, value: present(error.cause) });
  if ('errors' in error && Array.isArray(error.errors)) {
    Object.defineProperty(copy, 'errors', { ...hidden, value: error.errors.map(present) });
  }
  for (const [key, value] of Object.entries(error))
    if (!Object.hasOwn(copy, key)) Reflect.set(copy, cleaner ? cleaner.text(key) : key, present(value));
  return copy;
}

/** What there is to say of an error without a message: Node's own of a refused connection is one. */
function describe(error: Error): string {
  const inner: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [error.cause];
  const said = inner.flatMap((one) => (one instanceof Error && one.message !== '' ? [one.message] : []));
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.name}${code}${said.length > 0 ? `: ${said.join('; ')}` : ' without a message'}`;
}
