/** Reading what a platform answers: JSON, of a shape that is known. */
import { formatPath, toIssues } from '@bizinsights/jobs-core';
import type { z } from 'zod';
import { PlatformResponseError } from '../errors.js';
import type { PlatformResponse } from './http.js';
import { parseLosslessly } from './lossless-json.js';

/**
 * An integer beyond 2^53 - 1 comes as text, in its digits: an id that a double would round to another one. Byte-order marks
 * around the JSON are left out.
 *
 * @param what for the message: `Stripe's charges`
 * @throws {PlatformResponseError} when the text is not JSON
 */
export function parseJson({ status, text, headers }: PlatformResponse, what: string): unknown {
  try {
    return parseLosslessly(text);
  } catch {
    const type = headers.get('content-type') ?? 'no content type';
    throw new PlatformResponseError(`${what}: status ${status} with what is not JSON (${type})`, { status });
  }
}

/** What a refusal says, where it is JSON; undefined where it is not. */
export function tryJson({ text }: Pick<PlatformResponse, 'text'>): unknown {
  try {
    return parseLosslessly(text);
  } catch {
    return undefined;
  }
}

/**
 * Checks the shape of an answer.
 *
 * @throws {PlatformResponseError} when it does not fit. The message names the places, never the values
 */
export function checkAnswer<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const { success, data, error } = schema.safeParse(answer);
  if (success) return data;
  throw new PlatformResponseError(`${what}: an answer that does not fit: ${listIssues(error)}`);
}

/** The problems as one line: `charges[0].amount: expected number; …`. Holds no value. */
export function listIssues(error: z.core.$ZodError): string {
  return toIssues(error.issues)
    .map(({ path, message }) => `${formatPath(path)}: ${message}`)
    .join('; ');
}
