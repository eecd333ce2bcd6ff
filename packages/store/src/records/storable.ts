/** Texts and JSON that PostgreSQL takes: `jsonb` and `text` hold neither the character NUL nor half of a surrogate pair. */

import { hashId } from '@bizinsights/jobs-platforms';

/** As `JSON.stringify` writes the two. Seldom there, and then looked for properly. */
const SUSPECT = /\\u0000|\\ud[89a-f]/;
const UNSTORABLE = /[\0\p{Surrogate}]/gu;

/** One of these, or one of a pair, which is fine: seldom there. */
const ODD = /[\0\ud800-\udfff]/;

/** Whether a text has characters that can't be stored. */
export function hasOddCharacter(text: string): boolean {
  return ODD.test(text) && storableText(text) !== text;
}

/** The text with a mark for each character that can't be stored. */
export function storableText(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

/** An id with such marks, and a hash of it behind them: two ids stay two. */
export function storableId(id: string): string {
  const text = storableText(id);
  return text === id ? id : `${text}~${hashId(JSON.stringify(id))}`;
}

/** The value as JSON, with such marks; `null` for what JSON has no word for. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if (!SUSPECT.test(text)) return text;
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storableText(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    // Keys are text too.
    return Object.fromEntries(Object.entries(inner).map(([key, item]) => [storableText(key), item]));
  });
}
