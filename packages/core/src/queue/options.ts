/** The options of one job: checked, and turned into the words of the store. */
import { defined } from '../defined.js';
import { BULLMQ_KEYS } from '../engine/bullmq/keys.js';
import type { StoredOptions } from '../engine/contract.js';
import { JobOptionsError } from '../errors.js';
import { isWellFormed, nameProblem, shortNameProblem, storedName } from '../names.js';
import { type AnyQueueDefinition, checkDefaults, type JobDefaults, toKeep, toWholeBackoff } from './definition.js';

/** What `add` takes beside the data. All optional; an unknown one is a type error and a {@link JobOptionsError}. */
export interface JobOptions extends JobDefaults {
  /** Not before so many ms from now. Default 0. */
  readonly delay?: number;
  /**
   * One job a key: while one with this key waits or runs (or for `ttl` ms from when it was added), `add` adds nothing
   * and answers the id of that one, also when that is another tenant's: a key is the queue's, so put the tenant into it
   * where each is to have its own. A text of any length.
   */
  readonly deduplicate?: { readonly key: string; readonly ttl?: number };
  /**
   * Your own id. Adding an id that exists adds nothing. A text of at most 512 bytes without ":", and no number alone;
   * nor one of the few names that BullMQ needs beside its jobs (`active`, `meta`, …), nor "." and "..".
   */
  readonly id?: string;
}

const KNOWN: Readonly<Record<keyof JobOptions, true>> = {
  attempts: true,
  backoff: true,
  timeout: true,
  priority: true,
  retention: true,
  delay: true,
  deduplicate: true,
  id: true,
};

/** The longest delay: BullMQ keeps a delayed job's time in 41 bits, and nobody means more than ten years. */
const MAX_DELAY = 10 * 365 * 24 * 3_600_000;

/**
 * Turns options into stored ones.
 *
 * @throws {JobOptionsError} naming every unknown or wrong option.
 */
export function toStoredOptions(queue: AnyQueueDefinition, options: JobOptions | undefined): StoredOptions {
  const base = baseOptions(queue);
  if (options === undefined) return base;
  checkOptions(queue, options);
  // Many jobs have an id and nothing else of their own. Putting the options together takes longer than checking them.
  if (options.id !== undefined && Object.keys(options).length === 1) return base;
  const { attempts, backoff, priority, delay, deduplicate, retention, timeout } = options;
  return {
    ...base,
    ...defined({ attempts }),
    ...(backoff === undefined ? {} : { backoff: toWholeBackoff(backoff) }),
    ...defined({ priority }),
    ...(delay === undefined || delay === 0 ? {} : { delay: Math.ceil(delay) }),
    ...(deduplicate === undefined ? {} : { deduplication: toDeduplication(deduplicate) }),
    ...(retention?.completed === undefined ? {} : { removeOnComplete: toKeep(retention.completed) }),
    ...(retention?.failed === undefined ? {} : { removeOnFail: toKeep(retention.failed) }),
    ...(timeout === undefined ? {} : { bizinsights: { ...base.bizinsights, timeout } }),
  };
}

/** Options with what is known once the data has been checked: whose job it is, which is kept with it from then on. */
export function withTenant(queue: AnyQueueDefinition, options: StoredOptions, tenant: string): StoredOptions {
  return queue.tenant ? { ...options, bizinsights: { ...options.bizinsights, tenant } } : options;
}

const baseOptionsOf = new WeakMap<AnyQueueDefinition, StoredOptions>();

/** What a job of the queue has without options of its own: one object for all of them, as most have none. */
function baseOptions(queue: AnyQueueDefinition): StoredOptions {
  let base = baseOptionsOf.get(queue);
  if (!base) {
    const { defaults, version } = queue;
    const own = {
      ...defined({ timeout: defaults.timeout }),
      ...(version > 1 ? { version } : {}),
    };
    base = Object.freeze({
      attempts: defaults.attempts,
      backoff: defaults.backoff,
      ...(defaults.priority > 0 ? { priority: defaults.priority } : {}),
      ...(Object.keys(own).length > 0 ? { bizinsights: own } : {}),
    });
    baseOptionsOf.set(queue, base);
  }
  return base;
}

function toDeduplication({ key, ttl }: { key: string; ttl?: number }): { id: string; ttl?: number } {
  return { id: storedName(key), ...defined({ ttl }) };
}

function checkOptions(queue: AnyQueueDefinition, options: JobOptions): void {
  const problems: string[] = [];
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, key))
      problems.push(`unknown option "${key}"; known are ${Object.keys(KNOWN).sort().join(', ')}`);
  }
  for (const { option, message } of checkDefaults(options)) problems.push(`"${option}" ${message}`);
  const { delay, deduplicate, id, priority } = options;
  if (delay !== undefined && !(Number.isFinite(delay) && delay >= 0 && delay <= MAX_DELAY)) {
    problems.push('"delay" must be from 0 to ten years, in ms');
  }
  if (priority && queue.fair) problems.push('"priority" cannot be given: the queue is `fair` and sets it itself');
  if (deduplicate !== undefined) {
    const { key, ttl }: { key?: unknown; ttl?: number } = deduplicate ?? {};
    const problem = key === '' ? EMPTY : nameProblem(key);
    if (problem) problems.push(`"deduplicate.key" ${problem}`);
    if (ttl !== undefined && !(Number.isInteger(ttl) && ttl > 0)) {
      problems.push('"deduplicate.ttl" must be a whole number of ms above 0');
    }
  }
  const problem = id === undefined ? undefined : idProblem(id);
  if (problem) problems.push(`"id" ${problem}`);
  if (problems.length > 0) {
    throw new JobOptionsError(
      `Queue "${queue.name}", options of a job:${problems.map((one) => `\n  - ${one}`).join('')}`,
    );
  }
}

const EMPTY = 'must not be empty';

/** A dot or two are steps in a URL, also when they are encoded: such a job could not be reached by the monitoring API. */
const STEPS_IN_URLS: ReadonlySet<string> = new Set(['.', '..']);

/** What is wrong with an id of the caller's; undefined where it is right. */
function idProblem(id: string): string | undefined {
  const problem = id === '' ? EMPTY : shortNameProblem(id);
  if (problem) return problem;
  if (id.includes(':')) return 'must not have ":", with which keys are built';
  if (/^\d+$/.test(id)) return 'must not be a number alone: BullMQ gives those itself';
  if (STEPS_IN_URLS.has(id)) return `must not be "${id}", which cannot stand in a URL`;
  if (BULLMQ_KEYS.has(id)) return `must not be "${id}", under which BullMQ keeps something else of the queue`;
  return undefined;
}

/**
 * Whether there can be a job of this id: also one of BullMQ's own, the run of a schedule, or one of an older release. What
 * else is asked for may be read by a store as the id of another job.
 */
export function canBeJobId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && isWellFormed(id);
}
