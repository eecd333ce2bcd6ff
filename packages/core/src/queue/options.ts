/** The options of one job: checked, and turned into the words of the store. */
import { defined } from '../defined.js';
import type { StoredOptions } from '../engine/contract.js';
import { JobOptionsError } from '../errors.js';
import { optionsProblem } from '../known-options.js';
import { isWellFormed, storedName } from '../names.js';
import { type AnyQueueDefinition, toKeep, toWholeBackoff } from './definition.js';
import { checkJobOptions, type JobOptions } from './job-options.js';

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

/** Options with what is known once the data has been checked: by what the job's rate is limited. */
export function withRateKey(options: StoredOptions, rate: string | undefined): StoredOptions {
  return rate === undefined ? options : { ...options, bizinsights: { ...options.bizinsights, rate } };
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
  const problem = optionsProblem(options);
  if (problem) throw new JobOptionsError(`Queue "${queue.name}": the options of a job ${problem}`);
  const problems = checkJobOptions(options).map(({ option, tell }) => tell(`"${option}"`));
  if (options.priority && queue.fair)
    problems.push('"priority" cannot be given: the queue is `fair` and sets it itself');
  if (options.reuse) {
    for (const name of ['id', 'deduplicate'] as const)
      if (options[name] !== undefined) problems.push(`"${name}" cannot be given together with "reuse"`);
  }
  if (problems.length > 0) {
    throw new JobOptionsError(
      `Queue "${queue.name}", options of a job:${problems.map((one) => `\n  - ${one}`).join('')}`,
    );
  }
}

/**
 * Whether there can be a job of this id: also one of BullMQ's own, the run of a schedule, or one of an older release. What
 * else is asked for may be read by a store as the id of another job.
 */
export function canBeJobId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && isWellFormed(id);
}
