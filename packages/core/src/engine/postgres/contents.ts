/**
 * Contents on PostgreSQL and the embedded store. Its jsonb can hold neither the character NUL nor half of a surrogate
 * pair. Data that has one is refused before anything is done. What comes of work that is done is kept with a mark in
 * the place of such a character: refused, the work would be done again for nothing.
 *
 * JSON in a column of type text, as of steps, cursors, the cache and journals, holds both as escapes.
 */
import type { ActiveJob, Outcome } from '../contract.js';

/** In JSON both are escaped. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][\da-f]{2})/g;

/** Why JSON can't be stored as the data of a job; undefined where it can. */
export function sqlDataProblem(json: string): string | undefined {
  return json.search(UNSTORABLE) < 0
    ? undefined
    : 'it has the character \\u0000 or half of a surrogate pair, which PostgreSQL cannot store';
}

/** Runs attempts so that their results and their progress can be stored. */
export function withStorableContents(run: (active: ActiveJob) => Promise<Outcome>): typeof run {
  return async (active) => {
    const progress = active.progress.bind(active);
    active.progress = (value) => progress(storable(value));
    const outcome = await run(active);
    return outcome.kind === 'completed' ? { ...outcome, value: storable(outcome.value) } : outcome;
  };
}

/** The value itself where it can be stored. One that is no JSON is left to those who store it, who say so. */
function storable<T>(value: T): T {
  if (typeof value !== 'string' && typeof value !== 'object') return value;
  const json = toJson(value);
  return json === undefined || json.search(UNSTORABLE) < 0 ? value : JSON.parse(json.replace(UNSTORABLE, '$1\\ufffd'));
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
