/** `reuse`: which jobs count as equal, so that the result of one serves for the others. */
import { hash } from 'node:crypto';
import type { Reuse } from '../engine/contract.js';
import type { CheckedInput } from './data.js';
import type { AnyQueueDefinition } from './definition.js';
import type { JobOptions } from './job-options.js';

/** A job that waits longer than this, beside its delay, is forgotten as one that could be reused. ms */
const LONGEST_WAIT = 24 * 3_600_000;

/**
 * What the store looks for. A key never holds for another queue, tenant or version of the data.
 *
 * @returns undefined for data that JSON cannot carry: the store refuses it, with the reason
 */
export function toReuse(
  queue: AnyQueueDefinition,
  options: JobOptions | undefined,
  { stored, tenant }: CheckedInput,
): Reuse | undefined {
  if (options?.reuse === undefined) return undefined;
  const { maxAge, key } = options.reuse;
  const equal = key === undefined ? canonicalJson(stored) : key;
  if (equal === undefined) return undefined;
  const text = JSON.stringify([tenant, queue.version, key === undefined ? 'data' : 'key', equal]);
  return {
    key: hash('sha256', text, 'base64url'),
    maxAge: Math.ceil(maxAge),
    keptFor: Math.ceil(maxAge + (options.delay ?? 0) + LONGEST_WAIT),
  };
}

/** As it is stored, with the fields of each object in one order. */
function canonicalJson(data: unknown): string | undefined {
  try {
    return JSON.stringify(data, (_name, value: unknown) => (isObject(value) ? inOrder(value) : value));
  } catch {
    // Too deep, a circle, a bigint: the engine refuses such data with a JobDataError that says so.
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inOrder(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
