/**
 * Values of a job in a bounded size. One that fits stays as it is. Of a larger one the beginning of each part is kept, so
 * that its shape can still be seen: texts end in `…`, and of lists and objects the last parts are left out. What is to be
 * redacted must be gone before: of a value that has been cut, a part would not be known again.
 */

/** What a text of its own may take of the whole, and a list or an object of what is left. */
const TEXT_SHARE = 1 / 8;
const PART_SHARE = 1 / 2;

const ELLIPSIS = '…';

/** In less nothing can be shown: quotes and the mark of what is cut. Bytes. */
const LEAST = 5;

/** Deeper parts are left out. */
const MAX_DEPTH = 20;

export interface Preview<T = unknown> {
  readonly value: T;
  /** Of the whole value as JSON; absent where nothing was cut. */
  readonly bytes?: number;
}

/** How many bytes of JSON a value takes; 0 where JSON has no word for it. */
export function jsonBytes(value: unknown): number {
  const json = JSON.stringify(value);
  return json === undefined ? 0 : Buffer.byteLength(json);
}

/** @param limit bytes of JSON */
export function previewValue(value: unknown, limit: number): Preview {
  const bytes = jsonBytes(value);
  return bytes <= limit ? { value } : { value: cut(value, limit, limit, 0)?.value ?? null, bytes };
}

/** @param limit bytes of JSON */
export function previewText(text: string, limit: number): Preview<string> {
  const bytes = jsonBytes(text);
  return bytes <= limit ? { value: text } : { value: beginningOf(text, limit), bytes };
}

interface Cut {
  readonly value: unknown;
  readonly size: number;
}

/** @returns undefined where it has no place */
function cut(value: unknown, room: number, whole: number, depth: number): Cut | undefined {
  if (typeof value === 'string') return cutText(value, Math.min(room, depth === 0 ? room : whole * TEXT_SHARE));
  if (typeof value !== 'object' || value === null) return asIs(value, room);
  if (depth === MAX_DEPTH || room < 2) return undefined;
  return Array.isArray(value) ? cutList(value, room, whole, depth) : cutObject(value, room, whole, depth);
}

function asIs(value: unknown, room: number): Cut | undefined {
  const size = jsonBytes(value);
  return size <= room ? { value, size } : undefined;
}

function cutText(text: string, room: number): Cut | undefined {
  if (room < LEAST) return undefined;
  const shown = beginningOf(text, room);
  return { value: shown, size: jsonBytes(shown) };
}

function cutList(list: readonly unknown[], room: number, whole: number, depth: number): Cut {
  const items: unknown[] = [];
  let size = 2;
  for (const item of list) {
    const part = cut(item, shareOf(item, room - size - 1), whole, depth + 1);
    if (!part) break;
    items.push(part.value);
    size += part.size + 1;
  }
  return { value: items, size };
}

function cutObject(value: object, room: number, whole: number, depth: number): Cut {
  const entries: [string, unknown][] = [];
  let size = 2;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (room - size < LEAST) break;
    const own = jsonBytes(key) + 2;
    const part = cut(item, shareOf(item, room - size - own), whole, depth + 1);
    // A later part may be small enough.
    if (!part) continue;
    entries.push([key, part.value]);
    size += part.size + own;
  }
  return { value: Object.fromEntries(entries), size };
}

/** Of several large parts the first is not to take the place of all. */
function shareOf(item: unknown, room: number): number {
  return typeof item === 'object' && item !== null ? room * PART_SHARE : room;
}

/** The beginning of a text in so many bytes of JSON, its quotes counted. Never half a character. */
function beginningOf(text: string, room: number): string {
  // A character of JSON takes a byte at least.
  const candidate = text.slice(0, Math.max(0, Math.floor(room)));
  if (candidate.length === text.length && jsonBytes(text) <= room) return text;
  let size = 2 + Buffer.byteLength(ELLIPSIS);
  let end = 0;
  for (const character of candidate) {
    // Half a pair at the end of the candidate: the character was cut.
    size += jsonBytes(character) - 2;
    if (size > room) break;
    end += character.length;
  }
  const last = candidate.charCodeAt(end - 1);
  const isHalf = end === candidate.length && last >= 0xd800 && last <= 0xdbff;
  return candidate.slice(0, isHalf ? end - 1 : end) + ELLIPSIS;
}
