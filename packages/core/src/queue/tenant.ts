/** What the functions of a queue's definition say of a job's data: whose it is, and by what its rate is limited. */
import { JobDataError } from '../errors.js';
import { nameProblem, storedName } from '../names.js';
import type { AnyQueueDefinition } from './definition.js';

/**
 * Whose job it is; empty where it is nobody's.
 *
 * @throws {JobDataError} when `tenant` gives what is no name or, where tenants take turns, fails on the data
 */
export function tenantName(queue: AnyQueueDefinition, data: unknown): string {
  const { name, tenant, fair } = queue;
  if (!tenant) return '';
  let answer: unknown;
  try {
    answer = tenant(data);
  } catch (cause) {
    // Without turns it is asked for by the monitoring API alone, for which such a job is nobody's.
    if (!fair) return '';
    throw unanswered(name, 'tenant', 'has failed on the data', cause);
  }
  return answeredName(name, 'tenant', answer);
}

/** @throws {JobDataError} when the key of `rateLimit` is no name for this data, or fails on it */
export function rateKey({ name, rateLimit }: AnyQueueDefinition, data: unknown): string {
  if (typeof rateLimit?.key !== 'function') return rateLimit?.key ?? '';
  let answer: unknown;
  try {
    answer = rateLimit.key(data);
  } catch (cause) {
    throw unanswered(name, 'rateLimit.key', 'has failed on the data', cause);
  }
  return answeredName(name, 'rateLimit.key', answer);
}

/**
 * {@link rateKey} as it is kept with a job; undefined where it is the same for all, or where it fails: the attempt tells
 * what is wrong with it.
 */
export function keptRateKey(queue: AnyQueueDefinition, data: unknown): string | undefined {
  if (typeof queue.rateLimit?.key !== 'function') return undefined;
  try {
    return storedName(rateKey(queue, data));
  } catch {
    return undefined;
  }
}

/** What a function of the host's has answered: a name, or nothing. */
function answeredName(queue: string, option: string, answer: unknown): string {
  if (answer === undefined || answer === null) return '';
  const problem = nameProblem(answer);
  if (problem || typeof answer !== 'string') throw unanswered(queue, option, `gives a name that ${problem}`);
  return answer;
}

function unanswered(queue: string, option: string, what: string, cause?: unknown): JobDataError {
  const message = `Data for queue "${queue}" is not valid`;
  return new JobDataError(message, [{ path: [], message: `\`${option}\` of the queue ${what}` }], { cause });
}
