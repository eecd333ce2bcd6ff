/** An answer of a host's port that has another shape than its type says: it fails the job at once, with the place. */
import { PermanentError } from '@bizinsights/jobs-core';
import type { z } from 'zod';

/** Of how many problems a message has the place: all rows of a wrong list are wrong in the same way. */
const SHOWN = 3;

/**
 * @param method of the port
 * @param port as a reader knows it: `metrics`
 */
export function wrongAnswer(method: string, port: string, reason: string): PermanentError {
  return new PermanentError(`\`${method}\` of the ${port} does not give what it has to: ${reason}`);
}

/**
 * What was given, and no more than the schema has.
 *
 * @throws {PermanentError}
 */
export function checkedAnswer<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  method: string,
  port: string,
): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const { issues } = result.error;
  const reasons = issues.slice(0, SHOWN).map(({ path, message }) => [...placeOf(path), message].join(': '));
  const rest = issues.length > SHOWN ? [`and ${issues.length - SHOWN} more`] : [];
  throw wrongAnswer(method, port, [...reasons, ...rest].join('; '));
}

/** `at place 3`, `evidence.window`. */
function placeOf(path: readonly PropertyKey[]): string[] {
  const [first, ...rest] = path;
  const [place, names] = typeof first === 'number' ? [[`at place ${first}`], rest] : [[], path];
  return names.length === 0 ? place : [...place, names.map(String).join('.')];
}
