/** Which data a schedule can have, on every engine. */
import { depthProblem, TOO_DEEP } from '../engine/json-depth.js';

/** Why data can't be stored; undefined when it can. */
export function storageProblem(data: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    // A bigint, a circle, a `toJSON` that throws, or more levels than V8 goes down.
    return error instanceof RangeError ? TOO_DEEP : `${error instanceof Error ? error.message : error}`;
  }
  if (text === undefined) return data === undefined ? undefined : 'it is nothing that JSON can carry';
  return depthProblem(text);
}
